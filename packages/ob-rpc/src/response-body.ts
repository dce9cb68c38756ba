import { errorByCode, isObError, ObError } from '@sealane/errors';
import { decodePayload, EncodedBody, encodePayload } from './payload.ts';
import type { ResponseBody } from './pcode.ts';

export function encodeResult(value: unknown): Buffer {
  if (value instanceof EncodedBody) return Buffer.concat([successHead, encodePayload(value)]);
  return encodePayload([0, value] satisfies ResponseBody);
}

/** Every error becomes an answer; one that isn't ours is an internal error and says no more than its message. */
export function encodeFailure(error: unknown): Buffer {
  const known = isObError(error) ? error : new ObError('OB_ERR_UNEXPECTED', [], { message: text(error) });
  try {
    return encodePayload([known.code, known.message, known.details] satisfies ResponseBody);
  } catch {
    // Details may hold what can't be serialised; the code and the sentence are what counts.
    return encodePayload([known.code, known.message, {}] satisfies ResponseBody);
  }
}

/** What stands before the value of a success: an array of two (fixarray), 0 (positive fixint). */
const successHead = Buffer.of(0x92, 0x00);

/**
 * @param encoded  the value is wanted as it came, as an EncodedBody with bytes of its own
 * @throws ObError as readResponse
 */
export function decodeResponse(bytes: Uint8Array, encoded: boolean): unknown {
  const succeeded = encoded && bytes[0] === successHead[0] && bytes[1] === successHead[1];
  if (succeeded) return new EncodedBody(new Uint8Array(bytes.subarray(successHead.length)));
  const value = readResponse(decodePayload(bytes));
  return encoded ? new EncodedBody(encodePayload(value)) : value;
}

/**
 * @param body  what decodePayload gave
 * @returns the value of the answer
 * @throws ObError the peer's own error with its message and details; OB_RPC_PACKET_INVALID for another shape
 */
export function readResponse(body: unknown): unknown {
  if (!Array.isArray(body) || typeof body[0] !== 'number') {
    throw new ObError('OB_RPC_PACKET_INVALID', [], {
      message: 'an OB-RPC answer does not start with a result code',
    });
  }
  const [rcode, second, third]: unknown[] = body;
  if (rcode === 0) return second;
  const name = errorByCode(Number(rcode));
  const details = isFacts(third) ? third : {};
  const message = typeof second === 'string' ? second : `the peer failed with code ${String(rcode)}`;
  throw new ObError(name ?? 'OB_ERR_UNEXPECTED', [], { message, details: { ...details, answered: true } });
}

function isFacts(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

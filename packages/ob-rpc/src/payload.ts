import { ObError } from '@sealane/errors';
import { Packr, Unpackr } from 'msgpackr';
import { mustBePlain } from './plain-msgpack.ts';

/** Serialised bytes of one body; under the limit of a frame, so that header and body fit together. */
export const BODY_SIZE_MAX_DEFAULT = 63 * 1024 * 1024;

/** A body that is serialised already: who only passes it on neither reads it nor writes it anew. */
export class EncodedBody {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * Serialises a body: plain values, arrays, objects, Uint8Array, bigint (64 bits), Date. Rows go as arrays.
 *
 * @throws ObError OB_RPC_PACKET_TOO_LONG, OB_INVALID_ARGUMENT for what can't be serialised
 */
export function encodePayload(value: unknown, sizeMax = BODY_SIZE_MAX_DEFAULT): Buffer {
  const bytes = value instanceof EncodedBody ? bufferOf(value.bytes) : pack(value);
  if (bytes.length > sizeMax) {
    throw new ObError('OB_RPC_PACKET_TOO_LONG', [], {
      message: `an RPC body of ${bytes.length} bytes is over the limit of ${sizeMax}; send it in parts`,
      details: { size: bytes.length, sizeMax },
    });
  }
  return bytes;
}

/**
 * Reads a body. The caller must still check its shape. Buffers in it are copies and may be kept;
 * integers written as bigint come back as bigint.
 *
 * @throws ObError OB_RPC_PACKET_INVALID for anything that isn't one well-formed value, plain and not too deep
 */
export function decodePayload(bytes: Uint8Array): unknown {
  try {
    mustBePlain(bytes);
    return unpackr.unpack(bytes);
  } catch (error) {
    throw new ObError('OB_RPC_PACKET_INVALID', [], {
      message: `the body of an OB-RPC packet (${bytes.length} bytes) can't be read: ${reason(error)}`,
      cause: error,
    });
  }
}

// Records and extensions that build live objects are for peers that trust each other's code: see plain-msgpack.ts.
const packr = new Packr({ useRecords: false, moreTypes: false, copyBuffers: true });
const unpackr = new Unpackr({ useRecords: false, moreTypes: false, mapsAsObjects: true, copyBuffers: true });

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function pack(value: unknown): Buffer {
  try {
    return packr.pack(value);
  } catch (error) {
    throw new ObError('OB_INVALID_ARGUMENT', ['RPC body'], {
      message: `an RPC body can't be serialised: ${reason(error)}`,
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

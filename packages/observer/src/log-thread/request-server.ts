import { isObError, ObError } from '@sealane/errors';
import { decodePayload, encodePayload, isAsyncIterable, pcodeName } from '@sealane/ob-rpc';
import type { Logger } from '../logger.ts';
import type { MeshRequest } from '../transaction/mesh.ts';
import { ownBytes } from './channel.ts';
import type { RequestArgument } from './messages.ts';
import { mapPieces } from './pieces.ts';

/** A request of another node, as the SQL thread's handlers see it. */
export interface ForwardedRequest extends MeshRequest {
  readonly pcode: number;
}

/** An AsyncIterable answers a stream, anything else a call. */
export type ForwardedHandler = (request: ForwardedRequest) => unknown;

/** The SQL thread's handlers, one for each packet code. */
export class RequestServer {
  readonly #handlers = new Map<number, ForwardedHandler>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Before the log thread starts. */
  handle(pcode: number, handler: ForwardedHandler): void {
    if (this.#handlers.has(pcode))
      throw new ObError('OB_ENTRY_EXIST', [], { message: `${pcodeName(pcode)} has a handler already` });
    this.#handlers.set(pcode, handler);
  }

  get pcodes(): readonly number[] {
    return [...this.#handlers.keys()];
  }

  /** @returns the answer's bytes, or those of its pieces */
  serve(argument: RequestArgument): Promise<Uint8Array> | AsyncIterable<Uint8Array> {
    const { pcode, receivedAtNs, leftMs, body, ...rest } = argument;
    const handler = this.#handlers.get(pcode);
    if (handler === undefined) throw new ObError('OB_NOT_SUPPORTED', [`packet code ${pcodeName(pcode)}`]);
    const waitedMs = Number(process.hrtime.bigint() - receivedAtNs) / 1e6;
    if (waitedMs > leftMs) throw tooLate(pcode, waitedMs);
    const answer = this.#run(handler, { ...rest, pcode, waitedMs, body: decodePayload(body) });
    if (!isAsyncIterable(answer)) return this.#value(pcode, answer);
    return mapPieces(answer[Symbol.asyncIterator]() as AsyncIterableIterator<unknown>, encode);
  }

  #run(handler: ForwardedHandler, request: ForwardedRequest): unknown {
    try {
      return handler(request);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #value(pcode: number, answer: unknown): Promise<Uint8Array> {
    try {
      return encode(await answer);
    } catch (error) {
      if (!isObError(error))
        this.#logger.error({ pcode: pcodeName(pcode), err: error }, 'an RPC handler failed');
      throw error;
    }
  }
}

function encode(value: unknown): Uint8Array {
  return ownBytes(encodePayload(value));
}

/** Whoever asked has given up: it would be done for nobody. */
function tooLate(pcode: number, waitedMs: number): ObError {
  return new ObError('OB_TIMEOUT', [], {
    message: `${pcodeName(pcode)} waited ${Math.round(waitedMs)} ms for a busy SQL thread, longer than its caller; nothing was done`,
    details: { sent: false },
  });
}

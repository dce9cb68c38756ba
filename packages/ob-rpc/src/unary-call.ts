import { isObError, ObError } from '@sealane/errors';
import type { Call } from './calls.ts';
import type { Packet } from './packet.ts';
import { pcodeName } from './pcode.ts';
import { decodeResponse } from './response-body.ts';

/** One question, one answer, one deadline. */
export class UnaryCall implements Call {
  sent = false;
  readonly pcode: number;
  readonly promise: Promise<unknown>;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  readonly #encoded: boolean;
  readonly #timer: NodeJS.Timeout;

  constructor(options: {
    pcode: number;
    peer: string;
    timeoutMs: number;
    encoded: boolean;
    onTimeout(): void;
  }) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.pcode = options.pcode;
    this.promise = promise;
    this.#encoded = options.encoded;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => {
      options.onTimeout();
      reject(timeout(options.pcode, options.peer, options.timeoutMs, this.sent));
    }, options.timeoutMs);
  }

  receive(packet: Packet): 'done' {
    clearTimeout(this.#timer);
    try {
      this.#resolve(decodeResponse(packet.body, this.#encoded));
    } catch (error) {
      this.#reject(isObError(error) ? error : new ObError('OB_ERR_UNEXPECTED', [], { cause: error }));
    }
    return 'done';
  }

  fail(error: ObError): void {
    clearTimeout(this.#timer);
    this.#reject(error);
  }
}

export function timeout(pcode: number, peer: string, timeoutMs: number, sent: boolean): ObError {
  return new ObError('OB_TIMEOUT', [], {
    message: `${pcodeName(pcode)} to ${peer} got no answer within ${timeoutMs} ms${sent ? '' : ' (it was never sent)'}`,
    details: { sent },
  });
}

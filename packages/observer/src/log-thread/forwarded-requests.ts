import { ObError } from '@sealane/errors';
import { EncodedBody, type RpcRequest } from '@sealane/ob-rpc';
import type { Exchange } from './exchange.ts';
import type { RequestArgument } from './messages.ts';
import { mapPieces } from './pieces.ts';

/** Requests that may be with the SQL thread; more are refused, so that a busy one doesn't cost this thread its memory. */
const countMax = 10_000;
const sizeMax = 256 * 1024 * 1024;

/** Passes requests of other nodes on to the SQL thread, and its answers back, without reading either. */
export class ForwardedRequests {
  readonly #exchange: Pick<Exchange, 'ask' | 'open'>;
  #count = 0;
  #size = 0;

  constructor(exchange: Pick<Exchange, 'ask' | 'open'>) {
    this.#exchange = exchange;
  }

  /** An RpcHandler. @throws ObError OB_QUEUE_OVERFLOW */
  forward(request: RpcRequest): Promise<EncodedBody> | AsyncIterable<EncodedBody> {
    const argument = argumentOf(request);
    const release = this.#take(argument.body.length);
    if (!request.stream) return this.#ask(argument, release);
    return mapPieces(this.#exchange.open('request', argument, argument.body), encodedBody, release);
  }

  async #ask(argument: RequestArgument, release: () => void): Promise<EncodedBody> {
    try {
      return encodedBody(await this.#exchange.ask('request', argument, argument.body));
    } finally {
      release();
    }
  }

  #take(size: number): () => void {
    if (this.#count >= countMax || (this.#size + size > sizeMax && this.#count > 0)) {
      throw new ObError('OB_QUEUE_OVERFLOW', [], {
        message: `${this.#count} requests of ${this.#size} bytes wait for the SQL thread already; try again`,
      });
    }
    this.#count += 1;
    this.#size += size;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#count -= 1;
      this.#size -= size;
    };
  }
}

function argumentOf(request: RpcRequest): RequestArgument {
  const { pcode, from, identity, remoteAddress, tenantId } = request;
  const nowMs = performance.now();
  return {
    pcode,
    from,
    identity,
    remoteAddress,
    tenantId,
    receivedAtNs: process.hrtime.bigint(),
    leftMs: request.deadlineMs - nowMs,
    body: request.encodedBody().bytes,
  };
}

function encodedBody(bytes: unknown): EncodedBody {
  return new EncodedBody(bytes as Uint8Array);
}

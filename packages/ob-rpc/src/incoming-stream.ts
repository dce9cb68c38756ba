import type { ObError } from '@sealane/errors';
import type { Call } from './calls.ts';
import { type Packet, packetFlags } from './packet.ts';
import { STREAM_WINDOW } from './pcode.ts';
import { decodeResponse } from './response-body.ts';
import { timeout } from './unary-call.ts';

export interface IncomingStreamOptions {
  readonly pcode: number;
  readonly peer: string;
  /** Longest wait for the next item. */
  readonly timeoutMs: number;
  /** Items are wanted as they came: EncodedBody. */
  readonly encoded: boolean;
  /** The reader has taken this many items. */
  grant(count: number): void;
  /** The reader wants no more. */
  cancel(): void;
}

/** The reading end of a streamed answer. Never holds more than STREAM_WINDOW items. One reader. */
export class IncomingStream implements Call, AsyncIterableIterator<unknown> {
  sent = false;
  readonly pcode: number;
  readonly #options: IncomingStreamOptions;
  readonly #items: unknown[] = [];
  #taken = 0;
  #end: { readonly error: unknown } | 'done' | undefined;
  #waiting: PromiseWithResolvers<IteratorResult<unknown, undefined>> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: IncomingStreamOptions) {
    this.pcode = options.pcode;
    this.#options = options;
  }

  /** Items that came and were not taken yet. */
  get bufferedCount(): number {
    return this.#items.length;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  receive(packet: Packet): 'done' | 'more' {
    if (this.#end !== undefined) return 'done';
    try {
      const last = (packet.header.flags & packetFlags.last) !== 0;
      const value = decodeResponse(packet.body, this.#options.encoded);
      if (last) this.#finish('done');
      else this.#push(value);
    } catch (error) {
      this.#finish({ error });
    }
    return this.#end === undefined ? 'more' : 'done';
  }

  fail(error: ObError): void {
    this.#finish({ error });
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#items.length > 0) {
      const value = this.#items.shift();
      this.#taken += 1;
      this.#grantIfDue();
      return Promise.resolve({ done: false, value });
    }
    if (this.#end !== undefined) return this.#ended();
    this.#waiting = Promise.withResolvers();
    this.#timer = setTimeout(() => this.#giveUp(), this.#options.timeoutMs);
    return this.#waiting.promise;
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#end === undefined) this.#options.cancel();
    this.#finish('done');
    this.#items.length = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  #push(value: unknown): void {
    this.#items.push(value);
    this.#wakeReader();
  }

  #finish(end: { readonly error: unknown } | 'done'): void {
    this.#end ??= end;
    this.#wakeReader();
  }

  #wakeReader(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    clearTimeout(this.#timer);
    this.#waiting = undefined;
    waiting.resolve(this.next());
  }

  /** An error is thrown once, the end is told as often as asked. */
  #ended(): Promise<IteratorResult<unknown, undefined>> {
    const end = this.#end;
    if (end === undefined || end === 'done') return Promise.resolve({ done: true, value: undefined });
    this.#end = 'done';
    return Promise.reject(end.error);
  }

  #giveUp(): void {
    const { pcode, peer, timeoutMs } = this.#options;
    this.#options.cancel();
    this.#finish({ error: timeout(pcode, peer, timeoutMs, this.sent) });
  }

  /** Half a window at a time: the writer never stands still, and credits stay few. */
  #grantIfDue(): void {
    if (this.#taken < STREAM_WINDOW / 2 || this.#end !== undefined) return;
    this.#options.grant(this.#taken);
    this.#taken = 0;
  }
}

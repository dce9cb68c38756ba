import { ObError } from '@sealane/errors';
import { GrantedItems, isAsyncIterable } from '@sealane/ob-rpc';
import { obError, type PlainError, plainError } from './plain-error.ts';

/** Questions and answers between the threads. Each side numbers its own questions. */
export type ExchangeMessage =
  | { readonly kind: 'ask'; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refuse'; readonly id: number; readonly error: PlainError }
  /** As `ask`, for an answer in pieces. */
  | { readonly kind: 'open'; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: 'item'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'end'; readonly id: number; readonly error: PlainError | undefined }
  /** The reader has room for so many more pieces. */
  | { readonly kind: 'grant'; readonly id: number; readonly count: number }
  /** The reader wants no more. */
  | { readonly kind: 'cancel'; readonly id: number };

export interface ExchangePorts {
  post(message: ExchangeMessage, bytes?: Uint8Array): void;
  /** Answers the other side: a value, or pieces for `open`. */
  serve(name: string, argument: unknown): unknown;
}

/** Pieces that may be ahead of their reader. */
export const exchangeWindow = 8;

/** One end of the questions between the threads. Whoever asks relies on the other side for the deadline. */
export class Exchange {
  readonly #ports: ExchangePorts;
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #readers = new Map<number, PieceReader>();
  readonly #writers = new Map<number, GrantedItems>();
  #lastId = 0;
  #broken: ObError | undefined;

  constructor(ports: ExchangePorts) {
    this.#ports = ports;
  }

  /** @throws ObError what the other side threw */
  ask(name: string, argument: unknown, bytes?: Uint8Array): Promise<unknown> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#asked.set(id, answer);
    this.#ports.post({ kind: 'ask', id, name, argument }, bytes);
    return answer.promise;
  }

  /** The pieces of an answer; asked for at once. One reader. */
  open(name: string, argument: unknown, bytes?: Uint8Array): AsyncIterableIterator<unknown> {
    const id = ++this.#lastId;
    const reader = new PieceReader({
      grant: (count) => this.#ports.post({ kind: 'grant', id, count }),
      cancel: () => {
        this.#readers.delete(id);
        this.#ports.post({ kind: 'cancel', id });
      },
    });
    if (this.#broken !== undefined) reader.end(this.#broken);
    else {
      this.#readers.set(id, reader);
      this.#ports.post({ kind: 'open', id, name, argument }, bytes);
    }
    return reader;
  }

  receive(message: ExchangeMessage): void {
    const { id } = message;
    switch (message.kind) {
      case 'ask':
        void this.#answer(id, message.name, message.argument);
        break;
      case 'answer':
        this.#take(id)?.resolve(message.value);
        break;
      case 'refuse':
        this.#take(id)?.reject(obError(message.error));
        break;
      case 'open':
        void this.#stream(id, message.name, message.argument);
        break;
      case 'item':
        this.#readers.get(id)?.push(message.value);
        break;
      case 'end':
        this.#readers.get(id)?.end(message.error === undefined ? undefined : obError(message.error));
        this.#readers.delete(id);
        break;
      case 'grant':
        this.#writers.get(id)?.grant(message.count);
        break;
      case 'cancel':
        this.#writers.get(id)?.cancel();
    }
  }

  /** The other side is gone: nothing will be answered. */
  break(error: ObError): void {
    this.#broken ??= error;
    for (const { reject } of this.#asked.values()) reject(error);
    for (const reader of this.#readers.values()) reader.end(error);
    for (const writer of this.#writers.values()) writer.cancel();
    this.#asked.clear();
    this.#readers.clear();
  }

  #take(id: number): PromiseWithResolvers<unknown> | undefined {
    const found = this.#asked.get(id);
    this.#asked.delete(id);
    return found;
  }

  async #answer(id: number, name: string, argument: unknown): Promise<void> {
    try {
      const value = await this.#ports.serve(name, argument);
      this.#ports.post({ kind: 'answer', id, value }, bytesOf(value));
    } catch (error) {
      this.#ports.post({ kind: 'refuse', id, error: plainError(error) });
    }
  }

  async #stream(id: number, name: string, argument: unknown): Promise<void> {
    let failure: PlainError | undefined;
    try {
      const served = this.#ports.serve(name, argument);
      if (!isAsyncIterable(served)) throw new ObError('OB_NOT_SUPPORTED', [`an answer of ${name} in pieces`]);
      const writer = new GrantedItems(served, exchangeWindow);
      this.#writers.set(id, writer);
      for await (const value of writer.granted()) {
        this.#ports.post({ kind: 'item', id, value }, bytesOf(value));
      }
    } catch (error) {
      failure = plainError(error);
    }
    this.#writers.delete(id);
    this.#ports.post({ kind: 'end', id, error: failure });
  }
}

/** The reading end. Never holds more than a window. */
class PieceReader implements AsyncIterableIterator<unknown> {
  readonly #ports: { grant(count: number): void; cancel(): void };
  readonly #pieces: unknown[] = [];
  #taken = 0;
  #ended = false;
  #error: ObError | undefined;
  #waiting: PromiseWithResolvers<IteratorResult<unknown, undefined>> | undefined;

  constructor(ports: { grant(count: number): void; cancel(): void }) {
    this.#ports = ports;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(piece: unknown): void {
    if (this.#ended) return;
    this.#pieces.push(piece);
    this.#wake();
  }

  end(error: ObError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake();
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#pieces.length > 0) return Promise.resolve({ done: false, value: this.#shift() });
    if (!this.#ended) {
      this.#waiting = Promise.withResolvers();
      return this.#waiting.promise;
    }
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    if (!this.#ended) this.#ports.cancel();
    this.end(undefined);
    this.#error = undefined;
    this.#pieces.length = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  #shift(): unknown {
    this.#taken += 1;
    if (this.#taken >= exchangeWindow / 2 && !this.#ended) {
      this.#ports.grant(this.#taken);
      this.#taken = 0;
    }
    return this.#pieces.shift();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(this.next());
  }
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined;
}

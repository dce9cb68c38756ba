/** The writing end of an answer in pieces: takes from its source what the reader has room for. */
export class GrantedItems {
  cancelled = false;
  readonly #items: AsyncIterator<unknown>;
  readonly #window: number;
  #credit: number;
  #wake: (() => void) | undefined;

  /** @param window  items that may be ahead of their reader */
  constructor(items: AsyncIterable<unknown>, window: number) {
    this.#items = items[Symbol.asyncIterator]();
    this.#window = window;
    this.#credit = window;
  }

  grant(count: number): void {
    this.#credit = Math.min(this.#window, this.#credit + count);
    this.#wake?.();
  }

  cancel(): void {
    this.cancelled = true;
    this.#wake?.();
    // A source that hangs in next() learns of it there, if it can; nobody waits for it here.
    void Promise.resolve(this.#items.return?.()).catch(() => undefined);
  }

  async *granted(): AsyncGenerator<unknown> {
    for (;;) {
      // Woken for nothing, too: a packet may grant 0.
      while (this.#credit === 0 && !this.cancelled)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.cancelled) return;
      const next = await this.#items.next();
      if (next.done === true || this.cancelled) return;
      this.#credit -= 1;
      yield next.value;
    }
  }
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

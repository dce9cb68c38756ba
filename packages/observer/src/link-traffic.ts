/** Bytes of one link as they went over the wire, both ways. */
export interface LinkTraffic {
  readonly clearBytesIn: number;
  readonly clearBytesOut: number;
  /** From the first byte of the TLS handshake on, records and all. */
  readonly encryptedBytesIn: number;
  readonly encryptedBytesOut: number;
  /** Milliseconds since 1970; undefined when no byte went in clear. At most one sampling interval late. */
  readonly lastClearAt: number | undefined;
}

/** What a socket counts by itself: the socket under TLS, not the TLS stream on top of it. */
export interface ByteCounter {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** True once nothing more can come or go. */
  readonly closed?: boolean;
}

/**
 * Splits a socket's own counters into what went in clear and what belongs to TLS.
 *
 * The counters of a `net.Socket` stay those of the wire when TLS is put on top of it, and still
 * stand after it closed; so that all there is to remember is where the mode changed.
 */
export class SocketTraffic {
  readonly #counter: ByteCounter;
  #mode: 'clear' | 'encrypted' = 'clear';
  /** Totals at the last change of mode. */
  #markIn = 0;
  #markOut = 0;
  #settled = { clearIn: 0, clearOut: 0, encryptedIn: 0, encryptedOut: 0 };
  #clearSeen = 0;
  #lastClearAt: number | undefined;

  constructor(counter: ByteCounter) {
    this.#counter = counter;
  }

  /**
   * @param unreadSize  bytes that were read from the socket and given back: they belong to the new mode
   * @param now  milliseconds since 1970
   */
  switchTo(mode: 'clear' | 'encrypted', unreadSize: number, now: number): void {
    this.sample(now);
    const totalIn = this.#counter.bytesRead - unreadSize;
    const totalOut = this.#counter.bytesWritten;
    const key = this.#mode;
    this.#settled[`${key}In`] += totalIn - this.#markIn;
    this.#settled[`${key}Out`] += totalOut - this.#markOut;
    this.#markIn = totalIn;
    this.#markOut = totalOut;
    this.#mode = mode;
  }

  /** Notes whether clear bytes have gone since the last look. */
  sample(now: number): LinkTraffic {
    const figures = this.#figures();
    const clear = figures.clearIn + figures.clearOut;
    if (clear > this.#clearSeen) this.#lastClearAt = now;
    this.#clearSeen = clear;
    return {
      clearBytesIn: figures.clearIn,
      clearBytesOut: figures.clearOut,
      encryptedBytesIn: figures.encryptedIn,
      encryptedBytesOut: figures.encryptedOut,
      lastClearAt: this.#lastClearAt,
    };
  }

  get over(): boolean {
    return this.#counter.closed ?? true;
  }

  #figures(): { clearIn: number; clearOut: number; encryptedIn: number; encryptedOut: number } {
    const figures = { ...this.#settled };
    figures[`${this.#mode}In`] += this.#counter.bytesRead - this.#markIn;
    figures[`${this.#mode}Out`] += this.#counter.bytesWritten - this.#markOut;
    return figures;
  }
}

/** Bytes of one link as they went over the wire, both ways. Each byte is in one of the three. */
export interface LinkTraffic {
  /**
   * What both ends said to agree on how to talk: negotiation messages, the greeting and the TLS request of a MySQL client, and
   * the handshake that only authenticates. No word of anybody's data.
   */
  readonly negotiationBytesIn: number;
  readonly negotiationBytesOut: number;
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

type TrafficMode = 'negotiation' | 'clear' | 'encrypted';

/**
 * Splits a socket's own counters into negotiation, clear text and TLS.
 *
 * The counters of a `net.Socket` stay those of the wire when TLS is put on top of it, and still
 * stand after it closed; so that all there is to remember is where the mode changed. One thing they don't tell: a
 * write that failed is counted as well, hence `written` and `failed`.
 */
export class SocketTraffic {
  readonly #counter: ByteCounter;
  #mode: TrafficMode = 'negotiation';
  /** Totals at the last change of mode. */
  #markIn = 0;
  #markOut = 0;
  /** Figures of the modes before. */
  readonly #settled: Record<TrafficMode, { in: number; out: number }> = {
    negotiation: { in: 0, out: 0 },
    clear: { in: 0, out: 0 },
    encrypted: { in: 0, out: 0 },
  };
  #writtenOut = 0;
  #failed = false;
  #clearSeen = 0;
  #lastClearAt: number | undefined;

  constructor(counter: ByteCounter) {
    this.#counter = counter;
  }

  /**
   * @param unreadSize  bytes that were read from the socket and given back: they belong to the new mode
   * @param now  milliseconds since 1970
   */
  switchTo(mode: TrafficMode, unreadSize: number, now: number): void {
    this.sample(now);
    const totalIn = this.#counter.bytesRead - unreadSize;
    const totalOut = this.#totalOut();
    const settled = this.#settled[this.#mode];
    settled.in += totalIn - this.#markIn;
    settled.out += totalOut - this.#markOut;
    this.#markIn = totalIn;
    this.#markOut = totalOut;
    this.#mode = mode;
  }

  /** It never came to an agreement: whatever the peer said it said in clear. What we said was negotiation. */
  neverAgreed(): void {
    if (this.#mode !== 'negotiation') return;
    const totalOut = this.#totalOut();
    this.#settled.negotiation.out += totalOut - this.#markOut;
    this.#markOut = totalOut;
    this.#mode = 'clear';
  }

  /** All that was written has left. */
  written(): void {
    this.#writtenOut = this.#counter.bytesWritten;
  }

  /** The socket broke: what was not told as written has not left. */
  failed(): void {
    this.#failed = true;
  }

  /** Notes whether clear bytes have gone since the last look. */
  sample(now: number): LinkTraffic {
    const negotiation = this.#figures('negotiation');
    const clear = this.#figures('clear');
    const encrypted = this.#figures('encrypted');
    const clearSize = clear.in + clear.out;
    if (clearSize > this.#clearSeen) this.#lastClearAt = now;
    this.#clearSeen = clearSize;
    return {
      negotiationBytesIn: negotiation.in,
      negotiationBytesOut: negotiation.out,
      clearBytesIn: clear.in,
      clearBytesOut: clear.out,
      encryptedBytesIn: encrypted.in,
      encryptedBytesOut: encrypted.out,
      lastClearAt: this.#lastClearAt,
    };
  }

  get over(): boolean {
    return this.#counter.closed ?? true;
  }

  #figures(mode: TrafficMode): { readonly in: number; readonly out: number } {
    const settled = this.#settled[mode];
    if (mode !== this.#mode) return settled;
    return {
      in: settled.in + this.#counter.bytesRead - this.#markIn,
      out: Math.max(settled.out, settled.out + this.#totalOut() - this.#markOut),
    };
  }

  #totalOut(): number {
    const { bytesWritten } = this.#counter;
    return this.#failed ? Math.min(this.#writtenOut, bytesWritten) : bytesWritten;
  }
}

/** What is shared of one log stream: term, and nanoseconds of `process.hrtime` at which the lease in it ends. */
const slotLength = 2;
/** Log streams of a node: as many tenants. Each costs a file, a log and some MiB of memory. */
export const streamCountMax = 64;

/**
 * Until when this node may read as the leader, for each log stream, in memory that both threads see: the SQL thread
 * learns of a lost lease without a message, however late it is with those.
 */
export class LeaseSlots {
  readonly #cells: BigInt64Array;

  /** @param memory  what `allocateLeaseSlots` gave, on the other thread */
  constructor(memory: SharedArrayBuffer) {
    this.#cells = new BigInt64Array(memory);
  }

  /** @param endNs  0n for no lease */
  write(index: number, term: number, endNs: bigint): void {
    const at = index * slotLength;
    // A reader takes the end first, then the term: it never sees a lease with an older term than its own.
    Atomics.store(this.#cells, at + 1, 0n);
    Atomics.store(this.#cells, at, BigInt(term));
    Atomics.store(this.#cells, at + 1, endNs);
  }

  /** Whether the lease of this very term runs now. */
  holds(index: number, term: number): boolean {
    const at = index * slotLength;
    const endNs = Atomics.load(this.#cells, at + 1);
    return Atomics.load(this.#cells, at) === BigInt(term) && process.hrtime.bigint() < endNs;
  }
}

export function allocateLeaseSlots(): SharedArrayBuffer {
  return new SharedArrayBuffer(streamCountMax * slotLength * BigInt64Array.BYTES_PER_ELEMENT);
}

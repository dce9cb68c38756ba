/** Cells: how many were noted, then places of two cells each: connection id, tenant id or 0 for any. */
const headerLength = 1;
const placeLength = 2;
const placeCount = 32;

export function allocateKillBoard(): SharedArrayBuffer {
  return new SharedArrayBuffer((headerLength + placeCount * placeLength) * Int32Array.BYTES_PER_ELEMENT);
}

/** Whose statement it is. */
export interface Victim {
  readonly connectionId: number;
  readonly tenantId: number;
}

/**
 * Connections whose statements shall end, in memory that both threads see: a statement that keeps the SQL thread busy
 * looks here by itself, since no message reaches it.
 */
export class KillBoard {
  readonly #cells: Int32Array;

  /** @param memory what `allocateKillBoard` gave, on the other thread */
  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  /** One thread writes. @param tenantId whose connection it must be; undefined: anybody's */
  note(connectionId: number, tenantId: number | undefined): void {
    const count = Atomics.load(this.#cells, 0);
    const at = headerLength + (count % placeCount) * placeLength;
    Atomics.store(this.#cells, at, connectionId | 0);
    Atomics.store(this.#cells, at + 1, tenantId ?? 0);
    // Readers look for the count first, and find the rest in its place.
    Atomics.store(this.#cells, 0, (count + 1) | 0);
  }

  /** @returns what tells whether a statement that begins now was killed since */
  watch({ connectionId, tenantId }: Victim): () => boolean {
    let seen = Atomics.load(this.#cells, 0);
    return () => {
      const count = Atomics.load(this.#cells, 0);
      // Whoever was overwritten in between is killed by the message that comes with it, only later.
      seen = Math.max(seen, count - placeCount);
      for (; seen < count; seen += 1) {
        const at = headerLength + (seen % placeCount) * placeLength;
        const meant = Atomics.load(this.#cells, at + 1);
        if (Atomics.load(this.#cells, at) === (connectionId | 0) && (meant === 0 || meant === tenantId))
          return true;
      }
      return false;
    };
  }
}

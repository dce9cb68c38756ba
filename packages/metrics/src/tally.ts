/** The key under which everything is counted that came when there were enough keys. */
export const otherKey = 'other';

/** Counts by a key that others choose: no more than so many different ones, the rest together. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #keysMax: number;

  constructor(keysMax = 64) {
    this.#keysMax = keysMax;
  }

  add(key: string): void {
    const known = this.#counts.has(key) || this.#counts.size < this.#keysMax ? key : otherKey;
    this.#counts.set(known, (this.#counts.get(known) ?? 0) + 1);
  }

  /** In the order in which the keys came. */
  entries(): readonly (readonly [key: string, count: number])[] {
    return [...this.#counts];
  }

  get total(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }
}

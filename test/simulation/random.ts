import { type Random, seededRandom } from '@sealane/consensus';

/** Chance with a seed, and the usual questions to it. */
export class Chance {
  readonly #next: Random;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** In [0, 1). */
  fraction(): number {
    return this.#next();
  }

  /** In [from, to). */
  between(from: number, to: number): number {
    return from + this.#next() * (to - from);
  }

  /** 0 … count - 1. */
  below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  happens(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** A new order of the same items. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const result = [...items];
    for (let index = result.length - 1; index > 0; index--) {
      const other = this.below(index + 1);
      [result[index], result[other]] = [result[other] as Item, result[index] as Item];
    }
    return result;
  }

  /** Mostly short, seldom long: between the two, by a power law. */
  skewed(from: number, to: number): number {
    return from + (to - from) * this.#next() ** 3;
  }
}

import type { HistogramSample, Labels } from './family.ts';

/** From half a millisecond to ten seconds, in seconds: what a statement takes that somebody waits for. */
export const latencyBounds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
];

/** Counts values in buckets. A value costs a search in a short list. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[] = latencyBounds) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? Infinity)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  sample(labels: Labels): HistogramSample {
    return { labels, bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum };
  }
}

import type { HistoryPoint } from './snapshot.ts';

/** Two minutes, twice a second. */
export const HISTORY_MAX = 240;

/** The last points of the charts. */
export class History {
  readonly #points: HistoryPoint[] = [];

  add(point: HistoryPoint): void {
    this.#points.push(point);
    if (this.#points.length > HISTORY_MAX) this.#points.shift();
  }

  get points(): readonly HistoryPoint[] {
    return this.#points;
  }
}

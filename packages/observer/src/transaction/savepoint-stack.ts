import { ObError } from '@sealane/errors';

/** The part of a write transaction that savepoints need. */
export interface SavepointTarget {
  savepoint(name: string): void;
  rollbackTo(name: string): void;
  release(name: string): void;
}

/**
 * MySQL's savepoints on SQLite's: a name is set once, without regard to case; setting it again moves it. Until there is
 * a write transaction they are names only.
 */
export class SavepointStack {
  #target: SavepointTarget | undefined;
  #points: { readonly name: string; readonly stored: string }[] = [];
  #count = 0;

  /** From here on savepoints are SQLite's. */
  attach(target: SavepointTarget): void {
    this.#target = target;
    for (const { stored } of this.#points) target.savepoint(stored);
  }

  set(name: string): void {
    const folded = name.toLowerCase();
    const last = this.#points.at(-1);
    // Only the newest can leave SQLite's stack without its younger ones.
    if (last?.name === folded) this.#target?.release(last.stored);
    this.#points = this.#points.filter((point) => point.name !== folded);
    const stored = `session_${++this.#count}`;
    this.#target?.savepoint(stored);
    this.#points.push({ name: folded, stored });
  }

  /** @throws ObError 1305 */
  rollbackTo(name: string): void {
    const index = this.#find(name);
    this.#target?.rollbackTo(this.#points[index]?.stored ?? '');
    this.#points = this.#points.slice(0, index + 1);
  }

  /** @throws ObError 1305 */
  release(name: string): void {
    const index = this.#find(name);
    this.#target?.release(this.#points[index]?.stored ?? '');
    this.#points = this.#points.slice(0, index);
  }

  #find(name: string): number {
    const index = this.#points.findIndex((point) => point.name === name.toLowerCase());
    if (index === -1) throw new ObError('OB_SAVEPOINT_NOT_EXIST', [name]);
    return index;
  }
}

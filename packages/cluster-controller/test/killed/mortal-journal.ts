import { appendFileSync } from 'node:fs';
import { Journal, type JournalLine } from '../../src/journal.ts';

/** Where in its n-th line a controller dies: before any of it is on disk, with half of it, with all of it. */
export const DEATHS = ['before', 'amid', 'after'] as const;
export type Death = (typeof DEATHS)[number];

/** The journal of a controller that is killed at its n-th line. What is dead writes nothing more. */
export class MortalJournal extends Journal {
  readonly #name: string;
  readonly #death: Death;
  #left: number;

  constructor(file: string, left: number, death: Death) {
    super(file);
    this.#name = file;
    this.#left = left;
    this.#death = death;
  }

  /** Lines until the death, negative once that is over. */
  get left(): number {
    return this.#left;
  }

  override append(line: JournalLine): void {
    this.#left -= 1;
    if (this.#left < 0) throw new Error('killed');
    if (this.#left === 0 && this.#death === 'before') throw new Error('killed');
    if (this.#left === 0 && this.#death === 'amid') {
      const text = JSON.stringify(line);
      appendFileSync(this.#name, text.slice(0, text.length / 2));
      throw new Error('killed');
    }
    super.append(line);
    if (this.#left === 0) throw new Error('killed');
  }
}

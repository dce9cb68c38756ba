/** What a checker found in a history. */
export interface Verdict {
  /** `unknown`: the search was given up, which is no success. */
  readonly valid: boolean | 'unknown';
  /** Acknowledged writes that are gone. */
  readonly lost: number;
  /** What breaks a promise, in words, with the operations concerned. */
  readonly violations: readonly Violation[];
  /** What is allowed, and good to know. */
  readonly notes: readonly string[];
}

export interface Violation {
  /** A name from the literature where there is one: G1c, lost write, stale read … */
  readonly kind: string;
  readonly what: string;
  /** How often, where only the first ones are told in words. */
  readonly count?: number;
}

/** At most this many of a kind are told in words. */
const TOLD_MAX = 5;

/** Collects violations and bounds what is told of each kind. */
export class Findings {
  readonly #byKind = new Map<string, { told: string[]; count: number }>();

  add(kind: string, what: string): void {
    const found = this.#byKind.get(kind) ?? { told: [], count: 0 };
    found.count += 1;
    if (found.told.length < TOLD_MAX) found.told.push(what);
    this.#byKind.set(kind, found);
  }

  count(kind: string): number {
    return this.#byKind.get(kind)?.count ?? 0;
  }

  violations(): readonly Violation[] {
    return [...this.#byKind].flatMap(([kind, { told, count }]) =>
      told.map((what) => ({ kind, what, count })),
    );
  }
}

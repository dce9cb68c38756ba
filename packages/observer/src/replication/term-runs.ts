/** The term of every entry, kept as the places where it changes: a long log has few terms. */
export class TermRuns {
  readonly #runs: { readonly fromLsn: number; readonly term: number }[];

  /** @param runs [LSN, term], as from `pairs` */
  constructor(runs: readonly (readonly [number, number])[] = []) {
    this.#runs = runs.map(([fromLsn, term]) => ({ fromLsn, term }));
  }

  append(lsn: number, term: number): void {
    if (this.#runs.at(-1)?.term !== term) this.#runs.push({ fromLsn: lsn, term });
  }

  truncateAfter(lsn: number): void {
    while ((this.#runs.at(-1)?.fromLsn ?? 0) > lsn) this.#runs.pop();
  }

  /** For an LSN that is in the log. */
  term(lsn: number): number | undefined {
    for (let index = this.#runs.length - 1; index >= 0; index--) {
      const run = this.#runs[index];
      if (run !== undefined && run.fromLsn <= lsn) return run.term;
    }
    return undefined;
  }

  pairs(): [number, number][] {
    return this.#runs.map(({ fromLsn, term }) => [fromLsn, term]);
  }
}

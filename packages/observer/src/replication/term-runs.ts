/** The term of every entry, kept as the places where it changes: a long log has few terms. */
export class TermRuns {
  readonly #runs: { fromLsn: number; term: number }[] = [];

  append(firstLsn: number, terms: readonly number[]): void {
    for (const [index, term] of terms.entries()) {
      if (this.#runs.at(-1)?.term !== term) this.#runs.push({ fromLsn: firstLsn + index, term });
    }
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
}

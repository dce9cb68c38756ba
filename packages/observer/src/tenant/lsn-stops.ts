import { ObError } from '@sealane/errors';

interface Stop {
  readonly lsn: number;
  /** The file has everything up to `lsn`, and nothing behind it. */
  reached(): void;
}

/** Entries behind each of which somebody wants to look at the file, before the next one is applied. */
export class LsnStops {
  readonly #stops = new Set<Stop>();

  /**
   * @param look  called in the moment in which the file ends with that entry
   * @throws ObError OB_STATE_NOT_MATCH: it has more already; OB_TIMEOUT
   */
  at<Value>(
    lsn: number,
    where: { appliedLsn: number; timeoutMs: number },
    look: () => Value,
  ): Promise<Value> {
    const { appliedLsn, timeoutMs } = where;
    if (appliedLsn === lsn) return Promise.resolve(look());
    if (appliedLsn > lsn) {
      const message = `this replica is at LSN ${appliedLsn} already, behind ${lsn}`;
      return Promise.reject(new ObError('OB_STATE_NOT_MATCH', [], { message, details: { appliedLsn } }));
    }
    return new Promise((resolve, reject) => {
      const stop: Stop = {
        lsn,
        reached: () => {
          clearTimeout(timer);
          resolve(look());
        },
      };
      const timer = setTimeout(() => {
        this.#stops.delete(stop);
        const message = `Timeout: LSN ${lsn} didn't come within ${Math.round(timeoutMs)} ms`;
        reject(new ObError('OB_TIMEOUT', [], { message }));
      }, timeoutMs);
      this.#stops.add(stop);
    });
  }

  /** The same entries, in runs that end where somebody wants to look. */
  split<Entry extends { readonly lsn: number }>(entries: readonly Entry[]): readonly (readonly Entry[])[] {
    if (this.#stops.size === 0) return [entries];
    const wanted = new Set([...this.#stops].map(({ lsn }) => lsn));
    const runs: Entry[][] = [[]];
    for (const entry of entries) {
      runs.at(-1)?.push(entry);
      if (wanted.has(entry.lsn)) runs.push([]);
    }
    return runs.filter((run) => run.length > 0);
  }

  reached(lsn: number): void {
    if (this.#stops.size === 0) return;
    for (const stop of this.#stops) {
      if (stop.lsn !== lsn) continue;
      this.#stops.delete(stop);
      stop.reached();
    }
  }
}

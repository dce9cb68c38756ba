import type { Server } from '../cluster-view.ts';
import type { NodeCounters } from './node-counters.ts';

/** A node's counters with when they were read and which process counted. */
export interface CounterReading {
  /** Of a clock that only goes forward. */
  readonly atMs: number;
  readonly instance: string;
  readonly counters: NodeCounters;
}

export interface NodeRates {
  readonly statements: number;
  readonly failed: number;
  readonly commits: number;
}

interface Known {
  readonly reading: CounterReading;
  readonly rates: NodeRates | undefined;
}

const none: NodeCounters = { statements: 0, failed: 0, commits: 0 };

/**
 * Makes rates of counters that begin anew with each process. What a process counted before its first reading here isn't
 * known to be new, unless the process itself is.
 */
export class RateMeter {
  readonly #nodes = new Map<Server, Known>();
  readonly #grown = { statements: 0, failed: 0, commits: 0 };

  /** Growth of all nodes since the first reading of each. */
  get grown(): NodeCounters {
    return this.#grown;
  }

  take(server: Server, reading: CounterReading): void {
    const before = this.#nodes.get(server)?.reading;
    if (before === undefined) {
      this.#nodes.set(server, { reading, rates: undefined });
      return;
    }
    const from = before.instance === reading.instance ? before.counters : none;
    const growth = {
      statements: Math.max(0, reading.counters.statements - from.statements),
      failed: Math.max(0, reading.counters.failed - from.failed),
      commits: Math.max(0, reading.counters.commits - from.commits),
    };
    const seconds = Math.max(0.001, (reading.atMs - before.atMs) / 1000);
    this.#grown.statements += growth.statements;
    this.#grown.failed += growth.failed;
    this.#grown.commits += growth.commits;
    const rates = {
      statements: growth.statements / seconds,
      failed: growth.failed / seconds,
      commits: growth.commits / seconds,
    };
    this.#nodes.set(server, { reading, rates });
  }

  /** It doesn't answer: whatever it does, nobody can tell. */
  lost(server: Server): void {
    const known = this.#nodes.get(server);
    if (known !== undefined) this.#nodes.set(server, { ...known, rates: undefined });
  }

  of(server: Server): NodeRates | undefined {
    return this.#nodes.get(server)?.rates;
  }

  /** All nodes together; undefined while none has two readings. */
  get total(): NodeRates | undefined {
    const known = [...this.#nodes.values()].flatMap(({ rates }) => rates ?? []);
    if (known.length === 0) return undefined;
    const sum = (name: keyof NodeRates) => known.reduce((total, rates) => total + rates[name], 0);
    return { statements: sum('statements'), failed: sum('failed'), commits: sum('commits') };
  }
}

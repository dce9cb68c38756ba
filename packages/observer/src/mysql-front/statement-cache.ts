import { LRUCache } from 'lru-cache';

/** What a plan depends on besides the statement's own text. */
export interface StatementKey {
  readonly tenantId: number;
  /** Grows with every change of the tenant's schema. */
  readonly schemaVersion: number | bigint;
  readonly database: string | undefined;
  readonly sqlMode: string;
  readonly text: string;
}

export interface StatementCacheOptions {
  /** Characters of all texts together; a plan is taken to weigh as much as its text, several times over. */
  readonly textSizeMax: number;
  readonly countMax: number;
}

export interface StatementCacheFigures {
  readonly count: number;
  readonly hits: number;
  readonly misses: number;
}

/**
 * Plans by statement, the least recently used given up first. A change of schema makes new keys; plans under old ones
 * grow old and go.
 */
export class StatementCache<Plan extends object> {
  readonly #plans: LRUCache<string, Plan>;
  #hits = 0;
  #misses = 0;

  constructor({ textSizeMax, countMax }: StatementCacheOptions) {
    this.#plans = new LRUCache<string, Plan>({
      max: countMax,
      maxSize: textSizeMax,
      sizeCalculation: (_plan, key) => key.length,
    });
  }

  get(key: StatementKey): Plan | undefined {
    const plan = this.#plans.get(keyText(key));
    if (plan === undefined) this.#misses++;
    else this.#hits++;
    return plan;
  }

  /** A statement longer than all texts may be together is not kept. */
  set(key: StatementKey, plan: Plan): void {
    this.#plans.set(keyText(key), plan);
  }

  /** @returns the plan kept, or the one made now; what `make` throws is thrown and nothing kept */
  getOrMake(key: StatementKey, make: () => Plan): Plan {
    const kept = this.get(key);
    if (kept !== undefined) return kept;
    const plan = make();
    this.set(key, plan);
    return plan;
  }

  clear(): void {
    this.#plans.clear();
  }

  figures(): StatementCacheFigures {
    return { count: this.#plans.size, hits: this.#hits, misses: this.#misses };
  }
}

/** NUL can't be in a database's name or in sql_mode, and the text comes last: no two keys look alike. */
function keyText({ tenantId, schemaVersion, database, sqlMode, text }: StatementKey): string {
  return `${tenantId}\0${schemaVersion}\0${database ?? ''}\0${sqlMode}\0${text}`;
}

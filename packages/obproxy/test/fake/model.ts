/** What a client knows of its session, had it one connection to one server. */
export interface Model {
  user: string;
  database: string;
  readonly variables: Map<string, string>;
  /** What PREPARE s keeps. */
  named: string | undefined;
  locked: boolean | 'unknown';
  /** Ids written by the open transaction. */
  transaction: number[] | undefined;
  /** A server that is still there has said that the transaction is gone. */
  mustRollBack: boolean;
  foundRows: number | undefined;
  /** Numbers of prepared statements. */
  readonly prepared: Set<number>;
}

export function newModel(user: string, database: string): Model {
  return {
    user,
    database,
    variables: new Map(),
    named: undefined,
    locked: false,
    transaction: undefined,
    mustRollBack: false,
    foundRows: undefined,
    prepared: new Set(),
  };
}

/** As a fake server's STATE() says it. */
export function wordsOf(model: Model, locked: boolean): string {
  const variables = [...model.variables].sort().map(([name, value]) => `${name}=${value}`);
  const held = `${locked ? 'locked' : ''} ${model.transaction?.join('+') ?? '-'}`;
  return `${model.user} ${model.database} ${variables.join(',')} ${held}`;
}

/** What is known of all writes, by their ids. */
export class Ledger {
  /** Committed, and the client knows. */
  readonly acknowledged = new Set<number>();
  /** The client was told that nobody knows. */
  readonly unknown = new Set<number>();
  readonly #all = new Set<number>();
  #lastId = 0;

  next(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  written(id: number): void {
    this.#all.add(id);
  }

  /** @returns what is wrong with the servers' books */
  faults(store: {
    readonly committed: ReadonlyMap<number, number>;
    readonly executed: ReadonlyMap<number, number>;
  }): string[] {
    const faults: string[] = [];
    for (const id of this.#all) {
      const [executed, committed] = [store.executed.get(id) ?? 0, store.committed.get(id) ?? 0];
      if (executed > 1) faults.push(`${id} was executed ${executed} times`);
      if (this.acknowledged.has(id) && committed !== 1)
        faults.push(`${id} was acknowledged and is there ${committed} times`);
      else if (!this.acknowledged.has(id) && !this.unknown.has(id) && committed > 0)
        faults.push(`${id} was refused or rolled back, and is there`);
    }
    return faults;
  }
}

import type { CellValue, SqlHandle, StoredStatement } from '@sealane/sql';

/** Global values of system variables, one row each that differs from what the product is delivered with. */
export const variableTable = '__variable';

export const variableSchema: StoredStatement = {
  sql: `CREATE TABLE IF NOT EXISTS "${variableTable}" (name TEXT NOT NULL PRIMARY KEY, value) WITHOUT ROWID`,
  binds: [],
};

export interface VariableAssignment {
  readonly name: string;
  readonly value: CellValue;
}

/** The tenant's values as this node has applied them. */
export class GlobalVariables {
  readonly #delivered: (name: string) => CellValue | undefined;
  #values: ReadonlyMap<string, CellValue> = new Map();

  /** @param delivered what a variable is as long as nobody has set it */
  constructor(delivered: (name: string) => CellValue | undefined) {
    this.#delivered = delivered;
  }

  /** @returns the tenant's value, or the one that is delivered; undefined if there is no such variable */
  get(name: string): CellValue | undefined {
    const stored = this.#values.get(name);
    return stored === undefined ? this.#delivered(name) : stored;
  }

  /** Another object whenever a value may have changed. */
  get stamp(): object {
    return this.#values;
  }

  load(handle: SqlHandle): void {
    const rows = handle.all(`SELECT name, value FROM "${variableTable}"`);
    this.#values = new Map(rows.map(([name, value]) => [String(name), value ?? null]));
  }
}

export function storeVariables(handle: SqlHandle, assignments: readonly VariableAssignment[]): void {
  for (const { name, value } of assignments) {
    handle.run(`INSERT OR REPLACE INTO "${variableTable}" (name, value) VALUES (?, ?)`, [
      name.toLowerCase(),
      storable(value),
    ]);
  }
}

/** Values above 2^63-1 (max_binlog_cache_size and the like) don't fit SQLite's integer. */
function storable(value: CellValue): CellValue {
  return typeof value === 'bigint' && value > 2n ** 63n - 1n ? value.toString() : value;
}

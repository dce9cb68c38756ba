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
  #values: ReadonlyMap<string, CellValue> = new Map();

  /** @returns undefined where none is stored */
  get(name: string): CellValue | undefined {
    return this.#values.get(name);
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

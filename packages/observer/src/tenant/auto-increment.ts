import type { Catalog, SqlHandle, TableDefinition } from '@sealane/sql';

interface Counter {
  next: bigint;
  readonly createdAtMs: number;
  readonly start: bigint;
}

/**
 * The next AUTO_INCREMENT keys, in the memory of the leader: what a transaction took stays taken when
 * it rolls back, as in MySQL. A new leader begins after the greatest key there is.
 */
export class AutoIncrement {
  readonly #counters = new Map<string, Counter>();

  /** @param handle sees the keys of the transaction that asks. @returns the first of `count` keys */
  take(handle: SqlHandle, catalog: Catalog, at: TableAddress, count: number): bigint {
    const counter = this.#counter(handle, catalog, at);
    const first = counter.next;
    counter.next += BigInt(count);
    return first;
  }

  observe(handle: SqlHandle, catalog: Catalog, at: TableAddress, value: bigint): void {
    const counter = this.#counter(handle, catalog, at);
    if (value >= counter.next) counter.next = value + 1n;
  }

  /** @returns the next key without taking it; undefined while the table's keys haven't been asked for here */
  peek(database: string, table: string): bigint | undefined {
    return this.#counters.get(`${database}.${table}`)?.next;
  }

  forgetAll(): void {
    this.#counters.clear();
  }

  #counter(handle: SqlHandle, catalog: Catalog, { database, table }: TableAddress): Counter {
    const key = `${database}.${table}`;
    const definition = catalog.relation(database, table);
    if (definition?.kind !== 'table') throw new TypeError(`no table ${key} to number rows of`);
    const known = this.#counters.get(key);
    if (known !== undefined && isOf(known, definition)) return known;
    const counter = {
      next: firstKey(handle, definition),
      createdAtMs: definition.createdAtMs,
      start: definition.autoIncrementStart,
    };
    this.#counters.set(key, counter);
    return counter;
  }
}

export interface TableAddress {
  readonly database: string;
  readonly table: string;
}

/** False after the table was made anew, emptied, or altered to begin elsewhere. */
function isOf(counter: Counter, definition: TableDefinition): boolean {
  return counter.createdAtMs === definition.createdAtMs && counter.start === definition.autoIncrementStart;
}

function firstKey(handle: SqlHandle, definition: TableDefinition): bigint {
  const column = definition.columns.find((each) => each.autoIncrement === true);
  const start = definition.autoIncrementStart > 1n ? definition.autoIncrementStart : 1n;
  const name = column?.name ?? (definition.primaryKey.length === 0 ? '__pk_increment' : undefined);
  if (name === undefined) return start;
  const table = quote(`${definition.database}.${definition.name}`);
  const [row] = handle.all(`SELECT max(${quote(name)}) FROM ${table}`);
  const greatest = greatestOf(row?.[0]);
  return greatest >= start ? greatest + 1n : start;
}

/** Keys from 2^63 on are texts of digits; a key of type FLOAT or DOUBLE is a number. */
function greatestOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') return BigInt(value);
  if (typeof value === 'number') return BigInt(Math.floor(value));
  return 0n;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

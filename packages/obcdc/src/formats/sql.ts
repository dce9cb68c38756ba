import type { CellValue } from '@sealane/sql';
import type { CdcColumn, CdcRecord, CdcTable, DdlRecord, RowRecord } from '../record.ts';
import type { Format } from './format.ts';

/** Statements that make the same changes on a MySQL server, transaction by transaction. */
export class SqlFormat implements Format {
  #rows: RowRecord[] = [];

  /** Nothing that the target's own settings could read otherwise. */
  begin(): string {
    return [
      'SET NAMES utf8mb4;',
      "SET time_zone = '+00:00', foreign_key_checks = 0, unique_checks = 0;",
      "SET sql_mode = 'NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';",
      '',
    ].join('\n');
  }

  write(record: CdcRecord): string {
    switch (record.type) {
      case 'heartbeat':
        return '';
      case 'begin':
        this.#rows = [];
        return '';
      case 'ddl':
        return ddlText(record);
      case 'commit':
        return this.#transaction(record.transactionId);
      default:
        this.#rows.push(record);
        return '';
    }
  }

  #transaction(id: string): string {
    const rows = this.#rows;
    this.#rows = [];
    if (rows.length === 0) return '';
    const statements = inOrder(rows.flatMap(changesOf)).map((change) => `${change.text};\n`);
    return `-- ${id}\nBEGIN;\n${statements.join('')}COMMIT;\n`;
  }
}

interface Change {
  readonly kind: 'delete' | 'update' | 'insert';
  readonly text: string;
}

/** First rows leave, then they change in place, then they enter: no row meets another one's old key. */
function inOrder(changes: readonly Change[]): readonly Change[] {
  const order = { delete: 0, update: 1, insert: 2 } as const;
  return changes.toSorted((a, b) => order[a.kind] - order[b.kind]);
}

function changesOf({ table, before, after }: RowRecord): Change[] {
  if (before === undefined) return after === undefined ? [] : [insert(table, after)];
  if (after === undefined) return [remove(table, before)];
  const changed = table.columns.filter((_, at) => !same(before[at], after[at]));
  if (changed.some((column) => column.unique)) return [remove(table, before), insert(table, after)];
  return changed.length === 0 ? [] : [update(table, before, after)];
}

function insert(table: CdcTable, row: readonly CellValue[]): Change {
  const columns = table.columns.map(({ name }) => quoteName(name)).join(', ');
  const values = table.columns.map((column, at) => literal(column, row[at] ?? null)).join(', ');
  return { kind: 'insert', text: `INSERT INTO ${nameOf(table)} (${columns}) VALUES (${values})` };
}

function update(table: CdcTable, before: readonly CellValue[], after: readonly CellValue[]): Change {
  const assignments = table.columns.flatMap((column, at) =>
    same(before[at], after[at]) ? [] : [`${quoteName(column.name)} = ${literal(column, after[at] ?? null)}`],
  );
  const text = `UPDATE ${nameOf(table)} SET ${assignments.join(', ')} WHERE ${conditionOf(table, before)}`;
  return { kind: 'update', text };
}

function remove(table: CdcTable, row: readonly CellValue[]): Change {
  return { kind: 'delete', text: `DELETE FROM ${nameOf(table)} WHERE ${conditionOf(table, row)}` };
}

/**
 * The row by its key. A table without one: a row that is equal in all that can be compared; which one of several makes no difference
 * but for what can't be.
 */
function conditionOf(table: CdcTable, row: readonly CellValue[]): string {
  const hasKey = table.columns.some((column) => column.key);
  const terms = table.columns.flatMap((column, at) => {
    const wanted = hasKey ? column.key : isComparable(column);
    return wanted ? [`${quoteName(column.name)} <=> ${literal(column, row[at] ?? null)}`] : [];
  });
  const condition = terms.length === 0 ? '1 = 1' : terms.join(' AND ');
  return hasKey ? condition : `${condition} LIMIT 1`;
}

/** A FLOAT isn't equal to the text of itself, and JSON is a text for some servers. */
function isComparable({ type }: CdcColumn): boolean {
  return type.name !== 'float' && type.name !== 'json';
}

function same(left: CellValue | undefined, right: CellValue | undefined): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  return left === right;
}

function ddlText({ database, text, transactionId }: DdlRecord): string {
  const use = database === '' ? '' : `USE ${quoteName(database)};\n`;
  return `-- ${transactionId}\n${use}${text.trim().replace(/;\s*$/, '')};\n`;
}

function literal({ type }: CdcColumn, value: CellValue): string {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString('hex')}'`;
  if (typeof value !== 'string') return String(value);
  if (type.name === 'decimal' && /^-?[\d.]+$/.test(value)) return value;
  // Control characters aren't safe on their way through every client.
  if (/\p{Cc}/u.test(value)) return `_utf8mb4 X'${Buffer.from(value).toString('hex')}'`;
  return `'${value.replaceAll("'", "''")}'`;
}

function nameOf({ database, name }: CdcTable): string {
  return `${quoteName(database)}.${quoteName(name)}`;
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

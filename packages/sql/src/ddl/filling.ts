import type { ColumnDefinition } from '../catalog.ts';
import { shownDefault } from '../information-schema/column-facts.ts';
import type { ExecutionContext } from '../plan.ts';
import type { SqlType } from '../sql-type.ts';
import { dateTimeOf, formatDateTime } from '../types/calendar.ts';
import { storedForm } from '../types/sqlite-column.ts';
import { type StoreRules, storeRules } from '../types/store-rules.ts';
import { fromUtc } from '../types/time-zone.ts';
import { toStored } from '../types/to-stored.ts';
import type { CellValue, SqlValue } from '../values.ts';

/** What a column that is added holds in the rows there are: NULL, one value (as SQLite text), or a number each. */
export type Filling = null | 'numbered' | { readonly literal: string };

export interface FillingContext {
  readonly rules: StoreRules;
  readonly context: ExecutionContext;
}

/**
 * Settles that value, on the leader, so that every node has the same.
 * @param within left out: only the kind of filling is asked for
 */
export function filling(column: ColumnDefinition, within?: FillingContext): Filling {
  if (column.autoIncrement === true) return 'numbered';
  const { defaultText, type, nullable } = column;
  if (defaultText === 'NULL' || (defaultText === undefined && nullable)) return null;
  if (within === undefined) return { literal: '' };
  // A default that has to be computed for each row follows as an UPDATE.
  const plain = defaultText === undefined || defaultText.startsWith('(');
  const cell = plain ? implicitDefault(type) : givenDefault(column, within.context);
  const timeZone = String(within.context.variable('time_zone', 'session') ?? '+00:00');
  // A default was checked when it was defined; a zero date in its place is what MySQL puts there too.
  const store = { rules: storeRules(''), timeZone, column: column.name, row: 1, warn: () => {} };
  return { literal: sqliteLiteral(toStored(type, cell, store)) };
}

/** What a NOT NULL column without a default holds. */
export function implicitDefault(type: SqlType): CellValue {
  switch (type.name) {
    case 'date':
      return '0000-00-00';
    case 'datetime':
    case 'timestamp':
      return '0000-00-00 00:00:00';
    case 'time':
      return '00:00:00';
    case 'json':
      return 'null';
    case 'enum':
      return 1n;
    case 'set':
      return 0n;
    default:
      return storedForm(type) === 'text' || storedForm(type) === 'blob' ? '' : 0n;
  }
}

function givenDefault(column: ColumnDefinition, context: ExecutionContext): CellValue {
  const text = column.defaultText ?? '';
  if (text.startsWith('CURRENT_TIMESTAMP')) {
    const zone = String(context.variable('time_zone', 'session') ?? '+00:00');
    return formatDateTime(dateTimeOf(fromUtc(context.nowUs, zone)), column.type.decimals ?? 0);
  }
  if (text.startsWith("b'")) return BigInt(`0b${text.slice(2, -1) || '0'}`);
  return shownDefault(column) ?? '';
}

function sqliteLiteral(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString('hex')}'`;
  return typeof value === 'number' && Number.isInteger(value) ? value.toFixed(1) : String(value);
}

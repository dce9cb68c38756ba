import { ObError } from '@sealane/errors';
import type { ResultColumn } from '../result.ts';
import type { SqlType } from '../sql-type.ts';
import { formatDecimal, rescale } from '../types/decimal.ts';
import { bitBytes, fromStored } from '../types/from-stored.ts';
import { decodeUnsigned, isIntegerType } from '../types/integers.ts';
import { textOf } from '../types/store-rules.ts';
import type { CellValue, SqlValue } from '../values.ts';
import { decimalOf, integerOf } from './runtime/exact.ts';
import type { QueryItem } from './scope.ts';
import type { Typed } from './typed.ts';

/** What a client is told of a query's columns. */
export function resultColumns(items: readonly QueryItem[]): readonly ResultColumn[] {
  return items.map(({ name, typed }) => {
    const { column, type, nullable } = typed;
    if (column === undefined) {
      return { database: '', table: '', originalTable: '', name, originalName: '', type, nullable };
    }
    const { database, table, originalTable, originalName, ...flags } = column;
    return { database, table, originalTable, name, originalName, type, nullable, ...flags };
  });
}

/** Turns what SQLite answers into what a client sees; undefined where both are the same. */
export type Decode = (value: SqlValue, timeZone: string) => CellValue;

export function decoder(typed: Typed): Decode | undefined {
  const { type } = typed;
  if (typed.form === 'stored' && typed.constant === undefined) return storedDecoder(type);
  return valueDecoder(type);
}

function storedDecoder(type: SqlType): Decode | undefined {
  switch (type.name) {
    case 'decimal':
    case 'timestamp':
    case 'time':
    case 'bit':
    case 'enum':
    case 'set':
      return (value, timeZone) => fromStored(type, value, timeZone);
    case 'bigint':
      return type.unsigned === true ? (value) => fromStored(type, value, '') : undefined;
    default:
      return undefined;
  }
}

function valueDecoder(type: SqlType): Decode | undefined {
  if (isIntegerType(type) || type.name === 'year') return (value) => integerCell(value, type);
  switch (type.name) {
    case 'decimal': {
      const scale = type.decimals ?? 0;
      return (value) => (value === null ? null : formatDecimal(rescale(decimalOf(value), scale)));
    }
    case 'float':
    case 'double':
      return (value) => (value === null ? null : realCell(value));
    case 'bit':
      return (value) => (value === null ? null : bitBytes(decodeUnsigned(value), type.length ?? 1));
    case 'null':
      return undefined;
    default:
      return (value) =>
        value === null || typeof value === 'string' || value instanceof Uint8Array ? value : textOf(value);
  }
}

function integerCell(value: SqlValue, type: SqlType): CellValue {
  if (value === null || typeof value === 'bigint') return value;
  if (typeof value === 'string') return decodeUnsigned(value);
  // SQLite turned an integer that was too large into a REAL.
  if (typeof value === 'number' && Math.abs(value) >= 2 ** 63) {
    throw new ObError('OB_OPERATE_OVERFLOW', [
      type.unsigned === true ? 'BIGINT UNSIGNED' : 'BIGINT',
      String(value),
    ]);
  }
  return integerOf(value);
}

function realCell(value: SqlValue): CellValue {
  const number = Number(value);
  if (Number.isFinite(number)) return number;
  throw new ObError('OB_OPERATE_OVERFLOW', ['DOUBLE', String(value)]);
}

/** Decodes all rows in place. */
export function decodeRows(
  rows: SqlValue[][],
  decoders: readonly (Decode | undefined)[],
  timeZone: string,
): CellValue[][] {
  const places = decoders.flatMap((decode, index) => (decode === undefined ? [] : [{ decode, index }]));
  if (places.length === 0) return rows;
  for (const row of rows) {
    for (const { decode, index } of places) row[index] = decode(row[index] ?? null, timeZone) as SqlValue;
  }
  return rows;
}

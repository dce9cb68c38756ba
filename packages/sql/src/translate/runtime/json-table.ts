import { isObError, ObError } from '@sealane/errors';
import type { SqliteFunction } from '../../functions/definition.ts';
import { findAll, isArray, isObject, parsePath } from '../../functions/json-path.ts';
import { documentOf } from '../../functions/json-value.ts';
import type { SqlType } from '../../sql-type.ts';
import { type JsonValue, printJson } from '../../types/json.ts';
import { storeRules } from '../../types/store-rules.ts';
import { toStored } from '../../types/to-stored.ts';
import type { CellValue, SqlValue } from '../../values.ts';
import { sessionTimeZone } from './convert.ts';

/** What a column does without a value, or with one that doesn't fit. `value` is a default, as text. */
export interface JsonTableDefault {
  readonly kind: 'null' | 'error' | 'default';
  readonly value?: string;
}

/** The columns of a JSON_TABLE, as they travel in SQLite text. */
export type JsonTableSpec =
  | { readonly kind: 'ordinality' }
  | {
      readonly kind: 'path';
      readonly name: string;
      readonly type: SqlType;
      readonly path: string;
      readonly exists: boolean;
      readonly onEmpty: JsonTableDefault;
      readonly onError: JsonTableDefault;
    }
  | { readonly kind: 'nested'; readonly path: string; readonly columns: readonly JsonTableSpec[] };

const specs = new Map<string, readonly JsonTableSpec[]>();

function specOf(text: string): readonly JsonTableSpec[] {
  let spec = specs.get(text);
  if (spec === undefined) {
    spec = JSON.parse(text) as readonly JsonTableSpec[];
    if (specs.size > 200) specs.clear();
    specs.set(text, spec);
  }
  return spec;
}

/** How many columns a list makes, those of nested paths too. */
export function widthOf(columns: readonly JsonTableSpec[]): number {
  return columns.reduce((sum, column) => sum + (column.kind === 'nested' ? widthOf(column.columns) : 1), 0);
}

/** Rows for one value: nested paths give one row for each match, siblings one after the other. */
function expand(value: JsonValue, columns: readonly JsonTableSpec[], ordinal: number): SqlValue[][] {
  const nothing = new Array<SqlValue>(widthOf(columns)).fill(null);
  const base = [...nothing];
  const rows: SqlValue[][] = [];
  let place = 0;
  const nested: { readonly at: number; readonly rows: SqlValue[][] }[] = [];
  for (const column of columns) {
    if (column.kind === 'nested') {
      const found = findAll(value, parsePath(column.path));
      nested.push({
        at: place,
        rows: found.flatMap((each, index) => expand(each, column.columns, index + 1)),
      });
      place += widthOf(column.columns);
    } else {
      base[place] = column.kind === 'ordinality' ? BigInt(ordinal) : columnValue(value, column);
      place += 1;
    }
  }
  for (const part of nested) {
    for (const inner of part.rows) {
      const row = [...base];
      for (const [index, cell] of inner.entries()) row[part.at + index] = cell;
      rows.push(row);
    }
  }
  return rows.length === 0 ? [base] : rows;
}

type PathColumn = Extract<JsonTableSpec, { kind: 'path' }>;

function columnValue(value: JsonValue, column: PathColumn): SqlValue {
  const found = findAll(value, parsePath(column.path));
  if (column.exists) return found.length > 0 ? 1n : 0n;
  const [only] = found;
  if (only === undefined) {
    if (column.onEmpty.kind === 'error') throw new ObError('ER_MISSING_JSON_TABLE_VALUE', [column.name]);
    return defaultValue(column.onEmpty, column);
  }
  try {
    if (found.length > 1) throw wrongValue(column);
    return stored(cellOf(only, column), column);
  } catch (error) {
    if (column.onError.kind === 'error' || !isObError(error)) throw error;
    return defaultValue(column.onError, column);
  }
}

function wrongValue({ name, type }: PathColumn): ObError {
  return new ObError('OB_ERR_TRUNCATED_WRONG_VALUE_FOR_FIELD', [type.name, 'JSON', name, 1]);
}

function cellOf(value: JsonValue, column: PathColumn): CellValue {
  if (column.type.name === 'json') return printJson(value);
  if (value === null) return null;
  if (isArray(value) || isObject(value)) throw wrongValue(column);
  if (typeof value === 'boolean') return /char|text/.test(column.type.name) ? String(value) : value ? 1n : 0n;
  return value;
}

function stored(cell: CellValue, { type, name }: PathColumn): SqlValue {
  const rules = storeRules('STRICT_ALL_TABLES');
  return toStored(type, cell, { rules, timeZone: sessionTimeZone(), column: name, row: 1, warn: () => {} });
}

function defaultValue(fallback: JsonTableDefault, column: PathColumn): SqlValue {
  return fallback.value === undefined ? null : stored(fallback.value, column);
}

/** A stored value in JSON: a letter for its kind, then its text. */
function packed(value: SqlValue): string | null {
  if (value === null) return null;
  if (typeof value === 'bigint') return `i${value}`;
  if (typeof value === 'number') return `r${value}`;
  return typeof value === 'string' ? `t${value}` : `b${Buffer.from(value).toString('hex')}`;
}

function unpacked(text: string | null | undefined): SqlValue {
  if (text === null || text === undefined) return null;
  const body = text.slice(1);
  switch (text[0]) {
    case 'i':
      return BigInt(body);
    case 'r':
      return Number(body);
    case 'b':
      return Buffer.from(body, 'hex');
    default:
      return body;
  }
}

export const jsonTableFunctions: readonly SqliteFunction[] = [
  {
    name: 'sx_json_table',
    deterministic: false,
    // Arguments: the document, the path to the rows, the columns. The answer is an array for json_each.
    call: (document = null, path = null, columns = null) => {
      if (document === null) return '[]';
      const root = documentOf(document, 1, 'json_table');
      const spec = specOf(String(columns));
      const rows = findAll(root, parsePath(String(path))).flatMap((value, index) =>
        expand(value, spec, index + 1),
      );
      return JSON.stringify(rows.map((row) => row.map(packed)));
    },
  },
  {
    name: 'sx_json_cell',
    deterministic: true,
    call: (row = null, index = null) =>
      row === null ? null : unpacked((JSON.parse(String(row)) as (string | null)[])[Number(index)]),
  },
];

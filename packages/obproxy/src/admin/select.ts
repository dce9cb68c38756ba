import { ObError } from '@sealane/errors';
import type { Column, ColumnType } from '@sealane/mysql-protocol';
import {
  type AdminAnswer,
  type AdminCell,
  type AdminRow,
  type AdminTable,
  column,
  textType,
} from './admin-table.ts';
import { compared, type Expression, readExpression, type Scope, truth } from './expression.ts';
import type { TokenReader } from './token-reader.ts';

/** `SELECT * | expression [AS name], … [FROM [database.]view] [WHERE …] [GROUP BY …] [ORDER BY … [DESC]] [LIMIT n]`. */
export interface Select {
  /** Undefined: all columns. */
  readonly items: readonly { readonly expression: Expression; readonly name: string }[] | undefined;
  readonly from: { readonly database: string | undefined; readonly name: string } | undefined;
  readonly where: Expression | undefined;
  readonly groupBy: readonly Expression[];
  readonly orderBy: readonly { readonly expression: Expression; readonly descending: boolean }[];
  readonly limit: number;
}

/** Behind the word SELECT. @throws ObError OB_ERR_PARSE_SQL */
export function readSelect(reader: TokenReader): Select {
  const items = reader.take('*') ? undefined : listOf(reader, readItem);
  const from = reader.take('FROM') ? readTableName(reader) : undefined;
  if (from !== undefined && hasAlias(reader)) reader.name();
  const where = reader.take('WHERE') ? readExpression(reader) : undefined;
  const groupBy = reader.take('GROUP', 'BY') ? listOf(reader, readExpression) : [];
  const orderBy = reader.take('ORDER', 'BY') ? listOf(reader, readOrder) : [];
  const limit = reader.take('LIMIT') ? reader.integer() : Number.POSITIVE_INFINITY;
  reader.end();
  return { items, from, where, groupBy, orderBy, limit };
}

export function readTableName(reader: TokenReader): NonNullable<Select['from']> {
  const first = reader.name();
  return reader.take('.') ? { database: first, name: reader.name() } : { database: undefined, name: first };
}

export interface SelectContext {
  readonly tables: readonly AdminTable[];
  /** Of `@@name`, and `name()` for a function without arguments. @throws ObError for one that isn't there */
  variable(name: string): AdminCell;
}

/** @throws ObError OB_TABLE_NOT_EXIST, OB_ERR_BAD_FIELD_ERROR */
export function runSelect(select: Select, context: SelectContext): AdminAnswer {
  const table = select.from === undefined ? undefined : tableOf(select.from, context.tables);
  const scopeOf = (rows: readonly AdminRow[]): Scope => ({
    rows,
    column: (name) => columnIndex(name, table),
    variable: context.variable,
  });
  const { where } = select;
  const all = table === undefined ? [[]] : table.rows();
  const rows = all.filter((row) => where === undefined || truth(where.evaluate(scopeOf([row]))) === true);
  const groups = ordered(select, groupsOf(select, rows, scopeOf).map(scopeOf)).slice(0, select.limit);
  const items = select.items ?? starItems(table);
  const answers = groups.map((scope) => items.map(({ expression }) => expression.evaluate(scope)));
  // Names are checked where there are no rows, too.
  if (groups.length === 0) for (const { expression } of items) expression.evaluate(scopeOf([]));
  const columns = items.map(({ expression, name }, at) => columnFor(expression, name, table, answers, at));
  return { kind: 'rows', columns, rows: answers };
}

function readItem(reader: TokenReader): { readonly expression: Expression; readonly name: string } {
  const expression = readExpression(reader);
  return { expression, name: hasAlias(reader) ? reader.name() : expression.text };
}

function hasAlias(reader: TokenReader): boolean {
  return reader.take('AS') || (reader.peek.kind === 'word' && !clauses.has(reader.peek.text.toUpperCase()));
}

const clauses = new Set(['FROM', 'WHERE', 'GROUP', 'ORDER', 'LIMIT']);

function readOrder(reader: TokenReader): { readonly expression: Expression; readonly descending: boolean } {
  const expression = readExpression(reader);
  const descending = reader.take('DESC');
  if (!descending) reader.take('ASC');
  return { expression, descending };
}

function listOf<Item>(reader: TokenReader, read: (reader: TokenReader) => Item): readonly Item[] {
  const items = [read(reader)];
  while (reader.take(',')) items.push(read(reader));
  return items;
}

function tableOf({ database, name }: NonNullable<Select['from']>, tables: readonly AdminTable[]): AdminTable {
  const found = tables.find(
    (table) =>
      table.name === name.toUpperCase() && table.database === (database ?? table.database).toLowerCase(),
  );
  if (found === undefined) throw new ObError('OB_TABLE_NOT_EXIST', [database ?? 'oceanbase', name]);
  return found;
}

function columnIndex(name: string, table: AdminTable | undefined): number {
  const at = table?.columns.findIndex((each) => each.name.toUpperCase() === name.toUpperCase()) ?? -1;
  if (at < 0) throw new ObError('OB_ERR_BAD_FIELD_ERROR', [name, 'field list']);
  return at;
}

/** Groups of rows, one of each row where nothing is aggregated. */
function groupsOf(
  { items, groupBy }: Select,
  rows: readonly AdminRow[],
  scopeOf: (rows: readonly AdminRow[]) => Scope,
): readonly (readonly AdminRow[])[] {
  if (groupBy.length > 0) {
    const keyOf = (row: AdminRow): string =>
      JSON.stringify(groupBy.map((each) => each.evaluate(scopeOf([row]))));
    return [...Map.groupBy(rows, keyOf).values()];
  }
  const isAggregate = items?.some(({ expression }) => expression.aggregate) === true;
  return isAggregate ? [rows] : rows.map((row) => [row]);
}

function ordered({ orderBy }: Select, scopes: readonly Scope[]): readonly Scope[] {
  if (orderBy.length === 0) return scopes;
  return scopes.toSorted((a, b) => {
    for (const { expression, descending } of orderBy) {
      const [left, right] = [expression.evaluate(a), expression.evaluate(b)];
      const order = compared(left, right) ?? Number(right === null) - Number(left === null);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
}

function starItems(table: AdminTable | undefined): NonNullable<Select['items']> {
  if (table === undefined) throw new ObError('OB_ERR_NO_TABLES_USED');
  return table.columns.map(({ name }, at) => ({
    name,
    expression: { text: name, aggregate: false, evaluate: ({ rows }) => rows[0]?.[at] ?? null },
  }));
}

/** A column keeps its type; anything else is a number or a text by its values. */
function columnFor(
  { text, aggregate }: Expression,
  name: string,
  table: AdminTable | undefined,
  rows: readonly AdminRow[],
  at: number,
): Column {
  const known = aggregate
    ? undefined
    : table?.columns.find((each) => each.name.toUpperCase() === text.toUpperCase());
  return known === undefined ? column(name, typeFor(rows.map((row) => row[at] ?? null))) : { ...known, name };
}

function typeFor(values: readonly AdminCell[]): ColumnType {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === 0 || numbers.length < values.filter((value) => value !== null).length)
    return textType(4096);
  return numbers.every(Number.isInteger) ? { name: 'bigint' } : { name: 'double' };
}

import { quoteName, quoteText } from '../types/type-text.ts';

/** A SHOW statement as a query over a virtual table. */
export interface ShowQuery {
  /** MySQL text of the table: `information_schema.TABLES`. */
  readonly from: string;
  /** [title, MySQL expression] */
  readonly columns: readonly (readonly [title: string, expression: string])[];
  /** The database, and the table, that the rows are about. */
  readonly of?: { readonly database: string; readonly table?: string };
  /** Other conditions that the statement itself means. */
  readonly where?: readonly string[];
  readonly orderBy: readonly string[];
  /** What LIKE compares: a title. */
  readonly likeColumn?: string;
  readonly like?: string | undefined;
  /** The user's own condition, over the titles. */
  readonly condition?: string | undefined;
  /** NO_BACKSLASH_ESCAPES is on: a backslash in a text stands for itself. */
  readonly plainBackslash: boolean;
}

/** The query's MySQL text. A WHERE of the user sees the titles, hence the derived table. */
export function showQueryText(query: ShowQuery): string {
  const items = query.columns.map(([title, expression]) => `${expression} AS ${quoteName(title)}`);
  const order = query.orderBy.map((expression, at) => `${expression} AS \`__${at}\``);
  const inner = `SELECT ${[...items, ...order].join(', ')} FROM ${query.from}${where(ownConditions(query))}`;
  const titles = query.columns.map(([title]) => quoteName(title)).join(', ');
  const orderBy = query.orderBy.map((_, at) => `\`__${at}\``).join(', ');
  const tail = orderBy === '' ? '' : ` ORDER BY ${orderBy}`;
  return `SELECT ${titles} FROM (${inner}) AS \`shown\`${where(conditions(query))}${tail}`;
}

function ownConditions({ of, where = [] }: ShowQuery): readonly string[] {
  if (of === undefined) return where;
  const table = of.table === undefined ? [] : [`TABLE_NAME = ${quoteText(of.table)}`];
  return [`TABLE_SCHEMA = ${quoteText(of.database)}`, ...table, ...where];
}

/** A text as a literal of the session's SQL mode. */
export function literal(text: string, plainBackslash: boolean): string {
  return plainBackslash ? `'${text.replaceAll("'", "''")}'` : quoteText(text);
}

function conditions({ like, likeColumn, condition, plainBackslash }: ShowQuery): readonly string[] {
  const matches =
    like === undefined || likeColumn === undefined
      ? []
      : [`${quoteName(likeColumn)} LIKE ${literal(like, plainBackslash)}`];
  return condition === undefined ? matches : [...matches, `(${condition})`];
}

function where(parts: readonly string[]): string {
  return parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`;
}

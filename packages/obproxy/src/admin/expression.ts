import { ObError } from '@sealane/errors';
import type { AdminCell, AdminRow } from './admin-table.ts';
import { likePattern } from './like.ts';
import type { TokenReader } from './token-reader.ts';

/** Rows of a group, of which expressions outside an aggregate see the first. */
export interface Scope {
  readonly rows: readonly AdminRow[];
  /** @throws ObError OB_ERR_BAD_FIELD_ERROR */
  column(name: string): number;
  variable(name: string): AdminCell;
}

export interface Expression {
  /** As it was written, for the column's name. */
  readonly text: string;
  readonly aggregate: boolean;
  evaluate(scope: Scope): AdminCell;
}

/**
 * The expressions of the proxy's own SELECT: literals, columns, @@variables, comparisons, IS NULL, LIKE, IN, NOT, AND, OR, and
 * a few functions.
 *
 * @throws ObError OB_ERR_PARSE_SQL
 */
export function readExpression(reader: TokenReader): Expression {
  let left = readAnd(reader);
  while (reader.take('OR')) left = logical(left, 'OR', readAnd(reader));
  return left;
}

function readAnd(reader: TokenReader): Expression {
  let left = readNot(reader);
  while (reader.take('AND')) left = logical(left, 'AND', readNot(reader));
  return left;
}

function readNot(reader: TokenReader): Expression {
  if (!reader.take('NOT')) return readComparison(reader);
  const inner = readNot(reader);
  return made(`NOT ${inner.text}`, [inner], (scope) => negated(inner.evaluate(scope)));
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
};

function readComparison(reader: TokenReader): Expression {
  const left = readPrimary(reader);
  const sign = reader.peek.kind === 'sign' ? comparisons[reader.peek.text] : undefined;
  if (sign !== undefined) {
    const operator = reader.next().text;
    const right = readPrimary(reader);
    return made(`${left.text} ${operator} ${right.text}`, [left, right], (scope) => {
      const order = compared(left.evaluate(scope), right.evaluate(scope));
      return order === undefined ? null : Number(sign(order));
    });
  }
  if (reader.take('IS')) {
    const not = reader.take('NOT');
    reader.expect('NULL');
    return made(`${left.text} IS ${not ? 'NOT ' : ''}NULL`, [left], (scope) =>
      Number((left.evaluate(scope) === null) !== not),
    );
  }
  const not = reader.take('NOT');
  if (reader.take('LIKE')) return likeExpression(left, readPrimary(reader), not);
  if (reader.take('IN')) return inExpression(left, readList(reader), not);
  if (not) throw reader.error();
  return left;
}

function likeExpression(left: Expression, right: Expression, not: boolean): Expression {
  return made(`${left.text} LIKE ${right.text}`, [left, right], (scope) => {
    const [value, pattern] = [left.evaluate(scope), right.evaluate(scope)];
    if (value === null || pattern === null) return null;
    return Number(likePattern(String(pattern)).test(String(value)) !== not);
  });
}

function inExpression(left: Expression, list: readonly Expression[], not: boolean): Expression {
  return made(`${left.text} IN (…)`, [left, ...list], (scope) => {
    const value = left.evaluate(scope);
    if (value === null) return null;
    return Number(list.some((each) => compared(value, each.evaluate(scope)) === 0) !== not);
  });
}

function readPrimary(reader: TokenReader): Expression {
  if (reader.take('(')) {
    const inner = readExpression(reader);
    reader.expect(')');
    return inner;
  }
  if (reader.take('NULL')) return literal('NULL', null);
  const token = reader.next();
  if (token.kind === 'text') return literal(token.text, token.text);
  if (token.kind === 'number') return literal(token.text, Number(token.text));
  if (token.kind === 'variable') {
    const name = token.text.replace(/^@@(?:global\.|session\.|local\.)?/i, '').toLowerCase();
    return made(token.text, [], (scope) => scope.variable(name));
  }
  if (token.kind !== 'word' && token.kind !== 'name') throw reader.error();
  if (token.kind === 'word' && reader.take('(')) return readCall(reader, token.text.toUpperCase());
  const name = reader.take('.') ? reader.name() : token.text;
  return made(name, [], ({ rows, column }) => {
    const at = column(name);
    return rows[0]?.[at] ?? null;
  });
}

function readList(reader: TokenReader): readonly Expression[] {
  reader.expect('(');
  return readArguments(reader);
}

function readArguments(reader: TokenReader): readonly Expression[] {
  const list: Expression[] = [];
  if (reader.take(')')) return list;
  do list.push(readExpression(reader));
  while (reader.take(','));
  reader.expect(')');
  return list;
}

const aggregates: Readonly<Record<string, (values: readonly AdminCell[]) => AdminCell>> = {
  COUNT: (values) => values.length,
  SUM: (values) =>
    values.length === 0 ? null : values.reduce<number>((sum, value) => sum + Number(value), 0),
  MIN: (values) => values.toSorted((a, b) => compared(a, b) ?? 0)[0] ?? null,
  MAX: (values) => values.toSorted((a, b) => compared(b, a) ?? 0)[0] ?? null,
};

const functions: Readonly<Record<string, (values: readonly AdminCell[]) => AdminCell>> = {
  UNIX_TIMESTAMP: ([time = new Date().toISOString()]) =>
    time === null
      ? null
      : (Date.parse(`${String(time).replace(' ', 'T').replace(/Z?$/, 'Z')}`) / 1000).toFixed(6),
  COALESCE: (values) => values.find((value) => value !== null) ?? null,
  IFNULL: ([value = null, other = null]) => value ?? other,
  LOWER: ([value = null]) => (value === null ? null : String(value).toLowerCase()),
  UPPER: ([value = null]) => (value === null ? null : String(value).toUpperCase()),
};

function readCall(reader: TokenReader, name: string): Expression {
  const aggregate = aggregates[name];
  if (aggregate !== undefined) return readAggregate(reader, name, aggregate);
  const apply = functions[name];
  const args = readArguments(reader);
  const text = `${name}(${args.map((each) => each.text).join(', ')})`;
  if (apply !== undefined)
    return made(text, args, (scope) => apply(args.map((each) => each.evaluate(scope))));
  const isNiladic = args.length === 0 && niladic.has(name);
  if (isNiladic) return made(text, [], (scope) => scope.variable(`${name.toLowerCase()}()`));
  throw new ObError('OB_ERR_FUNCTION_UNKNOWN', ['FUNCTION', name]);
}

/** Answered by the session. */
const niladic = new Set(['VERSION', 'USER', 'CURRENT_USER', 'DATABASE', 'CONNECTION_ID']);

function readAggregate(
  reader: TokenReader,
  name: string,
  aggregate: (values: readonly AdminCell[]) => AdminCell,
): Expression {
  const inner = reader.take('*') ? literal('*', 1) : readExpression(reader);
  reader.expect(')');
  return {
    text: `${name}(${inner.text})`,
    aggregate: true,
    evaluate: (scope) =>
      aggregate(
        scope.rows.map((row) => inner.evaluate({ ...scope, rows: [row] })).filter((value) => value !== null),
      ),
  };
}

function literal(text: string, value: AdminCell): Expression {
  return { text, aggregate: false, evaluate: () => value };
}

function made(text: string, parts: readonly Expression[], evaluate: (scope: Scope) => AdminCell): Expression {
  return { text, aggregate: parts.some((part) => part.aggregate), evaluate };
}

/** Three values, as in SQL. */
function logical(left: Expression, operator: 'AND' | 'OR', right: Expression): Expression {
  const decisive = operator === 'OR';
  return made(`${left.text} ${operator} ${right.text}`, [left, right], (scope) => {
    const values = [truth(left.evaluate(scope)), truth(right.evaluate(scope))];
    if (values.includes(decisive)) return Number(decisive);
    return values.includes(undefined) ? null : Number(!decisive);
  });
}

/** @returns undefined for NULL */
export function truth(value: AdminCell): boolean | undefined {
  return value === null ? undefined : Number(value) !== 0;
}

function negated(value: AdminCell): AdminCell {
  const known = truth(value);
  return known === undefined ? null : Number(!known);
}

/** Numbers as numbers where one of them is one, texts without regard to case. @returns undefined where one is NULL */
export function compared(left: AdminCell, right: AdminCell): number | undefined {
  if (left === null || right === null) return undefined;
  if (typeof left === 'number' || typeof right === 'number') return Number(left) - Number(right);
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  return a === b ? 0 : a < b ? -1 : 1;
}

import type {
  AggregateCall,
  AggregateName,
  Expression,
  FunctionCall,
  IntervalUnit,
  OnEmptyOrError,
  OrderItem,
} from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseInterval, parseIntervalUnit } from './interval.ts';
import { parseBytesOrString, parseCharsetName, parseColumnReference } from './name.ts';
import { parseCastType } from './type.ts';
import { parseOrderItem, parseOver } from './window.ts';

const AGGREGATES = new Set<string>(
  `COUNT SUM AVG MIN MAX GROUP_CONCAT BIT_AND BIT_OR BIT_XOR STD STDDEV STDDEV_POP STDDEV_SAMP VARIANCE VAR_POP VAR_SAMP
  JSON_ARRAYAGG JSON_OBJECTAGG APPROX_COUNT_DISTINCT ANY_VALUE`.split(/\s+/),
);

/** Words that are reserved and name a function if a parenthesis follows. */
const RESERVED_FUNCTIONS = new Set(
  `IF LEFT RIGHT REPEAT REPLACE INSERT DATABASE SCHEMA MOD CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER
  LOCALTIME LOCALTIMESTAMP UTC_DATE UTC_TIME UTC_TIMESTAMP CHAR CONVERT VALUES DEFAULT MATCH`.split(/\s+/),
);

/** Words that call a function without parentheses. */
const BARE_FUNCTIONS = new Set(
  `CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER LOCALTIME LOCALTIMESTAMP UTC_DATE UTC_TIME UTC_TIMESTAMP`.split(
    /\s+/,
  ),
);

/** Functions whose arguments are written in a way of their own; the name and the parenthesis have been read. */
const SPECIAL: Readonly<Record<string, (cursor: Cursor, start: number) => Expression>> = {
  CAST: parseCast,
  CONVERT: parseConvert,
  EXTRACT: parseExtract,
  TRIM: parseTrim,
  SUBSTRING: parseSubstring,
  SUBSTR: parseSubstring,
  MID: parseSubstring,
  POSITION: parsePosition,
  CHAR: parseChar,
  GET_FORMAT: parseGetFormat,
  TIMESTAMPADD: (cursor, start) => parseTimestampFunction(cursor, start, 'TIMESTAMPADD'),
  TIMESTAMPDIFF: (cursor, start) => parseTimestampFunction(cursor, start, 'TIMESTAMPDIFF'),
  DATE_ADD: (cursor, start) => parseDateArithmetic(cursor, start, 'DATE_ADD'),
  DATE_SUB: (cursor, start) => parseDateArithmetic(cursor, start, 'DATE_SUB'),
  ADDDATE: (cursor, start) => parseDateArithmetic(cursor, start, 'ADDDATE'),
  SUBDATE: (cursor, start) => parseDateArithmetic(cursor, start, 'SUBDATE'),
  WEIGHT_STRING: parseWeightString,
  JSON_VALUE: parseJsonValue,
  MATCH: parseMatch,
  VALUES: parseValuesOf,
  DEFAULT: parseDefaultOf,
};

/** A call at a word, or undefined if the word isn't one. */
export function parseFunctionCall(cursor: Cursor): Expression | undefined {
  const { word, start } = cursor.token;
  if (cursor.peek(1).word !== '(') {
    if (!BARE_FUNCTIONS.has(word)) return word === 'MATCH' ? parseBareMatch(cursor) : undefined;
    cursor.advance();
    return call(word, [], start, cursor.lastEnd);
  }
  if (!cursor.isName() && !RESERVED_FUNCTIONS.has(word)) return undefined;
  const name = cursor.token.kind === TokenKind.QuotedName ? cursor.token.value.toUpperCase() : word;
  cursor.advance();
  cursor.expect('(');
  const special = SPECIAL[word];
  if (special !== undefined) return special(cursor, start);
  if (AGGREGATES.has(word)) return parseOver(cursor, parseAggregate(cursor, start, word as AggregateName));
  return parseOver(cursor, parsePlainCall(cursor, start, name, undefined));
}

/** `d.f(…)`, after the name and the parenthesis. */
export function parsePlainCall(
  cursor: Cursor,
  start: number,
  name: string,
  database: string | undefined,
): FunctionCall {
  const args = cursor.is(')') ? [] : cursor.list(parseArgument);
  cursor.expect(')');
  return { ...call(name, args, start, cursor.lastEnd), database };
}

function parseExpression(cursor: Cursor): Expression {
  return cursor.expression();
}

/** OceanBase has arguments by name: `f(a => 1)`. */
export function parseArgument(cursor: Cursor): Expression {
  if (cursor.peek(1).word === '=>') {
    cursor.name();
    cursor.advance();
    cursor.lacking = 'Argument by name';
  }
  const argument = cursor.expression();
  if (cursor.is('AS') || cursor.isName() || cursor.token.kind === TokenKind.String) {
    // Loadable functions are told their arguments' names: `f(a AS b)`.
    cursor.accept('AS');
    cursor.nameOrString();
    cursor.lacking = 'Argument with an alias';
  }
  return argument;
}

function call(name: string, args: readonly Expression[], start: number, end: number): FunctionCall {
  return {
    kind: 'function',
    database: undefined,
    name,
    args,
    unit: undefined,
    charset: undefined,
    start,
    end,
  };
}

function finishCall(
  cursor: Cursor,
  start: number,
  name: string,
  args: readonly Expression[],
  unit?: IntervalUnit,
): FunctionCall {
  cursor.expect(')');
  return { ...call(name, args, start, cursor.lastEnd), unit };
}

function parseAggregate(cursor: Cursor, start: number, name: AggregateName): AggregateCall {
  const distinct = cursor.acceptOneOf('DISTINCT', 'DISTINCTROW') !== undefined;
  if (!distinct) cursor.accept('ALL');
  const star = name === 'COUNT' && !distinct && cursor.accept('*');
  const args = star ? [] : cursor.list(parseExpression);
  let orderBy: OrderItem[] = [];
  let separator: string | undefined;
  if (name === 'GROUP_CONCAT') {
    if (cursor.acceptAll('ORDER', 'BY')) orderBy = cursor.list(parseOrderItem);
    if (cursor.accept('SEPARATOR')) separator = parseBytesOrString(cursor);
  }
  cursor.expect(')');
  return { kind: 'aggregate', name, distinct, star, args, orderBy, separator, start, end: cursor.lastEnd };
}

function parseCast(cursor: Cursor, start: number): Expression {
  const operand = cursor.expression();
  let timeZone: string | undefined;
  if (cursor.acceptAll('AT', 'TIME', 'ZONE')) {
    cursor.accept('INTERVAL');
    timeZone = cursor.string();
  }
  cursor.expect('AS');
  const type = parseCastType(cursor);
  const array = cursor.accept('ARRAY');
  cursor.expect(')');
  return { kind: 'cast', operand, type, array, timeZone, start, end: cursor.lastEnd };
}

function parseConvert(cursor: Cursor, start: number): Expression {
  const operand = cursor.expression();
  if (cursor.accept('USING')) {
    const charset = cursor.accept('DEFAULT') ? 'default' : parseCharsetName(cursor);
    cursor.expect(')');
    return { kind: 'convert-using', operand, charset, start, end: cursor.lastEnd };
  }
  cursor.expect(',');
  const type = parseCastType(cursor);
  cursor.expect(')');
  return { kind: 'cast', operand, type, array: false, timeZone: undefined, start, end: cursor.lastEnd };
}

function parseExtract(cursor: Cursor, start: number): Expression {
  const unit = parseIntervalUnit(cursor);
  cursor.expect('FROM');
  const operand = cursor.expression();
  cursor.expect(')');
  return { kind: 'extract', unit, operand, start, end: cursor.lastEnd };
}

function parseTrim(cursor: Cursor, start: number): Expression {
  const side = cursor.acceptOneOf('BOTH', 'LEADING', 'TRAILING');
  let remove: Expression | undefined;
  if (side === undefined || !cursor.is('FROM')) remove = cursor.expression();
  let operand = remove;
  if (side !== undefined || cursor.is('FROM')) {
    cursor.expect('FROM');
    operand = cursor.expression();
  } else remove = undefined;
  cursor.expect(')');
  return {
    kind: 'trim',
    side: side ?? 'BOTH',
    remove,
    operand: operand as Expression,
    start,
    end: cursor.lastEnd,
  };
}

function parseSubstring(cursor: Cursor, start: number): Expression {
  const args = [cursor.expression()];
  const standard = cursor.accept('FROM');
  if (!standard) cursor.expect(',');
  args.push(cursor.expression());
  if (cursor.accept(standard ? 'FOR' : ',')) args.push(cursor.expression());
  return finishCall(cursor, start, 'SUBSTRING', args);
}

/** POSITION(a IN b): the first operand stops before IN, so it is read as part of an IN list's syntax. */
function parsePosition(cursor: Cursor, start: number): Expression {
  const needle = cursor.grammar.operand(cursor);
  cursor.expect('IN');
  return finishCall(cursor, start, 'POSITION', [needle, cursor.expression()]);
}

/** CHAR(65, 66) gives bytes; CHAR(65 USING utf8mb4) is CONVERT(CHAR(65) USING utf8mb4). */
function parseChar(cursor: Cursor, start: number): Expression {
  const args = cursor.list(parseExpression);
  const operand = call('CHAR', args, start, cursor.lastEnd);
  const charset = cursor.accept('USING') ? parseCharsetName(cursor) : undefined;
  cursor.expect(')');
  if (charset === undefined) return { ...operand, end: cursor.lastEnd };
  return { kind: 'convert-using', operand, charset, start, end: cursor.lastEnd };
}

function parseGetFormat(cursor: Cursor, start: number): Expression {
  const { start: typeStart } = cursor.token;
  const type = cursor.expectOneOf('DATE', 'TIME', 'DATETIME', 'TIMESTAMP');
  const first: Expression = {
    kind: 'string',
    value: type,
    charset: undefined,
    start: typeStart,
    end: cursor.lastEnd,
  };
  cursor.expect(',');
  return finishCall(cursor, start, 'GET_FORMAT', [first, cursor.expression()]);
}

function parseTimestampFunction(cursor: Cursor, start: number, name: string): Expression {
  const unit = parseIntervalUnit(cursor);
  cursor.expect(',');
  const first = cursor.expression();
  cursor.expect(',');
  return finishCall(cursor, start, name, [first, cursor.expression()], unit);
}

function parseDateArithmetic(cursor: Cursor, start: number, name: string): Expression {
  const date = cursor.expression();
  cursor.expect(',');
  const plainDays = name === 'ADDDATE' || name === 'SUBDATE';
  const amount = plainDays && !cursor.is('INTERVAL') ? cursor.expression() : parseInterval(cursor);
  return finishCall(cursor, start, name, [date, amount]);
}

function parseWeightString(cursor: Cursor, start: number): Expression {
  const args = [cursor.expression()];
  if (cursor.accept('AS')) {
    const type = parseCastType(cursor);
    args.push({ kind: 'string', value: type.name, charset: undefined, start: type.start, end: type.end });
    args.push({ kind: 'integer', value: BigInt(type.length ?? 1), start: type.start, end: type.end });
  }
  if (cursor.accept('LEVEL')) parseWeightLevels(cursor);
  else while (cursor.accept(',')) args.push(cursor.expression());
  return finishCall(cursor, start, 'WEIGHT_STRING', args);
}

/** LEVEL 1, 2 DESC REVERSE or LEVEL 1 - 3, which MySQL 8 has no more. */
function parseWeightLevels(cursor: Cursor): void {
  cursor.number();
  if (cursor.accept('-')) cursor.number();
  else {
    do {
      cursor.acceptOneOf('ASC', 'DESC');
      cursor.accept('REVERSE');
      if (!cursor.accept(',')) break;
    } while (cursor.number() >= 0);
  }
  cursor.lacking = 'WEIGHT_STRING LEVEL';
}

function parseJsonValue(cursor: Cursor, start: number): Expression {
  const document = cursor.expression();
  cursor.expect(',');
  const path = cursor.expression();
  const returning = cursor.accept('RETURNING') ? parseCastType(cursor) : undefined;
  const { onEmpty, onError } = parseOnEmptyOnError(cursor);
  cursor.expect(')');
  return { kind: 'json-value', document, path, returning, onEmpty, onError, start, end: cursor.lastEnd };
}

/** `… ON EMPTY … ON ERROR`, of JSON_VALUE and JSON_TABLE. */
export function parseOnEmptyOnError(cursor: Cursor): {
  onEmpty: OnEmptyOrError | undefined;
  onError: OnEmptyOrError | undefined;
} {
  let onEmpty: OnEmptyOrError | undefined;
  let onError: OnEmptyOrError | undefined;
  while (cursor.is('NULL') || cursor.is('ERROR') || cursor.is('DEFAULT')) {
    const response = parseResponse(cursor);
    cursor.expect('ON');
    if (cursor.expectOneOf('EMPTY', 'ERROR') === 'EMPTY') onEmpty = response;
    else onError = response;
  }
  return { onEmpty, onError };
}

function parseResponse(cursor: Cursor): OnEmptyOrError {
  const word = cursor.expectOneOf('NULL', 'ERROR', 'DEFAULT');
  if (word === 'DEFAULT') return { kind: 'default', value: cursor.expression() };
  return { kind: word === 'NULL' ? 'null' : 'error' };
}

function parseMatch(cursor: Cursor, start: number): Expression {
  const columns = cursor.list(parseColumnReference);
  cursor.expect(')');
  return finishMatch(cursor, start, columns);
}

/** MATCH a, b AGAINST (…): the parentheses may be left out. */
function parseBareMatch(cursor: Cursor): Expression {
  const { start } = cursor.expect('MATCH');
  return finishMatch(cursor, start, cursor.list(parseColumnReference));
}

function finishMatch(cursor: Cursor, start: number, columns: readonly Expression[]): Expression {
  cursor.expectAll('AGAINST', '(');
  const against = cursor.grammar.operand(cursor);
  const mode = parseMatchMode(cursor);
  cursor.expect(')');
  return { kind: 'match', columns, against, mode, start, end: cursor.lastEnd };
}

function parseMatchMode(
  cursor: Cursor,
): 'natural' | 'natural-expansion' | 'boolean' | 'expansion' | undefined {
  if (cursor.acceptAll('IN', 'BOOLEAN', 'MODE')) return 'boolean';
  const natural = cursor.acceptAll('IN', 'NATURAL', 'LANGUAGE', 'MODE');
  const expansion = cursor.acceptAll('WITH', 'QUERY', 'EXPANSION');
  if (natural) return expansion ? 'natural-expansion' : 'natural';
  return expansion ? 'expansion' : undefined;
}

function parseValuesOf(cursor: Cursor, start: number): Expression {
  const column = parseColumnReference(cursor);
  cursor.expect(')');
  return { kind: 'values-of', column, start, end: cursor.lastEnd };
}

function parseDefaultOf(cursor: Cursor, start: number): Expression {
  const column = parseColumnReference(cursor);
  cursor.expect(')');
  return { kind: 'default-of', column, start, end: cursor.lastEnd };
}

import type { Expression, FunctionCall, IntervalExpression, IntervalUnit, RowExpression } from '../ast.ts';
import type { Cursor } from './cursor.ts';

const UNITS = new Set<string>(
  `MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR SECOND_MICROSECOND MINUTE_MICROSECOND MINUTE_SECOND
  HOUR_MICROSECOND HOUR_SECOND HOUR_MINUTE DAY_MICROSECOND DAY_SECOND DAY_MINUTE DAY_HOUR YEAR_MONTH`.split(
    /\s+/,
  ),
);

/** A unit, or its old form with SQL_TSI_ before it. */
export function parseIntervalUnit(cursor: Cursor): IntervalUnit {
  const word = cursor.token.word.replace(/^SQL_TSI_/, '').replace(/^FRAC_SECOND$/, 'MICROSECOND');
  if (!UNITS.has(word)) cursor.fail();
  cursor.advance();
  return word as IntervalUnit;
}

export function isIntervalUnit(word: string): boolean {
  return UNITS.has(word);
}

/** INTERVAL n unit; or the function INTERVAL(n, a, b, …), which begins alike. */
export function parseInterval(cursor: Cursor): IntervalExpression | FunctionCall {
  const { start } = cursor.expect('INTERVAL');
  if (!cursor.is('(')) return finishInterval(cursor, start, cursor.expression());
  const first = cursor.grammar.primary(cursor);
  if (first.kind === 'row') return intervalFunction(first, start);
  return finishInterval(cursor, start, cursor.grammar.continueExpression(cursor, first));
}

/** The same where no date stands before: an interval then needs a `+` and a date after it. */
export function parseLeadingInterval(cursor: Cursor): IntervalExpression | FunctionCall {
  const interval = parseInterval(cursor);
  if (interval.kind === 'interval' && !cursor.is('+')) cursor.fail();
  return interval;
}

function finishInterval(cursor: Cursor, start: number, amount: Expression): IntervalExpression {
  const unit = parseIntervalUnit(cursor);
  return { kind: 'interval', amount, unit, start, end: cursor.lastEnd };
}

function intervalFunction({ items, end }: RowExpression, start: number): FunctionCall {
  return {
    kind: 'function',
    database: undefined,
    name: 'INTERVAL',
    args: items,
    unit: undefined,
    charset: undefined,
    start,
    end,
  };
}

import { ObError } from '@sealane/errors';
import type { IntervalUnit } from '../../ast.ts';
import type { SqliteFunction } from '../../functions/definition.ts';
import { complain } from '../../functions/execution-scope.ts';
import {
  type DateTime,
  dateTimeOf,
  daysInMonth,
  formatDate,
  formatDateTime,
  formatTime,
  hasZeroPart,
  isZeroDate,
  microsecondsOf,
} from '../../types/calendar.ts';
import { rescale } from '../../types/decimal.ts';
import { timeMaxUs } from '../../types/parse-date-time.ts';
import { textOf } from '../../types/store-rules.ts';
import type { SqlValue } from '../../values.ts';
import { decimalOf, integerOf } from './exact.ts';
import { readDateTime, readTime } from './temporal.ts';

/** A span: months, and microseconds for what has a fixed length. */
export interface DateInterval {
  readonly months: number;
  readonly microseconds: bigint;
}

const second = 1_000_000n;
const unitUs: Readonly<Partial<Record<IntervalUnit, bigint>>> = {
  MICROSECOND: 1n,
  SECOND: second,
  MINUTE: 60n * second,
  HOUR: 3600n * second,
  DAY: 86_400n * second,
  WEEK: 604_800n * second,
};
const unitMonths: Readonly<Partial<Record<IntervalUnit, number>>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };
const compoundUnits: Readonly<Partial<Record<IntervalUnit, readonly IntervalUnit[]>>> = {
  SECOND_MICROSECOND: ['SECOND', 'MICROSECOND'],
  MINUTE_MICROSECOND: ['MINUTE', 'SECOND', 'MICROSECOND'],
  MINUTE_SECOND: ['MINUTE', 'SECOND'],
  HOUR_MICROSECOND: ['HOUR', 'MINUTE', 'SECOND', 'MICROSECOND'],
  HOUR_SECOND: ['HOUR', 'MINUTE', 'SECOND'],
  HOUR_MINUTE: ['HOUR', 'MINUTE'],
  DAY_MICROSECOND: ['DAY', 'HOUR', 'MINUTE', 'SECOND', 'MICROSECOND'],
  DAY_SECOND: ['DAY', 'HOUR', 'MINUTE', 'SECOND'],
  DAY_MINUTE: ['DAY', 'HOUR', 'MINUTE'],
  DAY_HOUR: ['DAY', 'HOUR'],
  YEAR_MONTH: ['YEAR', 'MONTH'],
};

/** Reads INTERVAL amount unit; `'1:30' MINUTE_SECOND` has parts, the last ones when some are missing. */
export function readInterval(amount: SqlValue, unit: IntervalUnit): DateInterval {
  const parts = compoundUnits[unit];
  if (parts === undefined) return simpleInterval(amount, unit);
  const text = textOf(amount);
  const sign = text.trimStart().startsWith('-') ? -1n : 1n;
  const numbers = text.match(/\d+/g) ?? [];
  let months = 0;
  let microseconds = 0n;
  const used = parts.slice(Math.max(0, parts.length - numbers.length));
  for (const [index, part] of used.entries()) {
    const digits = numbers[index] ?? '0';
    // A fraction's digits count from the left: 1.5 SECOND_MICROSECOND is half a second.
    const value = BigInt(part === 'MICROSECOND' ? digits.padEnd(6, '0').slice(0, 6) : digits);
    months += Number(value) * (unitMonths[part] ?? 0);
    microseconds += value * (unitUs[part] ?? 0n);
  }
  return { months: Number(sign) * months, microseconds: sign * microseconds };
}

function simpleInterval(amount: SqlValue, unit: IntervalUnit): DateInterval {
  if (unit === 'SECOND') {
    return { months: 0, microseconds: rescale(decimalOf(leadingNumber(amount)), 6).unscaled };
  }
  // A text counts up to its point; a number is rounded.
  const value = typeof amount === 'string' ? wholeNumber(amount) : integerOf(amount);
  return { months: Number(value) * (unitMonths[unit] ?? 0), microseconds: value * (unitUs[unit] ?? 0n) };
}

function wholeNumber(text: string): bigint {
  return BigInt(/^\s*\+?(-?\d+)/.exec(text)?.[1] ?? 0);
}

function leadingNumber(amount: SqlValue): SqlValue {
  if (typeof amount !== 'string') return amount;
  return /^\s*[+-]?\d*\.?\d+/.exec(amount)?.[0].trim() ?? 0n;
}

const latestUs = microsecondsOf({
  year: 9999,
  month: 12,
  day: 31,
  hour: 23,
  minute: 59,
  second: 59,
  microsecond: 999_999,
});

/** @returns undefined beyond the years 0 to 9999 */
export function addInterval(at: DateTime, interval: DateInterval, sign: 1 | -1): DateTime | undefined {
  let moved = at;
  if (interval.months !== 0) {
    const months = at.year * 12 + at.month - 1 + sign * interval.months;
    const year = Math.floor(months / 12);
    const month = months - year * 12 + 1;
    if (year < 0 || year > 9999) return undefined;
    moved = { ...at, year, month, day: Math.min(at.day, daysInMonth(year, month)) };
  }
  if (interval.microseconds === 0n) return moved;
  const microseconds = microsecondsOf(moved) + BigInt(sign) * interval.microseconds;
  const result = dateTimeOf(microseconds);
  return microseconds > latestUs || result.year < 0 ? undefined : result;
}

function warnOverflow(): null {
  complain(new ObError('OB_DATETIME_FUNCTION_OVERFLOW', ['datetime']));
  return null;
}

/** @param kind `date`, `time`, `datetime`, or `text`: then the answer is a date where all of it is one */
function dateAdd(
  value: SqlValue,
  amount: SqlValue,
  unit: IntervalUnit,
  sign: 1 | -1,
  kind: string,
  decimals: number,
): SqlValue {
  if (value === null || amount === null) return null;
  const interval = readInterval(amount, unit);
  if (kind === 'time') {
    const from = readTime(value);
    if (from === undefined) return null;
    const microseconds = from + BigInt(sign) * interval.microseconds;
    if (microseconds > timeMaxUs || microseconds < -timeMaxUs) return warnOverflow();
    return formatTime(microseconds, decimals);
  }
  const at = readDateTime(value);
  if (at === undefined || isZeroDate(at) || hasZeroPart(at)) return null;
  const moved = addInterval(at, interval, sign);
  if (moved === undefined) return warnOverflow();
  if (kind === 'date') return formatDate(moved);
  if (kind === 'datetime') return formatDateTime(moved, decimals);
  const text = textOf(value);
  const isDate = /^\s*\d+[^\d\s]\d+[^\d\s]\d+\s*$/.test(text) || /^\d{8}$/.test(text);
  if (isDate && interval.microseconds % (86_400n * second) === 0n && !/HOUR|MINUTE|SECOND/.test(unit))
    return formatDate(moved);
  return formatDateTime(moved, moved.microsecond === 0 ? 0 : 6);
}

export const dateAddFunctions: readonly SqliteFunction[] = [
  {
    name: 'sx_date_add',
    deterministic: false,
    call: (value = null, amount = null, unit = null, sign = null, kind = null, decimals = null) =>
      dateAdd(
        value,
        amount,
        String(unit) as IntervalUnit,
        sign === -1n ? -1 : 1,
        String(kind),
        Number(decimals),
      ),
  },
];

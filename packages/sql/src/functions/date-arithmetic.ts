import type { IntervalUnit } from '../ast.ts';
import type { SqlType } from '../sql-type.ts';
import { addInterval, readInterval } from '../translate/runtime/date-add.ts';
import { decimalOf } from '../translate/runtime/exact.ts';
import {
  type DateTime,
  dateOfDays,
  dateTimeOf,
  daysSinceEpoch,
  formatDate,
  formatDateTime,
  formatTime,
  microsecondsOf,
} from '../types/calendar.ts';
import { rescale } from '../types/decimal.ts';
import { timeMaxUs } from '../types/parse-date-time.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { bigintType, dateType, define, intType, isString, textType } from './define.ts';
import type { FunctionArgument, ScalarFunction } from './definition.ts';
import { warn } from './limits.ts';
import { clockUsOf, isDated, realMomentOf, secondDigits } from './moment.ts';
import { placeOf } from './text.ts';

/** Days from year 0 to 1970-01-01. */
const DAYS_TO_EPOCH = 719_528;
const DAY_US = 86_400_000_000n;

function daysOf(at: DateTime): number {
  return daysSinceEpoch(at.year, at.month, at.day);
}

function toDays([value]: readonly SqlValue[]): SqlValue {
  const at = realMomentOf(value);
  return at === undefined ? null : BigInt(daysOf(at) + DAYS_TO_EPOCH);
}

function fromDays([value]: readonly SqlValue[]): SqlValue {
  const days = placeOf(value);
  if (days < 366 || days > 3_652_424) return '0000-00-00';
  return formatDate({ ...dateOfDays(days - DAYS_TO_EPOCH), hour: 0, minute: 0, second: 0, microsecond: 0 });
}

function toSeconds([value]: readonly SqlValue[]): SqlValue {
  const at = realMomentOf(value);
  if (at === undefined) return null;
  return BigInt(daysOf(at) + DAYS_TO_EPOCH) * 86_400n + BigInt(at.hour * 3600 + at.minute * 60 + at.second);
}

function dateDiff([a, b]: readonly SqlValue[], [typeA, typeB]: readonly SqlType[]): SqlValue {
  const first = realMomentOf(a, typeA);
  const second = realMomentOf(b, typeB);
  return first === undefined || second === undefined ? null : BigInt(daysOf(first) - daysOf(second));
}

const UNIT_US: Readonly<Record<string, bigint>> = {
  MICROSECOND: 1n,
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
  DAY: DAY_US,
  WEEK: 7n * DAY_US,
};
const UNIT_MONTHS: Readonly<Record<string, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };

/** TIMESTAMPDIFF(unit, a, b): whole units from a to b. */
function timestampDiff([unit, a, b]: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const from = realMomentOf(a, types[1]);
  const to = realMomentOf(b, types[2]);
  if (from === undefined || to === undefined) return null;
  const us = UNIT_US[String(unit)];
  const difference = microsecondsOf(to) - microsecondsOf(from);
  if (us !== undefined) return difference / us;
  const [early, late] = difference < 0n ? [to, from] : [from, to];
  let months = (late.year - early.year) * 12 + late.month - early.month;
  if (restOfMonth(late) < restOfMonth(early)) months--;
  const units = Math.trunc(months / (UNIT_MONTHS[String(unit)] ?? 1));
  return BigInt(difference < 0n ? -units : units);
}

/** Microseconds since the month began. */
function restOfMonth(at: DateTime): bigint {
  return microsecondsOf({ ...at, year: 1970, month: 1 });
}

function timestampAdd(
  [unit, amount = null, value = null]: readonly SqlValue[],
  types: readonly SqlType[],
): SqlValue {
  const at = realMomentOf(value, types[2]);
  if (at === undefined) return null;
  const word = String(unit) as IntervalUnit;
  const moved = addInterval(at, readInterval(amount, word), 1);
  if (moved === undefined) return warn('OB_DATETIME_FUNCTION_OVERFLOW', ['datetime']);
  const isDate =
    types[2]?.name === 'date' || (isString(types[2]) && /^\s*\d+\D\d+\D\d+\s*$/.test(textOf(value)));
  if (isDate && !/HOUR|MINUTE|SECOND/.test(word)) return formatDate(moved);
  const digits = moved.microsecond === 0 ? secondDigits(types[2], value) : 6;
  return formatDateTime(moved, digits);
}

function timestampAddType([unit, , value]: readonly FunctionArgument[]): SqlType {
  const word = String(unit?.literal ?? '');
  const withClock = /HOUR|MINUTE|SECOND/.test(word);
  const decimals = word === 'MICROSECOND' ? 6 : (value?.type.decimals ?? 0);
  switch (value?.type.name) {
    case 'date':
      return withClock ? { name: 'datetime', decimals } : dateType;
    case 'datetime':
    case 'timestamp':
      return { name: 'datetime', decimals };
  }
  return textType(29);
}

/** ADDTIME and SUBTIME: a date with time stays one, a TIME stays a TIME. */
function addTime(
  [value = null, added = null]: readonly SqlValue[],
  types: readonly SqlType[],
  sign: 1n | -1n,
): SqlValue {
  const us = added === null || isDated(added) ? undefined : clockUsOf(added);
  if (us === undefined || value === null) return null;
  const digits = Math.max(secondDigits(types[0], value), secondDigits(types[1], added));
  const shown = !isString(types[0]) ? digits : us % 1_000_000n === 0n ? digits : 6;
  if (types[0]?.name !== 'time' && isDated(value)) {
    const at = realMomentOf(value);
    return at === undefined ? null : formatDateTime(dateTimeOf(microsecondsOf(at) + sign * us), shown);
  }
  const own = clockUsOf(value);
  return own === undefined ? null : clippedTime(own + sign * us, shown);
}

function clippedTime(us: bigint, digits: number): string {
  const clipped = us > timeMaxUs ? timeMaxUs : us < -timeMaxUs ? -timeMaxUs : us;
  if (clipped !== us) warn('OB_ERR_DOUBLE_TRUNCATED', ['time', formatTime(us, digits)]);
  return formatTime(clipped, digits);
}

function addTimeType([value, added]: readonly FunctionArgument[]): SqlType {
  const decimals = Math.max(value?.type.decimals ?? 0, added?.type.decimals ?? 0);
  switch (value?.type.name) {
    case 'time':
      return { name: 'time', decimals };
    case 'date':
    case 'datetime':
    case 'timestamp':
      return { name: 'datetime', decimals };
  }
  return textType(29);
}

/** TIMEDIFF of two of a kind; NULL if one has a date and the other hasn't. */
function timeDiff([a = null, b = null]: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  if (a === null || b === null) return null;
  const digits = Math.max(secondDigits(types[0], a), secondDigits(types[1], b));
  if (isDated(a) !== isDated(b)) return null;
  if (!isDated(a)) {
    const [first, second] = [clockUsOf(a), clockUsOf(b)];
    return first === undefined || second === undefined ? null : clippedTime(first - second, digits);
  }
  const [first, second] = [realMomentOf(a), realMomentOf(b)];
  if (first === undefined || second === undefined) return null;
  return clippedTime(microsecondsOf(first) - microsecondsOf(second), digits);
}

function makeDate([year, day]: readonly SqlValue[]): SqlValue {
  const given = placeOf(year);
  const days = placeOf(day);
  if (days < 1 || given < 0 || given > 9999) return null;
  const full = given < 70 ? 2000 + given : given < 100 ? 1900 + given : given;
  const date = dateOfDays(daysSinceEpoch(full, 1, 1) + days - 1);
  return date.year > 9999 ? null : formatDate({ ...date, hour: 0, minute: 0, second: 0, microsecond: 0 });
}

function makeTime([hour, minute, second = null]: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const [hours, minutes] = [placeOf(hour), placeOf(minute)];
  const us = rescale(decimalOf(typeof second === 'number' ? String(second) : second), 6).unscaled;
  if (minutes < 0 || minutes > 59 || us < 0n || us >= 60_000_000n) return null;
  const magnitude = BigInt(Math.abs(hours)) * 3_600_000_000n + BigInt(minutes) * 60_000_000n + us;
  return clippedTime(hours < 0 ? -magnitude : magnitude, secondDigits(types[2], second));
}

function secToTime([value = null]: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const us = rescale(decimalOf(typeof value === 'number' ? String(value) : value), 6).unscaled;
  return clippedTime(us, secondDigits(types[0], value));
}

function timeToSec([value]: readonly SqlValue[]): SqlValue {
  const us = clockUsOf(value);
  return us === undefined ? null : us / 1_000_000n;
}

/** A period YYMM or YYYYMM in months. */
function monthsOf(period: SqlValue | undefined): number {
  const number = placeOf(period);
  const year = Math.floor(number / 100);
  const full = year < 70 ? 2000 + year : year < 100 ? 1900 + year : year;
  return number === 0 ? 0 : full * 12 + (number % 100) - 1;
}

function periodAdd([period, months]: readonly SqlValue[]): SqlValue {
  if (placeOf(period) === 0) return 0n;
  const total = monthsOf(period) + placeOf(months);
  return BigInt(Math.floor(total / 12) * 100 + (((total % 12) + 12) % 12) + 1);
}

const timeOf =
  (index: number) =>
  (args: readonly FunctionArgument[]): SqlType => ({
    name: 'time',
    decimals: secondDigits(args[index]?.type, args[index]?.literal),
  });

export const dateArithmeticFunctions: readonly ScalarFunction[] = [
  define('to_days', [1, 1], intType, toDays),
  define('from_days', [1, 1], dateType, fromDays, { numeric: 'all' }),
  define('to_seconds', [1, 1], bigintType, toSeconds),
  define('datediff', [2, 2], intType, dateDiff, { typed: true }),
  define('timestampdiff', [3, 3], bigintType, timestampDiff, { typed: true }),
  define('timestampadd', [3, 3], timestampAddType, timestampAdd, { typed: true }),
  define('addtime', [2, 2], addTimeType, (values, types) => addTime(values, types, 1n), { typed: true }),
  define('subtime', [2, 2], addTimeType, (values, types) => addTime(values, types, -1n), { typed: true }),
  define(
    'timediff',
    [2, 2],
    ([a, b]) => ({
      name: 'time',
      decimals: Math.max(secondDigits(a?.type, a?.literal), secondDigits(b?.type, b?.literal)),
    }),
    timeDiff,
    { typed: true },
  ),
  define('makedate', [2, 2], dateType, makeDate, { numeric: 'all' }),
  define('maketime', [3, 3], timeOf(2), makeTime, { numeric: 'all', typed: true }),
  define('sec_to_time', [1, 1], timeOf(0), secToTime, { numeric: 'all', typed: true }),
  define('time_to_sec', [1, 1], bigintType, timeToSec),
  define('period_add', [2, 2], intType, periodAdd, { numeric: 'all' }),
  define('period_diff', [2, 2], intType, ([a, b]) => BigInt(monthsOf(a) - monthsOf(b)), {
    numeric: 'all',
    nullable: false,
  }),
];

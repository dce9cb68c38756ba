import { ObError } from '@sealane/errors';
import type { SqlType } from '../sql-type.ts';
import { integerOf } from '../translate/runtime/exact.ts';
import {
  type DateTime,
  dateTimeOf,
  daysInMonth,
  formatDate,
  formatDateTime,
  formatTime,
  microsecondsOf,
} from '../types/calendar.ts';
import { clockOf, timeMaxUs } from '../types/parse-date-time.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { bigintType, dateType, define, intType, named, textType } from './define.ts';
import type { FunctionArgument, ScalarFunction } from './definition.ts';
import { complain, currentExecution } from './execution-scope.ts';
import { clockUsOf, isDated, momentOf, realMomentOf, secondDigits } from './moment.ts';
import { dayNames, dayOfYear, monthNames, weekday, weekOf } from './week.ts';

/** A number of a date, which may have zero parts. */
function datePart(
  names: readonly string[],
  read: (at: DateTime) => number,
  options: { real?: boolean } = {},
): ScalarFunction[] {
  const call = ([value]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue => {
    const at = options.real === true ? realMomentOf(value, type) : momentOf(value, type);
    return at === undefined ? null : BigInt(read(at));
  };
  return named(names, define('', [1, 1], { ...intType, length: 4 }, call, { typed: true }));
}

const SECOND = 1_000_000n;

function clockPart(name: string, read: (us: bigint) => bigint): ScalarFunction {
  const call = ([value]: readonly SqlValue[]): SqlValue => {
    const us = clockUsOf(value);
    return us === undefined ? null : read(us < 0n ? -us : us);
  };
  return define(name, [1, 1], { ...intType, length: 6 }, call);
}

function nameOf(name: string, read: (at: DateTime) => string | undefined): ScalarFunction {
  return define(name, [1, 1], textType(9), ([value]) => {
    const at = momentOf(value);
    return at === undefined ? null : (read(at) ?? null);
  });
}

function weekMode(mode: SqlValue | undefined): number {
  if (mode !== undefined) return Number(integerOf(mode)) & 7;
  return Number(currentExecution()?.variable('default_week_format', 'session') ?? 0) & 7;
}

function week([value, mode]: readonly SqlValue[]): SqlValue {
  const at = realMomentOf(value);
  return at === undefined ? null : BigInt(weekOf(at, weekMode(mode)).week);
}

function yearWeek([value, mode = 0n]: readonly SqlValue[]): SqlValue {
  const at = realMomentOf(value);
  if (at === undefined) return null;
  const { week: number, year } = weekOf(at, (Number(integerOf(mode)) & 7) | 2);
  return BigInt(year * 100 + number);
}

function weekOfYear([value]: readonly SqlValue[]): SqlValue {
  const at = realMomentOf(value);
  return at === undefined ? null : BigInt(weekOf(at, 3).week);
}

/** EXTRACT's units as [unit of the date, digits] to be written one after another. */
const EXTRACTED: Readonly<Record<string, readonly string[]>> = {
  YEAR_MONTH: ['YEAR', 'MONTH'],
  DAY_HOUR: ['DAY', 'HOUR'],
  DAY_MINUTE: ['DAY', 'HOUR', 'MINUTE'],
  DAY_SECOND: ['DAY', 'HOUR', 'MINUTE', 'SECOND'],
  DAY_MICROSECOND: ['DAY', 'HOUR', 'MINUTE', 'SECOND', 'MICROSECOND'],
  HOUR_MINUTE: ['HOUR', 'MINUTE'],
  HOUR_SECOND: ['HOUR', 'MINUTE', 'SECOND'],
  HOUR_MICROSECOND: ['HOUR', 'MINUTE', 'SECOND', 'MICROSECOND'],
  MINUTE_SECOND: ['MINUTE', 'SECOND'],
  MINUTE_MICROSECOND: ['MINUTE', 'SECOND', 'MICROSECOND'],
  SECOND_MICROSECOND: ['SECOND', 'MICROSECOND'],
};

/** EXTRACT(unit FROM value); of a TIME the hours may be more than 23, and there is a sign. */
function extract([unit, value = null]: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const word = String(unit);
  if (word === 'WEEK') return week([value]);
  const isTime =
    types[1]?.name === 'time' ||
    (value !== null && !isDated(value) && /HOUR|MINUTE|SECOND/.test(word) && !isDay(word));
  const us = isTime ? clockUsOf(value) : undefined;
  const at = isTime ? undefined : momentOf(value);
  if (us === undefined && at === undefined) return null;
  const magnitude = us === undefined ? 0n : us < 0n ? -us : us;
  const read = (part: string): bigint =>
    at === undefined ? timePart(part, magnitude) : momentPart(part, at);
  let result = 0n;
  for (const part of EXTRACTED[word] ?? [word])
    result = result * (part === 'MICROSECOND' ? SECOND : 100n) + read(part);
  return us !== undefined && us < 0n ? -result : result;
}

function isDay(word: string): boolean {
  return word.startsWith('DAY');
}

function timePart(part: string, us: bigint): bigint {
  switch (part) {
    case 'HOUR':
      return us / (3600n * SECOND);
    case 'MINUTE':
      return (us / (60n * SECOND)) % 60n;
    case 'SECOND':
      return (us / SECOND) % 60n;
    case 'MICROSECOND':
      return us % SECOND;
  }
  return 0n;
}

function momentPart(part: string, at: DateTime): bigint {
  switch (part) {
    case 'YEAR':
      return BigInt(at.year);
    case 'QUARTER':
      return BigInt(Math.ceil(at.month / 3));
    case 'MONTH':
      return BigInt(at.month);
    case 'DAY':
      return BigInt(at.day);
  }
  return timePart(part, clockOf(at));
}

function lastDay([value]: readonly SqlValue[]): SqlValue {
  const at = momentOf(value);
  if (at === undefined || at.month === 0) return null;
  return formatDate({ ...at, day: daysInMonth(at.year, at.month) });
}

function date([value = null]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  const at = momentOf(value, type);
  return at === undefined ? null : formatDate(at);
}

/** TIME(value): the clock of a date with time, or the TIME itself. */
function time([value = null]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  const us = clockUsOf(value);
  if (us === undefined) return null;
  const digits = secondDigits(type, value);
  if (us <= timeMaxUs && us >= -timeMaxUs) return formatTime(us, digits);
  warnTruncatedTime(value);
  return formatTime(us > 0n ? timeMaxUs : -timeMaxUs, digits);
}

function warnTruncatedTime(value: SqlValue): void {
  complain(new ObError('OB_ERR_DOUBLE_TRUNCATED', ['time', textOf(value)]));
}

function timestamp([value, added]: readonly SqlValue[], [type, addedType]: readonly SqlType[]): SqlValue {
  const at = momentOf(value, type);
  if (at === undefined) return null;
  const digits = Math.max(secondDigits(type, value), secondDigits(addedType, added));
  if (added === undefined) return formatDateTime(at, digits);
  const us = clockUsOf(added);
  const whole = realMomentOf(value, type);
  if (us === undefined || whole === undefined) return null;
  return formatDateTime(shifted(whole, us), digits);
}

function shifted(at: DateTime, us: bigint): DateTime {
  return dateTimeOf(microsecondsOf(at) + us);
}

const digitsOfFirst = ([argument]: readonly FunctionArgument[]): number =>
  secondDigits(argument?.type, argument?.literal);

function getFormat([type, standard]: readonly SqlValue[]): SqlValue {
  const index = ['EUR', 'INTERNAL', 'ISO', 'JIS', 'USA'].indexOf(textOf(standard ?? null).toUpperCase());
  return FORMATS[textOf(type ?? null).toUpperCase()]?.[index] ?? null;
}

/** Source: MySQL's manual, GET_FORMAT; in the order EUR, INTERNAL, ISO, JIS, USA. */
const DATETIME_FORMATS = [
  '%Y-%m-%d %H.%i.%s',
  '%Y%m%d%H%i%s',
  '%Y-%m-%d %H:%i:%s',
  '%Y-%m-%d %H:%i:%s',
  '%Y-%m-%d %H.%i.%s',
];
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  DATE: ['%d.%m.%Y', '%Y%m%d', '%Y-%m-%d', '%Y-%m-%d', '%m.%d.%Y'],
  DATETIME: DATETIME_FORMATS,
  TIMESTAMP: DATETIME_FORMATS,
  TIME: ['%H.%i.%s', '%H%i%s', '%H:%i:%s', '%H:%i:%s', '%h:%i:%s %p'],
};

export const datePartFunctions: readonly ScalarFunction[] = [
  ...datePart(['year'], (at) => at.year),
  ...datePart(['month'], (at) => at.month),
  ...datePart(['day', 'dayofmonth'], (at) => at.day),
  ...datePart(['quarter'], (at) => Math.ceil(at.month / 3)),
  ...datePart(['dayofweek'], (at) => weekday(at) + 1, { real: true }),
  ...datePart(['weekday'], (at) => (weekday(at) + 6) % 7, { real: true }),
  ...datePart(['dayofyear'], dayOfYear, { real: true }),
  clockPart('hour', (us) => us / (3600n * SECOND)),
  clockPart('minute', (us) => (us / (60n * SECOND)) % 60n),
  clockPart('second', (us) => (us / SECOND) % 60n),
  clockPart('microsecond', (us) => us % SECOND),
  nameOf('monthname', (at) => monthNames[at.month - 1]),
  nameOf('dayname', (at) => (at.month === 0 || at.day === 0 ? undefined : dayNames[weekday(at)])),
  define('week', [1, 2], { ...intType, length: 2 }, week, {
    numeric: [1],
  }),
  define('yearweek', [1, 2], { ...intType, length: 6 }, yearWeek, { numeric: [1] }),
  define('weekofyear', [1, 1], { ...intType, length: 2 }, weekOfYear),
  define('extract', [2, 2], bigintType, extract, { typed: true }),
  define('last_day', [1, 1], dateType, lastDay),
  define('date', [1, 1], dateType, date, { typed: true }),
  define('time', [1, 1], (args) => ({ name: 'time', decimals: digitsOfFirst(args) }), time, { typed: true }),
  define(
    'timestamp',
    [1, 2],
    (args) => ({
      name: 'datetime',
      decimals: Math.max(...args.map((each) => secondDigits(each.type, each.literal))),
    }),
    timestamp,
    { typed: true },
  ),
  define('get_format', [2, 2], textType(17), getFormat),
];

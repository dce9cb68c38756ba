import type { SqlType } from '../sql-type.ts';
import { sessionTimeZone } from '../translate/runtime/convert.ts';
import { decimalOf } from '../translate/runtime/exact.ts';
import { dateTimeOf, formatDateTime, microsecondsOf } from '../types/calendar.ts';
import { formatDecimal, rescale } from '../types/decimal.ts';
import { textOf } from '../types/store-rules.ts';
import { fromUtc, isTimeZone, toUtc } from '../types/time-zone.ts';
import type { SqlValue } from '../values.ts';
import { dateFormatFunctions } from './date-format.ts';
import { bigintType, define, textType } from './define.ts';
import type { FunctionArgument, ScalarFunction } from './definition.ts';
import { currentExecution } from './execution-scope.ts';
import { realMomentOf, secondDigits } from './moment.ts';

const SECOND = 1_000_000n;
/** 3001-01-19 03:14:07 UTC, MySQL 8's limit; 5.7 stops in 2038. */
const UNIX_MAX_US = 32_536_771_199n * SECOND + SECOND - 1n;

/** UNIX_TIMESTAMP([value]): seconds with as many digits as the value has; 0 for what isn't in the range. */
function unixTimestamp([value]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  if (value === undefined) return (currentExecution()?.nowUs ?? 0n) / SECOND;
  const at = realMomentOf(value, type);
  const us = at === undefined ? 0n : toUtc(microsecondsOf(at), sessionTimeZone());
  const inRange = us >= 0n && us <= UNIX_MAX_US ? us : 0n;
  const digits = secondDigits(type, value);
  return digits === 0 ? inRange / SECOND : formatDecimal(rescale({ unscaled: inRange, scale: 6 }, digits));
}

function unixType([value]: readonly FunctionArgument[]): SqlType {
  const digits = value === undefined ? 0 : secondDigits(value.type, value.literal);
  return digits === 0 ? bigintType : { name: 'decimal', length: 12 + digits, decimals: digits };
}

/** FROM_UNIXTIME(seconds[, format]) in the session's time zone. */
function fromUnixTime([seconds = null, format]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  const us = rescale(decimalOf(typeof seconds === 'number' ? seconds.toFixed(6) : seconds), 6).unscaled;
  if (us < 0n || us > UNIX_MAX_US) return null;
  const at = dateTimeOf(fromUtc(us, sessionTimeZone()));
  if (format === undefined) return formatDateTime(at, secondDigits(type, seconds));
  const [dateFormat] = dateFormatFunctions;
  return dateFormat?.call?.([formatDateTime(at, 6), format], []) ?? null;
}

function fromUnixType([seconds, format]: readonly FunctionArgument[]): SqlType {
  if (format !== undefined) return textType((format.type.length ?? 32) * 8);
  return { name: 'datetime', decimals: secondDigits(seconds?.type, seconds?.literal) };
}

function convertTz(
  [value, from = null, to = null]: readonly SqlValue[],
  [type]: readonly SqlType[],
): SqlValue {
  const at = realMomentOf(value, type);
  const [source, target] = [textOf(from), textOf(to)];
  if (at === undefined || !isTimeZone(source) || !isTimeZone(target)) return null;
  const utc = toUtc(microsecondsOf(at), source);
  // Beyond the range of TIMESTAMP nothing is converted.
  const local = utc < 0n || utc > UNIX_MAX_US ? microsecondsOf(at) : fromUtc(utc, target);
  return formatDateTime(dateTimeOf(local), secondDigits(type, value));
}

export const unixTimeFunctions: readonly ScalarFunction[] = [
  define('unix_timestamp', [0, 1], unixType, unixTimestamp, {
    typed: true,
    deterministic: false,
    oncePerStatement: true,
  }),
  define('from_unixtime', [1, 2], fromUnixType, fromUnixTime, {
    typed: true,
    numeric: [0],
    deterministic: false,
    oncePerStatement: true,
  }),
  define(
    'convert_tz',
    [3, 3],
    ([value]) => ({ name: 'datetime', decimals: secondDigits(value?.type, value?.literal) }),
    convertTz,
    { typed: true },
  ),
];

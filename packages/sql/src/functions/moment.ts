import type { SqlType } from '../sql-type.ts';
import { readDateTime, readTime } from '../translate/runtime/temporal.ts';
import { type DateTime, hasZeroPart, isZeroDate } from '../types/calendar.ts';
import { clockOf } from '../types/parse-date-time.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { isString } from './define.ts';

/** A date with time, parts of it maybe zero; undefined (with a warning) for what is none. A TIME is one of today. */
export function momentOf(value: SqlValue | undefined, type?: SqlType): DateTime | undefined {
  if (value === undefined || value === null) return undefined;
  return readDateTime(value, type?.name === 'time');
}

/** The same, but only days of the calendar. */
export function realMomentOf(value: SqlValue | undefined, type?: SqlType): DateTime | undefined {
  const at = momentOf(value, type);
  return at === undefined || isZeroDate(at) || hasZeroPart(at) ? undefined : at;
}

const datedText = /^\s*\d{2,4}[-/.]\d{1,2}[-/.]\d/;
/** Numbers above the greatest TIME are dates with time. */
const timeNumberMax = 8_385_959n;

/** Microseconds of a TIME, or of the clock of a date with time. */
export function clockUsOf(value: SqlValue | undefined): bigint | undefined {
  if (value === undefined || value === null) return undefined;
  if (isDated(value)) {
    const at = readDateTime(value);
    return at === undefined ? undefined : clockOf(at);
  }
  return readTime(typeof value === 'number' ? textOf(value) : value);
}

/** Whether the value has a date, not only a time. */
export function isDated(value: SqlValue): boolean {
  if (typeof value === 'bigint') return value > timeNumberMax;
  return datedText.test(textOf(value)) || /^\d{12,14}(\.\d*)?$/.test(textOf(value));
}

/** Digits after the second that a value of the type has; texts have those that are written. */
export function secondDigits(type: SqlType | undefined, value?: SqlValue): number {
  if (type?.decimals !== undefined) return Math.min(6, type.decimals);
  if (!isString(type)) return type?.name === 'double' || type?.name === 'float' ? 6 : 0;
  if (typeof value !== 'string') return 6;
  return Math.min(6, /\.(\d*)\s*$/.exec(value)?.[1]?.length ?? 0);
}

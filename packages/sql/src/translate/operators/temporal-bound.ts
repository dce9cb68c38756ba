import type { SqlType } from '../../sql-type.ts';
import {
  dateTimeOf,
  formatDate,
  formatDateTime,
  hasZeroPart,
  isZeroDate,
  microsecondsOf,
} from '../../types/calendar.ts';
import { textOf } from '../../types/store-rules.ts';
import { toUtc } from '../../types/time-zone.ts';
import type { SqlValue } from '../../values.ts';
import { sessionTimeZone } from '../runtime/convert.ts';
import { readDateTime, readTime } from '../runtime/temporal.ts';

/**
 * How a constant becomes what a column of a date or time type compares with as it is kept.
 * What is no date is left as it is: no row equals it, and a warning was given.
 */
export function temporalBound(
  column: SqlType,
  given: SqlType,
  form: 'stored' | 'value',
): (value: NonNullable<SqlValue>) => SqlValue {
  if (column.name === 'time') {
    if (given.name === 'time' || given.name === 'varchar' || given.name === 'char')
      return (value) => readTime(value) ?? -1n;
    return (value) => readTime(value) ?? textOf(value);
  }
  const isTime = given.name === 'time';
  const utc = column.name === 'timestamp' && form === 'stored';
  return (value) => {
    const at = readDateTime(value, isTime);
    if (at === undefined) return textOf(value);
    const needed = at.microsecond === 0 ? 0 : 6;
    if (column.name === 'date') {
      const midnight = at.hour + at.minute + at.second + at.microsecond === 0;
      return midnight ? formatDate(at) : formatDateTime(at, needed);
    }
    const digits = needed > (column.decimals ?? 0) ? fractionDigits(at.microsecond) : 0;
    const decimals = Math.max(column.decimals ?? 0, digits);
    if (!utc || isZeroDate(at) || hasZeroPart(at)) return formatDateTime(at, decimals);
    return formatDateTime(dateTimeOf(toUtc(microsecondsOf(at), sessionTimeZone())), decimals);
  };
}

/** So many digits that none is lost. */
function fractionDigits(microsecond: number): number {
  return microsecond.toString().padStart(6, '0').replace(/0+$/, '').length;
}

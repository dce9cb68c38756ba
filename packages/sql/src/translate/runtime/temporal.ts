import { ObError } from '@sealane/errors';
import type { SqliteFunction } from '../../functions/definition.ts';
import { currentExecution } from '../../functions/execution-scope.ts';
import { type DateTime, dateTimeOf, formatDateTime } from '../../types/calendar.ts';
import {
  dateTimeOfNumber,
  type ParsedDateTime,
  parseDateTime,
  parseTime,
  timeMaxUs,
  timeOfNumber,
} from '../../types/parse-date-time.ts';
import { textOf } from '../../types/store-rules.ts';
import { fromUtc } from '../../types/time-zone.ts';
import type { SqlValue } from '../../values.ts';
import { sessionTimeZone } from './convert.ts';

/** Reads a date or a date with time; a TIME text becomes one of today. @returns undefined with a warning for no date */
export function readDateTime(value: SqlValue, isTime = false): DateTime | undefined {
  const parsed = isTime ? timeToday(value) : parse(value);
  if (parsed !== undefined) return parsed.at;
  const { errno, message } = new ObError('OB_INVALID_DATE_VALUE', ['datetime', textOf(value)]);
  currentExecution()?.warn('Warning', errno, message);
  return undefined;
}

function parse(value: SqlValue): ParsedDateTime | undefined {
  if (typeof value === 'bigint') return dateTimeOfNumber(value);
  if (typeof value === 'number') return dateTimeOfNumber(BigInt(Math.trunc(value)));
  return value === null ? undefined : parseDateTime(textOf(value));
}

/** CURRENT_DATE of the running statement. */
export function localNowUs(): bigint {
  return fromUtc(currentExecution()?.nowUs ?? 0n, sessionTimeZone());
}

function timeToday(value: SqlValue): ParsedDateTime | undefined {
  const microseconds = readTime(value);
  if (microseconds === undefined) return undefined;
  const now = localNowUs();
  const midnight = now - (((now % dayUs) + dayUs) % dayUs);
  return { at: dateTimeOf(midnight + microseconds), hasTime: true, truncated: false };
}

const dayUs = 86_400_000_000n;

/** @returns microseconds of a TIME, cut to its range as MySQL does; undefined for what is none */
export function readTime(value: SqlValue): bigint | undefined {
  if (value === null) return undefined;
  const parsed = typeof value === 'bigint' ? timeOfNumber(value) : parseTime(textOf(value));
  if (parsed === undefined) return undefined;
  const { microseconds } = parsed;
  if (microseconds > timeMaxUs) return timeMaxUs;
  if (microseconds < -timeMaxUs) return -timeMaxUs;
  return microseconds;
}

/** 20240229130500 of a DATETIME, 20240229 of a DATE, 130500 of a TIME, exact, with its fraction. */
export function temporalNumber(text: string): SqlValue {
  if (/^-?\d+:/.test(text)) return shortened(text.replaceAll(':', ''));
  return shortened(text.replace(/[-: T]/g, ''));
}

function shortened(digits: string): SqlValue {
  return digits.includes('.') ? digits : BigInt(digits.replace(/^-(?=0+$)/, '') || '0');
}

export const temporalFunctions: readonly SqliteFunction[] = [
  {
    name: 'sx_dt',
    deterministic: false,
    // The second argument is 1 where the value is a TIME.
    call: (value, isTime) => {
      if (value === null || value === undefined) return null;
      const at = readDateTime(value, isTime === 1n);
      return at === undefined ? null : formatDateTime(at, 6);
    },
  },
  {
    name: 'sx_us',
    deterministic: true,
    call: (value) => (value === null || value === undefined ? null : (readTime(value) ?? null)),
  },
  {
    name: 'sx_tnum',
    deterministic: true,
    call: (value) => (typeof value === 'string' ? temporalNumber(value) : (value ?? null)),
  },
];

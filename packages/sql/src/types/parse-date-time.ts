import { type DateTime, dateTimeOf, daysInMonth, isZeroDate, microsecondsOf } from './calendar.ts';

/** What a text said. `truncated`: something after it wasn't understood. `hasTime`: more than a date was given. */
export interface ParsedDateTime {
  readonly at: DateTime;
  readonly hasTime: boolean;
  readonly truncated: boolean;
}

export interface ParsedTime {
  readonly microseconds: bigint;
  readonly truncated: boolean;
}

/** ±838:59:59, the range of TIME. */
export const timeMaxUs = (838n * 3600n + 59n * 60n + 59n) * 1_000_000n;

const delimited =
  /^\s*(\d{1,4})[^\da-zA-Z\s](\d{1,2})[^\da-zA-Z\s](\d{1,2})(?:(?:[Tt]|\s+)(\d{1,2})(?:[^\da-zA-Z\s](\d{1,2})(?:[^\da-zA-Z\s](\d{1,2}))?)?(?:\.(\d*))?)?/;
const undelimited = /^\s*(\d{5,14})(?:[Tt](\d{1,6}))?(?:\.(\d*))?/;

/**
 * Reads a date or a date with time in MySQL's relaxed notation: any punctuation between the parts,
 * two-digit years, `20240229130500`. @returns undefined for what is no date on the calendar
 */
export function parseDateTime(text: string): ParsedDateTime | undefined {
  const match = delimited.exec(text);
  if (match === null) return parseUndelimited(text);
  const [matched, year = '', month, day, hour, minute, second, fraction] = match;
  const parts = [fullYear(year), ...[month, day, hour, minute, second].map((part) => Number(part ?? 0))];
  return settle(parts, fraction, hour !== undefined, text.slice(matched.length));
}

/** Reads 20240229, 240229, 20240229130500 … as MySQL reads a number where a date is wanted. */
export function dateTimeOfNumber(value: bigint): ParsedDateTime | undefined {
  if (value < 0n) return undefined;
  const digits = value.toString();
  const width = [6, 8, 12, 14].find((candidate) => digits.length <= candidate);
  if (width === undefined) return undefined;
  const padded = digits.padStart(width, '0');
  if (value === 0n) return settle([0, 0, 0, 0, 0, 0], undefined, false, '');
  return parseUndelimited(padded);
}

function parseUndelimited(text: string): ParsedDateTime | undefined {
  const match = undelimited.exec(text);
  if (match === null) return undefined;
  const [matched, digits = '', clock = '', fraction] = match;
  const yearWidth = digits.length === 8 || digits.length === 14 ? 4 : 2;
  const all = digits + clock;
  const parts = [fullYear(all.slice(0, yearWidth))];
  for (let at = yearWidth; at < all.length; at += 2) parts.push(Number(all.slice(at, at + 2)));
  if (parts.length < 3 || parts.length > 6) return undefined;
  while (parts.length < 6) parts.push(0);
  return settle(parts, fraction, all.length > yearWidth + 4, text.slice(matched.length));
}

function fullYear(text: string): number {
  const year = Number(text);
  if (text.length > 2) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

function settle(
  parts: readonly number[],
  fraction: string | undefined,
  hasTime: boolean,
  rest: string,
): ParsedDateTime | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  if (month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  if (day > 31 || (month > 0 && day > daysInMonth(year, month))) return undefined;
  // A year of two zeros in 00-00-00 is the zero date, not the year 2000.
  const zero = month === 0 && day === 0 && year === 2000 && parts.length === 6 && !hasTime;
  const { microsecond, carry } = readFraction(fraction);
  const at = { year: zero ? 0 : year, month, day, hour, minute, second, microsecond };
  return { at: carry ? carried(at) : at, hasTime, truncated: rest.trim() !== '' };
}

/** Digits beyond the sixth round up the microsecond. */
function readFraction(text: string | undefined): { microsecond: number; carry: boolean } {
  if (text === undefined || text === '') return { microsecond: 0, carry: false };
  const rounded = Number(text.slice(0, 6).padEnd(6, '0')) + ((text[6] ?? '0') >= '5' ? 1 : 0);
  return rounded === 1_000_000 ? { microsecond: 0, carry: true } : { microsecond: rounded, carry: false };
}

function carried(at: DateTime): DateTime {
  return isZeroDate(at) || at.month === 0 || at.day === 0 ? at : dateTimeOf(microsecondsOf(at) + 1_000_000n);
}

const timeForm = /^\s*(-?)\s*(?:(\d+)\s+(?=\d))?(?:(\d+):(\d{1,2})(?::(\d{1,2}))?|(\d+))?(?:\.(\d*))?/;

/**
 * Reads a TIME: `[-][days ]hh:mm[:ss[.ffffff]]`, `hhmmss`, or the clock of a date with time.
 * Beyond ±838:59:59 it isn't cut here. @returns undefined for what is no time
 */
export function parseTime(text: string): ParsedTime | undefined {
  // Only with a clock after the date: 12:10:10.123456 would pass for a date too.
  if (delimited.exec(text)?.[4] !== undefined) {
    const parsed = parseDateTime(text);
    return parsed && { microseconds: clockOf(parsed.at), truncated: parsed.truncated };
  }
  const match = timeForm.exec(text);
  if (match === null) return undefined;
  const [matched, sign, days, hours, minutes, seconds, packed, fraction] = match;
  if (hours === undefined && packed === undefined && fraction === undefined) return undefined;
  const [hour, minute, second] =
    packed !== undefined && days === undefined
      ? unpack(packed)
      : [Number(days ?? 0) * 24 + Number(hours ?? packed ?? 0), Number(minutes ?? 0), Number(seconds ?? 0)];
  if (minute > 59 || second > 59) return undefined;
  const { microsecond, carry } = readFraction(fraction);
  const whole = BigInt(hour * 3600 + minute * 60 + second + (carry ? 1 : 0));
  const magnitude = whole * 1_000_000n + BigInt(microsecond);
  return {
    microseconds: sign === '-' ? -magnitude : magnitude,
    truncated: text.slice(matched.length).trim() !== '',
  };
}

/** Reads 130500 as 13:05:00. */
export function timeOfNumber(value: bigint): ParsedTime | undefined {
  const negative = value < 0n;
  const [hour, minute, second] = unpack((negative ? -value : value).toString());
  if (minute > 59 || second > 59) return undefined;
  const microseconds = BigInt(hour * 3600 + minute * 60 + second) * 1_000_000n;
  return { microseconds: negative ? -microseconds : microseconds, truncated: false };
}

function unpack(digits: string): [number, number, number] {
  const padded = digits.padStart(6, '0');
  return [Number(padded.slice(0, -4)), Number(padded.slice(-4, -2)), Number(padded.slice(-2))];
}

/** The clock's part of a date with time, as a TIME. */
export function clockOf(at: DateTime): bigint {
  return BigInt(at.hour * 3600 + at.minute * 60 + at.second) * 1_000_000n + BigInt(at.microsecond);
}

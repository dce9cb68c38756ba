import type { SqlType } from '../sql-type.ts';
import { type DateTime, dateTimeOf } from '../types/calendar.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { define, lengthOf, textType } from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { clockUsOf, momentOf } from './moment.ts';
import { dayNames, dayOfYear, monthNames, weekday, weekOf } from './week.ts';

/** What DATE_FORMAT writes for each letter; undefined if a zero date has no such thing. Source: MySQL's manual, DATE_FORMAT. */
const SPECIFIERS: Readonly<Record<string, (at: DateTime) => string | undefined>> = {
  a: (at) => (isDay(at) ? dayNames[weekday(at)]?.slice(0, 3) : undefined),
  b: (at) => monthNames[at.month - 1]?.slice(0, 3),
  c: (at) => String(at.month),
  D: (at) => `${at.day}${ordinal(at.day)}`,
  d: (at) => two(at.day),
  e: (at) => String(at.day),
  f: (at) => String(at.microsecond).padStart(6, '0'),
  H: (at) => two(at.hour),
  h: (at) => two(twelve(at.hour)),
  I: (at) => two(twelve(at.hour)),
  i: (at) => two(at.minute),
  j: (at) => (isDay(at) ? String(dayOfYear(at)).padStart(3, '0') : undefined),
  k: (at) => String(at.hour),
  l: (at) => String(twelve(at.hour)),
  M: (at) => monthNames[at.month - 1],
  m: (at) => two(at.month),
  p: (at) => half(at.hour),
  r: (at) => `${two(twelve(at.hour))}:${two(at.minute)}:${two(at.second)} ${half(at.hour)}`,
  S: (at) => two(at.second),
  s: (at) => two(at.second),
  T: (at) => `${two(at.hour)}:${two(at.minute)}:${two(at.second)}`,
  U: (at) => weekText(at, 0),
  u: (at) => weekText(at, 1),
  V: (at) => weekText(at, 2),
  v: (at) => weekText(at, 3),
  W: (at) => (isDay(at) ? dayNames[weekday(at)] : undefined),
  w: (at) => (isDay(at) ? String(weekday(at)) : undefined),
  X: (at) => weekYear(at, 2),
  x: (at) => weekYear(at, 3),
  Y: (at) => String(at.year).padStart(4, '0'),
  y: (at) => two(at.year % 100),
};

function isDay(at: DateTime): boolean {
  return at.month > 0 && at.day > 0;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function twelve(hour: number): number {
  return hour % 12 === 0 ? 12 : hour % 12;
}

function half(hour: number): string {
  return hour % 24 >= 12 ? 'PM' : 'AM';
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][day % 10] ?? 'th';
}

function weekText(at: DateTime, mode: number): string | undefined {
  return isDay(at) ? two(weekOf(at, mode).week) : undefined;
}

function weekYear(at: DateTime, mode: number): string | undefined {
  return isDay(at) ? String(weekOf(at, mode).year).padStart(4, '0') : undefined;
}

/** @returns undefined if a letter asks for what the date doesn't have */
function written(at: DateTime, format: string, allowed: (letter: string) => boolean): string | undefined {
  let result = '';
  for (let index = 0; index < format.length; index++) {
    const char = format.charAt(index);
    if (char !== '%' || index + 1 === format.length) {
      result += char;
      continue;
    }
    const letter = format.charAt(++index);
    const specifier = SPECIFIERS[letter];
    if (specifier === undefined) result += letter;
    else {
      const part = allowed(letter) ? specifier(at) : undefined;
      if (part === undefined) return undefined;
      result += part;
    }
  }
  return result;
}

function dateFormat([value, format = null]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  const at = momentOf(value, type);
  if (at === undefined) return null;
  return written(at, textOf(format), () => true) ?? null;
}

const CLOCK_LETTERS = new Set('fHhIiklprSsT');

/** TIME_FORMAT: letters of the clock only; hours may be over 23, and a negative time has its sign first. */
function timeFormat([value, format = null]: readonly SqlValue[]): SqlValue {
  const us = clockUsOf(value);
  if (us === undefined) return null;
  const magnitude = us < 0n ? -us : us;
  const hour = Number(magnitude / 3_600_000_000n);
  const at = { ...dateTimeOf(magnitude % 86_400_000_000n), hour };
  const text = written(at, textOf(format), (letter) => CLOCK_LETTERS.has(letter));
  return text === undefined ? null : `${us < 0n ? '-' : ''}${text}`;
}

export const dateFormatFunctions: readonly ScalarFunction[] = [
  define('date_format', [2, 2], (args) => textType(lengthOf(args[1]) * 8), dateFormat, {
    typed: true,
  }),
  define('time_format', [2, 2], (args) => textType(lengthOf(args[1]) * 8), timeFormat),
];

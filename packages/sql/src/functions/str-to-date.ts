import type { SqlType } from '../sql-type.ts';
import {
  type DateTime,
  dateOfDays,
  daysInMonth,
  daysSinceEpoch,
  formatDate,
  formatDateTime,
  formatTime,
} from '../types/calendar.ts';
import { clockOf } from '../types/parse-date-time.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { define } from './define.ts';
import type { FunctionArgument, ScalarFunction } from './definition.ts';
import { warn } from './limits.ts';
import { dayNames, monthNames } from './week.ts';

/** What the letters of a format have read so far. */
interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  microsecond: number;
  afternoon: boolean | undefined;
  twelveHour: boolean;
  dayOfYear: number | undefined;
  weekday: number | undefined;
  week: { readonly number: number; readonly mondayFirst: boolean; readonly ofYear: boolean } | undefined;
  weekYear: number | undefined;
}

type Reader = (rest: string, fields: Fields) => number | undefined;

/** Reads at most so many digits. @returns the length read; undefined for none */
function digits(most: number, store: (value: number, fields: Fields, text: string) => void): Reader {
  const pattern = new RegExp(`^\\d{1,${most}}`);
  return (rest, fields) => {
    const text = pattern.exec(rest)?.[0];
    if (text === undefined) return undefined;
    store(Number(text), fields, text);
    return text.length;
  };
}

function word(
  names: readonly string[],
  shortest: number | undefined,
  store: (index: number, fields: Fields) => void,
): Reader {
  return (rest, fields) => {
    const lower = rest.toLowerCase();
    const shown = names.map((name) => name.slice(0, shortest).toLowerCase());
    const index = shown.findIndex((name) => lower.startsWith(name));
    if (index < 0) return undefined;
    store(index, fields);
    return shown[index]?.length;
  };
}

function fullYear(value: number, text: string): number {
  if (text.length > 2) return value;
  return value < 70 ? 2000 + value : 1900 + value;
}

function week(mondayFirst: boolean, ofYear: boolean): Reader {
  return digits(2, (number, fields) => {
    fields.week = { number, mondayFirst, ofYear };
  });
}

function hour(twelveHour: boolean): Reader {
  return digits(2, (value, fields) => {
    fields.hour = value;
    fields.twelveHour = twelveHour;
  });
}

const dayOfMonth: Reader = (rest, fields) =>
  digits(2, (value) => {
    fields.day = value;
  })(rest, fields);
const monthNumber: Reader = (rest, fields) =>
  digits(2, (value) => {
    fields.month = value;
  })(rest, fields);
const secondNumber: Reader = (rest, fields) =>
  digits(2, (value) => {
    fields.second = value;
  })(rest, fields);

const READERS: Readonly<Record<string, Reader>> = {
  Y: digits(4, (value, fields, text) => {
    fields.year = fullYear(value, text);
  }),
  y: digits(2, (value, fields, text) => {
    fields.year = fullYear(value, text);
  }),
  m: monthNumber,
  c: monthNumber,
  d: dayOfMonth,
  e: dayOfMonth,
  D: (rest, fields) => {
    const match = /^(\d{1,2})(?:st|nd|rd|th)/i.exec(rest);
    if (match === null) return undefined;
    fields.day = Number(match[1]);
    return match[0].length;
  },
  H: hour(false),
  k: hour(false),
  h: hour(true),
  I: hour(true),
  l: hour(true),
  i: digits(2, (value, fields) => {
    fields.minute = value;
  }),
  s: secondNumber,
  S: secondNumber,
  f: digits(6, (_, fields, text) => {
    fields.microsecond = Number(text.padEnd(6, '0'));
  }),
  p: word(['AM', 'PM'], undefined, (index, fields) => {
    fields.afternoon = index === 1;
  }),
  M: word(monthNames, undefined, (index, fields) => {
    fields.month = index + 1;
  }),
  b: word(monthNames, 3, (index, fields) => {
    fields.month = index + 1;
  }),
  W: word(dayNames, undefined, (index, fields) => {
    fields.weekday = index;
  }),
  a: word(dayNames, 3, (index, fields) => {
    fields.weekday = index;
  }),
  w: digits(1, (value, fields) => {
    fields.weekday = value;
  }),
  j: digits(3, (value, fields) => {
    fields.dayOfYear = value;
  }),
  U: week(false, false),
  u: week(true, false),
  V: week(false, true),
  v: week(true, true),
  X: digits(4, (value, fields) => {
    fields.weekYear = value;
  }),
  x: digits(4, (value, fields) => {
    fields.weekYear = value;
  }),
};

/** Letters that stand for others. */
const EXPANDED: Readonly<Record<string, string>> = { T: '%H:%i:%S', r: '%I:%i:%S %p' };

function read(text: string, format: string): Fields | undefined {
  const fields: Fields = {
    year: 0,
    month: 0,
    day: 0,
    hour: 0,
    minute: 0,
    second: 0,
    microsecond: 0,
    afternoon: undefined,
    twelveHour: false,
    dayOfYear: undefined,
    weekday: undefined,
    week: undefined,
    weekYear: undefined,
  };
  const pattern = format.replace(/%([Tr])/g, (_, letter: string) => EXPANDED[letter] ?? '');
  let rest = text.trimStart();
  for (let index = 0; index < pattern.length && rest !== ''; index++) {
    const char = pattern.charAt(index);
    if (/\s/.test(char)) {
      rest = rest.trimStart();
      continue;
    }
    const length =
      char === '%'
        ? readLetter(pattern.charAt(++index), rest, fields)
        : rest.startsWith(char)
          ? 1
          : undefined;
    if (length === undefined) return undefined;
    rest = rest.slice(length);
  }
  if (rest.trim() !== '') warn('OB_INVALID_DATE_VALUE', ['datetime', text]);
  return fields;
}

function readLetter(letter: string, text: string, fields: Fields): number | undefined {
  // Digits may have white space before them.
  const rest = text.trimStart();
  const skipped = text.length - rest.length;
  const skip = SKIPPED[letter];
  const length =
    skip === undefined
      ? (READERS[letter]?.(rest, fields) ?? (letter === '%' && rest.startsWith('%') ? 1 : undefined))
      : (skip.exec(rest)?.[0].length ?? 0);
  return length === undefined ? undefined : length + skipped;
}

/** `%.`, `%@` and `%#` pass over punctuation, letters and digits. */
const SKIPPED: Readonly<Record<string, RegExp>> = { '.': /^[^\sA-Za-z0-9]+/, '@': /^[A-Za-z]+/, '#': /^\d+/ };

/** The day that the fields say; undefined if there is none. */
function settle(fields: Fields): DateTime | undefined {
  const at = { ...fields, hour: settleHour(fields) };
  const { hour: hours, minute, second } = at;
  if (
    hours > 23 ||
    minute > 59 ||
    second > 59 ||
    (fields.twelveHour && (fields.hour < 1 || fields.hour > 12))
  )
    return undefined;
  if (fields.dayOfYear !== undefined && fields.dayOfYear > 0) {
    return { ...at, ...dateOfDays(daysSinceEpoch(fields.year, 1, 1) + fields.dayOfYear - 1) };
  }
  if (fields.week !== undefined && fields.weekday !== undefined) return { ...at, ...weekDate(fields) };
  const { month, day } = fields;
  if (month > 12 || day > 31 || (month > 0 && day > daysInMonth(fields.year, month))) return undefined;
  return at;
}

function settleHour({ hour: hours, twelveHour, afternoon }: Fields): number {
  if (!twelveHour && afternoon === undefined) return hours;
  return (hours % 12) + (afternoon === true ? 12 : 0);
}

/** The day of a week: of `%X %V %W` and its kin. */
function weekDate({ week: given, weekday: name = 0, weekYear, year }: Fields): {
  year: number;
  month: number;
  day: number;
} {
  const { number = 0, mondayFirst = false } = given ?? {};
  const newYear = daysSinceEpoch(weekYear ?? year, 1, 1);
  const sundayBased = (((newYear + 4) % 7) + 7) % 7;
  const first = mondayFirst ? (sundayBased + 6) % 7 : sundayBased;
  const wanted = mondayFirst ? (name + 6) % 7 : name;
  // Week 1 begins with the first Sunday of the year; with Mondays it is the one that has four days in it.
  const weekOne = mondayFirst ? newYear - first + (first <= 3 ? 0 : 7) : newYear + ((7 - first) % 7);
  return dateOfDays(weekOne + (number - 1) * 7 + wanted);
}

/** Which letters ask for a date, a clock, and a fraction of a second: they settle the type. */
function kindOf(format: string): { type: 'date' | 'time' | 'datetime'; decimals: number } {
  const letters = Array.from(format.matchAll(/%(.)/gs), ([, letter = '']) => letter);
  const hasClock = letters.some((letter) => 'fHhIiklprSsT'.includes(letter));
  const hasDate = letters.some((letter) => 'abcDdejMmUuVvWwXxYy'.includes(letter));
  const decimals = letters.includes('f') ? 6 : 0;
  if (!hasClock) return { type: 'date', decimals: 0 };
  return { type: hasDate ? 'datetime' : 'time', decimals };
}

function typeOf([, format]: readonly FunctionArgument[]): SqlType {
  if (typeof format?.literal !== 'string') return { name: 'datetime', decimals: 6 };
  const { type, decimals } = kindOf(format.literal);
  return type === 'date' ? { name: 'date' } : { name: type, decimals };
}

function strToDate([text = null, format = null]: readonly SqlValue[]): SqlValue {
  const pattern = textOf(format);
  const fields = read(textOf(text), pattern);
  const at = fields === undefined ? undefined : settle(fields);
  if (at === undefined) return warn('OB_INVALID_DATE_VALUE', ['datetime', textOf(text)]);
  const { type, decimals } = kindOf(pattern);
  if (type === 'time') return formatTime(clockOf(at), decimals);
  // A date without its parts isn't one: NO_ZERO_IN_DATE is on by default.
  if (at.month === 0 || at.day === 0) return warn('OB_INVALID_DATE_VALUE', ['datetime', textOf(text)]);
  return type === 'date' ? formatDate(at) : formatDateTime(at, decimals);
}

export const strToDateFunctions: readonly ScalarFunction[] = [
  define('str_to_date', [2, 2], typeOf, strToDate),
];

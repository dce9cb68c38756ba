import { integerOf } from '../translate/runtime/exact.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { alike, bytesOf, fromText, sliceUnits, unitsOf } from './characters.ts';
import {
  anyNumber,
  bigintType,
  define,
  intType,
  lengthOf,
  likeArguments,
  named,
  textType,
} from './define.ts';
import type { FunctionArgument, ScalarFunction } from './definition.ts';
import { fitsPacket } from './limits.ts';

/** A count or a place, cut to what fits a number exactly. */
export function placeOf(value: SqlValue | undefined): number {
  const place = integerOf(value ?? null);
  const limit = 9_007_199_254_740_991n;
  return Number(place > limit ? limit : place < -limit ? -limit : place);
}

const asFirst = (args: readonly FunctionArgument[]) => likeArguments(args.slice(0, 1), lengthOf(args[0]));

/** SUBSTRING(text, place[, length]): places count from 1, or from the end if negative. */
function substring([text = null, place, length]: readonly SqlValue[]): SqlValue {
  const units = unitsOf(text);
  const from = placeOf(place);
  const count = length === undefined ? units.items.length : placeOf(length);
  const start = from < 0 ? units.items.length + from : from - 1;
  if (from === 0 || start < 0 || count < 1) return sliceUnits(units, 0, 0);
  return sliceUnits(units, start, start + count);
}

function left([text = null, count]: readonly SqlValue[]): SqlValue {
  return sliceUnits(unitsOf(text), 0, Math.max(0, placeOf(count)));
}

function right([text = null, count]: readonly SqlValue[]): SqlValue {
  const units = unitsOf(text);
  return sliceUnits(units, Math.max(0, units.items.length - Math.max(0, placeOf(count))));
}

/** LPAD and RPAD: cut or filled to just `length` units. */
function pad(values: readonly SqlValue[], side: 'left' | 'right'): SqlValue {
  const [text = null, length, filler = null] = values;
  const { isBytes } = alike([text, filler]);
  const size = placeOf(length);
  if (size < 0 || !fitsPacket(size, side === 'left' ? 'lpad' : 'rpad')) return null;
  const units = unitsOf(isBytes ? bytesOf(text) : text);
  if (units.items.length >= size) return sliceUnits(units, 0, size);
  const fill = unitsOf(isBytes ? bytesOf(filler) : filler).items;
  const missing = size - units.items.length;
  if (fill.length === 0) return fromText('', isBytes);
  const whole = typeof fill === 'string' ? fill : fill.join('');
  const partial = fill.slice(0, missing % fill.length);
  const padding =
    whole.repeat(Math.floor(missing / fill.length)) +
    (typeof partial === 'string' ? partial : partial.join(''));
  const own = typeof units.items === 'string' ? units.items : units.items.join('');
  return fromText(side === 'left' ? padding + own : own + padding, isBytes);
}

function repeat([text = null, count]: readonly SqlValue[]): SqlValue {
  const times = placeOf(count);
  const { texts, isBytes } = alike([text]);
  const [unit = ''] = texts;
  if (times < 1 || unit === '') return fromText('', isBytes);
  return fitsPacket(unit.length * times, 'repeat') ? fromText(unit.repeat(times), isBytes) : null;
}

function space([count]: readonly SqlValue[]): SqlValue {
  const times = Math.max(0, placeOf(count));
  return fitsPacket(times, 'space') ? ' '.repeat(times) : null;
}

function reverse([text = null]: readonly SqlValue[]): SqlValue {
  const { items, isBytes } = unitsOf(text);
  return fromText(Array.from(items).reverse().join(''), isBytes);
}

/** INSERT(text, place, length, other): the text itself if the place isn't in it. */
function insert([text = null, place, length, other = null]: readonly SqlValue[]): SqlValue {
  const { isBytes } = alike([text, other]);
  const units = unitsOf(isBytes ? bytesOf(text) : text);
  const start = placeOf(place) - 1;
  const size = units.items.length;
  if (start < 0 || start >= size) return sliceUnits(units, 0);
  const count = placeOf(length);
  const end = count < 0 || start + count > size ? size : start + count;
  const parts = [sliceUnits(units, 0, start), isBytes ? bytesOf(other) : other, sliceUnits(units, end)];
  const { texts } = alike(parts);
  return fromText(texts.join(''), isBytes);
}

/** Takes every occurrence of `remove` off the ends. */
function trim(
  values: readonly SqlValue[],
  { leading, trailing }: { leading: boolean; trailing: boolean },
): SqlValue {
  const [text = null, remove = ' '] = values;
  const { texts, isBytes } = alike([text, remove]);
  const [whole = '', part = ''] = texts;
  let start = 0;
  let end = whole.length;
  if (part !== '') {
    while (leading && whole.startsWith(part, start) && start < end) start += part.length;
    while (trailing && end - part.length >= start && whole.endsWith(part, end)) end -= part.length;
  }
  return fromText(whole.slice(start, end), isBytes);
}

/** A character becomes one character: ß, which JavaScript makes SS, stays. */
function eachCharacter(text: string, change: (part: string) => string): string {
  const changed = change(text);
  if (changed.length === text.length) return changed;
  return Array.from(text, (part) => (change(part).length === part.length ? change(part) : part)).join('');
}

function changeCase(change: (text: string) => string): (values: readonly SqlValue[]) => SqlValue {
  // Bytes have no case: MySQL leaves them.
  return ([text = null]) => (text instanceof Uint8Array ? text : change(textOf(text)));
}

/** Source: MySQL's manual, SOUNDEX: the original algorithm, vowels first, with any length from four on. */
function soundex([text = null]: readonly SqlValue[]): SqlValue {
  const letters = textOf(text)
    .toUpperCase()
    .replace(/[^A-Z]/g, '');
  const [first] = letters;
  if (first === undefined) return '';
  let code = first;
  let last = SOUNDEX_CODES[first];
  for (const letter of letters.slice(1)) {
    const digit = SOUNDEX_CODES[letter];
    if (digit === undefined) continue;
    if (digit !== '0' && digit !== last) code += digit;
    if (digit !== '0' || 'AEIOUY'.includes(letter)) last = digit === '0' ? last : digit;
  }
  return code.padEnd(4, '0');
}

const SOUNDEX_CODES: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('01230120022455012623010202', (digit, index) => [String.fromCharCode(65 + index), digit]),
);

function concatWs([separator = null, ...parts]: readonly SqlValue[]): SqlValue {
  if (separator === null) return null;
  const present = parts.filter((part) => part !== null);
  const { texts, isBytes } = alike([separator, ...present]);
  const [between, ...rest] = texts;
  return fromText(rest.join(between), isBytes);
}

export const textFunctions: readonly ScalarFunction[] = [
  ...named(
    ['substring', 'substr', 'mid'],
    define('substring', [2, 3], asFirst, substring, { numeric: [1, 2] }),
  ),
  define('left', [2, 2], asFirst, left, { numeric: [1] }),
  define('right', [2, 2], asFirst, right, { numeric: [1] }),
  define(
    'lpad',
    [3, 3],
    (args) =>
      likeArguments(
        [args[0], args[2]].flatMap((each) => each ?? []),
        Number(args[1]?.literal ?? 1024),
      ),
    (values) => pad(values, 'left'),
    { numeric: [1] },
  ),
  define(
    'rpad',
    [3, 3],
    (args) =>
      likeArguments(
        [args[0], args[2]].flatMap((each) => each ?? []),
        Number(args[1]?.literal ?? 1024),
      ),
    (values) => pad(values, 'right'),
    { numeric: [1] },
  ),
  define(
    'repeat',
    [2, 2],
    (args) => likeArguments(args.slice(0, 1), lengthOf(args[0]) * Number(args[1]?.literal ?? 1024)),
    repeat,
    { numeric: [1] },
  ),
  define('space', [1, 1], (args) => textType(Number(args[0]?.literal ?? 1024)), space, { numeric: [0] }),
  define('reverse', [1, 1], asFirst, reverse),
  define(
    'insert',
    [4, 4],
    (args) =>
      likeArguments(
        [args[0], args[3]].flatMap((each) => each ?? []),
        lengthOf(args[0]) + lengthOf(args[3]),
      ),
    insert,
    { numeric: [1, 2] },
  ),
  define('trim', [1, 2], asFirst, (values) => trim(values, { leading: true, trailing: true })),
  define('ltrim', [1, 2], asFirst, (values) => trim(values, { leading: true, trailing: false })),
  define('rtrim', [1, 2], asFirst, (values) => trim(values, { leading: false, trailing: true })),
  ...named(
    ['upper', 'ucase'],
    define(
      'upper',
      [1, 1],
      asFirst,
      changeCase((text) => eachCharacter(text, (part) => part.toUpperCase())),
    ),
  ),
  ...named(
    ['lower', 'lcase'],
    define(
      'lower',
      [1, 1],
      asFirst,
      changeCase((text) => eachCharacter(text, (part) => part.toLowerCase())),
    ),
  ),
  define('soundex', [1, 1], (args) => textType(Math.max(4, lengthOf(args[0]))), soundex),
  define(
    'concat_ws',
    [2, anyNumber],
    (args) =>
      likeArguments(
        args,
        args.reduce((sum, each) => sum + lengthOf(each), 0),
      ),
    concatWs,
    { strict: false },
  ),
  ...named(
    ['length', 'octet_length'],
    define('length', [1, 1], intType, ([text = null]) => BigInt(bytesOf(text).length), { nullable: false }),
  ),
  ...named(
    ['char_length', 'character_length'],
    define('char_length', [1, 1], intType, ([text = null]) => BigInt(unitsOf(text).items.length), {
      nullable: false,
    }),
  ),
  define('bit_length', [1, 1], bigintType, ([text = null]) => BigInt(bytesOf(text).length * 8), {
    nullable: false,
  }),
];

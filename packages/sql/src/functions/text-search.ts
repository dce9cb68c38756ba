import type { SqlType } from '../sql-type.ts';
import { realOf } from '../translate/runtime/convert.ts';
import { decimalOf, integerOf } from '../translate/runtime/exact.ts';
import { compare } from '../types/decimal.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { alike, foldedText, fromText } from './characters.ts';
import {
  anyNumber,
  define,
  foldsCase,
  intType,
  isString,
  lengthOf,
  likeArguments,
  named,
  textType,
} from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { placeOf } from './text.ts';

/** Where `part` stands in `text`, counting characters from 1; 0 if it doesn't. */
function locate(part: SqlValue, text: SqlValue, from: number, types: readonly SqlType[]): SqlValue {
  if (from < 1) return 0n;
  const { texts, isBytes } = alike([part, text]);
  const fold = !isBytes && foldsCase(types);
  const [needle = '', whole = ''] = texts.map((each) => foldedText(each, fold));
  const start = unitOffset(whole, from - 1);
  if (start === undefined) return 0n;
  const found = whole.indexOf(needle, start);
  return found < 0 ? 0n : BigInt(Array.from(whole.slice(0, found)).length + 1);
}

/** The UTF-16 offset of a character; undefined beyond the end. */
function unitOffset(text: string, characters: number): number | undefined {
  let offset = 0;
  for (let count = 0; count < characters; count++) {
    if (offset >= text.length) return undefined;
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** SUBSTRING_INDEX(text, delimiter, count): what stands before the count-th delimiter, from the end if negative. */
function substringIndex([text = null, delimiter = null, count]: readonly SqlValue[]): SqlValue {
  const { texts, isBytes } = alike([text, delimiter]);
  const [whole = '', between = ''] = texts;
  const wanted = placeOf(count);
  if (wanted === 0 || whole === '' || between === '') return fromText('', isBytes);
  const parts = whole.split(between);
  if (Math.abs(wanted) >= parts.length) return fromText(whole, isBytes);
  const kept = wanted > 0 ? parts.slice(0, wanted) : parts.slice(wanted);
  return fromText(kept.join(between), isBytes);
}

/** REPLACE minds case whatever the collation is. */
function replace(values: readonly SqlValue[]): SqlValue {
  const { texts, isBytes } = alike(values);
  const [text = '', from = '', to = ''] = texts;
  return fromText(from === '' ? text : text.replaceAll(from, () => to), isBytes);
}

function isReal(type: SqlType | undefined): boolean {
  return type?.name === 'double' || type?.name === 'float';
}

/** FIELD(value, a, b, …): texts compare as texts, exact numbers as such, anything else as doubles. */
function field([value = null, ...candidates]: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  if (value === null) return 0n;
  const same = sameness(value, types);
  return BigInt(candidates.findIndex((candidate) => candidate !== null && same(candidate)) + 1);
}

function sameness(value: SqlValue, types: readonly SqlType[]): (candidate: SqlValue) => boolean {
  if (types.every(isString)) {
    const fold = foldsCase(types);
    const wanted = foldedText(textOf(value), fold);
    return (candidate) => foldedText(textOf(candidate), fold) === wanted;
  }
  if (types.some(isString) || types.some(isReal)) {
    const wanted = realOf(value);
    return (candidate) => realOf(candidate) === wanted;
  }
  const wanted = decimalOf(value);
  return (candidate) => compare(decimalOf(candidate), wanted) === 0;
}

/** FIND_IN_SET(text, 'a,b,c'): a text with a comma is in no set. */
function findInSet([text = null, list = null]: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const fold = foldsCase(types);
  const wanted = foldedText(textOf(text), fold);
  const members = foldedText(textOf(list), fold);
  if (members === '' || wanted.includes(',')) return 0n;
  return BigInt(members.split(',').indexOf(wanted) + 1);
}

function elt([index = null, ...texts]: readonly SqlValue[]): SqlValue {
  if (index === null) return null;
  const chosen = texts[placeOf(index) - 1];
  return chosen === undefined || chosen === null
    ? null
    : chosen instanceof Uint8Array
      ? chosen
      : textOf(chosen);
}

function makeSet([bits = null, ...texts]: readonly SqlValue[]): SqlValue {
  if (bits === null) return null;
  const mask = integerOf(bits);
  return texts
    .filter((text, index) => text !== null && (mask >> BigInt(index)) & 1n)
    .map(textOf)
    .join(',');
}

function exportSet([
  bits = null,
  on = null,
  off = null,
  separator = ',',
  count = 64n,
]: readonly SqlValue[]): SqlValue {
  const mask = BigInt.asUintN(64, integerOf(bits));
  const wanted = placeOf(count);
  const size = wanted < 0 || wanted > 64 ? 64 : wanted;
  const parts = Array.from({ length: size }, (_, index) => textOf((mask >> BigInt(index)) & 1n ? on : off));
  return parts.join(textOf(separator));
}

function strcmp([a = null, b = null]: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const { texts, isBytes } = alike([a, b]);
  const fold = !isBytes && foldsCase(types);
  const [first = '', second = ''] = texts.map((text) => foldedText(text, fold));
  const order = Buffer.compare(Buffer.from(first), Buffer.from(second));
  return BigInt(Math.sign(order));
}

/** INTERVAL(n, a, b, …): how many of the ascending numbers are not above n; -1 for NULL. */
function interval([value = null, ...bounds]: readonly SqlValue[]): SqlValue {
  if (value === null) return -1n;
  const wanted = decimalOf(value);
  const above = bounds.findIndex((bound) => bound !== null && compare(decimalOf(bound), wanted) > 0);
  return BigInt(above < 0 ? bounds.length : above);
}

export const textSearchFunctions: readonly ScalarFunction[] = [
  ...named(
    ['locate', 'position'],
    define(
      'locate',
      [2, 3],
      intType,
      ([part = null, text = null, from = 1n], types) => locate(part, text, placeOf(from), types.slice(0, 2)),
      {
        numeric: [2],
        typed: true,
        nullable: false,
      },
    ),
  ),
  define('instr', [2, 2], intType, ([text = null, part = null], types) => locate(part, text, 1, types), {
    typed: true,
    nullable: false,
  }),
  define(
    'substring_index',
    [3, 3],
    (args) => likeArguments(args.slice(0, 1), lengthOf(args[0])),
    substringIndex,
    { numeric: [2] },
  ),
  define(
    'replace',
    [3, 3],
    (args) => likeArguments(args, lengthOf(args[0]) * Math.max(1, lengthOf(args[2]))),
    replace,
  ),
  define('field', [2, anyNumber], intType, field, { strict: false, nullable: false, typed: true }),
  define('find_in_set', [2, 2], intType, findInSet, { typed: true, nullable: false }),
  define(
    'elt',
    [2, anyNumber],
    (args) => likeArguments(args.slice(1), Math.max(...args.slice(1).map(lengthOf))),
    elt,
    { strict: false, numeric: [0] },
  ),
  define(
    'make_set',
    [2, anyNumber],
    (args) => textType(args.slice(1).reduce((sum, each) => sum + lengthOf(each) + 1, 0)),
    makeSet,
    { strict: false, numeric: [0] },
  ),
  define(
    'export_set',
    [3, 5],
    (args) => textType(64 * (Math.max(lengthOf(args[1]), lengthOf(args[2])) + 1)),
    exportSet,
    { numeric: [0, 4] },
  ),
  define('strcmp', [2, 2], intType, strcmp, { typed: true, nullable: false }),
  define('interval', [2, anyNumber], intType, interval, { strict: false, nullable: false, numeric: 'all' }),
];

import { ObError } from '@sealane/errors';
import type { ComparisonOperator } from '../../ast.ts';
import type { SqlType } from '../../sql-type.ts';
import { isCaseSensitive } from '../../types/charset.ts';
import { memberIndex } from '../../types/members.ts';
import { folds } from '../../types/sqlite-column.ts';
import type { SqlValue } from '../../values.ts';
import { asNumber, asText, exactKeySql, nullable, realSql, valueSql } from '../forms.ts';
import { realOf } from '../runtime/convert.ts';
import type { Translation } from '../statement.ts';
import { classOf, type Evaluate, type Typed } from '../typed.ts';
import { integerBound, keyBound } from './number-bound.ts';
import { temporalBound } from './temporal-bound.ts';

/** Both sides of a comparison as SQLite compares them rightly. */
export interface Comparable {
  readonly left: string;
  readonly right: string;
  /** `COLLATE …` after the right side, or nothing. */
  readonly collate: string;
}

const symbols: Readonly<Record<ComparisonOperator, string>> = {
  '=': '=',
  '<=>': 'IS',
  '<>': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

export function compareSql(
  translation: Translation,
  operator: ComparisonOperator,
  a: Typed,
  b: Typed,
): string {
  const { left, right, collate } = comparable(
    translation,
    a,
    b,
    operator === '=' || operator === '<=>' || operator === '<>',
  );
  return `(${left} ${symbols[operator]} ${right}${collate})`;
}

/** @param equality only whether both are equal matters: then ENUM compares by number */
export function comparable(translation: Translation, a: Typed, b: Typed, equality: boolean): Comparable {
  const left = classOf(a.type);
  const right = classOf(b.type);
  if (left === 'null' || right === 'null') return plain(translation.raw(a), translation.raw(b));
  if (left === 'json' || right === 'json') return json(translation, a, b);
  if (left === 'temporal' || right === 'temporal') {
    const compared = temporals(translation, a, b);
    if (compared !== undefined) return compared;
  }
  const members = memberNumbers(translation, a, b, equality);
  if (members !== undefined) return members;
  if (isString(left) && isString(right)) return strings(translation, a, b);
  return numbers(translation, a, b);
}

function plain(left: string, right: string): Comparable {
  return { left, right, collate: '' };
}

function isString(kind: string): boolean {
  return kind === 'text' || kind === 'bytes';
}

function isStoredColumn(typed: Typed): boolean {
  return typed.form === 'stored' && typed.constant === undefined;
}

function numbers(translation: Translation, a: Typed, b: Typed): Comparable {
  if (a.constant !== undefined && b.constant === undefined) {
    const { left, right, collate } = numbers(translation, b, a);
    return { left: right, right: left, collate };
  }
  const left = classOf(a.type);
  const right = classOf(b.type);
  if (b.constant !== undefined && !isString(left)) {
    const value =
      isString(right) && !(b.literal instanceof Uint8Array)
        ? exactText(b.constant)
        : (asNumber(translation, b).constant as Evaluate);
    if (left === 'int')
      return plain(translation.raw(asNumber(translation, a)), bound(translation, value, integerBound));
    if (left === 'decimal' && isStoredColumn(a)) {
      const { length = 10, decimals = 0 } = a.type;
      return plain(
        a.sql,
        bound(translation, value, (number) => keyBound(number, length, decimals)),
      );
    }
  }
  if (left === 'decimal' && right === 'decimal' && sameStored(a, b)) return plain(a.sql, b.sql);
  const first = asNumber(translation, a);
  const second = asNumber(translation, b);
  const kinds = [classOf(first.type), classOf(second.type)];
  if (kinds.includes('double')) return plain(realSql(translation, a), realSql(translation, b));
  if (kinds.includes('decimal')) return plain(exactKeySql(translation, a), exactKeySql(translation, b));
  return plain(translation.raw(first), translation.raw(second));
}

/** A constant text that is a number as a whole is compared as that very number, other texts as doubles. */
function exactText(evaluate: Evaluate): Evaluate {
  return (context) =>
    nullable(evaluate(context), (value) =>
      typeof value === 'string' && /^[+-]?\d+(?:\.\d+)?$/.test(value) ? value : realOf(value),
    );
}

function bound(
  translation: Translation,
  evaluate: Evaluate,
  convert: (value: NonNullable<SqlValue>) => SqlValue,
): string {
  return translation.bind((context) => nullable(evaluate(context), convert));
}

/** Same kind of stored value: then SQLite compares columns as they are. */
function sameStored(a: Typed, b: Typed): boolean {
  return (
    isStoredColumn(a) &&
    isStoredColumn(b) &&
    a.type.name === b.type.name &&
    (a.type.length ?? 10) === (b.type.length ?? 10) &&
    (a.type.decimals ?? 0) === (b.type.decimals ?? 0)
  );
}

function strings(translation: Translation, a: Typed, b: Typed): Comparable {
  const collation = comparisonCollation(a, b);
  if (collation === 'binary') return plain(bytesSql(translation, a), bytesSql(translation, b));
  return {
    left: textSql(translation, a, b),
    right: textSql(translation, b, a),
    collate: isCaseSensitive(collation) ? ' COLLATE BINARY' : ' COLLATE NOCASE',
  };
}

/** CHAR columns keep no spaces at their end: neither does a constant that is compared with one. */
function textSql(translation: Translation, typed: Typed, other: Typed): string {
  const text = asText(translation, typed);
  const { constant: evaluate } = text;
  if (classOf(typed.type) === 'bytes') return decodedSql(translation, text);
  if (evaluate === undefined || other.type.name !== 'char' || other.column === undefined)
    return translation.raw(text);
  return bound(translation, evaluate, (value) =>
    typeof value === 'string' ? value.replace(/ +$/, '') : value,
  );
}

/** Bytes that are weaker than the text beside them, such as 0x41, are its characters. */
function decodedSql(translation: Translation, bytes: Typed): string {
  if (bytes.constant === undefined) return `CAST(${bytes.sql} AS TEXT)`;
  return bound(translation, bytes.constant, (value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
}

/** The collation both sides are compared in: the stronger one's; of equals, a _bin one. */
export function comparisonCollation(a: Typed, b: Typed): string {
  const left = collationOf(a.type);
  const right = collationOf(b.type);
  if (a.coercibility === 0 && b.coercibility === 0 && left !== right) {
    throw new ObError('OB_CANT_AGGREGATE_2COLLATIONS', [left, 'EXPLICIT', right, 'EXPLICIT', '=']);
  }
  if (a.coercibility !== b.coercibility) return a.coercibility < b.coercibility ? left : right;
  return left === 'binary' || right === 'binary' ? 'binary' : left.endsWith('_bin') ? left : right;
}

export function collationOf(type: SqlType): string {
  return classOf(type) === 'bytes' ? 'binary' : (type.collation ?? 'utf8mb4_general_ci');
}

function bytesSql(translation: Translation, typed: Typed): string {
  if (classOf(typed.type) === 'bytes') return translation.raw(typed);
  const text = asText(translation, typed);
  const { constant: evaluate } = text;
  if (evaluate !== undefined) {
    return bound(translation, evaluate, (value) => (typeof value === 'string' ? Buffer.from(value) : value));
  }
  return `CAST(${text.sql} AS BLOB)`;
}

/** An ENUM or SET column with a constant text: compared by number, so that an index serves. */
function memberNumbers(
  translation: Translation,
  a: Typed,
  b: Typed,
  equality: boolean,
): Comparable | undefined {
  if (isMember(b) && !isMember(a)) {
    const swapped = memberNumbers(translation, b, a, equality);
    return swapped && { left: swapped.right, right: swapped.left, collate: '' };
  }
  if (!isMember(a)) return undefined;
  if (isMember(b) && a.type.members?.join() === b.type.members?.join()) return plain(a.sql, b.sql);
  if (!isString(classOf(b.type))) return plain(a.sql, translation.raw(asNumber(translation, b)));
  const { constant: evaluate } = b;
  if (a.type.name !== 'enum' || evaluate === undefined || !equality) return undefined;
  const type = a.type;
  return plain(
    a.sql,
    bound(translation, evaluate, (value) => {
      const index = memberIndex(type, String(value));
      return index === 0 && value !== '' ? -1n : BigInt(index);
    }),
  );
}

function isMember(typed: Typed): boolean {
  return (typed.type.name === 'enum' || typed.type.name === 'set') && isStoredColumn(typed);
}

function temporals(translation: Translation, a: Typed, b: Typed): Comparable | undefined {
  const left = classOf(a.type);
  const right = classOf(b.type);
  if (
    left === 'temporal' &&
    right === 'temporal' &&
    sameStored({ ...a, type: noLength(a) }, { ...b, type: noLength(b) })
  ) {
    return plain(a.sql, b.sql);
  }
  if (a.constant !== undefined && b.constant === undefined) {
    const swapped = temporals(translation, b, a);
    return swapped && { left: swapped.right, right: swapped.left, collate: '' };
  }
  if (left === 'temporal' && b.constant !== undefined && a.constant === undefined) {
    const convert = temporalBound(a.type, b.type, a.form);
    const evaluate = b.constant;
    return plain(
      a.type.name === 'time' && a.form === 'value' ? `sx_us(${a.sql})` : a.sql,
      translation.bind((context) => nullable(evaluate(context), (value) => convert(value))),
    );
  }
  if (a.type.name === 'time' && (b.type.name === 'time' || isString(right))) {
    return plain(microseconds(translation, a), microseconds(translation, b));
  }
  const numeric = right === 'int' || right === 'decimal' || right === 'double';
  if (left !== 'temporal' || numeric)
    return numeric || left !== 'text' ? undefined : dateTimes(translation, a, b);
  return dateTimes(translation, a, b);
}

function noLength(typed: Typed): SqlType {
  const { length: _, ...type } = typed.type;
  return type;
}

function dateTimes(translation: Translation, a: Typed, b: Typed): Comparable {
  return plain(dateTimeSql(translation, a), dateTimeSql(translation, b));
}

function dateTimeSql(translation: Translation, typed: Typed): string {
  return `sx_dt(${valueSql(translation, typed)}, ${typed.type.name === 'time' ? 1 : 0})`;
}

function microseconds(translation: Translation, typed: Typed): string {
  if (typed.type.name === 'time' && isStoredColumn(typed)) return typed.sql;
  return `sx_us(${valueSql(translation, typed)})`;
}

/** JSON compares with anything by JSON's rules; the other side becomes a JSON scalar. */
function json(translation: Translation, a: Typed, b: Typed): Comparable {
  return plain(jsonKeySql(translation, a), jsonKeySql(translation, b));
}

function jsonKeySql(translation: Translation, typed: Typed): string {
  const kind = classOf(typed.type);
  return `sx_jkey(${valueSql(translation, typed)}, '${kind}')`;
}

/** Whether rows that SQLite groups by this expression fold case by themselves. */
export function foldsCase(typed: Typed): boolean {
  return folds(typed.type);
}

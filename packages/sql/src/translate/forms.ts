import type { SqlType } from '../sql-type.ts';
import { formatDecimal, rescale } from '../types/decimal.ts';
import { folds } from '../types/sqlite-column.ts';
import type { SqlValue } from '../values.ts';
import { numberText, realOf } from './runtime/convert.ts';
import { decimalOf, exactKey } from './runtime/exact.ts';
import { temporalNumber } from './runtime/temporal.ts';
import type { Translation } from './statement.ts';
import {
  bigintType,
  classOf,
  computed,
  constant,
  decimalType,
  doubleType,
  isWideUnsigned,
  type Typed,
  textType,
} from './typed.ts';

/** SQLite text of the expression in value form. */
export function valueSql(translation: Translation, typed: Typed): string {
  if (typed.constant !== undefined) return translation.bind(typed.constant);
  if (typed.form === 'value') return typed.sql;
  const { type, sql } = typed;
  switch (type.name) {
    case 'decimal':
      return `sx_dec(${sql})`;
    case 'timestamp':
      return `sx_ts(${sql}, ${type.decimals ?? 0})`;
    case 'time':
      return `sx_time(${sql}, ${type.decimals ?? 0})`;
    case 'enum':
      return `sx_enum(${sql}, ${members(type)})`;
    case 'set':
      return `sx_set(${sql}, ${members(type)})`;
    default:
      return sql;
  }
}

function members(type: SqlType): string {
  return quoteText(JSON.stringify(type.members ?? []));
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The same expression in value form. */
export function inValueForm(translation: Translation, typed: Typed): Typed {
  if (typed.constant !== undefined || typed.form === 'value') return typed;
  return { ...typed, sql: valueSql(translation, typed), form: 'value' };
}

/**
 * A number of class int, decimal or double, as arithmetic and numeric functions take it: texts become
 * doubles, dates and times become 20240229130500, ENUM and SET their number.
 */
export function asNumber(translation: Translation, typed: Typed): Typed {
  const { type } = typed;
  switch (classOf(type)) {
    case 'int':
    case 'double':
    case 'null':
      return typed;
    case 'decimal':
      return inValueForm(translation, typed);
    case 'temporal':
      return temporalAsNumber(translation, typed);
    case 'bytes':
      if (typed.literal instanceof Uint8Array) return bytesAsInteger(typed.literal, typed);
      return realFrom(translation, typed);
    case 'text':
      if ((type.name === 'enum' || type.name === 'set') && typed.form === 'stored') {
        return { ...typed, type: bigintType, form: 'value' };
      }
      return realFrom(translation, typed);
    default:
      return realFrom(translation, typed);
  }
}

/** 0x41 is 65 where a number is wanted. */
function bytesAsInteger(bytes: Uint8Array, typed: Typed): Typed {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  const kept: SqlValue = value < 1n << 63n ? value : value.toString().padStart(20, '0');
  return {
    ...typed,
    type: { name: 'bigint', unsigned: true, length: 20 },
    literal: kept,
    constant: () => kept,
  };
}

function realFrom(translation: Translation, typed: Typed): Typed {
  const { constant: evaluate } = typed;
  if (evaluate !== undefined) {
    return constant((context) => nullable(evaluate(context), realOf), doubleType, typed.nullable);
  }
  return computed(`sx_num(${valueSql(translation, typed)})`, doubleType, { nullable: typed.nullable });
}

function temporalAsNumber(translation: Translation, typed: Typed): Typed {
  const { constant: evaluate } = typed;
  const decimals = typed.type.decimals ?? 0;
  const type = decimals === 0 ? bigintType : decimalType(14 + decimals, decimals);
  if (evaluate !== undefined) {
    return constant((context) => nullable(evaluate(context), (value) => temporalNumber(String(value))), type);
  }
  return computed(`sx_tnum(${valueSql(translation, typed)})`, type, { nullable: typed.nullable });
}

export function nullable(value: SqlValue, convert: (value: NonNullable<SqlValue>) => SqlValue): SqlValue {
  return value === null ? null : convert(value);
}

/** SQLite text of a number that is a REAL or an INTEGER, for comparison and arithmetic of doubles. */
export function realSql(translation: Translation, typed: Typed): string {
  const number = asNumber(translation, typed);
  const { constant: evaluate } = number;
  if (evaluate !== undefined) {
    return translation.bind((context) => nullable(evaluate(context), (value) => Number(value)));
  }
  if (classOf(number.type) === 'decimal' || isWideUnsigned(number.type)) return `sx_real(${number.sql})`;
  return number.sql;
}

/** SQLite text of the key by which an exact number sorts and compares. */
export function exactKeySql(translation: Translation, typed: Typed): string {
  const number = asNumber(translation, typed);
  const { constant: evaluate } = number;
  if (evaluate !== undefined) return translation.bind((context) => nullable(evaluate(context), exactKey));
  return `sx_key(${number.sql})`;
}

/** The expression as a character string; a byte string stays one. */
export function asText(translation: Translation, given: Typed): Typed {
  const typed = asTyped(given);
  const { type, constant: evaluate } = typed;
  const kind = classOf(type);
  if (kind === 'text' || kind === 'bytes' || kind === 'temporal' || kind === 'json' || kind === 'null') {
    return inValueForm(translation, typed);
  }
  const single = type.name === 'float';
  const target = textType(displayLength(type));
  if (evaluate !== undefined) {
    return constant((context) => nullable(evaluate(context), (value) => numberText(value, single)), target);
  }
  if (kind === 'int' && !isWideUnsigned(type)) {
    return computed(`CAST(${typed.sql} AS TEXT)`, target, { nullable: typed.nullable });
  }
  const value = valueSql(translation, typed);
  return computed(`sx_text(${value}, ${single ? 1 : 0})`, target, { nullable: typed.nullable });
}

/** A quotient has more digits than its type says: here it has those alone. */
export function asTyped(typed: Typed): Typed {
  const { type, constant: evaluate, nullable: mayBeNull } = typed;
  if (type.name !== 'decimal' || typed.literal !== undefined) return typed;
  const scale = type.decimals ?? 0;
  if (evaluate === undefined) {
    if (typed.form === 'stored') return typed;
    return computed(`sx_round(${typed.sql}, ${scale})`, type, { nullable: mayBeNull });
  }
  const round = (value: SqlValue): SqlValue => formatDecimal(rescale(decimalOf(value), scale));
  return constant((context) => nullable(evaluate(context), round), type, mayBeNull);
}

/** Most characters that a value of the type prints as. */
export function displayLength(type: SqlType): number {
  switch (type.name) {
    case 'tinyint':
      return type.length ?? 4;
    case 'smallint':
      return type.length ?? 6;
    case 'mediumint':
      return type.length ?? 9;
    case 'int':
      return type.length ?? 11;
    case 'bigint':
      return type.length ?? 20;
    case 'decimal':
      return (type.length ?? 10) + ((type.decimals ?? 0) > 0 ? 2 : 1);
    case 'float':
      return type.length ?? 12;
    case 'double':
      return type.length ?? 22;
    case 'year':
      return 4;
    case 'date':
      return 10;
    case 'time':
      return 10 + fraction(type);
    case 'datetime':
    case 'timestamp':
      return 19 + fraction(type);
    case 'enum':
      return Math.max(0, ...(type.members ?? []).map((member) => member.length));
    case 'set':
      return (type.members ?? []).join(',').length;
    case 'null':
      return 0;
    case 'tinytext':
    case 'tinyblob':
      return 255;
    case 'text':
    case 'blob':
      return 65_535;
    case 'mediumtext':
    case 'mediumblob':
      return 16_777_215;
    case 'json':
    case 'longtext':
    case 'longblob':
      return 4_294_967_295;
    default:
      return type.length ?? 1;
  }
}

function fraction(type: SqlType): number {
  return (type.decimals ?? 0) > 0 ? (type.decimals ?? 0) + 1 : 0;
}

/** SQLite text of a condition: NULL, zero or something else. Numbers stand for themselves; texts are read as numbers. */
export function conditionSql(translation: Translation, typed: Typed): string {
  const number = asNumber(translation, typed);
  const { constant: evaluate } = number;
  if (evaluate !== undefined) {
    return translation.bind((context) =>
      nullable(evaluate(context), (value) => (Number(value) === 0 ? 0n : 1n)),
    );
  }
  return classOf(number.type) === 'decimal' || isWideUnsigned(number.type)
    ? `sx_real(${number.sql})`
    : number.sql;
}

/** SQLite text by which rows sort and group: what the stored form does by itself. */
export function orderSql(translation: Translation, typed: Typed): string {
  if (typed.constant !== undefined) return translation.bind(typed.constant);
  if (typed.form === 'stored') return withCollation(typed);
  switch (classOf(typed.type)) {
    case 'decimal':
      return `sx_key(${typed.sql})`;
    case 'temporal':
      return typed.type.name === 'time' ? `sx_us(${typed.sql})` : typed.sql;
    default:
      return withCollation(typed);
  }
}

function withCollation(typed: Typed): string {
  if (typed.column !== undefined && typed.form === 'stored') return typed.sql;
  if (typed.type.name === 'enum' || typed.type.name === 'set') {
    return typed.form === 'value' ? `${typed.sql} COLLATE NOCASE` : typed.sql;
  }
  return folds(typed.type) ? `${typed.sql} COLLATE NOCASE` : typed.sql;
}

import type { SqlType } from '../../sql-type.ts';
import { formatDecimal, rescale } from '../../types/decimal.ts';
import type { SqlValue } from '../../values.ts';
import { asNumber, asText, asTyped, displayLength, inValueForm, nullable, realSql } from '../forms.ts';
import { decimalOf } from '../runtime/exact.ts';
import type { Translation } from '../statement.ts';
import { classOf, computed, constant, decimalType, nullType, type Typed } from '../typed.ts';
import { callOperator } from './call.ts';
import { collationOf } from './comparison.ts';

const integerNames = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'] as const;

/** The type of CASE, IF, COALESCE, UNION … over values of these types. Source: MySQL's Field::field_type_merge. */
export function unifyTypes(types: readonly SqlType[]): SqlType {
  const known = types.filter((type) => type.name !== 'null');
  const [first] = known;
  if (first === undefined) return nullType;
  if (known.every((type) => sameType(type, first))) return first;
  const kinds = new Set(known.map(classOf));
  if (kinds.size === 1) {
    if (kinds.has('int')) return unifyIntegers(known);
    if (kinds.has('decimal')) return unifyDecimals(known);
    if (kinds.has('double')) return { name: 'double' };
    if (kinds.has('temporal')) return unifyTemporals(known);
    if (kinds.has('bytes')) return unifyStrings(known, true);
    return unifyStrings(known, false);
  }
  const numeric = [...kinds].every((kind) => kind === 'int' || kind === 'decimal' || kind === 'double');
  if (numeric) return kinds.has('double') ? { name: 'double' } : unifyDecimals(known);
  return unifyStrings(known, kinds.has('bytes'));
}

export function sameType(a: SqlType, b: SqlType): boolean {
  return (
    a.name === b.name &&
    (a.unsigned ?? false) === (b.unsigned ?? false) &&
    a.length === b.length &&
    (a.decimals ?? 0) === (b.decimals ?? 0) &&
    a.collation === b.collation &&
    a.members?.join('\0') === b.members?.join('\0')
  );
}

function unifyIntegers(types: readonly SqlType[]): SqlType {
  const allUnsigned = types.every(
    (type) => type.unsigned === true || type.name === 'bit' || type.name === 'year',
  );
  const anyUnsigned = types.some((type) => type.unsigned === true);
  if (!allUnsigned && anyUnsigned && types.some((type) => type.name === 'bigint' && type.unsigned === true)) {
    return decimalType(20, 0);
  }
  const width = Math.max(...types.map((type) => widthIndex(type, anyUnsigned && !allUnsigned)));
  const length = Math.max(...types.map(displayLength));
  const name = integerNames[Math.min(width, 4)] ?? 'bigint';
  return { name, length, ...(allUnsigned && anyUnsigned ? { unsigned: true } : {}) };
}

function widthIndex(type: SqlType, mixed: boolean): number {
  if (type.name === 'year') return 1;
  const index = integerNames.indexOf(type.name as (typeof integerNames)[number]);
  if (index < 0) return 4;
  return mixed && type.unsigned === true ? index + 1 : index;
}

function unifyDecimals(types: readonly SqlType[]): SqlType {
  const scale = Math.max(...types.map((type) => (type.name === 'decimal' ? (type.decimals ?? 0) : 0)));
  const whole = Math.max(
    ...types.map((type) =>
      type.name === 'decimal'
        ? (type.length ?? 10) - (type.decimals ?? 0)
        : Math.min(displayLength(type), 20),
    ),
  );
  return decimalType(whole + scale, scale);
}

function unifyTemporals(types: readonly SqlType[]): SqlType {
  const decimals = Math.max(...types.map((type) => type.decimals ?? 0));
  const names = new Set(types.map((type) => type.name));
  if (names.size === 1) return { name: types[0]?.name ?? 'datetime', decimals };
  return { name: 'datetime', decimals };
}

function unifyStrings(types: readonly SqlType[], bytes: boolean): SqlType {
  const length = Math.max(...types.map(displayLength));
  if (bytes) {
    return length > 65_535
      ? { name: 'longblob', charset: 'binary', collation: 'binary' }
      : { name: 'varbinary', length, charset: 'binary', collation: 'binary' };
  }
  const texts = types.filter((type) => classOf(type) === 'text');
  const collations = texts.map(collationOf);
  const collation = collations.find((name) => name.endsWith('_bin')) ?? collations[0] ?? 'utf8mb4_general_ci';
  const charset = texts[0]?.charset ?? 'utf8mb4';
  if (length > 16_777_215) return { name: 'longtext', charset, collation };
  if (length > 65_535) return { name: 'mediumtext', charset, collation };
  return { name: length > 21_845 ? 'text' : 'varchar', length, charset, collation };
}

/** The expression as a value of a unified type, in value form. */
export function convertTo(translation: Translation, typed: Typed, type: SqlType): Typed {
  if (typed.type.name === 'null' || type.name === 'null') return inValueForm(translation, typed);
  switch (classOf(type)) {
    case 'int':
      return inValueForm(translation, asNumber(translation, typed));
    case 'decimal':
      return asDecimal(translation, typed, type);
    case 'double':
      return asReal(translation, typed);
    case 'text':
    case 'bytes':
      if (typed.type.name === type.name && (type.name === 'enum' || type.name === 'set'))
        return inValueForm(translation, typed);
      return asText(translation, typed);
    case 'temporal':
      return asTemporal(translation, typed, type);
    default:
      return inValueForm(translation, typed);
  }
}

/** Brought to the type's scale, so that equal numbers are equal texts. */
function asDecimal(translation: Translation, typed: Typed, type: SqlType): Typed {
  const number = inValueForm(translation, asNumber(translation, typed));
  const scale = type.decimals ?? 0;
  if (classOf(number.type) === 'decimal' && (number.type.decimals ?? 0) === scale) return asTyped(number);
  const { constant: evaluate } = number;
  if (evaluate !== undefined) {
    const convert = (value: SqlValue): SqlValue => formatDecimal(rescale(decimalOf(value), scale));
    return constant((context) => nullable(evaluate(context), convert), type, number.nullable);
  }
  return computed(`sx_round(${number.sql}, ${scale})`, type, { nullable: number.nullable });
}

function asReal(translation: Translation, typed: Typed): Typed {
  const { constant: evaluate } = asNumber(translation, typed);
  if (evaluate !== undefined) {
    return constant((context) => nullable(evaluate(context), Number), { name: 'double' }, typed.nullable);
  }
  return computed(
    `CAST(${realSql(translation, typed)} AS REAL)`,
    { name: 'double' },
    { nullable: typed.nullable },
  );
}

function asTemporal(translation: Translation, typed: Typed, type: SqlType): Typed {
  const value = inValueForm(translation, typed);
  if (value.type.name === type.name && (value.type.decimals ?? 0) === (type.decimals ?? 0)) return value;
  const decimals = BigInt(type.decimals ?? 0);
  if (type.name === 'time') {
    return callOperator(
      translation,
      'sx_cast_time',
      [value, decimals, value.type.name],
      type,
      typed.nullable,
    );
  }
  const isTime = value.type.name === 'time' ? 1n : 0n;
  return callOperator(
    translation,
    'sx_cast_datetime',
    [value, type.name, decimals, isTime],
    type,
    typed.nullable,
  );
}

/** Like unifyTypes; a literal that isn't negative goes with unsigned integers. */
export function unifyTyped(items: readonly Typed[]): SqlType {
  const isUnsigned = items.some((item) => classOf(item.type) === 'int' && item.type.unsigned === true);
  if (!isUnsigned) return unifyTypes(items.map((item) => item.type));
  return unifyTypes(
    items.map(({ type, literal }) =>
      typeof literal === 'bigint' && literal >= 0n ? { ...type, unsigned: true } : type,
    ),
  );
}

/** All of them as one type, in the form they share: the stored one where all are alike. */
export function unify(
  translation: Translation,
  items: readonly Typed[],
): { readonly type: SqlType; readonly form: 'stored' | 'value'; readonly items: readonly Typed[] } {
  const type = unifyTyped(items);
  const columns = items.filter((item) => item.type.name !== 'null');
  const stored =
    columns.length > 0 &&
    columns.every(
      (item) => item.form === 'stored' && item.constant === undefined && sameType(item.type, type),
    );
  if (stored) return { type, form: 'stored', items };
  return { type, form: 'value', items: items.map((item) => convertTo(translation, item, type)) };
}

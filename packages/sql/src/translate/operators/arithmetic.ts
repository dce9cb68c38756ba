import type { BinaryExpression } from '../../ast.ts';
import type { SqlType } from '../../sql-type.ts';
import type { SqlValue } from '../../values.ts';
import { asNumber, inValueForm, realSql } from '../forms.ts';
import type { Translation } from '../statement.ts';
import { classOf, computed, decimalType, doubleType, literal, type Typed, textType } from '../typed.ts';
import { callOperator } from './call.ts';
import { integerLiteral } from './literals.ts';

type ArithmeticOperator = '+' | '-' | '*' | '/' | 'DIV' | 'MOD';

/** Digits that integers of a type have at most. */
const typeDigits: Readonly<Record<string, number>> = {
  tinyint: 3,
  smallint: 5,
  mediumint: 8,
  int: 10,
  year: 4,
  bit: 20,
};

export function integerDigits(typed: Typed): number {
  if (typeof typed.literal === 'bigint') return typed.literal.toString().replace('-', '').length;
  const digits = typeDigits[typed.type.name] ?? 20;
  return typed.column === undefined ? Math.min(digits, typed.type.length ?? digits) : digits;
}

/** Result types of MySQL 5.7: a double if one side is, exact if one side is DECIMAL, else an integer. */
export function arithmetic(
  translation: Translation,
  operator: ArithmeticOperator,
  a: Typed,
  b: Typed,
  node: BinaryExpression,
): Typed {
  const left = inValueForm(translation, asNumber(translation, a));
  const right = inValueForm(translation, asNumber(translation, b));
  const kinds = [classOf(left.type), classOf(right.type)];
  const text = `(${translation.text.slice(node.start, node.end)})`;
  if (operator === 'DIV') return wholeDivision(translation, left, right, text);
  if (kinds.includes('double')) return reals(translation, operator, left, right);
  if (operator === '/') return division(translation, left, right);
  if (kinds.includes('decimal')) return decimals(translation, operator, left, right);
  return integers(translation, operator, left, right, text);
}

const realNames = { '+': 'sx_radd', '-': 'sx_rsub', '*': 'sx_rmul', '/': 'sx_rdiv', MOD: 'sx_rmod' } as const;

function reals(
  translation: Translation,
  operator: Exclude<ArithmeticOperator, 'DIV'>,
  a: Typed,
  b: Typed,
): Typed {
  const nullable = operator === '/' || operator === 'MOD' || a.nullable || b.nullable;
  const isConstant = a.constant !== undefined && b.constant !== undefined;
  const type = fixedType(translation, operator, a.type, b.type);
  if (isConstant || operator === 'MOD')
    return callOperator(translation, realNames[operator], [a, b], type, nullable);
  // One side made a REAL makes the whole one; two integers never come here.
  const left = realSql(translation, a);
  const right = realSql(translation, b);
  return computed(`(CAST(${left} AS REAL) ${operator} ${right})`, type, { nullable });
}

/** Doubles print with a fixed number of digits where both sides do, as DOUBLE(10,2) and PI() do. */
function fixedType(
  translation: Translation,
  operator: Exclude<ArithmeticOperator, 'DIV'>,
  a: SqlType,
  b: SqlType,
): SqlType {
  const digits = [a, b].map((type) => (classOf(type) === 'double' ? type.decimals : (type.decimals ?? 0)));
  if (digits.includes(undefined)) return doubleType;
  const most = Math.max(...digits.map(Number)) + (operator === '/' ? divisionIncrement(translation) : 0);
  return most > 30 ? doubleType : { ...doubleType, decimals: most };
}

function divisionIncrement({ environment }: Translation): number {
  return Number(environment.variable('div_precision_increment', 'session') ?? 4);
}

/** @returns whole digits and digits after the point */
function exactDigits(typed: Typed): { whole: number; scale: number } {
  if (classOf(typed.type) !== 'decimal') return { whole: integerDigits(typed), scale: 0 };
  const scale = typed.type.decimals ?? 0;
  return { whole: (typed.type.length ?? 10) - scale, scale };
}

function decimals(translation: Translation, operator: '+' | '-' | '*' | 'MOD', a: Typed, b: Typed): Typed {
  const left = exactDigits(a);
  const right = exactDigits(b);
  const nullable = operator === 'MOD' || a.nullable || b.nullable;
  if (operator === '*') {
    const scale = left.scale + right.scale;
    return callOperator(
      translation,
      'sx_mul',
      [a, b],
      decimalType(left.whole + right.whole + scale, scale),
      nullable,
    );
  }
  const scale = Math.max(left.scale, right.scale);
  const whole = Math.max(left.whole, right.whole) + (operator === 'MOD' ? 0 : 1);
  const name = operator === '+' ? 'sx_add' : operator === '-' ? 'sx_sub' : 'sx_mod';
  return callOperator(translation, name, [a, b], decimalType(whole + scale, scale), nullable);
}

/**
 * The scale grows by div_precision_increment. The value itself keeps more digits, which a sum, a product or a
 * column of a larger scale sees: 10 / 3 * 3 is 10.0000. Source: MySQL's manual, precision math.
 */
function division(translation: Translation, a: Typed, b: Typed): Typed {
  const increment = divisionIncrement(translation);
  const left = exactDigits(a);
  const right = exactDigits(b);
  const scale = Math.min(left.scale + increment, 30);
  const type = decimalType(left.whole + right.scale + scale, scale);
  return callOperator(translation, 'sx_quot', [a, b, BigInt(increment)], type);
}

function isUnsigned(typed: Typed): boolean {
  return typed.type.unsigned === true || typed.type.name === 'bit' || typed.type.name === 'year';
}

function integerType(unsigned: boolean, length: number): SqlType {
  return { name: 'bigint', length: Math.min(length, 21), ...(unsigned ? { unsigned: true } : {}) };
}

function integers(
  translation: Translation,
  operator: '+' | '-' | '*' | 'MOD',
  a: Typed,
  b: Typed,
  text: string,
): Typed {
  const left = integerDigits(a);
  const right = integerDigits(b);
  const digits = operator === '*' ? left + right : operator === 'MOD' ? left : Math.max(left, right) + 1;
  const either = isUnsigned(a) || isUnsigned(b);
  const unsigned =
    operator === 'MOD'
      ? isUnsigned(a)
      : operator === '-'
        ? either && !translation.mode.noUnsignedSubtraction
        : either;
  const type = integerType(unsigned, digits + (operator === 'MOD' ? 0 : 1));
  const nullable = operator === 'MOD' || a.nullable || b.nullable;
  const isConstant = a.constant !== undefined && b.constant !== undefined;
  if (!isConstant && digits <= 18 && (operator === 'MOD' ? isNonZero(b) : !unsigned)) {
    const [first, second] = [translation.raw(a), translation.raw(b)];
    // SQLite's % of integers is C's, as MySQL's.
    return computed(`(${first} ${operator === 'MOD' ? '%' : operator} ${second})`, type, { nullable });
  }
  const name = { '+': 'sx_iadd', '-': 'sx_isub', '*': 'sx_imul', MOD: 'sx_imod' }[operator];
  return callOperator(translation, name, [a, b, unsigned ? 1n : 0n, shownText(text)], type, nullable);
}

function wholeDivision(translation: Translation, a: Typed, b: Typed, text: string): Typed {
  const unsigned = isUnsigned(a) || isUnsigned(b);
  const kinds = [classOf(a.type), classOf(b.type)];
  const digits = Math.min(exactDigits(a).whole + exactDigits(b).scale, 20);
  const type = integerType(unsigned, digits + 1);
  const isConstant = a.constant !== undefined && b.constant !== undefined;
  if (
    !isConstant &&
    !unsigned &&
    kinds.every((kind) => kind === 'int') &&
    integerDigits(a) <= 18 &&
    isNonZero(b)
  ) {
    return computed(`(${translation.raw(a)} / ${translation.raw(b)})`, type);
  }
  return callOperator(translation, 'sx_idiv', [a, b, unsigned ? 1n : 0n, shownText(text)], type);
}

/** The expression's text, for 1690. Bound, so that statements with other numbers have the same text. */
function shownText(text: string): Typed {
  return literal(text, textType(text.length));
}

/** A divisor for which SQLite's own operator serves: no warning 1365 can come of it. */
function isNonZero({ literal: value }: Typed): boolean {
  return typeof value === 'bigint' && value !== 0n;
}

/** A minus sign. Of a literal it makes another literal. */
export function negate(translation: Translation, operand: Typed, text: string): Typed {
  const number = inValueForm(translation, asNumber(translation, operand));
  const { type } = number;
  const whole = classOf(type) === 'int' ? wholeLiteral(number.literal) : undefined;
  // What no integer holds is a decimal.
  if (whole !== undefined && (whole > 1n << 63n || whole === -(1n << 63n)))
    return literal((-whole).toString(), decimalType(20, 0));
  if (whole !== undefined) {
    return literal(-whole, { name: 'bigint', length: (type.length ?? 1) + 1 });
  }
  switch (classOf(type)) {
    case 'double':
      return number.constant === undefined
        ? computed(`(-${number.sql})`, doubleType, { nullable: number.nullable })
        : negatedReal(translation, number);
    case 'decimal': {
      const negated = callOperator(translation, 'sx_neg', [number], type, number.nullable);
      return typeof number.literal === 'string'
        ? { ...negated, literal: negativeText(number.literal) }
        : negated;
    }
    default:
      return integers(translation, '-', integerLiteral(0n), { ...number, type: signed(type) }, `-${text}`);
  }
}

function wholeLiteral(value: SqlValue | undefined): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : undefined;
}

function negatedReal(translation: Translation, number: Typed): Typed {
  const negated = callOperator(
    translation,
    'sx_rsub',
    [literal(0, doubleType), number],
    doubleType,
    number.nullable,
  );
  return typeof number.literal === 'number' ? literal(-number.literal, doubleType) : negated;
}

function negativeText(text: string): string {
  return /^[0.]*$/.test(text) ? text : text.startsWith('-') ? text.slice(1) : `-${text}`;
}

function signed(type: SqlType): SqlType {
  const { unsigned: _, ...rest } = type;
  return rest.name === 'bit' || rest.name === 'year' ? { name: 'int', length: 11 } : rest;
}

const bitNames = { '&': 'sx_and', '|': 'sx_or', '^': 'sx_xor', '<<': 'sx_shl', '>>': 'sx_shr' } as const;

export function bitOperation(
  translation: Translation,
  operator: keyof typeof bitNames,
  a: Typed,
  b: Typed,
): Typed {
  const args = [a, b].map((each) => inValueForm(translation, asNumber(translation, each)));
  const type: SqlType = { name: 'bigint', unsigned: true, length: 21 };
  return callOperator(translation, bitNames[operator], args, type, a.nullable || b.nullable);
}

export function bitComplement(translation: Translation, operand: Typed): Typed {
  const number = inValueForm(translation, asNumber(translation, operand));
  return callOperator(
    translation,
    'sx_not',
    [number],
    { name: 'bigint', unsigned: true, length: 21 },
    operand.nullable,
  );
}

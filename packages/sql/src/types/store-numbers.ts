import type { SqlType } from '../sql-type.ts';
import type { CellValue, SqlValue } from '../values.ts';
import { type Decimal, decimalScaleMax, parseDecimal, powerOfTen, rescale } from './decimal.ts';
import { encodeDecimalKey } from './decimal-key.ts';
import { encodeUnsigned, integerRange } from './integers.ts';
import { fault, incorrect, note, type Store, textOf } from './store-rules.ts';

export function storeInteger(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const value = integerOf(cell, store, 'integer');
  const { min, max } = integerRange(type);
  let fitting = value;
  if (value < min || value > max) {
    fault(store, 'OB_ERR_WARN_DATA_OUT_OF_RANGE');
    fitting = value < min ? min : max;
  }
  return type.name === 'bigint' && type.unsigned === true ? encodeUnsigned(fitting) : fitting;
}

export function storeDecimal(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const precision = type.length ?? 10;
  const scale = type.decimals ?? 0;
  const given = decimalOf(cell, store, 'decimal');
  let value = rescale(given, scale);
  if (given.scale > scale && rescale(value, given.scale).unscaled !== given.unscaled) note(store);
  const limit = powerOfTen(precision);
  const negative = value.unscaled < 0n;
  if (negative && type.unsigned === true) {
    fault(store, 'OB_ERR_WARN_DATA_OUT_OF_RANGE');
    value = { unscaled: 0n, scale };
  } else if (value.unscaled >= limit || value.unscaled <= -limit) {
    fault(store, 'OB_ERR_WARN_DATA_OUT_OF_RANGE');
    value = { unscaled: negative ? 1n - limit : limit - 1n, scale };
  }
  return encodeDecimalKey(value, precision);
}

export function storeReal(type: SqlType, cell: CellValue, store: Store): SqlValue {
  let value = realOf(cell, store);
  if (type.length !== undefined && type.decimals !== undefined) {
    const limit = 10 ** (type.length - type.decimals) - 10 ** -type.decimals;
    value = fixedReal(value, Math.min(type.decimals, decimalScaleMax));
    if (Math.abs(value) > limit) {
      fault(store, 'OB_ERR_WARN_DATA_OUT_OF_RANGE');
      value = Math.sign(value) * limit;
    }
  }
  if (type.unsigned === true && value < 0) {
    fault(store, 'OB_ERR_WARN_DATA_OUT_OF_RANGE');
    value = 0;
  }
  if (type.name === 'float') value = singlePrecision(value, store);
  return value;
}

export function storeYear(cell: CellValue, store: Store): SqlValue {
  const value = Number(integerOf(cell, store, 'year'));
  if (value === 0) return typeof cell === 'string' && /^\s*0{1,3}\s*$/.test(cell) ? 2000n : 0n;
  const full = value < 0 || value > 99 ? value : value < 70 ? 2000 + value : 1900 + value;
  if (full >= 1901 && full <= 2155) return BigInt(full);
  fault(store, 'OB_ERR_WARN_DATA_OUT_OF_RANGE');
  return 0n;
}

function integerOf(cell: CellValue, store: Store, kind: string): bigint {
  if (typeof cell === 'bigint') return cell;
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) return cell > 0 ? 2n ** 64n : -(2n ** 64n);
    return BigInt(roundHalfEven(cell));
  }
  return rescale(decimalOf(cell, store, kind), 0).unscaled;
}

const leadingNumber = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*/;

function decimalOf(cell: CellValue, store: Store, kind: string): Decimal {
  if (typeof cell === 'bigint') return { unscaled: cell, scale: 0 };
  const text = textOf(cell);
  const exact = parseDecimal(text);
  if (exact !== undefined) return exact;
  const match = leadingNumber.exec(text);
  if (match === null) {
    incorrect(store, kind, cell);
    return { unscaled: 0n, scale: 0 };
  }
  if (match[0].length < text.length) fault(store, 'OB_ERR_DATA_TRUNCATED');
  return parseDecimal(match[1] ?? '0') ?? { unscaled: 0n, scale: 0 };
}

function realOf(cell: CellValue, store: Store): number {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'bigint') return Number(cell);
  const text = textOf(cell);
  const match = leadingNumber.exec(text);
  if (match === null || match[0].length < text.length) fault(store, 'OB_ERR_DATA_TRUNCATED');
  const value = Number(match?.[1] ?? 0);
  if (Number.isFinite(value)) return value;
  fault(store, 'OB_ERR_WARN_DATA_OUT_OF_RANGE');
  return Math.sign(value) * Number.MAX_VALUE;
}

/** MySQL rounds what is behind the point as the C library's rint does: half to even. */
function fixedReal(value: number, decimals: number): number {
  const whole = Math.floor(value);
  const factor = 10 ** decimals;
  return whole + roundHalfEven((value - whole) * factor) / factor;
}

function singlePrecision(value: number, store: Store): number {
  const single = Math.fround(value);
  if (Number.isFinite(single)) return single;
  fault(store, 'OB_ERR_WARN_DATA_OUT_OF_RANGE');
  return Math.sign(value) * 3.402_823_466_385_288_6e38;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

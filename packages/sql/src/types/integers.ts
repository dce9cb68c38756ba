import type { SqlType } from '../sql-type.ts';
import type { SqlValue } from '../values.ts';

/** Bits of each integer type. */
const bits: Readonly<Record<string, bigint>> = {
  tinyint: 8n,
  smallint: 16n,
  mediumint: 24n,
  int: 32n,
  bigint: 64n,
};

const signedEnd = 2n ** 63n;

export interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

export function isIntegerType(type: SqlType): boolean {
  return type.name in bits;
}

export function integerRange(type: SqlType): IntegerRange {
  const width = bits[type.name] ?? 64n;
  if (type.unsigned === true) return { min: 0n, max: 2n ** width - 1n };
  return { min: -(2n ** (width - 1n)), max: 2n ** (width - 1n) - 1n };
}

/** An unsigned 64-bit integer as SQLite keeps it: from 2^63 on as a text of 20 digits, which sorts after integers. */
export function encodeUnsigned(value: bigint): SqlValue {
  return value < signedEnd ? value : value.toString().padStart(20, '0');
}

export function decodeUnsigned(value: SqlValue): bigint {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? BigInt(value)
    : 0n;
}

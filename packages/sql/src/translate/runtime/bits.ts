import type { SqliteFunction } from '../../functions/definition.ts';
import { encodeUnsigned } from '../../types/integers.ts';
import type { SqlValue } from '../../values.ts';
import { integerOf } from './exact.ts';

/** MySQL's bit operators work on 64 bits without a sign. */
function operator(name: string, compute: (a: bigint, b: bigint) => bigint): SqliteFunction {
  return {
    name,
    deterministic: true,
    call: (a, b) => {
      if (a === undefined || a === null || b === undefined || b === null) return null;
      return encodeUnsigned(BigInt.asUintN(64, compute(bitsOf(a), bitsOf(b))));
    },
  };
}

export function bitsOf(value: SqlValue): bigint {
  return BigInt.asUintN(64, integerOf(value));
}

export const bitFunctions: readonly SqliteFunction[] = [
  operator('sx_and', (a, b) => a & b),
  operator('sx_or', (a, b) => a | b),
  operator('sx_xor', (a, b) => a ^ b),
  operator('sx_shl', (a, b) => (b > 63n ? 0n : a << b)),
  operator('sx_shr', (a, b) => (b > 63n ? 0n : a >> b)),
  {
    name: 'sx_not',
    deterministic: true,
    call: (a) => (a === undefined || a === null ? null : encodeUnsigned(BigInt.asUintN(64, ~bitsOf(a)))),
  },
];

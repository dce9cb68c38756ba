import { ObError } from '@sealane/errors';
import type { SqliteFunction } from '../../functions/definition.ts';
import { divisionByZero } from './exact.ts';

function operator(name: string, compute: (a: number, b: number) => number | null): SqliteFunction {
  return {
    name,
    deterministic: true,
    call: (a, b) => {
      if (a === undefined || a === null || b === undefined || b === null) return null;
      const result = compute(Number(a), Number(b));
      return result === null ? divisionByZero() : finite(result);
    },
  };
}

/** @throws 1690 for what no double holds */
export function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new ObError('OB_OPERATE_OVERFLOW', ['DOUBLE', String(value)]);
}

/** Arithmetic of doubles; SQLite computes it by itself where a column takes part, except MOD. */
export const realFunctions: readonly SqliteFunction[] = [
  operator('sx_radd', (a, b) => a + b),
  operator('sx_rsub', (a, b) => a - b),
  operator('sx_rmul', (a, b) => a * b),
  operator('sx_rdiv', (a, b) => (b === 0 ? null : a / b)),
  operator('sx_rmod', (a, b) => (b === 0 ? null : a % b)),
];

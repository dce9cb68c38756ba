import { ObError } from '@sealane/errors';
import type { SqlValue } from '../values.ts';
import { define, doubleType, named } from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { currentExecution } from './execution-scope.ts';
import { warn } from './limits.ts';
import { placeOf } from './text.ts';

/** A function of one double; NaN is NULL, beyond the range of doubles it is 1690. */
function real(name: string, compute: (value: number) => number): ScalarFunction {
  return define(name, [1, 1], doubleType, ([value]) => inRange(compute(Number(value)), name), {
    numeric: 'all',
  });
}

/** @throws 1690 */
function inRange(result: number, name: string): SqlValue {
  if (Number.isNaN(result)) return null;
  if (!Number.isFinite(result)) throw new ObError('OB_OPERATE_OVERFLOW', ['DOUBLE', name]);
  return result;
}

function logarithm(name: string, compute: (value: number) => number): ScalarFunction {
  return define(name, [1, 1], doubleType, ([value]) => logOf(Number(value), compute), { numeric: 'all' });
}

function logOf(value: number, compute: (value: number) => number): SqlValue {
  return value > 0 ? compute(value) : warn('OB_EER_INVALID_ARGUMENT_FOR_LOGARITHM', []);
}

/** LOG(x), or LOG(base, x). */
function log([first, second]: readonly SqlValue[]): SqlValue {
  if (second === undefined) return logOf(Number(first), Math.log);
  const base = Number(first);
  if (base <= 0 || base === 1) return warn('OB_EER_INVALID_ARGUMENT_FOR_LOGARITHM', []);
  return logOf(Number(second), (value) => Math.log(value) / Math.log(base));
}

const RANDOM_MODULUS = 0x3fffffffn;

interface RandomState {
  first: bigint;
  second: bigint;
}

/** Generators of RAND(n) by their seed, for the statement that is running: its rows get the numbers in turn. */
const generators = new WeakMap<object, Map<bigint, RandomState>>();

/** RAND(n) is a sequence of its own, the one that MySQL has for that seed. */
function seededRandom(seed: bigint): number {
  const scope: object = currentExecution() ?? generators;
  let states = generators.get(scope);
  if (states === undefined) {
    states = new Map();
    generators.set(scope, states);
  }
  let state = states.get(seed);
  if (state === undefined) {
    state = {
      first: BigInt.asUintN(32, seed * 0x10001n + 55_555_555n) % RANDOM_MODULUS,
      second: BigInt.asUintN(32, seed * 0x10000001n) % RANDOM_MODULUS,
    };
    states.set(seed, state);
  }
  state.first = (state.first * 3n + state.second) % RANDOM_MODULUS;
  state.second = (state.first + state.second + 33n) % RANDOM_MODULUS;
  return Number(state.first) / Number(RANDOM_MODULUS);
}

function random(values: readonly SqlValue[]): SqlValue {
  if (values.length === 0) return Math.random();
  return seededRandom(BigInt(placeOf(values[0] ?? 0n)));
}

export const doubleFunctions: readonly ScalarFunction[] = [
  ...named(
    ['pow', 'power'],
    define(
      'pow',
      [2, 2],
      doubleType,
      ([base, exponent]) => inRange(Number(base) ** Number(exponent), 'pow'),
      { numeric: 'all' },
    ),
  ),
  real('sqrt', Math.sqrt),
  real('exp', Math.exp),
  logarithm('ln', Math.log),
  logarithm('log2', Math.log2),
  logarithm('log10', Math.log10),
  define('log', [1, 2], doubleType, log, { numeric: 'all' }),
  real('sin', Math.sin),
  real('cos', Math.cos),
  real('tan', Math.tan),
  real('cot', (value) => Math.cos(value) / Math.sin(value)),
  real('asin', Math.asin),
  real('acos', Math.acos),
  ...named(
    ['atan', 'atan2'],
    define(
      'atan',
      [1, 2],
      doubleType,
      ([y, x]) => (x === undefined ? Math.atan(Number(y)) : Math.atan2(Number(y), Number(x))),
      { numeric: 'all' },
    ),
  ),
  real('degrees', (value) => (value * 180) / Math.PI),
  real('radians', (value) => (value * Math.PI) / 180),
  define('pi', [0, 0], { name: 'double', decimals: 6 }, () => Math.PI, { nullable: false }),
  define('rand', [0, 1], doubleType, random, {
    deterministic: false,
    strict: false,
    nullable: false,
    numeric: 'all',
  }),
];

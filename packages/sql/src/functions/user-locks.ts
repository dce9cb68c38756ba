import { ObError } from '@sealane/errors';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { bigintType, define, intType } from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { currentExecution } from './execution-scope.ts';

/** What a session asks for, by the functions' names without `_lock`. */
export interface UserLockCall {
  readonly operation: 'get' | 'release' | 'is-free' | 'is-used' | 'release-all';
  /** In lower case; '' for `release-all`. */
  readonly name: string;
  /** How long `get` waits; Infinity for a negative number. */
  readonly seconds: number;
}

const nameLengthMax = 64;

const operations: ReadonlyMap<string, UserLockCall['operation']> = new Map([
  ['GET_LOCK', 'get'],
  ['RELEASE_LOCK', 'release'],
  ['IS_FREE_LOCK', 'is-free'],
  ['IS_USED_LOCK', 'is-used'],
  ['RELEASE_ALL_LOCKS', 'release-all'],
]);

/** @param functionName in capitals */
export function isUserLock(functionName: string): boolean {
  return operations.has(functionName);
}

/** @throws 3057 for NULL, '' and names that are too long */
export function userLockCall(
  functionName: string,
  [lock = null, seconds = 0n]: readonly SqlValue[],
): UserLockCall {
  const operation = operations.get(functionName) as UserLockCall['operation'];
  if (operation === 'release-all') return { operation, name: '', seconds: 0 };
  const name = lock === null ? '' : textOf(lock).toLowerCase();
  if (name === '' || [...name].length > nameLengthMax)
    throw new ObError('ER_USER_LOCK_WRONG_NAME', [lock === null ? 'NULL' : textOf(lock)]);
  const wait = seconds === null ? 0 : Number(seconds);
  return { operation, name, seconds: wait < 0 ? Number.POSITIVE_INFINITY : wait };
}

/** The answer is there already: asking takes time, and a statement has none. */
function answer(): SqlValue {
  const execution = currentExecution();
  const given = execution?.userLock?.();
  if (given !== undefined) return given;
  throw new ObError('OB_NOT_SUPPORTED', ['a function of user locks elsewhere than alone in SELECT or DO']);
}

const perCall = { deterministic: false, strict: false } as const;

export const userLockFunctions: readonly ScalarFunction[] = [
  define('get_lock', [2, 2], intType, answer, { ...perCall, numeric: [1] }),
  define('release_lock', [1, 1], intType, answer, perCall),
  define('is_free_lock', [1, 1], intType, answer, perCall),
  define('is_used_lock', [1, 1], bigintType, answer, perCall),
  define('release_all_locks', [0, 0], bigintType, answer, { ...perCall, nullable: false }),
];

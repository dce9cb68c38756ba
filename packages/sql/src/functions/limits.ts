import type { ErrorName } from '@sealane/errors';
import { ObError } from '@sealane/errors';
import { currentExecution } from './execution-scope.ts';

const defaultPacketMax = 67_108_864;

/** Adds a warning of the table of errors to the statement's. @returns NULL, what the function answers then */
export function warn(name: ErrorName, args: readonly (string | number)[]): null {
  const { errno, message } = new ObError(name, args);
  currentExecution()?.warn('Warning', errno, message);
  return null;
}

/** Whether a result of so many bytes may be made; warns (1301) if not. */
export function fitsPacket(size: number, functionName: string): boolean {
  const limit = Number(currentExecution()?.variable('max_allowed_packet', 'session') ?? defaultPacketMax);
  if (size <= limit) return true;
  warn('OB_ERR_FUNC_RESULT_TOO_LARGE', [functionName, limit]);
  return false;
}

import { ObError } from '@sealane/errors';

/** 1396: which accounts an operation failed for. Nothing of it was done. */
export function failedFor(operation: string, accounts: readonly string[]): ObError {
  return new ObError('OB_CANNOT_USER', [operation, accounts.join(',')]);
}

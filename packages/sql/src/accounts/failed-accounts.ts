import { ObError } from '@sealane/errors';
import { type Account, accountText } from './account-name.ts';

/** 1396: which accounts an operation failed for. Nothing of it was done. */
export function failedFor(operation: string, accounts: readonly Account[]): ObError {
  return new ObError('OB_CANNOT_USER', [operation, accounts.map(accountText).join(',')]);
}

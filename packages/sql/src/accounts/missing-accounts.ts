import { ObError } from '@sealane/errors';
import type { ExecutionContext } from '../plan.ts';
import { type Account, accountText } from './account-name.ts';

/** With IF EXISTS a missing account is a note. */
export function noteMissing(account: Account, context: ExecutionContext): void {
  const { errno, message } = new ObError('ER_USER_DOES_NOT_EXIST', [accountText(account)]);
  context.warn('Note', errno, message);
}

import type { ExecutionContext } from '../plan.ts';
import { type Account, sameAccount } from './account-name.ts';

/** Whoever logged in with an expired password may do everything again once it is another one. */
export function noteChangedPassword(account: Account, { session }: ExecutionContext): void {
  if (sameAccount(account, { user: session.user, host: session.accountHost }))
    session.passwordExpired = false;
}

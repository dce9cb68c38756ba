import { ObError } from '@sealane/errors';
import type { AccountName } from '../ast.ts';
import type { SessionState } from '../session-state.ts';
import { quoteName } from '../types/type-text.ts';

/** An account's key. */
export interface Account {
  readonly user: string;
  readonly host: string;
}

/** MySQL's limits, in characters. */
const userLengthMax = 64;
const hostLengthMax = 128;

/**
 * Whom a name means: hosts in lower case, '%' where none is given, the session's own for CURRENT_USER.
 * @throws 1470 for a name that is too long
 */
export function accountNamed(name: AccountName, session: SessionState): Account {
  if (name.current) return { user: session.user, host: session.accountHost };
  if ([...name.user].length > userLengthMax) throw tooLong(name.user, 'user name', userLengthMax);
  const host = (name.host ?? '%').toLowerCase();
  if ([...host].length > hostLengthMax) throw tooLong(host, 'host name', hostLengthMax);
  return { user: name.user, host: host === '' ? '%' : host };
}

function tooLong(text: string, what: string, lengthMax: number): ObError {
  return new ObError('OB_WRONG_USER_NAME_LENGTH', [text, what, lengthMax]);
}

/** As 1396 names it: `'u'@'h'`. */
export function accountText({ user, host }: Account): string {
  return `'${user}'@'${host}'`;
}

/** As roles are named: `` `r`@`%` ``. */
export function roleText({ user, host }: Account): string {
  return `${quoteName(user)}@${quoteName(host)}`;
}

export function sameAccount(a: Account, b: Account): boolean {
  return a.user === b.user && a.host === b.host;
}

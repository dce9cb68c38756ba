import { ObError } from '@sealane/errors';
import type { AccountName, GrantRoleStatement, RevokeRoleStatement } from '../ast.ts';
import { type Compiled, ok } from '../ddl/compiled.ts';
import type { ExecutionContext } from '../plan.ts';
import { type Account, accountNamed, roleText, sameAccount } from './account-name.ts';
import { noteMissing } from './missing-accounts.ts';
import { readUser } from './read-users.ts';
import { putRole, reachableRoles, removeRole } from './role-edges.ts';

/** @throws 3523 for a name that there isn't, 3527 for a role that would come to have itself */
export function grantRole(statement: GrantRoleStatement, context: ExecutionContext): Compiled {
  const roles = statement.roles.map((name) => known(name, context));
  const accounts = statement.accounts.map((name) => known(name, context));
  for (const role of roles) for (const account of accounts) refuseLoop(role, account, context);
  const statements = accounts.flatMap((account) =>
    roles.map((role) => putRole(role, account, statement.adminOption)),
  );
  return { statements, result: ok() };
}

/** What wasn't granted isn't missed. @throws 3523 */
export function revokeRole(statement: RevokeRoleStatement, context: ExecutionContext): Compiled {
  const roles = existing(statement.roles, statement.ifExists, context);
  const accounts = existing(statement.accounts, statement.ifExists, context);
  const statements = accounts.flatMap((account) => roles.flatMap((role) => removeRole(role, account)));
  return { statements, result: ok() };
}

function existing(
  names: readonly AccountName[],
  lenient: boolean,
  context: ExecutionContext,
): readonly Account[] {
  if (!lenient) return names.map((name) => known(name, context));
  return names.flatMap((name) => {
    const account = accountNamed(name, context.session);
    if (readUser(context.handle, account) !== undefined) return [account];
    noteMissing(account, context);
    return [];
  });
}

export function known(name: AccountName, context: ExecutionContext): Account {
  const account = accountNamed(name, context.session);
  if (readUser(context.handle, account) !== undefined) return account;
  throw new ObError('ER_UNKNOWN_AUTHID', [roleText(account)]);
}

function refuseLoop(role: Account, account: Account, { handle }: ExecutionContext): void {
  const loops = reachableRoles(handle, [role]).some((reached) => sameAccount(reached, account));
  if (loops) throw new ObError('ER_ROLE_GRANTED_TO_ITSELF', [roleText(account), roleText(role)]);
}

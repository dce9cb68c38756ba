import type { SetRoleStatement } from '../ast.ts';
import type { ExecutionContext, SetPlan } from '../plan.ts';
import { type Account, accountNamed, sameAccount } from './account-name.ts';
import { mustHave } from './default-roles.ts';
import { grantedRoles, readDefaultRoles } from './role-edges.ts';

/** SET ROLE: which of its roles the session uses. It asks the leader, who knows what is granted. @throws 3530 */
export function planSetRole(statement: SetRoleStatement): SetPlan {
  return {
    kind: 'set',
    readsTables: true,
    virtualTables: [],
    run: (context) => {
      context.session.activeRoles = chosenRoles(statement, context);
      return { global: [] };
    },
  };
}

function chosenRoles(
  { what, roles }: SetRoleStatement,
  { handle, session }: ExecutionContext,
): readonly Account[] {
  const account = { user: session.user, host: session.accountHost };
  const granted = grantedRoles(handle, account).map(({ user, host }) => ({ user, host }));
  const named = roles.map((name) => accountNamed(name, session));
  switch (what) {
    case 'none':
      return [];
    case 'default':
      return readDefaultRoles(handle, account);
    case 'all':
      return granted;
    case 'all-except':
      return granted.filter((role) => !named.some((other) => sameAccount(other, role)));
    case 'list':
      for (const role of named) mustHave(role, granted, account);
      return named;
  }
}

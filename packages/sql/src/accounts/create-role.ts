import type { RoleStatement } from '../ast.ts';
import { type Compiled, ok } from '../ddl/compiled.ts';
import type { ExecutionContext } from '../plan.ts';
import { accountNamed, sameAccount } from './account-name.ts';
import { noteExisting } from './create-user.ts';
import { failedFor } from './failed-accounts.ts';
import { readUser } from './read-users.ts';
import { insertUser, plainUser } from './stored-tables.ts';

/** A role is a locked account without a password: nobody logs in with it. @throws 1396 */
export function createRole(statement: RoleStatement, context: ExecutionContext): Compiled {
  const roles = statement.roles.map((name) => accountNamed(name, context.session));
  const there = roles.filter(
    (role, at) =>
      readUser(context.handle, role) !== undefined ||
      roles.slice(0, at).some((other) => sameAccount(other, role)),
  );
  if (there.length > 0 && !statement.ifNotExists) throw failedFor('CREATE ROLE', there);
  for (const role of there) noteExisting(role, context);
  const statements = roles
    .filter((role) => !there.includes(role))
    .map((role) => insertUser({ ...plainUser, ...role, account_locked: 'Y', is_role: 'Y' }));
  return { statements, result: ok() };
}

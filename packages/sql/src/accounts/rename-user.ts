import type { RenameUserStatement } from '../ast.ts';
import { type Compiled, ok } from '../ddl/compiled.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { type Account, accountNamed, accountText } from './account-name.ts';
import { failedFor } from './failed-accounts.ts';
import { readUsers } from './read-users.ts';
import { accountTables } from './stored-tables.ts';

/** One after the other, all or none; grants and roles go along. @throws 1396 naming each that can't be renamed */
export function renameUser(statement: RenameUserStatement, context: ExecutionContext): Compiled {
  const { handle, session } = context;
  const names = new Set(readUsers(handle).map(accountText));
  const statements: StoredStatement[] = [];
  const failed: Account[] = [];
  for (const rename of statement.renames) {
    const [from, to] = [accountNamed(rename.from, session), accountNamed(rename.to, session)];
    if (!names.has(accountText(from)) || names.has(accountText(to))) {
      failed.push(from);
      continue;
    }
    names.delete(accountText(from));
    names.add(accountText(to));
    statements.push(...renamed(from, to));
  }
  if (failed.length > 0) throw failedFor('RENAME USER', failed);
  return { statements, result: ok() };
}

function renamed(from: Account, to: Account): readonly StoredStatement[] {
  const { roles, defaultRoles } = accountTables;
  const binds = [to.user, to.host, from.user, from.host];
  return [
    ...Object.values(accountTables).map((table) => ({
      sql: `UPDATE ${table} SET user = ?, host = ? WHERE user = ? AND host = ?`,
      binds,
    })),
    ...[roles, defaultRoles].map((table) => ({
      sql: `UPDATE ${table} SET role_user = ?, role_host = ? WHERE role_user = ? AND role_host = ?`,
      binds,
    })),
  ];
}

import { ObError } from '@sealane/errors';
import type { RevokeStatement } from '../ast.ts';
import { type Compiled, ok } from '../ddl/compiled.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { type Account, accountNamed } from './account-name.ts';
import { byColumn } from './grant.ts';
import { type GrantTarget, grantTarget, type TargetPrivilege, targetPrivileges } from './grant-level.ts';
import { columnRow, condition, databaseRow, type GrantRow, heldIn, putHeld, tableRow } from './grant-rows.ts';
import { noteMissing } from './missing-accounts.ts';
import { type PrivilegeName, parsePrivileges, privilegesText } from './privilege-list.ts';
import { readUser } from './read-users.ts';
import { accountTables, type StoredUser } from './stored-tables.ts';
import { updateUser } from './update-user.ts';

/** From all of the accounts or from none. @throws 1141, 1147, 1403, 1269 where there is nothing of the kind */
export function revoke(statement: RevokeStatement, context: ExecutionContext): Compiled {
  const users = statement.accounts.flatMap((name) => {
    const account = accountNamed(name, context.session);
    const user = readUser(context.handle, account);
    if (user === undefined && !statement.ifExists) throw noSuchUser(statement, account);
    if (user === undefined) noteMissing(account, context);
    return user === undefined ? [] : [user];
  });
  if (statement.level === undefined) return { statements: users.flatMap(revokeAll), result: ok() };
  const target = grantTarget(statement.level, context.session);
  const privileges = targetPrivileges(statement.privileges, target);
  const isAll = statement.privileges.some(({ name }) => name === 'ALL');
  const statements = users.flatMap((user) => revokeFrom(user, target, { privileges, isAll }, context));
  return { statements, result: ok() };
}

function noSuchUser({ level }: RevokeStatement, { user, host }: Account): ObError {
  return level === undefined
    ? new ObError('ER_REVOKE_GRANTS')
    : new ObError('ER_NONEXISTING_GRANT', [user, host]);
}

/** REVOKE ALL PRIVILEGES, GRANT OPTION FROM: everywhere. Roles stay. */
function revokeAll({ user, host }: StoredUser): readonly StoredStatement[] {
  const { databases, tables, columns } = accountTables;
  return [
    ...updateUser({ user, host }, { privileges: '' }),
    ...[databases, tables, columns].map((table) => ({
      sql: `DELETE FROM ${table} WHERE user = ? AND host = ?`,
      binds: [user, host],
    })),
  ];
}

interface Revoked {
  readonly privileges: readonly TargetPrivilege[];
  /** ALL PRIVILEGES: of the columns too. */
  readonly isAll: boolean;
}

function revokeFrom(
  user: StoredUser,
  target: GrantTarget,
  revoked: Revoked,
  context: ExecutionContext,
): readonly StoredStatement[] {
  const whole = revoked.privileges.filter(({ columns }) => columns.length === 0).map(({ name }) => name);
  switch (target.level) {
    case 'global': {
      const held = without(parsePrivileges(user.privileges), whole);
      return updateUser(user, { privileges: privilegesText(held) });
    }
    case 'database': {
      const row = databaseRow(user, target.database);
      const held = heldIn(context.handle, row);
      if (held === undefined) throw new ObError('ER_NONEXISTING_GRANT', [user.user, user.host]);
      return [putHeld(row, without(held, whole))];
    }
    case 'table':
      return revokeFromTable(user, target, { ...revoked, whole }, context);
    case 'routine':
      throw new ObError('ER_NONEXISTING_PROC_GRANT', [user.user, user.host, target.name]);
  }
}

function revokeFromTable(
  user: StoredUser,
  { database, table }: Extract<GrantTarget, { level: 'table' }>,
  { privileges, whole, isAll }: Revoked & { readonly whole: readonly PrivilegeName[] },
  { handle }: ExecutionContext,
): readonly StoredStatement[] {
  const row = tableRow(user, database, table);
  const held = heldIn(handle, row);
  const columns = columnsWithGrants(user, database, table, handle);
  if (held === undefined && columns.length === 0)
    throw new ObError('ER_NONEXISTING_TABLE_GRANT', [user.user, user.host, table]);
  const named = new Map(byColumn(privileges));
  const grantor = tableGrantor(row, handle);
  return [
    ...(held === undefined ? [] : [putHeld(row, without(held, whole), { grantor })]),
    ...columns.flatMap((column) => {
      const place = columnRow(user, database, table, column);
      const names = isAll ? whole : (named.get(column) ?? []);
      return names.length === 0 ? [] : [putHeld(place, without(heldIn(handle, place) ?? new Set(), names))];
    }),
  ];
}

function columnsWithGrants(
  { user, host }: Account,
  database: string,
  table: string,
  handle: ExecutionContext['handle'],
): readonly string[] {
  const sql = `SELECT column_name FROM ${accountTables.columns} WHERE user = ? AND host = ? AND db = ? AND table_name = ?`;
  return handle.all(sql, [user, host, database, table]).map(([column]) => String(column));
}

function tableGrantor(row: GrantRow, handle: ExecutionContext['handle']): string {
  const { where, binds } = condition(row);
  const [found] = handle.all(`SELECT grantor FROM ${row.table} WHERE ${where}`, binds);
  return String(found?.[0] ?? '');
}

function without(held: ReadonlySet<PrivilegeName>, names: readonly PrivilegeName[]): Set<PrivilegeName> {
  return new Set([...held].filter((name) => !names.includes(name)));
}

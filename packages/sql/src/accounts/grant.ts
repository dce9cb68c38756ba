import { ObError } from '@sealane/errors';
import type { AccountSpecification, GrantStatement } from '../ast.ts';
import type { Compiled } from '../ddl/compiled.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { type Account, accountNamed } from './account-name.ts';
import { authenticationOf } from './authentication.ts';
import { accountResult, type GeneratedPassword } from './generated-passwords.ts';
import {
  checkTargetExists,
  type GrantableTables,
  type GrantTarget,
  grantTarget,
  type TargetPrivilege,
  targetPrivileges,
} from './grant-level.ts';
import { columnRow, databaseRow, type GrantRow, heldIn, putHeld, tableRow } from './grant-rows.ts';
import type { PrivilegeName } from './privilege-list.ts';
import { parsePrivileges, privilegesText } from './privilege-list.ts';
import { readUser } from './read-users.ts';
import { insertUser, plainUser, type StoredUser } from './stored-tables.ts';
import { updateUser } from './update-user.ts';
import { limitFields, requireFields } from './user-options.ts';

/**
 * To all of the accounts or to none. An account that isn't there is made where its password is given with it.
 * @throws 1410 for another one, and what its target refuses
 */
export function grant(
  statement: GrantStatement,
  context: ExecutionContext,
  tables: Omit<GrantableTables, 'catalog'>,
): Compiled {
  const target = grantTarget(statement.level, context.session);
  const said = targetPrivileges(statement.privileges, target);
  const option: TargetPrivilege = { name: 'GRANT OPTION', columns: [] };
  const privileges = statement.grantOption ? [...said, option] : said;
  checkTargetExists(target, privileges, { catalog: context.catalog, virtualTable: tables.virtualTable });
  const options = { ...requireFields(statement.require), ...limitFields(statement.limits) };
  const generated: GeneratedPassword[] = [];
  const statements = statement.accounts.flatMap((specification) => {
    const account = accountNamed(specification.account, context.session);
    const { user, made, password } = userFor(specification, account, context);
    if (password !== undefined) generated.push({ ...account, password });
    return [...made, ...updateUser(account, options), ...grantStatements(user, target, privileges, context)];
  });
  return { statements, result: accountResult(generated) };
}

/** IDENTIFIED BY changes the password of an account that is there. */
function userFor(
  specification: AccountSpecification,
  account: Account,
  context: ExecutionContext,
): {
  readonly user: StoredUser;
  readonly made: readonly StoredStatement[];
  /** Made for RANDOM PASSWORD. */
  readonly password: string | undefined;
} {
  const there = readUser(context.handle, account);
  const { fields, generated: password } = authenticationOf(specification, there?.plugin, context);
  const isGiven = fields.plugin !== undefined;
  if (there !== undefined) return { user: there, made: isGiven ? updateUser(account, fields) : [], password };
  if (!isGiven) throw new ObError('OB_ERR_CREATE_USER_WITH_GRANT');
  const user = { ...plainUser, ...account, ...fields };
  return { user, made: [insertUser(user)], password };
}

function grantStatements(
  user: StoredUser,
  target: GrantTarget,
  privileges: readonly TargetPrivilege[],
  context: ExecutionContext,
): readonly StoredStatement[] {
  const whole = privileges.filter(({ columns }) => columns.length === 0).map(({ name }) => name);
  switch (target.level) {
    case 'global': {
      const held = parsePrivileges(user.privileges);
      for (const name of whole) held.add(name);
      return updateUser(user, { privileges: privilegesText(held) });
    }
    case 'database':
      return added(databaseRow(user, target.database), whole, context);
    case 'table': {
      const { database, table } = target;
      return [
        ...added(tableRow(user, database, table), whole, context, { grantor: grantorOf(context) }),
        ...byColumn(privileges).flatMap(([column, names]) =>
          added(columnRow(user, database, table, column), names, context),
        ),
      ];
    }
    case 'routine':
      return [];
  }
}

function added(
  row: GrantRow,
  names: readonly PrivilegeName[],
  { handle }: ExecutionContext,
  further: Readonly<Record<string, string>> = {},
): readonly StoredStatement[] {
  if (names.length === 0) return [];
  const held = heldIn(handle, row) ?? new Set<PrivilegeName>();
  for (const name of names) held.add(name);
  return [putHeld(row, held, further)];
}

/** `SELECT (a, b), UPDATE (a)` by column. */
export function byColumn(
  privileges: readonly TargetPrivilege[],
): readonly (readonly [string, readonly PrivilegeName[]])[] {
  const names = new Map<string, PrivilegeName[]>();
  for (const { name, columns } of privileges) {
    for (const column of columns) names.set(column, [...(names.get(column) ?? []), name]);
  }
  return [...names];
}

function grantorOf({ session }: ExecutionContext): string {
  return `${session.user}@${session.accountHost}`;
}

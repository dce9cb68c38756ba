import type { AccountName, GrantStatement, RevokeStatement, Statement, TableName } from '../ast.ts';
import type { PlanEnvironment } from '../plan.ts';
import { accountNamed, sameAccount } from './account-name.ts';
import { grantTarget, targetPrivileges } from './grant-level.ts';
import type { PrivilegeName } from './privilege-list.ts';
import type { RequiredPrivilege } from './required-privilege.ts';
import { type RequiredOfQuery, requiredToDefine } from './required-to-define.ts';
import { requiredToShow } from './required-to-show.ts';

/**
 * What a statement needs that isn't a query or DML, whose translation knows its tables and columns.
 * Source: MySQL 5.7's manual, "Privileges Provided by MySQL", and each statement's own page.
 *
 * @returns in the order in which MySQL looks
 */
export function requiredPrivileges(
  statement: Statement,
  environment: PlanEnvironment,
  requiredOf: RequiredOfQuery,
): readonly RequiredPrivilege[] {
  return (
    requiredToDefine(statement, environment, requiredOf) ??
    requiredToShow(statement, environment) ??
    requiredForAccounts(statement, environment) ??
    requiredToAdminister(statement, environment)
  );
}

function requiredForAccounts(
  statement: Statement,
  environment: PlanEnvironment,
): readonly RequiredPrivilege[] | undefined {
  switch (statement.kind) {
    case 'create-user':
    case 'drop-user':
    case 'rename-user':
      return [global('CREATE USER')];
    case 'alter-user': {
      const names = statement.accounts.map(({ account }) => account);
      // One's own password and nothing else is everybody's business.
      const more = [statement.require, statement.locked, statement.expiry, statement.limits[0]];
      const isOwn =
        names.every((name) => isSelf(name, environment)) && more.every((each) => each === undefined);
      return isOwn ? [] : [global('CREATE USER')];
    }
    case 'set-password':
      return statement.account === undefined || isSelf(statement.account, environment)
        ? []
        : [global('CREATE USER')];
    case 'create-role':
      return [global('CREATE ROLE', 'CREATE USER')];
    case 'drop-role':
      return [global('DROP ROLE', 'CREATE USER')];
    case 'set-default-role':
      return statement.accounts.every((name) => isSelf(name, environment)) ? [] : [global('CREATE USER')];
    case 'grant':
      return [...toGrant(statement, environment), ...toChangeGrantee(statement)];
    case 'revoke':
      return statement.level === undefined ? [global('CREATE USER')] : toGrant(statement, environment);
    case 'grant-role':
    case 'revoke-role': {
      const roles = statement.roles.map((role) => accountNamed(role, environment.session));
      return [{ level: 'role-admin', roles }];
    }
    default:
      return undefined;
  }
}

function toGrant(
  { level, privileges }: Pick<GrantStatement | RevokeStatement, 'level' | 'privileges'>,
  { session }: PlanEnvironment,
): readonly RequiredPrivilege[] {
  if (level === undefined) return [];
  const target = grantTarget(level, session);
  const names = new Set(targetPrivileges(privileges, target).map(({ name }) => name));
  const { database, table } = { database: undefined, table: undefined, ...target };
  return [{ level: 'grant', database, table, privileges: [...names] }];
}

/** GRANT … IDENTIFIED BY, REQUIRE and WITH MAX_… make or change the account itself. */
function toChangeGrantee(statement: GrantStatement): readonly RequiredPrivilege[] {
  const changes =
    statement.require !== undefined ||
    statement.limits.length > 0 ||
    statement.accounts.some(
      ({ password, hash, plugin, randomPassword }) =>
        randomPassword || (password ?? hash ?? plugin) !== undefined,
    );
  return changes ? [global('CREATE USER')] : [];
}

function isSelf(name: AccountName, { session }: PlanEnvironment): boolean {
  return sameAccount(accountNamed(name, session), { user: session.user, host: session.accountHost });
}

function requiredToAdminister(
  statement: Statement,
  environment: PlanEnvironment,
): readonly RequiredPrivilege[] {
  switch (statement.kind) {
    case 'set':
      return statement.items.some((item) => item.kind === 'system-variable' && isGlobal(item.scope))
        ? [global('SUPER', 'ALTER SYSTEM')]
        : [];
    case 'set-transaction':
      return statement.scope === 'global' ? [global('SUPER', 'ALTER SYSTEM')] : [];
    case 'use':
      return [{ level: 'database', database: statement.database.toLowerCase(), anyOf: [] }];
    case 'lock-tables':
      return statement.locks.flatMap(({ table }) => toLock(table, environment));
    case 'flush':
    case 'reset':
      return [global('RELOAD')];
    case 'resource':
      return [global(resourcePrivileges[statement.type])];
    // KILL asks whose session it is.
    case 'alter-system-kill-session':
      return [];
    default:
      // ALTER SYSTEM …, ALTER INSTANCE.
      return statement.kind.startsWith('alter-') ? [global('ALTER SYSTEM')] : [];
  }
}

function toLock(table: TableName, { session }: PlanEnvironment): readonly RequiredPrivilege[] {
  const database = (table.database ?? session.database)?.toLowerCase();
  if (database === undefined) return [];
  return [
    { level: 'database', database, anyOf: ['LOCK TABLES'] },
    { level: 'table', database, table: table.name.toLowerCase(), allOf: ['SELECT'], columns: [] },
  ];
}

const resourcePrivileges = {
  TENANT: 'ALTER TENANT',
  'RESOURCE UNIT': 'CREATE RESOURCE UNIT',
  'RESOURCE POOL': 'CREATE RESOURCE POOL',
} as const satisfies Record<string, PrivilegeName>;

function isGlobal(scope: string | undefined): boolean {
  return scope === 'global' || scope === 'persist' || scope === 'persist-only';
}

function global(...anyOf: readonly PrivilegeName[]): RequiredPrivilege {
  return { level: 'global', anyOf };
}

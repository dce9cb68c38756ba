import { ObError } from '@sealane/errors';
import { type Account, sameAccount } from './account-name.ts';
import type { EffectiveGrants } from './effective-grants.ts';
import type { PrivilegeName } from './privilege-list.ts';
import type { RequiredOnTable, RequiredPrivilege } from './required-privilege.ts';

/** Whose privileges are looked at. */
export interface PrivilegeHolder {
  readonly user: string;
  /** Host of the account: 1044 and 1045 name it, as in MySQL. */
  readonly host: string;
  /** 1142 and 1143 name it. */
  readonly clientHost: string;
  readonly grants: EffectiveGrants;
  /** What a view's definer may do, with the roles he would log in with; undefined if there is no such account. */
  grantsOf(definer: Account): EffectiveGrants | undefined;
}

/** @throws 1044, 1045, 1142, 1143, 1227; within views 1356 and 1449 */
export function checkPrivileges(required: readonly RequiredPrivilege[], holder: PrivilegeHolder): void {
  for (const each of required) checkOne(each, holder);
}

function checkOne(required: RequiredPrivilege, holder: PrivilegeHolder): void {
  const { grants } = holder;
  switch (required.level) {
    case 'global':
      if (!required.anyOf.some((name) => grants.global.has(name)))
        throw lacksGlobal(required.anyOf.join(', '));
      return;
    case 'database':
      if (!mayUse(required.database, required.anyOf, grants)) throw lacksDatabase(required.database, holder);
      return;
    case 'table':
      checkTable(required, holder);
      return;
    case 'grant':
      checkGrant(required, holder);
      return;
    case 'role-admin':
      checkRoleAdmin(required.roles, grants);
      return;
  }
}

function mayUse(database: string, anyOf: readonly PrivilegeName[], grants: EffectiveGrants): boolean {
  if (database === 'information_schema') return true;
  if (anyOf.length === 0) return grants.hasSomethingIn(database);
  const held = grants.onDatabase(database);
  return anyOf.some((name) => held.has(name));
}

function checkTable(required: RequiredOnTable, holder: PrivilegeHolder): void {
  const { within } = required;
  if (within === undefined) {
    checkTableFor(required, holder.grants, holder);
    return;
  }
  const { definer } = within;
  const grants = definer === undefined ? holder.grants : holder.grantsOf(definer);
  if (grants === undefined)
    throw new ObError('OB_ERR_USER_NOT_EXIST', [definer?.user ?? '', definer?.host ?? '']);
  try {
    checkTableFor(required, grants, holder);
  } catch (error) {
    throw new ObError('OB_ERR_VIEW_INVALID', [within.database, within.view], { cause: error });
  }
}

function checkTableFor(required: RequiredOnTable, grants: EffectiveGrants, holder: PrivilegeHolder): void {
  const { database, table, allOf, columns, command } = required;
  if (allOf.length === 0) {
    if (grants.hasSomethingOn(database, table)) return;
    throw lacksTable(command ?? 'SELECT', table, holder);
  }
  const held = grants.onTable(database, table);
  const missing = allOf.filter((name) => !held.has(name));
  const [first] = missing;
  if (first === undefined) return;
  // Columns are looked at for one privilege at a time; where there is no grant on any, the table is what lacks.
  const mayBeColumn = required.columnsOnly === true || grants.onAnyColumn(database, table, first);
  if (missing.length > 1 || !mayBeColumn) throw lacksTable(command ?? missing.join(', '), table, holder);
  const column = columns.find((name) => !grants.onColumn(database, table, name).has(first));
  if (column === undefined) return;
  if (required.wholeRows === true) throw lacksTable(first, table, holder);
  const { user, clientHost } = holder;
  throw new ObError('OB_ERR_NO_COLUMN_PRIVILEGE', [first, user, clientHost, column, table]);
}

function checkGrant(required: Extract<RequiredPrivilege, { level: 'grant' }>, holder: PrivilegeHolder): void {
  const { database, table, privileges } = required;
  const held = heldAt(database, table, holder.grants);
  if (held.has('GRANT OPTION') && privileges.every((name) => held.has(name))) return;
  if (table !== undefined) throw lacksTable(missingToGrant(privileges, held), table, holder);
  if (database !== undefined) throw lacksDatabase(database, holder);
  throw new ObError('OB_PASSWORD_WRONG', [holder.user, holder.host, 'YES']);
}

/** As MySQL lists it: `SELECT, GRANT`. */
function missingToGrant(privileges: readonly PrivilegeName[], held: ReadonlySet<PrivilegeName>): string {
  const missing: string[] = privileges.filter((name) => !held.has(name));
  if (!held.has('GRANT OPTION')) missing.push('GRANT');
  return missing.join(', ');
}

function heldAt(
  database: string | undefined,
  table: string | undefined,
  grants: EffectiveGrants,
): ReadonlySet<PrivilegeName> {
  if (database === undefined) return grants.global;
  return table === undefined ? grants.onDatabase(database) : grants.onTable(database, table);
}

function checkRoleAdmin(roles: readonly Account[], grants: EffectiveGrants): void {
  if (grants.global.has('SUPER')) return;
  const mayGive = (role: Account): boolean =>
    grants.roles.some((each) => each.admin && sameAccount(each, role));
  if (!roles.every(mayGive)) throw lacksGlobal('WITH ADMIN, ROLE_ADMIN, SUPER');
}

function lacksGlobal(names: string): ObError {
  return new ObError('OB_ERR_NO_PRIVILEGE', [names]);
}

function lacksDatabase(database: string, { user, host }: PrivilegeHolder): ObError {
  return new ObError('OB_ERR_NO_DB_PRIVILEGE', [user, host, database]);
}

function lacksTable(command: string, table: string, { user, clientHost }: PrivilegeHolder): ObError {
  return new ObError('OB_ERR_NO_TABLE_PRIVILEGE', [command, user, clientHost, table]);
}

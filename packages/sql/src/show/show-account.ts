import { ObError } from '@sealane/errors';
import { type Account, accountNamed } from '../accounts/account-name.ts';
import {
  allPrivileges,
  type GrantLevel,
  parsePrivileges,
  privilegeRows,
} from '../accounts/privilege-list.ts';
import { readUser } from '../accounts/read-users.ts';
import { accountTables, type StoredUser } from '../accounts/stored-tables.ts';
import type { AccountName } from '../ast.ts';
import type { ExecutionContext, PlanEnvironment, QueryPlan } from '../plan.ts';
import { quoteName, quoteText } from '../types/type-text.ts';
import { longText, ownRows, titled, varchar } from './own-rows.ts';

/** SHOW GRANTS [FOR account]. @throws 1133's kin if there is no such account */
export function showGrants(account: AccountName | undefined, environment: PlanEnvironment): QueryPlan {
  const named = accountOf(account, environment);
  const columns = [titled(`Grants for ${named.user}@${named.host}`, varchar(1024))];
  return ownRows(
    columns,
    (context) => [[globalGrant(existing(named, context))], ...databaseGrants(named, context)],
    true,
  );
}

/** SHOW CREATE USER, in OceanBase's wording. */
export function showCreateUser(account: AccountName | undefined, environment: PlanEnvironment): QueryPlan {
  const named = accountOf(account, environment);
  return ownRows(
    [titled(`CREATE USER for ${named.user}@${named.host}`, longText)],
    (context) => [[createUserText(existing(named, context))]],
    true,
  );
}

function createUserText(row: StoredUser): string {
  const parts = [`create user if not exists ${quoteName(row.user)}@${quoteName(row.host)}`];
  const hash = row.authentication_string;
  if (hash !== '') parts.push(`IDENTIFIED BY PASSWORD ${quoteText(hash)}`);
  parts.push(...requireText(row));
  const limits = [
    ...(row.max_connections > 0n ? [`MAX_CONNECTIONS_PER_HOUR ${row.max_connections}`] : []),
    ...(row.max_user_connections > 0n ? [`MAX_USER_CONNECTIONS ${row.max_user_connections}`] : []),
  ];
  if (limits.length > 0) parts.push(`WITH ${limits.join(' ')}`);
  return parts.join(' ');
}

function requireText(row: StoredUser): readonly string[] {
  switch (row.ssl_type) {
    case 'NONE':
      return ['REQUIRE NONE'];
    case 'ANY':
      return ['REQUIRE SSL'];
    case 'X509':
      return ['REQUIRE X509'];
    case 'SPECIFIED': {
      const named = { CIPHER: row.ssl_cipher, ISSUER: row.x509_issuer, SUBJECT: row.x509_subject };
      const given = Object.entries(named).filter(([, value]) => value !== '');
      return [`REQUIRE ${given.map(([name, value]) => `${name} ${quoteText(value)}`).join(' ')}`];
    }
    default:
      return [];
  }
}

function globalGrant(row: StoredUser): string {
  return `GRANT ${grantedText(row.privileges, 'global')} ON *.* TO ${granteeText(row)}${optionText(row.privileges)}`;
}

function databaseGrants(account: Account, { handle }: ExecutionContext): readonly (readonly string[])[] {
  const rows = handle.all(
    `SELECT db, privileges FROM ${accountTables.databases} WHERE user = ? AND host = ? ORDER BY db`,
    [account.user, account.host],
  );
  return rows.map(([database, held]) => {
    const privileges = String(held);
    const what = grantedText(privileges, 'database');
    const on = quoteName(String(database));
    return [`GRANT ${what} ON ${on}.* TO ${granteeText(account)}${optionText(privileges)}`];
  });
}

/** The host is left out where it is any. */
function granteeText({ user, host }: Account): string {
  return host === '%' ? quoteText(user) : `${quoteText(user)}@${quoteText(host)}`;
}

function optionText(privileges: string): string {
  return parsePrivileges(privileges).has('GRANT OPTION') ? ' WITH GRANT OPTION' : '';
}

function grantedText(privileges: string, level: GrantLevel): string {
  const held = parsePrivileges(privileges);
  held.delete('GRANT OPTION');
  if (held.size === 0) return 'USAGE';
  if (allPrivileges(level).every((name) => held.has(name))) return 'ALL PRIVILEGES';
  return privilegeRows
    .filter(({ name }) => held.has(name))
    .map((row) => ('shown' in row ? row.shown : row.name))
    .join(', ');
}

function existing(account: Account, { handle }: ExecutionContext): StoredUser {
  const row = readUser(handle, account);
  if (row === undefined) throw new ObError('OB_USER_NOT_EXIST');
  return row;
}

function accountOf(account: AccountName | undefined, { session }: PlanEnvironment): Account {
  if (account === undefined) return { user: session.user, host: session.accountHost };
  return accountNamed(account, session);
}

import { ObError } from '@sealane/errors';
import type { AccountName } from '../ast.ts';
import { privilegeColumns } from '../ddl/account-tables.ts';
import { storedName } from '../ddl/names.ts';
import type { ExecutionContext, PlanEnvironment, QueryPlan } from '../plan.ts';
import { quoteName, quoteText } from '../types/type-text.ts';
import type { SqlValue } from '../values.ts';
import { longText, ownRows, titled, varchar } from './own-rows.ts';

const users = storedName('mysql', 'user');

/** SHOW GRANTS [FOR account]. @throws 1133's kin if there is no such account */
export function showGrants(account: AccountName | undefined, environment: PlanEnvironment): QueryPlan {
  const { user, host } = accountOf(account, environment);
  const columns = [titled(`Grants for ${user}@${host}`, varchar(1024))];
  return ownRows(
    columns,
    (context) => [[globalGrant(user, host, context)], ...databaseGrants(user, host, context)],
    true,
  );
}

/** SHOW CREATE USER, in OceanBase's wording. */
export function showCreateUser(account: AccountName | undefined, environment: PlanEnvironment): QueryPlan {
  const { user, host } = accountOf(account, environment);
  return ownRows(
    [titled(`CREATE USER for ${user}@${host}`, longText)],
    (context) => [[createUserText(user, host, context)]],
    true,
  );
}

function createUserText(user: string, host: string, context: ExecutionContext): string {
  const fields =
    'password, ssl_type, ssl_cipher, x509_issuer, x509_subject, max_connections, max_user_connections';
  const row = accountRow(fields, user, host, context);
  const [password = '', type = '', cipher = '', issuer = '', subject = ''] = row.map(String);
  const [perHour, connections] = [row[5] ?? 0n, row[6] ?? 0n];
  const parts = [`create user if not exists ${quoteName(user)}@${quoteName(host)}`];
  if (password !== '') parts.push(`IDENTIFIED BY PASSWORD ${quoteText(password)}`);
  if (type === 'ANY') parts.push('REQUIRE SSL');
  else if (type === 'X509') parts.push('REQUIRE X509');
  else if (type === 'SPECIFIED') {
    const named = { CIPHER: cipher, ISSUER: issuer, SUBJECT: subject };
    const given = Object.entries(named).filter(([, value]) => value !== '');
    parts.push(`REQUIRE ${given.map(([name, value]) => `${name} ${quoteText(value)}`).join(' ')}`);
  }
  const limits = [
    ...(Number(perHour) > 0 ? [`MAX_CONNECTIONS_PER_HOUR ${perHour}`] : []),
    ...(Number(connections) > 0 ? [`MAX_USER_CONNECTIONS ${connections}`] : []),
  ];
  if (limits.length > 0) parts.push(`WITH ${limits.join(' ')}`);
  return parts.join(' ');
}

function globalGrant(user: string, host: string, context: ExecutionContext): string {
  const row = accountRow(privilegeColumns.join(', '), user, host, context);
  const granted = new Set(privilegeColumns.filter((_, at) => row[at] === 'Y'));
  const rest = privilegeColumns.filter((name) => name !== 'grant_priv');
  const option = granted.has('grant_priv') ? ' WITH GRANT OPTION' : '';
  const list = rest.filter((name) => granted.has(name)).map(privilegeName);
  const what = list.length === rest.length ? 'ALL PRIVILEGES' : list.length === 0 ? 'USAGE' : list.join(', ');
  return `GRANT ${what} ON *.* TO ${quoteText(user)}@${quoteText(host)}${option}`;
}

function databaseGrants(
  user: string,
  host: string,
  { handle }: ExecutionContext,
): readonly (readonly string[])[] {
  const names = privilegeColumns.filter((name) => databasePrivileges.has(name));
  const rows = handle.all(
    `SELECT "db", ${names.map((name) => `"${name}"`).join(', ')} FROM ${storedName('mysql', 'db')} WHERE "user" = ? AND "host" = ? ORDER BY "db"`,
    [user, host],
  );
  return rows.map(([database, ...flags]) => {
    const granted = names.filter((_, at) => flags[at] === 'Y');
    const list = granted.filter((name) => name !== 'grant_priv').map(privilegeName);
    const what =
      list.length === names.length - 1 ? 'ALL PRIVILEGES' : list.length === 0 ? 'USAGE' : list.join(', ');
    const option = granted.includes('grant_priv') ? ' WITH GRANT OPTION' : '';
    return [
      `GRANT ${what} ON ${quoteName(String(database))}.* TO ${quoteText(user)}@${quoteText(host)}${option}`,
    ];
  });
}

/** Those that mysql.db has columns for. */
const databasePrivileges: ReadonlySet<string> = new Set([
  'select_priv',
  'insert_priv',
  'update_priv',
  'delete_priv',
  'create_priv',
  'drop_priv',
  'grant_priv',
  'references_priv',
  'index_priv',
  'alter_priv',
  'create_tmp_table_priv',
  'lock_tables_priv',
  'execute_priv',
  'create_view_priv',
  'show_view_priv',
  'create_routine_priv',
  'alter_routine_priv',
  'event_priv',
  'trigger_priv',
]);

/** Where the column's name isn't the privilege's. */
const otherNames: Readonly<Record<string, string>> = {
  show_db_priv: 'SHOW DATABASES',
  create_tmp_table_priv: 'CREATE TEMPORARY TABLES',
  repl_slave_priv: 'REPLICATION SLAVE',
  repl_client_priv: 'REPLICATION CLIENT',
};

function privilegeName(column: string): string {
  return (
    otherNames[column] ??
    column
      .replace(/_priv$/, '')
      .replaceAll('_', ' ')
      .toUpperCase()
  );
}

function accountRow(
  fields: string,
  user: string,
  host: string,
  { handle }: ExecutionContext,
): readonly SqlValue[] {
  const [row] = handle.all(`SELECT ${fields} FROM ${users} WHERE "user" = ? AND "host" = ?`, [user, host]);
  if (row === undefined) throw new ObError('OB_USER_NOT_EXIST');
  return row;
}

function accountOf(
  account: AccountName | undefined,
  { session }: PlanEnvironment,
): { user: string; host: string } {
  if (account === undefined || account.current) return { user: session.user, host: session.accountHost };
  return { user: account.user, host: account.host ?? '%' };
}

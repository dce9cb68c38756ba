import type { StoredStatement } from '../plan.ts';
import type { SqlValue } from '../values.ts';
import { allPrivileges, privilegesText } from './privilege-list.ts';

/**
 * Accounts, roles and grants as each tenant's file keeps them. They aren't in the catalog: what users see under these
 * names are the tables of `account-views.ts`, with OceanBase's columns.
 *
 * Names are written with `main.`, since a statement that reads such a view has a temporary table of the same name.
 */
export const accountTables = {
  users: 'main."mysql.user"',
  databases: 'main."mysql.db"',
  tables: 'main."mysql.tables_priv"',
  columns: 'main."mysql.columns_priv"',
  roles: 'main."mysql.role_edges"',
  defaultRoles: 'main."mysql.default_roles"',
} as const;

/**
 * Columns of `mysql.user`:
 *
 *  host, user             '%' for any host; the account's key
 *  plugin                 mysql_native_password | caching_sha2_password
 *  authentication_string  native: `*` and 40 hexadecimal digits; sha2: `$A$005$`, salt and hash; '' for no password
 *  privileges             global ones, see `privilegesText`
 *  ssl_type               '' where nothing was said | NONE | ANY | X509 | SPECIFIED
 *  max_…                  0 for no limit
 *  password_expired       Y | N
 *  password_last_changed  seconds since 1970
 *  password_lifetime      days; 0 for ever; NULL: what default_password_lifetime says
 *  account_locked         Y | N
 *  is_role                Y for what CREATE ROLE made: nobody logs in with it
 *
 * The other tables have a row for each object with grants; a row without privileges isn't kept. Database names there may
 * be patterns with % and _. In `role_edges` and `default_roles` user and host are those who have the role.
 */
const schemas: Readonly<Record<keyof typeof accountTables, string>> = {
  users:
    'host TEXT NOT NULL, user TEXT NOT NULL, plugin TEXT NOT NULL, authentication_string TEXT NOT NULL, ' +
    'privileges TEXT NOT NULL, ssl_type TEXT NOT NULL, ssl_cipher TEXT NOT NULL, x509_issuer TEXT NOT NULL, ' +
    'x509_subject TEXT NOT NULL, max_connections INTEGER NOT NULL, max_user_connections INTEGER NOT NULL, password_expired TEXT NOT NULL, ' +
    'password_last_changed INTEGER NOT NULL, password_lifetime INTEGER, account_locked TEXT NOT NULL, ' +
    'is_role TEXT NOT NULL, PRIMARY KEY (user, host)',
  databases:
    'host TEXT NOT NULL, user TEXT NOT NULL, db TEXT NOT NULL, privileges TEXT NOT NULL, PRIMARY KEY (user, host, db)',
  tables:
    'host TEXT NOT NULL, user TEXT NOT NULL, db TEXT NOT NULL, table_name TEXT NOT NULL, privileges TEXT NOT NULL, ' +
    'grantor TEXT NOT NULL, PRIMARY KEY (user, host, db, table_name)',
  columns:
    'host TEXT NOT NULL, user TEXT NOT NULL, db TEXT NOT NULL, table_name TEXT NOT NULL, column_name TEXT NOT NULL, ' +
    'privileges TEXT NOT NULL, PRIMARY KEY (user, host, db, table_name, column_name)',
  roles:
    'role_host TEXT NOT NULL, role_user TEXT NOT NULL, host TEXT NOT NULL, user TEXT NOT NULL, ' +
    'admin_option TEXT NOT NULL, PRIMARY KEY (user, host, role_user, role_host)',
  defaultRoles:
    'host TEXT NOT NULL, user TEXT NOT NULL, role_host TEXT NOT NULL, role_user TEXT NOT NULL, ' +
    'PRIMARY KEY (user, host, role_user, role_host)',
};

/** A row of `mysql.user`. */
export interface StoredUser {
  readonly host: string;
  readonly user: string;
  readonly plugin: string;
  readonly authentication_string: string;
  readonly privileges: string;
  readonly ssl_type: string;
  readonly ssl_cipher: string;
  readonly x509_issuer: string;
  readonly x509_subject: string;
  readonly max_connections: bigint;
  readonly max_user_connections: bigint;
  readonly password_expired: 'Y' | 'N';
  readonly password_last_changed: bigint;
  readonly password_lifetime: bigint | null;
  readonly account_locked: 'Y' | 'N';
  readonly is_role: 'Y' | 'N';
}

/** A user of whom nothing was said but the name: no password, no privilege. */
export const plainUser: StoredUser = {
  host: '%',
  user: '',
  plugin: 'mysql_native_password',
  authentication_string: '',
  privileges: '',
  ssl_type: '',
  ssl_cipher: '',
  x509_issuer: '',
  x509_subject: '',
  max_connections: 0n,
  max_user_connections: 0n,
  password_expired: 'N',
  password_last_changed: 0n,
  password_lifetime: null,
  account_locked: 'N',
  is_role: 'N',
};

/** root@'%', who may do everything and has no password. */
const rootUser: StoredUser = {
  ...plainUser,
  user: 'root',
  privileges: privilegesText([...allPrivileges('global'), 'GRANT OPTION']),
};

/** The tables, and root. */
export function accountStatements(): readonly StoredStatement[] {
  const tables = Object.entries(schemas).map(([name, columns]): StoredStatement => {
    const table = accountTables[name as keyof typeof accountTables];
    return { sql: `CREATE TABLE ${table} (${columns})`, binds: [] };
  });
  return [...tables, insertUser(rootUser)];
}

export function insertUser(user: StoredUser): StoredStatement {
  const fields: readonly (readonly [string, SqlValue])[] = Object.entries(user);
  const names = fields.map(([name]) => name).join(', ');
  const marks = fields.map(() => '?').join(', ');
  return {
    sql: `INSERT INTO ${accountTables.users} (${names}) VALUES (${marks})`,
    binds: fields.map(([, value]) => value),
  };
}

import { columnList } from '../information-schema/column-list.ts';
import type { CellValue, SqlHandle } from '../values.ts';
import type { VirtualRows, VirtualTableDefinition } from '../virtual-table.ts';
import { type PrivilegeName, parsePrivileges } from './privilege-list.ts';
import { readUsers } from './read-users.ts';
import type { StoredUser } from './stored-tables.ts';

/** `PRIV_…` columns of DBA_OB_USERS, between which others stand. */
const early = `ALTER CREATE DELETE DROP GRANT_OPTION INSERT UPDATE SELECT INDEX CREATE_VIEW SHOW_VIEW SHOW_DB CREATE_USER SUPER`;
const middle = 'PROCESS CREATE_SYNONYM';
const late = `FILE ALTER_TENANT ALTER_SYSTEM CREATE_RESOURCE_POOL CREATE_RESOURCE_UNIT`;
const last = 'REPL_SLAVE REPL_CLIENT DROP_DATABASE_LINK CREATE_DATABASE_LINK';

const names = (list: string): readonly string[] => list.split(' ');
const flagColumns = (list: string): string =>
  names(list)
    .map((name) => `PRIV_${name}:v3`)
    .join(' ');

const columns =
  `USER_NAME:v128 HOST:v128 PASSWD:v128 INFO:v4096 ${flagColumns(early)} IS_LOCKED:v3 ${flagColumns(middle)} SSL_TYPE:i ` +
  'SSL_CIPHER:v1024 X509_ISSUER:v1024 X509_SUBJECT:v1024 TYPE:v10 PROFILE_ID:i PASSWORD_LAST_CHANGED:d? ' +
  `${flagColumns(late)} MAX_CONNECTIONS:i MAX_USER_CONNECTIONS:i ${flagColumns(last)}`;

/** Columns of oceanbase.DBA_OB_USERS. CDB_OB_USERS has the tenant's id before them. */
export const userListColumns: VirtualTableDefinition['columns'] = columnList(columns);

/** Rows of DBA_OB_USERS of one tenant. PASSWD says only whether there is a password. */
export function userListRows(handle: SqlHandle): VirtualRows {
  return readUsers(handle).map((user) => {
    const held = parsePrivileges(user.privileges);
    return [
      ...[user.user, user.host, user.authentication_string === '' ? '' : '***', ''],
      ...flagCells(early, held),
      user.account_locked === 'Y' ? 'YES' : 'NO',
      ...flagCells(middle, held),
      BigInt(sslTypes.indexOf(user.ssl_type)),
      ...[user.ssl_cipher, user.x509_issuer, user.x509_subject],
      ...[user.is_role === 'Y' ? 'ROLE' : 'USER', -1n, changedAt(user)],
      ...flagCells(late, held),
      ...[user.max_connections, user.max_user_connections],
      ...flagCells(last, held),
    ];
  });
}

/** By OceanBase's numbers: not specified, NONE, SSL, X509, specified. */
const sslTypes = ['', 'NONE', 'ANY', 'X509', 'SPECIFIED'];

const otherNames: Readonly<Record<string, PrivilegeName>> = {
  SHOW_DB: 'SHOW DATABASES',
  REPL_SLAVE: 'REPLICATION SLAVE',
  REPL_CLIENT: 'REPLICATION CLIENT',
};

function flagCells(list: string, held: ReadonlySet<string>): readonly CellValue[] {
  return names(list).map((name) => (held.has(otherNames[name] ?? name.replaceAll('_', ' ')) ? 'YES' : 'NO'));
}

/** In UTC. */
function changedAt({ password_last_changed: seconds }: StoredUser): string | null {
  if (seconds === 0n) return null;
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

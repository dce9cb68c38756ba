import type { SqlHandle } from '../values.ts';
import type { Account } from './account-name.ts';
import { accountTables, plainUser, type StoredUser } from './stored-tables.ts';

const fields = Object.keys(plainUser) as (keyof StoredUser)[];
const query = `SELECT ${fields.join(', ')} FROM ${accountTables.users}`;

/** @returns undefined if there is no such account */
export function readUser(handle: SqlHandle, { user, host }: Account): StoredUser | undefined {
  const [row] = handle.all(`${query} WHERE user = ? AND host = ?`, [user, host]);
  return row === undefined ? undefined : userOf(row);
}

/** All accounts and roles, by user and host. */
export function readUsers(handle: SqlHandle): readonly StoredUser[] {
  return handle.all(`${query} ORDER BY user, host`).map(userOf);
}

/** Columns that a file of an earlier version lacks; none where there is no catalog yet. */
export function missingUserColumns(handle: SqlHandle): readonly string[] {
  const isNew = handle.all(`SELECT 1 FROM main.sqlite_schema WHERE name = '__catalog'`).length === 0;
  if (isNew) return [];
  const there = new Set(handle.all(`SELECT name FROM pragma_table_info('mysql.user')`).map(([name]) => name));
  return fields.filter((field) => !there.has(field));
}

function userOf(row: readonly unknown[]): StoredUser {
  return Object.fromEntries(fields.map((field, at) => [field, row[at]])) as unknown as StoredUser;
}

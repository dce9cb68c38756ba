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

function userOf(row: readonly unknown[]): StoredUser {
  return Object.fromEntries(fields.map((field, at) => [field, row[at]])) as unknown as StoredUser;
}

import type { StoredStatement } from '../plan.ts';
import type { SqlValue } from '../values.ts';
import type { Account } from './account-name.ts';
import { accountTables, type StoredUser } from './stored-tables.ts';

/** @returns nothing where no field changes */
export function updateUser({ user, host }: Account, fields: Partial<StoredUser>): readonly StoredStatement[] {
  const entries: readonly (readonly [string, SqlValue])[] = Object.entries(fields);
  if (entries.length === 0) return [];
  const assignments = entries.map(([name]) => `${name} = ?`).join(', ');
  const binds = [...entries.map(([, value]) => value), user, host];
  return [{ sql: `UPDATE ${accountTables.users} SET ${assignments} WHERE user = ? AND host = ?`, binds }];
}

import { createHmac } from 'node:crypto';
import { cachingSha2Plugin, nativePasswordPlugin } from '@sealane/mysql-protocol';
import type { SqlHandle } from '@sealane/sql';
import type { AccountRow } from './account-row.ts';

/**
 * The account of somebody who has none: nobody gets in with it, and trying looks like any wrong password. Its plugin is
 * that of one of the tenant's accounts, so that decoys are as mixed as accounts are; which one is drawn from the name and
 * from what only the cluster knows (root's hash), the same on every node and each time.
 */
export function decoyAccount(handle: SqlHandle, user: string): Decoy {
  const [row] = handle.all(countQuery);
  const count = Number(row?.[0] ?? 0);
  const drawn = createHmac('sha256', String(row?.[1] ?? ''))
    .update(user)
    .digest();
  const index = count === 0 ? 0 : drawn.readUInt32LE() % count;
  const [plugin, model] = handle.all(pluginQuery, [index])[0] ?? [];
  const account = plugin === cachingSha2Plugin ? sha2Decoy(user, drawn) : nativeDecoy(user, drawn);
  return { account, model: String(model ?? '') };
}

export interface Decoy {
  readonly account: AccountRow;
  /** The user whose plugin it has. */
  readonly model: string;
}

const countQuery = `SELECT count(*), max(CASE WHEN user = 'root' THEN authentication_string END)
  FROM main."mysql.user" WHERE is_role = 'N'`;
const pluginQuery = `SELECT plugin, user FROM main."mysql.user" WHERE is_role = 'N' ORDER BY user, host LIMIT 1 OFFSET ?`;

/** What is kept of a password that nobody has, to compare with where an account has none. */
export function keptByNobody(plugin: string, drawn: Uint8Array = new Uint8Array(32)): string {
  const letters = Buffer.from(drawn).toString('hex');
  if (plugin === nativePasswordPlugin) return `*${letters.slice(0, 40).toUpperCase()}`;
  return `$A$005$${letters.slice(0, 20)}${letters.slice(20, 63)}`;
}

function sha2Decoy(user: string, drawn: Uint8Array): AccountRow {
  return { ...nobody, user, plugin: cachingSha2Plugin, kept: keptByNobody(cachingSha2Plugin, drawn) };
}

function nativeDecoy(user: string, drawn: Uint8Array): AccountRow {
  return { ...nobody, user, kept: keptByNobody(nativePasswordPlugin, drawn) };
}

const nobody: AccountRow = {
  host: '%',
  user: '',
  plugin: nativePasswordPlugin,
  kept: '',
  locked: false,
  requirement: { kind: 'none' },
  superUser: false,
  expired: false,
  passwordChangedAt: 0,
  passwordLifetime: undefined,
  connectionsPerHourMax: 0,
  userConnectionsMax: 0,
};

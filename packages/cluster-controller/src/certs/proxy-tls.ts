import { TLS_SQL, tlsRow } from '../observe.ts';
import type { SqlAccess } from '../sql-access.ts';
import type { TargetProxy } from '../targets/target.ts';
import type { ProxyTls } from './rotation-view.ts';

/** Asks each proxy what its TLS is made of. One that doesn't answer is there with the reason. */
export async function readProxyTls(
  proxies: readonly TargetProxy[],
  sql: Pick<SqlAccess, 'query' | 'forget'>,
): Promise<readonly ProxyTls[]> {
  return Promise.all(proxies.map(({ name }) => ask(name, sql)));
}

async function ask(name: string, sql: Pick<SqlAccess, 'query' | 'forget'>): Promise<ProxyTls> {
  try {
    const [row] = await sql.query(name, TLS_SQL);
    return { name, tls: row === undefined ? undefined : tlsRow(row), silent: undefined };
  } catch (error) {
    sql.forget(name);
    return { name, tls: undefined, silent: error instanceof Error ? error.message : String(error) };
  }
}

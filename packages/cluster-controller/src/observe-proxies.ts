import type { ProxyAnswer, ProxyView } from './cluster-view.ts';
import { linkRow } from './read-links.ts';
import type { SqlAccess } from './sql-access.ts';
import type { Target, TargetProxy } from './targets/target.ts';
import { withinDeadline } from './within-deadline.ts';

const CONFIG_SQL = "SHOW PROXYCONFIG LIKE 'enable%ssl'";
/** The columns of NODE_LINKS_SQL; a proxy's SQL has no functions, so that the times come as texts. */
const LINKS_SQL = `SELECT LINK_ID, KIND, DIRECTION, PEER_ADDR, PEER_SVR_IP, PEER_SVR_PORT, MODE, PROTOCOL, CIPHER, CONFIG_EPOCH,
  OPENED_AT, CLEAR_BYTES_IN, CLEAR_BYTES_OUT, ENCRYPTED_BYTES_IN, ENCRYPTED_BYTES_OUT, LOCAL_CERT_SHA256, LOCAL_CERT_EXPIRED_TIME,
  PEER_CERT_SHA256, PEER_CERT_EXPIRED_TIME, PEER_IDENTITY FROM oceanbase.GV$OB_LINKS WHERE CLOSED_AT IS NULL`;
const EXPIRY_COLUMNS: readonly number[] = [16, 18];

/** Asks every proxy's administrator, all at once; a proxy that doesn't answer is in the view with the reason. */
/** @param ledgers  whether they keep one: OceanBase's don't */
export function observeProxies(
  target: Target,
  sql: SqlAccess,
  ledgers = true,
): Promise<readonly ProxyView[]> {
  return Promise.all(target.proxies.map((proxy) => observeProxy(target, sql, proxy, ledgers)));
}

async function observeProxy(
  target: Target,
  sql: SqlAccess,
  proxy: TargetProxy,
  ledgers: boolean,
): Promise<ProxyView> {
  const { name, reach, identity } = proxy;
  const process = await target.processOf(name);
  const known = { name, ...reach, identity, process };
  if (!process.running) return { ...known, answer: undefined, unreachable: 'its process is not running' };
  try {
    return { ...known, answer: await withinDeadline(ask(sql, name, ledgers), name), unreachable: undefined };
  } catch (error) {
    sql.forget(name);
    const unreachable = error instanceof Error ? error.message : String(error);
    return { ...known, answer: undefined, unreachable };
  }
}

async function ask(sql: SqlAccess, name: string, ledgers: boolean): Promise<ProxyAnswer> {
  const config = new Map(
    (await sql.query(name, CONFIG_SQL)).map(([parameter, value]) => [parameter, value ?? '']),
  );
  const links = ledgers ? await sql.query(name, LINKS_SQL) : [];
  return {
    config: {
      enable_client_ssl: config.get('enable_client_ssl') ?? '',
      enable_server_ssl: config.get('enable_server_ssl') ?? '',
    },
    links: links.map((row) => linkRow(row.map(inSeconds))),
  };
}

/** `YYYY-MM-DD hh:mm:ss`, in UTC, as UNIX_TIMESTAMP gives it; other columns as they are. */
function inSeconds(value: string | null, column: number): string | null {
  if (value === null || !EXPIRY_COLUMNS.includes(column)) return value;
  return String(Date.parse(`${value.replace(' ', 'T')}Z`) / 1000);
}

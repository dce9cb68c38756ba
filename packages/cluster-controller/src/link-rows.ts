import { type ClusterView, nodeLabel } from './cluster-view.ts';
import type { SqlRow } from './dialer.ts';
import type { SqlAccess } from './sql-access.ts';
import type { TargetProxy } from './targets/target.ts';

/** The columns of GV$OB_LINKS, in its order. Source: docs/operations/read-the-status-views.md */
export const LINK_COLUMNS = [
  'SVR_IP',
  'SVR_PORT',
  'LINK_ID',
  'KIND',
  'DIRECTION',
  'LOCAL_ADDR',
  'PEER_ADDR',
  'PEER_SVR_IP',
  'PEER_SVR_PORT',
  'LOCAL_IDENTITY',
  'PEER_IDENTITY',
  'OPENED_AT',
  'CONFIG_EPOCH',
  'MODE',
  'MODE_REASON',
  'PROTOCOL',
  'CIPHER',
  'KEY_EXCHANGE',
  'LOCAL_CERT_SHA256',
  'LOCAL_CERT_EXPIRED_TIME',
  'PEER_CERT_SHA256',
  'PEER_CERT_EXPIRED_TIME',
  'VERIFY_RESULT',
  'NEGOTIATION_BYTES_IN',
  'NEGOTIATION_BYTES_OUT',
  'CLEAR_BYTES_IN',
  'CLEAR_BYTES_OUT',
  'ENCRYPTED_BYTES_IN',
  'ENCRYPTED_BYTES_OUT',
  'LAST_CLEAR_AT',
  'CLOSED_AT',
  'CLOSE_REASON',
] as const;
export type LinkColumn = (typeof LINK_COLUMNS)[number];

/** Totals of a ledger, with those of links that it no longer lists. */
export const SUMMARY_COLUMNS = [
  'KIND',
  'SINCE',
  'LIVE_LINKS',
  'CLOSED_LINKS',
  'FORGOTTEN_LINKS',
  'CLEAR_BYTES_IN',
  'CLEAR_BYTES_OUT',
  'ENCRYPTED_BYTES_IN',
  'ENCRYPTED_BYTES_OUT',
  'LAST_CLEAR_AT',
  'FORGOTTEN_LAST_CLEAR_AT',
] as const;

/** One program's ledger as it stood: live links and those that are closed and not forgotten yet. */
export interface LedgerDump {
  /** Name and address. */
  readonly node: string;
  /** Why it could not be read; the rows are empty then. */
  readonly unreachable: string | null;
  /** In which the view shows times; null where it can't be known. */
  readonly time_zone: string | null;
  /** In the order of LINK_COLUMNS; times as the view shows them. */
  readonly links: readonly SqlRow[];
  /** In the order of SUMMARY_COLUMNS; none for programs that keep no totals. */
  readonly summary: readonly SqlRow[];
}

export interface LedgerDumps {
  /** ISO 8601. */
  readonly read_at: string;
  readonly link_columns: readonly string[];
  readonly summary_columns: readonly string[];
  readonly ledgers: readonly LedgerDump[];
}

const LINKS_SQL = `SELECT ${LINK_COLUMNS.join(', ')} FROM oceanbase.V$OB_LINKS ORDER BY LINK_ID`;
const PROXY_LINKS_SQL = `SELECT ${LINK_COLUMNS.join(', ')} FROM oceanbase.GV$OB_LINKS ORDER BY LINK_ID`;
const SUMMARY_SQL = `SELECT ${SUMMARY_COLUMNS.join(', ')} FROM oceanbase.V$OB_LINK_SUMMARY`;

/** Every node's and proxy's own ledger, whole, asked of the program itself. */
export async function readLinkRows(
  view: ClusterView,
  sql: SqlAccess,
  proxies: readonly TargetProxy[],
): Promise<LedgerDumps> {
  const ledgers = await Promise.all([
    ...view.nodes.map((node) => {
      const { answer, unreachable } = node;
      return dump(nodeLabel(node), async () => {
        if (answer === undefined) throw new Error(unreachable ?? 'no answer');
        const links = await sql.query(node.server, LINKS_SQL);
        const summary = await sql.query(node.server, SUMMARY_SQL);
        const zone = await sql.query(node.server, 'SELECT @@session.time_zone');
        return { time_zone: zone[0]?.[0] ?? null, links, summary };
      });
    }),
    ...proxies.map((proxy) =>
      dump(proxyLabel(proxy), async () => ({
        time_zone: null,
        links: await sql.query(proxy.name, PROXY_LINKS_SQL),
        summary: [],
      })),
    ),
  ]);
  return {
    read_at: new Date().toISOString(),
    link_columns: LINK_COLUMNS,
    summary_columns: SUMMARY_COLUMNS,
    ledgers,
  };
}

/** For people: a proxy's name and where it is reached. */
export function proxyLabel({ name, reach }: TargetProxy): string {
  return `${name} ${reach.host}:${reach.port}`;
}

async function dump(
  node: string,
  read: () => Promise<Omit<LedgerDump, 'node' | 'unreachable'>>,
): Promise<LedgerDump> {
  try {
    return { node, unreachable: null, ...(await read()) };
  } catch (error) {
    const unreachable = error instanceof Error ? error.message : String(error);
    return { node, unreachable, time_zone: null, links: [], summary: [] };
  }
}

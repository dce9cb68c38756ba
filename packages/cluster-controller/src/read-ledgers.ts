import type { ClearLink, LedgerSummary, NodeLedger } from './clear-text.ts';
import type { ClusterView } from './cluster-view.ts';
import { nodeLabel } from './cluster-view.ts';
import type { SqlRow } from './dialer.ts';
import type { SqlAccess } from './sql-access.ts';

const LINKS_SQL = `SELECT LINK_ID, KIND, DIRECTION, PEER_ADDR, PEER_SVR_IP, PEER_SVR_PORT, MODE, MODE_REASON,
  CLEAR_BYTES_IN, CLEAR_BYTES_OUT, UNIX_TIMESTAMP(LAST_CLEAR_AT), UNIX_TIMESTAMP(CLOSED_AT)
  FROM oceanbase.V$OB_LINKS WHERE LAST_CLEAR_AT IS NOT NULL`;
const SUMMARY_SQL = `SELECT KIND, UNIX_TIMESTAMP(SINCE), LIVE_LINKS, CLOSED_LINKS, FORGOTTEN_LINKS,
  UNIX_TIMESTAMP(FORGOTTEN_LAST_CLEAR_AT) FROM oceanbase.V$OB_LINK_SUMMARY`;

/** Every node's own ledger, asked of the node itself: the others' word does not count. */
export async function readLedgers(view: ClusterView, sql: SqlAccess): Promise<readonly NodeLedger[]> {
  return Promise.all(
    view.nodes.map(async (node): Promise<NodeLedger> => {
      const label = nodeLabel(node);
      if (node.answer === undefined) return { node: label, unreachable: node.unreachable ?? 'no answer' };
      try {
        const links = await sql.query(node.server, LINKS_SQL);
        const summary = await sql.query(node.server, SUMMARY_SQL);
        return { node: label, links: links.map(clearLink), summary: summary.map(ledgerSummary) };
      } catch (error) {
        return { node: label, unreachable: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

function clearLink(row: SqlRow): ClearLink {
  const [linkId, kind, direction, peerAddress, peerIp, peerPort, mode, modeReason, bytesIn, bytesOut] = row;
  return {
    linkId: linkId ?? '',
    kind: kind ?? '',
    direction: direction === 'OUT' ? 'OUT' : 'IN',
    peerAddress: peerAddress ?? '',
    peerServer: peerIp == null || peerPort == null ? undefined : `${peerIp}:${peerPort}`,
    mode: mode ?? '',
    modeReason: modeReason ?? null,
    clearBytesIn: Number(bytesIn),
    clearBytesOut: Number(bytesOut),
    lastClearAt: milliseconds(row[10]) ?? Infinity,
    closedAt: milliseconds(row[11]),
  };
}

function ledgerSummary([kind, since, live, closed, forgotten, lastClear]: SqlRow): LedgerSummary {
  return {
    kind: kind ?? '',
    since: milliseconds(since) ?? Infinity,
    liveLinks: Number(live),
    closedLinks: Number(closed),
    forgottenLinks: Number(forgotten),
    forgottenLastClearAt: milliseconds(lastClear),
  };
}

function milliseconds(seconds: string | null | undefined): number | undefined {
  return seconds == null ? undefined : Number(seconds) * 1000;
}

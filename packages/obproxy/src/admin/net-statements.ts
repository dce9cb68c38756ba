import type { LinkLedger } from '@sealane/transport-security';
import { type AdminAnswer, type AdminRow, columnsOf } from './admin-table.ts';

const columns = columnsOf(
  'thread_id bigint, connect_id bigint, direction varchar(3), src varchar(64), dst varchar(64), mode varchar(16), protocol varchar(16)?, alive_seconds bigint, bytes_in bigint, bytes_out bigint',
);

/** SHOW PROXYNET CONNECTION: the live links of both sides. @param now  milliseconds since 1970 */
export function showConnections(ledger: LinkLedger, now = Date.now()): AdminAnswer {
  const live = ledger.list().filter(({ closedAt }) => closedAt === undefined);
  const rows = live.map((link): AdminRow => {
    const isIn = link.direction === 'IN';
    const [from, to] = isIn ? [link.peerAddress, link.localAddress] : [link.localAddress, link.peerAddress];
    return [
      ...[process.pid, link.linkId, link.direction, from, to, link.mode, link.secure?.protocol ?? null],
      Math.round((now - link.openedAt) / 1_000),
      link.negotiationBytesIn + link.clearBytesIn + link.encryptedBytesIn,
      link.negotiationBytesOut + link.clearBytesOut + link.encryptedBytesOut,
    ];
  });
  return { kind: 'rows', columns, rows };
}

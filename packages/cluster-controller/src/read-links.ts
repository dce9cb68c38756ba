import type { LinkCertificate, LinkMode, LinkRow } from './cluster-view.ts';
import type { SqlRow } from './dialer.ts';

const COLUMNS = `LINK_ID, KIND, DIRECTION, PEER_ADDR, PEER_SVR_IP, PEER_SVR_PORT, MODE, PROTOCOL, CIPHER,
  CONFIG_EPOCH, OPENED_AT, CLEAR_BYTES_IN, CLEAR_BYTES_OUT, ENCRYPTED_BYTES_IN, ENCRYPTED_BYTES_OUT,
  LOCAL_CERT_SHA256, UNIX_TIMESTAMP(LOCAL_CERT_EXPIRED_TIME), PEER_CERT_SHA256, UNIX_TIMESTAMP(PEER_CERT_EXPIRED_TIME),
  PEER_IDENTITY`;
/** A node's own live links. */
export const NODE_LINKS_SQL = `SELECT ${COLUMNS} FROM oceanbase.V$OB_LINKS WHERE CLOSED_AT IS NULL`;

/** A row of NODE_LINKS_SQL. */
export function linkRow(row: SqlRow): LinkRow {
  const [linkId, kind, direction, peerAddress, peerIp, peerPort, mode, protocol, cipher, epoch, openedAt] =
    row;
  const [clearIn, clearOut, encryptedIn, encryptedOut] = row.slice(11, 15).map(Number);
  const [localSha, localExpiry, peerSha, peerExpiry, peerIdentity] = row.slice(15);
  return {
    linkId: linkId ?? '',
    kind: kind ?? '',
    direction: direction === 'OUT' ? 'OUT' : 'IN',
    peerAddress: peerAddress ?? '',
    peerServer: peerIp == null || peerPort == null ? undefined : `${peerIp}:${peerPort}`,
    mode: linkMode(mode),
    protocol: protocol ?? null,
    cipher: cipher ?? null,
    epoch: Number(epoch),
    openedAt: openedAt ?? '',
    clearBytesIn: clearIn ?? 0,
    clearBytesOut: clearOut ?? 0,
    encryptedBytesIn: encryptedIn ?? 0,
    encryptedBytesOut: encryptedOut ?? 0,
    localCertificate: linkCertificate(localSha, localExpiry),
    peerCertificate: linkCertificate(peerSha, peerExpiry),
    peerIdentity: peerIdentity ?? null,
  };
}

function linkCertificate(
  sha256: string | null | undefined,
  expiry: string | null | undefined,
): LinkCertificate | undefined {
  if (sha256 == null || expiry == null) return undefined;
  return { sha256: sha256.replaceAll(':', '').toLowerCase(), expiresAt: new Date(Number(expiry) * 1000) };
}

/** A mode this program doesn't know is never taken for an encrypted one. */
function linkMode(text: string | null | undefined): LinkMode {
  return text === 'ENCRYPTED' || text === 'AUTHENTICATED' ? text : 'PLAIN';
}

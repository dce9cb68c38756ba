/** Cells of a ledger's view after SVR_IP and SVR_PORT. */
export type LedgerRow = readonly (string | number | null)[];

/** Columns of GV$OB_LINKS and V$OB_LINKS, as their documentation writes them; `?` stands for "may be NULL". */
export const linkColumns = `SVR_IP varchar(46), SVR_PORT bigint, LINK_ID bigint, KIND varchar(16), DIRECTION varchar(3), LOCAL_ADDR varchar(64),
    PEER_ADDR varchar(64), PEER_SVR_IP varchar(46)?, PEER_SVR_PORT bigint?, LOCAL_IDENTITY varchar(1024)?, PEER_IDENTITY varchar(1024)?, OPENED_AT timestamp(6),
    CONFIG_EPOCH bigint, MODE varchar(16), MODE_REASON varchar(1024)?, PROTOCOL varchar(16)?, CIPHER varchar(64)?, KEY_EXCHANGE varchar(64)?,
    LOCAL_CERT_SHA256 varchar(95)?, LOCAL_CERT_EXPIRED_TIME timestamp(6)?, PEER_CERT_SHA256 varchar(95)?,
    PEER_CERT_EXPIRED_TIME timestamp(6)?, VERIFY_RESULT varchar(64)?, NEGOTIATION_BYTES_IN bigint, NEGOTIATION_BYTES_OUT bigint, CLEAR_BYTES_IN bigint, CLEAR_BYTES_OUT bigint,
    ENCRYPTED_BYTES_IN bigint, ENCRYPTED_BYTES_OUT bigint, LAST_CLEAR_AT timestamp(6)?, CLOSED_AT timestamp(6)?, CLOSE_REASON varchar(256)?`;

/** Columns of GV$OB_LINK_SUMMARY and V$OB_LINK_SUMMARY. */
export const linkSummaryColumns = `SVR_IP varchar(46), SVR_PORT bigint, KIND varchar(16), SINCE timestamp(6), LIVE_LINKS bigint, CLOSED_LINKS bigint,
    FORGOTTEN_LINKS bigint, NEGOTIATION_BYTES_IN bigint, NEGOTIATION_BYTES_OUT bigint, CLEAR_BYTES_IN bigint, CLEAR_BYTES_OUT bigint,
    ENCRYPTED_BYTES_IN bigint, ENCRYPTED_BYTES_OUT bigint, LAST_CLEAR_AT timestamp(6)?, FORGOTTEN_LAST_CLEAR_AT timestamp(6)?`;

/** In order, SVR_IP and SVR_PORT first. */
export const linkColumnNames: readonly string[] = linkColumns
  .split(/,(?![^(]*\))/)
  .map((column) => column.trim().split(' ')[0] ?? '');

/** @param ms  milliseconds since 1970 */
export function timestampText(ms: number | undefined): string | null {
  if (ms === undefined) return null;
  return `${new Date(Math.round(ms)).toISOString().slice(0, 23).replace('T', ' ')}000`;
}

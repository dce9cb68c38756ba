import type { VirtualRows } from '@sealane/sql';
import { SESSION_TIMEOUT_S, type TlsStatus } from '@sealane/transport-security';
import type { ProcessList } from '../mysql-front/index.ts';
import type { SqlTls } from '../sql-encryption.ts';

export interface StatusSources {
  readonly processes: ProcessList;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly tls: Pick<SqlTls, 'status' | 'counts'>;
}

/** Rows of SHOW STATUS: OceanBase's two, and MySQL's on TLS. As in MySQL, those of the own connection are in SHOW GLOBAL STATUS, too. */
export function statusRows(
  connectionId: number,
  { processes, startedAtMs, tls }: StatusSources,
): VirtualRows {
  const own = processes.rows().find((row) => row.connectionId === connectionId)?.tls;
  return Object.entries({
    ...ofConnection(own, tls.status),
    ...ofServer(tls),
    Threads_connected: processes.size,
    Uptime: Math.round((Date.now() - startedAtMs) / 1000),
  }).map(([name, value]) => [name, String(value)]);
}

/** Empty, or 0, on a connection in clear. */
function ofConnection(
  own: { readonly cipher: string; readonly protocol: string } | undefined,
  { loaded }: TlsStatus,
): Record<string, string | number> {
  const encrypted = own !== undefined;
  return {
    Ssl_cipher: own?.cipher ?? '',
    Ssl_cipher_list: encrypted ? (loaded?.sqlOptions.ciphers ?? '') : '',
    Ssl_default_timeout: encrypted ? SESSION_TIMEOUT_S : 0,
    Ssl_verify_depth: encrypted ? opensslVerifyDepth : 0,
    Ssl_verify_mode: encrypted ? verifyPeer : 0,
    Ssl_version: own?.protocol ?? '',
  };
}

function ofServer({ status, counts }: StatusSources['tls']): Record<string, string | number> {
  const { loaded } = status;
  return {
    Ssl_accept_renegotiates: 0,
    Ssl_accepts: counts.accepts,
    Ssl_callback_cache_hits: 0,
    Ssl_client_connects: 0,
    Ssl_connect_renegotiates: 0,
    Ssl_ctx_verify_depth: loaded === undefined ? 0 : opensslVerifyDepth,
    Ssl_ctx_verify_mode: loaded === undefined ? 0 : verifyPeer,
    Ssl_finished_accepts: counts.finishedAccepts,
    Ssl_finished_connects: 0,
    Ssl_server_not_after: opensslTime(loaded?.certificate.expiresAt),
    Ssl_server_not_before: opensslTime(loaded?.certificate.validFrom),
    // Clients keep their sessions themselves, in tickets: the server has no cache of them.
    Ssl_session_cache_hits: counts.resumed,
    Ssl_session_cache_misses: 0,
    Ssl_session_cache_mode: 'OFF',
    Ssl_session_cache_overflows: 0,
    Ssl_session_cache_size: 0,
    Ssl_session_cache_timeout: loaded === undefined ? 0 : SESSION_TIMEOUT_S,
    Ssl_session_cache_timeouts: 0,
    Ssl_sessions_reused: counts.resumed,
    Ssl_used_session_cache_entries: 0,
  };
}

/** SSL_VERIFY_PEER: a certificate is asked for, and may be missing. */
const verifyPeer = 1;
/** What OpenSSL takes where nobody says. */
const opensslVerifyDepth = 100;

/** `Nov 24 15:05:52 2027 GMT`, as OpenSSL writes a time. */
function opensslTime(date: Date | undefined): string {
  if (date === undefined) return '';
  const [, day = '', month = '', year = '', time = ''] =
    /, (\d+) (\w+) (\d+) (\S+) GMT/.exec(date.toUTCString()) ?? [];
  return `${month} ${String(Number(day)).padStart(2)} ${time} ${year} GMT`;
}

import type { VirtualRows } from '@sealane/sql';
import type { ProcessList } from '../mysql-front/index.ts';

/** Rows of SHOW STATUS: OceanBase's two, and what MySQL's clients ask of their own connection's TLS. */
export function statusRows(processes: ProcessList, connectionId: number, startedAtMs: number): VirtualRows {
  const own = processes.rows().find((row) => row.connectionId === connectionId);
  return [
    ['Ssl_cipher', own?.tls?.cipher ?? ''],
    ['Ssl_version', own?.tls?.protocol ?? ''],
    ['Threads_connected', String(processes.size)],
    ['Uptime', String(Math.round((Date.now() - startedAtMs) / 1000))],
  ];
}

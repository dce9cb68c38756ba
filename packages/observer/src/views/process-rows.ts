import type { CellValue } from '@sealane/sql';
import type { ProcessRow } from '../mysql-front/index.ts';

/** The columns of V$OB_PROCESSLIST after SVR_IP and SVR_PORT. */
export function processListRow(row: ProcessRow, sqlPort: number): readonly CellValue[] {
  const seconds = Math.floor(row.timeMs / 1000);
  const clientIp = row.attributes.get('__client_ip') ?? row.host.replace(/:\d+$/, '');
  return [
    sqlPort,
    row.connectionId,
    row.user,
    row.host,
    row.database ?? null,
    row.tenant,
    row.command,
    seconds,
    seconds,
    row.state,
    row.info ?? null,
    numberOf(row.attributes.get('__proxy_connection_id')),
    null,
    clientIp,
    '%',
    0,
    0,
    '',
    0,
    0,
    row.tls?.cipher ?? null,
    null,
    null,
    null,
    null,
    null,
  ];
}

/** The columns of information_schema.PROCESSLIST and SHOW PROCESSLIST. */
export function informationProcessRow(row: ProcessRow): readonly CellValue[] {
  const info = row.info ?? null;
  return [
    row.connectionId,
    row.user,
    row.host,
    row.database ?? null,
    row.command,
    Math.floor(row.timeMs / 1000),
    row.state,
    info,
  ];
}

function numberOf(text: string | undefined): CellValue {
  return text === undefined || !/^\d+$/.test(text) ? null : BigInt(text);
}

import type { CellValue } from '@sealane/sql';
import type { TlsStatus } from '@sealane/transport-security';
import { timestampCell, yesNo } from './view.ts';

/** The row of V$OB_TLS_STATUS after SVR_IP and SVR_PORT. */
export function tlsStatusRow({ enabled, loaded, lastReload }: TlsStatus): readonly CellValue[] {
  return [
    yesNo(enabled),
    dateCell(loaded?.at),
    loaded?.certificate.subject ?? null,
    loaded?.certificate.sha256 ?? null,
    loaded?.authorities.join(',') ?? null,
    dateCell(loaded?.certificate.validFrom),
    dateCell(loaded?.certificate.expiresAt),
    loaded?.keyType ?? null,
    loaded === undefined || loaded.crlNumbers.length === 0 ? null : loaded.crlNumbers.join(','),
    dateCell(lastReload?.at),
    lastReload?.result ?? null,
    lastReload?.reason ?? null,
  ];
}

function dateCell(date: Date | undefined): string | null {
  return timestampCell(date === undefined ? undefined : date.getTime() * 1000);
}

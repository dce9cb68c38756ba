import { counter, type Family, gauge } from '@sealane/metrics';
import type { CellValue, VirtualRows } from '@sealane/sql';
import type { HandshakeCount } from '@sealane/transport-security';
import { viewColumns } from '../views/definitions.ts';

export interface LinkFigures {
  /** Rows of V$OB_LINKS and of V$OB_LINK_SUMMARY after SVR_IP and SVR_PORT. */
  readonly links: VirtualRows;
  readonly summary: VirtualRows;
  readonly handshakes: readonly HandshakeCount[];
}

/** The ledger in figures: who talks how, and how much of it went in clear. */
export function linkFamilies({ links, summary, handshakes }: LinkFigures): readonly Family[] {
  return [
    gauge('sealane_links', 'Live links by kind, direction and mode.', liveLinks(links)),
    counter(
      'sealane_link_bytes_total',
      'Bytes on the wire since the start, closed links included; class is negotiation, clear or encrypted.',
      summary.flatMap(byteSamples),
    ),
    gauge(
      'sealane_link_last_clear_timestamp_seconds',
      'When a byte last went in clear on a link of this kind, in seconds since 1970; missing when none did.',
      summary.map((row) => ({
        labels: { kind: text(row, summaryAt('KIND')) },
        value: seconds(row[summaryAt('LAST_CLEAR_AT')]),
      })),
    ),
    counter(
      'sealane_tls_handshakes_total',
      'TLS handshakes by end; result is ok or why it was refused.',
      handshakes.map(({ kind, direction, result, count }) => ({
        labels: { kind, direction, result },
        value: count,
      })),
    ),
  ];
}

function liveLinks(links: VirtualRows) {
  const counts = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const row of links) {
    if (row[linkAt('CLOSED_AT')] !== null) continue;
    const labels = {
      kind: text(row, linkAt('KIND')),
      direction: text(row, linkAt('DIRECTION')),
      mode: text(row, linkAt('MODE')),
    };
    const key = Object.values(labels).join(' ');
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { labels, value: 1 });
    else known.value += 1;
  }
  return [...counts.values()];
}

function byteSamples(row: readonly CellValue[]) {
  return ['NEGOTIATION', 'CLEAR', 'ENCRYPTED'].flatMap((name) =>
    ['IN', 'OUT'].map((direction) => ({
      labels: { kind: text(row, summaryAt('KIND')), class: name.toLowerCase(), direction },
      value: Number(row[summaryAt(`${name}_BYTES_${direction}`)]),
    })),
  );
}

function text(row: readonly CellValue[], at: number): string {
  return String(row[at]);
}

/** @param cell  of a timestamp's form, in UTC */
function seconds(cell: CellValue | undefined): number | undefined {
  return typeof cell === 'string' ? Date.parse(`${cell.replace(' ', 'T')}Z`) / 1000 : undefined;
}

const linkAt = placeIn('OB_LINKS');
const summaryAt = placeIn('OB_LINK_SUMMARY');

/** Where a column is in a row without SVR_IP and SVR_PORT. */
function placeIn(view: 'OB_LINKS' | 'OB_LINK_SUMMARY'): (column: string) => number {
  const places = new Map(viewColumns[view].map(({ name }, index) => [name, index - 2]));
  return (column) => places.get(column) ?? Number.NaN;
}

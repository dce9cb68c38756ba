import type { LedgerDumps } from '../../link-rows.ts';
import { html, type Markup } from '../../markup.ts';
import type { Evidence, Readiness } from '../gather.ts';
import { cell } from '../inventory.ts';

/** Rows of one table: the files have all of them. */
const ROWS_MAX = 60;

/** Before, after, now in figures; then each live link between nodes. */
export function ledgerPart({ run, ledgers }: Evidence): Markup {
  const readings: readonly (readonly [string, LedgerDumps | null | undefined])[] = [
    ['before the run', run?.before?.ledgers],
    ['after the run', run?.after?.ledgers],
    ['now', ledgers],
  ];
  return html`<h2>The ledgers</h2>
<p>Every program keeps a row for each end of each link. Nodes begin their ledgers anew when they are started, hence the readings before and after.</p>
<div class="scroll"><table><thead><tr><th>Reading</th><th>Taken</th><th class="number">Live ends encrypted</th><th class="number">Authenticated only</th><th class="number">In clear</th><th class="number">Closed, in clear</th><th>Not readable</th></tr></thead>
<tbody>${readings.map(([name, dumps]) => readingRow(name, dumps))}</tbody></table></div>
<h3>Live links between nodes, now</h3>
<p class="soft small">Opened: by the node's clock, in its time zone (${[...new Set(ledgers.ledgers.flatMap(({ time_zone }) => time_zone ?? []))].join(', ') || 'not known'}).</p>
${liveLinks(ledgers)}`;
}

function readingRow(name: string, dumps: LedgerDumps | null | undefined): Markup {
  if (dumps === null || dumps === undefined)
    return html`<tr><td>${name}</td><td colspan="6" class="soft">not on record</td></tr>`;
  const rows = dumps.ledgers.flatMap(({ links }) => links);
  const live = rows.filter((row) => cell(row, 'CLOSED_AT') === null);
  const closedClear = rows.filter(
    (row) => cell(row, 'CLOSED_AT') !== null && cell(row, 'MODE') !== 'ENCRYPTED',
  );
  const count = (mode: string) => live.filter((row) => cell(row, 'MODE') === mode).length;
  const unreadable = dumps.ledgers.filter(({ unreachable }) => unreachable !== null);
  return html`<tr><td>${name}</td><td class="time">${dumps.read_at.slice(0, 19).replace('T', ' ')}</td><td class="number">${count('ENCRYPTED')}</td><td class="number">${count('AUTHENTICATED')}</td>
<td class="number">${count('PLAIN')}</td><td class="number">${closedClear.length}</td><td>${unreadable.map(({ node, unreachable }) => `${node}: ${unreachable}`).join('; ') || 'none'}</td></tr>`;
}

function liveLinks({ ledgers }: LedgerDumps): Markup {
  const rows = ledgers.flatMap(({ node, links }) =>
    links
      .filter((link) => cell(link, 'CLOSED_AT') === null && cell(link, 'KIND') === 'RPC')
      .map((link) => ({ node, link })),
  );
  const shown = rows.slice(0, ROWS_MAX);
  return html`<div class="scroll"><table><thead><tr><th>Ledger of</th><th>Direction</th><th>Other end</th><th>Mode</th><th>Protocol, suite, key exchange</th><th>Opened</th><th class="number">Bytes in clear</th><th class="number">Bytes encrypted</th></tr></thead>
<tbody>${shown.map(({ node, link }) => linkRow(node, link))}</tbody></table></div>${more(rows.length - shown.length, 'ledger-now.json')}`;
}

function linkRow(node: string, link: readonly (string | null)[]): Markup {
  const peer =
    cell(link, 'PEER_SVR_IP') === null
      ? cell(link, 'PEER_ADDR')
      : `${cell(link, 'PEER_SVR_IP')}:${cell(link, 'PEER_SVR_PORT')}`;
  const clear = Number(cell(link, 'CLEAR_BYTES_IN')) + Number(cell(link, 'CLEAR_BYTES_OUT'));
  const encrypted = Number(cell(link, 'ENCRYPTED_BYTES_IN')) + Number(cell(link, 'ENCRYPTED_BYTES_OUT'));
  const suite = [cell(link, 'PROTOCOL'), cell(link, 'CIPHER'), cell(link, 'KEY_EXCHANGE')]
    .filter(Boolean)
    .join(', ');
  return html`<tr><td>${node}</td><td class="id">${cell(link, 'DIRECTION')}</td><td>${peer}</td><td>${modeBadge(cell(link, 'MODE') ?? '')}</td><td>${suite === '' ? '–' : suite}</td>
<td class="time">${cell(link, 'OPENED_AT')?.slice(0, 19)}</td><td class="number">${clear.toLocaleString('en')}</td><td class="number">${encrypted.toLocaleString('en')}</td></tr>`;
}

export function modeBadge(mode: string): Markup {
  const tone = mode === 'ENCRYPTED' ? 'good' : mode === 'AUTHENTICATED' ? 'warn' : 'bad';
  const mark = mode === 'ENCRYPTED' ? '✓' : mode === 'AUTHENTICATED' ? '◐' : '✕';
  return html`<span class="badge ${tone}"><span aria-hidden="true">${mark} </span>${mode.toLowerCase()}</span>`;
}

/** Who would be locked out if encryption were required, and so may come in clear today. */
export function readinessPart({ columns, rows, unreadable }: Readiness): Markup {
  const at = (row: readonly (string | null)[], name: string) => row[columns.indexOf(name)] ?? null;
  const inClear = rows.filter((row) => at(row, 'LOCKED_OUT_BY') !== null);
  const shown = inClear.slice(0, ROWS_MAX);
  const table = html`<div class="scroll"><table><thead><tr><th>Who</th><th>Tenant</th><th>Last seen in clear</th><th>Locked out by</th><th>Why</th><th>Advice</th></tr></thead>
<tbody>${shown.map((row) => html`<tr><td>${at(row, 'KIND')?.toLowerCase()} ${at(row, 'NAME')}${at(row, 'HOST') === null ? '' : `@${at(row, 'HOST')}`}</td><td>${at(row, 'TENANT')}</td><td class="time">${at(row, 'LAST_SEEN_IN_CLEAR')?.slice(0, 19)}</td><td>${at(row, 'LOCKED_OUT_BY')?.replaceAll(',', ', ').toLowerCase()}</td><td>${at(row, 'REASON')}</td><td>${at(row, 'ADVICE')}</td></tr>`)}</tbody></table></div>`;
  const count = (lockedOutBy: RegExp) =>
    inClear.filter((row) => lockedOutBy.test(at(row, 'LOCKED_OUT_BY') ?? '')).length;
  const unread = unreadable === null ? '' : ` It could not be read: ${unreadable}`;
  return html`<h2>Who may still come in clear</h2>
<p>Of ${rows.length} accounts, clients, drivers, nodes and links that are known, ${count(/ENCRYPTION/)} come in clear, ${count(/^CERTIFICATE$/)} come over TLS without a certificate, and of ${count(/UNKNOWN/)} it is not known. Whoever requires one or the other locks these out.${unread}</p>
${inClear.length === 0 ? null : table}${more(inClear.length - shown.length, 'readiness.json')}`;
}

function more(count: number, file: string): Markup | null {
  return count > 0 ? html`<p class="soft">… and ${count} more, in ${file}</p>` : null;
}

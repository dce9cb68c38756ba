import { html, type Markup } from '../../markup.ts';
import type { CertificateInventory, Evidence } from '../gather.ts';
import { modeBadge } from './links-part.ts';

const WARN_BEFORE_DAYS = 30;
const DAY_MS = 86_400_000;

export function certificatesPart(
  { certificates, refused, warnings, horizon }: CertificateInventory,
  madeAt: string,
): Markup {
  const now = Date.parse(madeAt);
  return html`<h2>Certificates</h2>
${[...refused, ...warnings].map((sentence) => html`<p class="bad"><span class="badge">!</span> ${sentence}</p>`)}
<div class="scroll"><table><thead><tr><th>Where</th><th>Subject, names</th><th>Key, use</th><th>Valid until</th><th>Chain</th><th>SHA-256, serial</th></tr></thead><tbody>${certificates.map(
    (
      each,
    ) => html`<tr><td>${each.file}</td><td>${each.subject}<br><span class="soft">${each.subject_alt_name}</span></td><td>${each.key}<br><span class="soft">${each.authority ? 'CA' : each.uses.join(', ')}</span></td>
<td class="time">${each.not_after.slice(0, 10)}<br>${daysBadge(Date.parse(each.not_after), now)}</td><td>${each.chain}</td><td class="hash">${each.sha256}<br><span class="soft">${each.serial}</span></td></tr>`,
  )}</tbody></table></div>
<h3>What ends first</h3>
<div class="scroll"><table><thead><tr><th>When</th><th>What</th><th>Then can't be made again</th></tr></thead><tbody>${horizon.map(
    ({ at, days_left, what, links }) =>
      html`<tr><td class="time">${at.slice(0, 10)} (${days_left} days)</td><td>${what}</td><td>${links.length === 0 ? 'no open link depends on it' : links.join(', ')}</td></tr>`,
  )}</tbody></table></div>`;
}

function daysBadge(until: number, now: number): Markup {
  const days = Math.floor((until - now) / DAY_MS);
  if (days < 0) return html`<span class="badge bad">✕ expired</span>`;
  return html`<span class="badge ${days < WARN_BEFORE_DAYS ? 'warn' : 'good'}">${days} days</span>`;
}

export function suitesPart({ suites, status }: Evidence): Markup {
  return html`<h2>Protocols and suites in use</h2>
<div class="scroll"><table><thead><tr><th>Links</th><th>Mode</th><th>Protocol</th><th>Suite</th><th>Key exchange</th><th class="number">Live ends</th><th class="number">Closed ends</th><th>Where</th></tr></thead><tbody>${suites.map(
    ({ kind, mode, protocol, cipher, key_exchange, live, closed, nodes }) =>
      html`<tr><td>${kind}</td><td>${modeBadge(mode)}</td><td>${protocol ?? '–'}</td><td>${cipher ?? '–'}</td><td>${key_exchange ?? '–'}</td><td class="number">${live}</td><td class="number">${closed}</td><td>${nodes.map((node) => node.split(' ')[0]).join(', ')}</td></tr>`,
  )}</tbody></table></div>
<p class="soft small">Settings: ${Object.entries(status.parameters).map(([name, value], index) => html`${index === 0 ? '' : '; '}<code>${name} = ${value}</code>`)}</p>`;
}

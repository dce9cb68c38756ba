import { html, type Markup } from '../../markup.ts';
import type { ProbeResult, Verdict } from '../probes/probe.ts';
import type { ProbeRun } from '../probes/run-probes.ts';

const TONES: Readonly<
  Record<Verdict, { readonly tone: string; readonly mark: string; readonly word: string }>
> = {
  refused: { tone: 'good', mark: '✓', word: 'refused' },
  open: { tone: 'warn', mark: '◐', word: 'let in' },
  unexpected: { tone: 'bad', mark: '✕', word: 'unexpected' },
  unclear: { tone: 'none', mark: '?', word: 'unclear' },
  'not made': { tone: 'none', mark: '–', word: 'not made' },
};

/** The verdicts side by side, then each attempt with what was sent and what came back. */
export function probesPart({ probes, controls }: ProbeRun): Markup {
  return html`<h2>Attempts to get in</h2>
<p>Made by the controller over real connections while this bundle was made, one port after the other. “Refused” counts only where the same attempt with good papers had got in a moment before. “Let in” means that no setting forbids it: no fault of the node, and no proof either.</p>
${matrix(probes)}
<h3>Each attempt</h3>
${tables(probes)}
<h3>The same with good papers</h3>
<div class="scroll"><table><thead><tr><th>Node</th><th>Port</th><th>Sent</th><th>Received</th></tr></thead><tbody>${controls.map(
    ({ node, port, sent, received }) =>
      html`<tr><td class="what">${node}</td><td class="id">${port}</td><td>${sent}</td><td>${received.text}</td></tr>`,
  )}</tbody></table></div>`;
}

export function verdictBadge(verdict: Verdict): Markup {
  const { tone, mark, word } = TONES[verdict];
  return html`<span class="badge ${tone}"><span aria-hidden="true">${mark} </span>${word}</span>`;
}

/** A row for each attempt, a column for each port. */
function matrix(probes: readonly ProbeResult[]): Markup {
  const doors = [...new Set(probes.map(doorOf))];
  const titles = [...new Set(probes.map(({ title }) => title))];
  const byCell = new Map(probes.map((probe) => [`${doorOf(probe)} ${probe.title}`, probe]));
  return html`<div class="scroll"><table><thead><tr><th>Attempt</th>${doors.map((door) => html`<th>${door}</th>`)}</tr></thead><tbody>${titles.map(
    (title) =>
      html`<tr><td class="what">${title}</td>${doors.map((door) => {
        const probe = byCell.get(`${door} ${title}`);
        return html`<td>${probe === undefined ? html`<span class="soft">–</span>` : verdictBadge(probe.verdict)}</td>`;
      })}</tr>`,
  )}</tbody></table></div>`;
}

function doorOf({ node, port }: ProbeResult): string {
  return `${node.split(' ')[0]} ${port}`;
}

function tables(probes: readonly ProbeResult[]): readonly Markup[] {
  const doors = [...new Set(probes.map(({ node, port }) => `${node} ${port}`))];
  return doors.map((door) => {
    const own = probes.filter(({ node, port }) => `${node} ${port}` === door);
    return html`<div class="scroll"><table><caption>${own[0]?.node}, ${own[0]?.port} port ${own[0]?.address}</caption>
<thead><tr><th>Attempt</th><th>Sent</th><th>Received</th><th>Verdict</th></tr></thead><tbody>${own.map(row)}</tbody></table></div>`;
  });
}

function row({
  title,
  sent,
  sent_hex,
  received,
  node_says,
  verdict,
  conclusion,
  at,
  elapsed_ms,
}: ProbeResult): Markup {
  const hex = (bytes: string | null) =>
    bytes === null ? null : html`<br><span class="mono soft">${bytes}</span>`;
  const words = node_says === null ? null : html`<br><span class="soft">the node noted: ${node_says}</span>`;
  return html`<tr><td class="what">${title}<br><span class="soft small">${at.slice(11, 23)}, ${elapsed_ms} ms</span></td>
<td class="long">${sent}${hex(sent_hex)}</td><td class="long">${received.how}: ${received.text}${hex(received.hex)}${words}</td>
<td class="long">${verdictBadge(verdict)} ${conclusion}</td></tr>`;
}

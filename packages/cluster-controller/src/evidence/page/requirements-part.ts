import { html, type Markup } from '../../markup.ts';
import type { Requirement } from '../requirements.ts';

export function requirementsPart(requirements: readonly Requirement[]): Markup {
  return html`<h2>What it answers in PCI DSS v4.0.1</h2>
<p class="soft">In our words; the standard's text is what counts, and whoever assesses decides whether it is met.</p>
${requirements.map(
  ({ id, asks, points, leftToYou }) => html`<h3>${id} – ${asks}</h3>
<div class="scroll"><table><thead><tr><th>It asks</th><th>Evidence: file and fields</th><th>It says</th></tr></thead><tbody>${points.map(
    (point) =>
      html`<tr><td class="long">${point.asks}</td><td class="long">${point.evidence.map((each, index) => html`${index === 0 ? '' : html`<br>`}<code>${each}</code>`)}</td><td class="long">${point.says}</td></tr>`,
  )}</tbody></table></div>
<p class="small soft">Not shown here: ${leftToYou}</p>`,
)}`;
}

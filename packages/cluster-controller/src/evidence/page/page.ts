import { html, type Markup, styleSheet } from '../../markup.ts';
import { drawMesh, pictureOf } from '../../mesh-picture.ts';
import type { Evidence } from '../gather.ts';
import type { Requirement } from '../requirements.ts';
import type { Moment } from '../timeline.ts';
import type { EvidenceVerdict, State } from '../verdict.ts';
import { certificatesPart, suitesPart } from './certificates-part.ts';
import { ledgerPart, readinessPart } from './links-part.ts';
import { probesPart } from './probes-part.ts';
import { requirementsPart } from './requirements-part.ts';
import { PAGE_STYLE } from './style.ts';
import { timelinePart } from './timeline-part.ts';

export interface PageContext {
  readonly timeline: readonly Moment[];
  readonly requirements: readonly Requirement[];
  /** Of the key that signs the bundle. */
  readonly fingerprint: string;
  readonly version: string;
}

/** The bundle for people, one file that asks the network for nothing: no script, no font, no picture from elsewhere. */
export function page(evidence: Evidence, context: PageContext): string {
  const title = `Encryption evidence, ${evidence.cluster}, ${evidence.made_at.slice(0, 10)}`;
  return `<!doctype html>\n${html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
${styleSheet(PAGE_STYLE)}
</head>
<body>
${head(evidence, context)}
${verdictPart(evidence.verdict)}
${figures(evidence)}
${mesh(evidence)}
${probesPart(evidence.probes)}
${ledgerPart(evidence)}
${capturePart(evidence)}
${readinessPart(evidence.readiness)}
${timelinePart(context.timeline, evidence.run)}
${certificatesPart(evidence.certificates, evidence.made_at)}
${suitesPart(evidence)}
${requirementsPart(context.requirements)}
${sealPart(context)}
</body>
</html>`}\n`;
}

function head({ cluster, made_at, status, run }: Evidence, { version }: PageContext): Markup {
  const names = status.nodes.map(({ name }) => name).join(', ');
  return html`<header>
<h1>Encryption evidence: cluster ${cluster}</h1>
<p class="soft">Made on ${readable(made_at)} by cluster-controller ${version}, of ${status.nodes.length} nodes (${names}), target ${status.target}.
${run === undefined ? 'No run is on record.' : html`Run: <span class="mono">${run.id}</span>.`}</p>
</header>`;
}

const TONES: Readonly<
  Record<State, { readonly tone: string; readonly mark: string; readonly word: string }>
> = {
  REQUIRED: { tone: 'good', mark: '✓', word: 'Encrypted and required' },
  ENCRYPTED: { tone: 'warn', mark: '◐', word: 'Encrypted, not required everywhere' },
  NOT_PROVEN: { tone: 'bad', mark: '✕', word: 'Not proven' },
};

/** A point that comes from every node takes much room: the rest is in the files. */
const POINTS_MAX = 12;

function verdictPart({ state, headline, shown, open, faults }: EvidenceVerdict): Markup {
  const { tone, mark, word } = TONES[state];
  return html`<section class="verdict ${tone}" aria-label="Verdict">
<p class="headline"><span class="mark" aria-hidden="true">${mark}</span>${headline}</p>
<p class="soft small">Verdict: ${word} (${state})</p>
${points('bad', '✕', 'Against it', faults)}
${points('good', '✓', 'Shown', shown)}
${points('warn', '◐', 'Open', open)}
</section>`;
}

function points(tone: string, mark: string, title: string, sentences: readonly string[]): Markup | null {
  if (sentences.length === 0) return null;
  const more = sentences.length - POINTS_MAX;
  return html`<h3>${title}</h3><ul class="points ${tone}">${sentences
    .slice(0, POINTS_MAX)
    .map((sentence) => html`<li><span class="mark" aria-hidden="true">${mark}</span>${sentence}</li>`)}
${more > 0 ? html`<li><span class="mark" aria-hidden="true">…</span>and ${more} more, in summary.json</li>` : null}</ul>`;
}

function figures({ status, probes, certificates, clearText, capture }: Evidence): Markup {
  const pairs = status.nodes.length * (status.nodes.length - 1);
  const refused = probes.probes.filter(({ verdict }) => verdict === 'refused').length;
  const made = probes.probes.filter(({ verdict }) => verdict !== 'not made').length;
  const [first] = certificates.horizon;
  const cells: readonly (readonly [string, string])[] = [
    [`${status.encrypted_links} of ${pairs}`, 'links between nodes encrypted'],
    [
      String(clearText.mesh.offenders.length),
      `of them with bytes in clear since ${readable(new Date(clearText.since).toISOString())}`,
    ],
    [`${refused} of ${made}`, 'attempts to get in refused as the settings demand'],
    [String(clearText.clients.offenders.length), 'client links with bytes in clear since then'],
    [
      first === undefined ? 'none' : `${first.days_left} days`,
      first === undefined ? 'certificate in use' : `until ${first.what} ends`,
    ],
    [
      capture.source === null
        ? 'none'
        : capture.faults.length === 0
          ? 'clean'
          : `${capture.faults.length} findings`,
      'capture of the wire',
    ],
  ];
  return html`<div class="figures">${cells.map(([figure, what]) => html`<div class="figure"><b>${figure}</b><span>${what}</span></div>`)}</div>`;
}

function mesh({ view, proxies, made_at }: Evidence): Markup {
  return html`<h2>The mesh</h2><figure>${drawMesh(pictureOf(view, proxies))}
<figcaption>As every node's own ledger had it on ${readable(made_at)}. An arrow goes from the end that dialled to the one that accepted. Solid: encrypted; dashed: in clear; dash and dot: authenticated, then in clear; dotted: no link.</figcaption></figure>`;
}

function capturePart({ capture }: Evidence): Markup {
  const lines = [
    ...capture.faults.map((text) => ['bad', '✕', text]),
    ...capture.shown.map((text) => ['good', '✓', text]),
    ...capture.open.map((text) => ['warn', '◐', text]),
  ];
  return html`<h2>The wire</h2>
<p class="soft">${capture.source === null ? 'No capture.' : `Capture: ${capture.source}`}</p>
<ul class="points">${lines.map(([tone, mark, text]) => html`<li class="${tone}"><span class="mark" aria-hidden="true">${mark}</span>${text}</li>`)}</ul>`;
}

function sealPart({ fingerprint }: PageContext): Markup {
  return html`<h2>How to check this bundle</h2>
<p>This page is one of the files that <code>manifest.json</code> lists with their SHA-256, in a chain that is signed. Without the cluster, and without a network:</p>
<p><code>cluster-controller report verify DIR --public-key ${fingerprint}</code></p>
<p class="soft">The signature shows that nothing was changed since the holder of that key made the bundle. It doesn't show that the holder is honest, or that the clock was right: compare the fingerprint with one that came another way.</p>`;
}

/** `2026-05-01 10:15:00 UTC` */
export function readable(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

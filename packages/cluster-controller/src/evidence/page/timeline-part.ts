import { html, type Markup } from '../../markup.ts';
import type { RecordedRun } from '../../run-reader.ts';
import type { Moment } from '../timeline.ts';

const TONES: Readonly<Record<Moment['kind'], string>> = {
  begin: 'good',
  end: 'good',
  step: 'good',
  mesh: 'warn',
  trouble: 'bad',
  note: 'none',
  wait: 'none',
};

/** A long soak says the same for an hour. */
const MOMENTS_MAX = 300;

export function timelinePart(timeline: readonly Moment[], run: RecordedRun | undefined): Markup {
  const shown = timeline.slice(0, MOMENTS_MAX);
  const begin = Date.parse(shown[0]?.at ?? '');
  const more = timeline.length - shown.length;
  const none = run === undefined && timeline.length === 0;
  return html`<h2>What happened</h2>
${none ? html`<p class="soft">No run is on record.</p>` : html`<p class="soft">From ${shown[0]?.at.slice(0, 19).replace('T', ' ')} UTC on. Planned: ${run?.plan?.ladder.length ?? 0} rungs.</p>`}
${ladder(run)}
<ol class="timeline">${shown.map((moment) => momentItem(moment, begin))}</ol>${more > 0 ? html`<p class="soft">… and ${more} more, in timeline.json</p>` : null}`;
}

function momentItem({ at, kind, text, ms, from }: Moment, begin: number): Markup {
  const after = Number.isFinite(begin) ? `+${((Date.parse(at) - begin) / 1000).toFixed(2)} s` : '';
  return html`<li class="${TONES[kind]}"><time datetime="${at}">${after}</time><span class="is-${kind}">${text}${from === 'journal' ? ' (from the journal)' : ''}</span><span class="soft small">${ms === null ? '' : `${ms} ms`}</span></li>`;
}

function ladder(run: RecordedRun | undefined): Markup | null {
  const rungs = run?.plan?.ladder ?? [];
  if (rungs.length === 0) return null;
  return html`<h3>The plan</h3><ol>${rungs.map((rung) => html`<li><code>${rung.replace(/^\d+\s+/, '')}</code></li>`)}</ol><h3>The run</h3>`;
}

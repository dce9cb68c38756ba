import type { Family, HistogramSample, Labels } from './family.ts';

/** What a scraper is told the text is. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Prometheus' text format 0.0.4: a HELP and a TYPE line for each family, then a line for each sample.
 *
 * @param common  labels that each sample gets, before its own
 * Source: prometheus.io/docs/instrumenting/exposition_formats
 */
export function exposition(families: readonly Family[], common: Labels = {}): string {
  return families.map((family) => familyText(family, common)).join('');
}

function familyText(family: Family, common: Labels): string {
  const { name, help, type } = family;
  const head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  const lines =
    family.type === 'histogram'
      ? family.samples.flatMap((sample) => histogramLines(name, sample, common))
      : family.samples.map(({ labels, value }) => line(name, { ...common, ...labels }, value));
  return `${head}${lines.join('')}`;
}

/** Buckets are cumulative: each counts what the ones before it count, too. */
function histogramLines(
  name: string,
  { labels, bounds, counts, sum }: HistogramSample,
  common: Labels,
): readonly string[] {
  const all = { ...common, ...labels };
  let count = 0;
  const buckets = counts.map((inBucket, index) => {
    count += inBucket;
    return line(`${name}_bucket`, { ...all, le: numberText(bounds[index] ?? Infinity) }, count);
  });
  return [...buckets, line(`${name}_sum`, all, sum), line(`${name}_count`, all, count)];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(String(text))}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}\n`;
}

/** Go's way to write a float. */
function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

import type { DecoderReport } from './watch.ts';

/** Rows of a Markdown table, one a decoder. */
export function reportTable(reports: readonly DecoderReport[]): string {
  const head = '| Decoder | Inputs | a second | Kept | RSS growth | Slowest input | Findings |';
  return [head, '|---|--:|--:|--:|--:|--:|--:|', ...reports.map(row)].join('\n');
}

function row(report: DecoderReport): string {
  const { decoder, inputCount, seconds, corpusCount, poolCount, rssGrowthBytes, findings } = report;
  const cells = [
    `\`${decoder}\``,
    inputCount.toLocaleString('en-US'),
    Math.round(inputCount / seconds).toLocaleString('en-US'),
    `${corpusCount} + ${Math.max(0, poolCount - corpusCount)}`,
    `${(rssGrowthBytes / 1024 / 1024).toFixed(1)} MiB`,
    report.slowestMs === 0
      ? '< 1 ms'
      : `${report.slowestMs.toFixed(1)} ms of ${report.slowestSize.toLocaleString('en-US')} B`,
    String(findings.length),
  ];
  return `| ${cells.join(' | ')} |`;
}

export function findingLines({ decoder, seed, findings }: DecoderReport): string[] {
  return findings.slice(0, shownMax).flatMap(({ what, stack, path }) => [
    `${decoder}, seed ${seed}: ${what.slice(0, 300)}`,
    `  ${path}   (npm run fuzz -- --decoder ${decoder} --replay ${path})`,
    ...stack
      .split('\n')
      .slice(0, stackLinesMax)
      .map((line) => `  ${line}`),
  ]);
}

const shownMax = 3;
const stackLinesMax = 5;

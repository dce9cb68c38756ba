import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findingLines, reportTable } from './report.ts';
import { shorten } from './shorten.ts';
import { loadTarget, targetNames } from './targets/index.ts';
import { type DecoderReport, watchDecoder } from './watch.ts';

/**
 * npm run fuzz -- --decoder NAME|all [--minutes N] [--seed S] [--jobs J] [--findings FOLDER]
 * npm run fuzz -- --decoder NAME --replay FILE [--shorten]
 *
 * Each decoder has a process of its own, so that its memory can be told. Ends with 1 if anything was found.
 */
const { values } = parseArgs({
  options: {
    decoder: { type: 'string', default: 'all' },
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    findings: { type: 'string', default: 'test-results/fuzz' },
    replay: { type: 'string' },
    /** Of the process of one decoder: it tells its parent. */
    report: { type: 'boolean', default: false },
    shorten: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const decoders = values.decoder === 'all' ? targetNames : values.decoder.split(',');
const unknown = decoders.filter((name) => !targetNames.includes(name));
const jobs = Number(values.jobs);
if (unknown.length > 0) {
  console.error(`no decoder ${unknown.join(', ')}; there are: ${targetNames.join(', ')}`);
  process.exitCode = 2;
} else if (
  !(Number(values.minutes) > 0 && Number.isSafeInteger(seed) && Number.isInteger(jobs) && jobs > 0)
) {
  console.error('--minutes is a number above 0, --seed a whole number, --jobs a whole number from 1 on');
  process.exitCode = 2;
} else if (values.shorten && values.replay === undefined) {
  console.error('--shorten wants --replay FILE: the input to begin with');
  process.exitCode = 2;
} else if (values.report) {
  process.send?.(await watch(decoders[0] as string));
  process.disconnect?.();
} else if (values.replay !== undefined) await replay(decoders[0] as string, values.replay);
else await campaign();

async function campaign(): Promise<void> {
  console.log(`seed ${seed}, ${values.minutes} minutes each: ${decoders.join(', ')}`);
  const waiting = [...decoders];
  const reports: DecoderReport[] = [];
  const lane = async (): Promise<void> => {
    for (let decoder = waiting.shift(); decoder !== undefined; decoder = waiting.shift()) {
      const report = await inItsProcess(decoder);
      reports.push(report);
      for (const line of [...reportTable([report]).split('\n').slice(2), ...findingLines(report)]) {
        console.log(line);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  console.log(reportTable(reports));
  process.exitCode = reports.every(({ findings }) => findings.length === 0) ? 0 : 1;
}

function inItsProcess(decoder: string): Promise<DecoderReport> {
  const { minutes, findings } = values;
  const flags = ['--report', '--decoder', decoder, '--minutes', minutes, '--seed', String(seed)];
  const child = fork(import.meta.filename, [...flags, '--findings', findings], {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    // Fewer arenas: what the allocator keeps for later is no growth.
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    serialization: 'advanced',
  });
  return new Promise((resolve, reject) => {
    child.once('message', (report: DecoderReport) => resolve(report));
    child.once('exit', (code, signal) => reject(new Error(`${decoder} ended with ${code ?? signal}`)));
  });
}

function watch(decoder: string): Promise<DecoderReport> {
  const durationMs = Number(values.minutes) * 60_000;
  return watchDecoder({ decoder, seed, durationMs, findingsFolder: values.findings });
}

async function replay(decoder: string, path: string): Promise<void> {
  const target = await loadTarget(decoder);
  const input = Uint8Array.from(readFileSync(path));
  if (values.shorten) {
    const short = await shorten(target, input, join(values.findings, decoder));
    console.log(`${input.length} bytes → ${short.bytes.length} bytes, ${short.path}`);
  }
  const startedAt = performance.now();
  console.log(`${input.length} bytes: ${Buffer.from(input.subarray(0, 64)).toString('hex')}`);
  console.log(await target.run(input));
  console.log(`${(performance.now() - startedAt).toFixed(1)} ms`);
}

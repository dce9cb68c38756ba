/**
 * Runs test files, each in a process of its own, and counts what they report.
 *
 * A file prints TAP; its last comment `# { total: 27, pass: 27 }` has its counts. A file that fails without a failed
 * assertion (a crash, a limit passed) counts as one failure. Whole output: test-results/. What failed is printed.
 *
 *   node scripts/run-tests.js [path …]      only files under these paths
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const RESULTS = join(ROOT, 'test-results');
const FILE_TIMEOUT_MS = 240_000;
/** Tests with real clusters run one after the other: they measure time and use the whole machine. */
const ALONE = /^test\/(e2e|nemesis\/smoke)/;
const WORKERS = 2;
/** Of what is printed for a file that failed; all of it is in test-results/. */
const FAULT_LINES_MAX = 120;

const wanted = process.argv.slice(2).map((path) => relative(ROOT, join(process.cwd(), path)));
const files = testFiles().filter(
  (file) => wanted.length === 0 || wanted.some((path) => file.startsWith(path)),
);
mkdirSync(RESULTS, { recursive: true });

const totals = { passed: 0, failed: 0 };
await runAll(
  files.filter((file) => !ALONE.test(file)),
  WORKERS,
);
await runAll(
  files.filter((file) => ALONE.test(file)),
  1,
);
writeFileSync(join(RESULTS, 'counts'), `${totals.passed} ${totals.failed}\n`);
process.exitCode = totals.failed === 0 && files.length > 0 ? 0 : 1;

function testFiles() {
  return ['packages', 'test']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(folder, String(name))),
    )
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .sort();
}

async function runAll(queue, workers) {
  const waiting = [...queue];
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      report(file, await run(file));
  };
  await Promise.all(Array.from({ length: workers }, work));
}

function run(file) {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [file], {
      cwd: ROOT,
      timeout: FILE_TIMEOUT_MS,
      killSignal: 'SIGTERM',
    });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString();
      resolve({ output, code, signal, seconds: (performance.now() - startedAt) / 1000 });
    });
  });
}

function report(file, { output, code, signal, seconds }) {
  writeFileSync(join(RESULTS, `${file.replaceAll('/', '.')}.tap`), output);
  const counts = countsOf(output);
  const failed = code === 0 ? counts.failed : Math.max(1, counts.failed);
  totals.passed += counts.passed;
  totals.failed += failed;
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  console.log(
    `${failed === 0 ? '✓' : '✗'} ${file}  ${counts.passed} passed${failed > 0 ? `, ${failed} failed` : ''}${skipped}  ${seconds.toFixed(1)} s`,
  );
  for (const reason of output.matchAll(/# SKIP (.+)/g)) console.log(`    skipped: ${reason[1]}`);
  if (failed > 0) console.log(`${signal === null ? '' : `ended by ${signal}\n`}${indent(faults(output))}`);
}

function countsOf(output) {
  const last = [...output.matchAll(/^# \{ (total: .*) \}$/gm)].at(-1)?.[1] ?? '';
  const number = (name) => Number(new RegExp(`${name}: (\\d+)`).exec(last)?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail'), skipped: number('skip') };
}

/** The failed assertions with their diagnostics; the end of the output when there is none: a crash. */
function faults(output) {
  const lines = output.split('\n').filter((line) => !/^ *(ok \d|# Subtest|1\.\.\d)/.test(line));
  const kept = lines.slice(0, FAULT_LINES_MAX).join('\n');
  return /not ok/.test(kept) ? kept : lines.slice(-FAULT_LINES_MAX).join('\n');
}

function indent(text) {
  return text.replace(/^/gm, '    ');
}

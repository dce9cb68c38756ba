import { parseArgs } from 'node:util';
import { checkHistory } from './checkers/check-history.ts';
import { workloadLines } from './report.ts';

/** Checks a history file: node test/nemesis/check.ts [--json] history.jsonl. Exit code 1 when something is wrong. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const [file] = positionals;
if (file === undefined) {
  process.stderr.write('usage: node test/nemesis/check.ts [--json] <history.jsonl>\n');
  process.exitCode = 2;
} else {
  const reports = checkHistory(file);
  process.stdout.write(
    values.json ? `${JSON.stringify(reports)}\n` : `${reports.flatMap(workloadLines).join('\n')}\n`,
  );
  process.exitCode = reports.every(({ verdict }) => verdict.valid === true) ? 0 : 1;
}

import { appendFileSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { execute } from '../src/execute.ts';
import type { Goal } from '../src/goal.ts';
import { Journal } from '../src/journal.ts';
import type { LedgerDumps } from '../src/link-rows.ts';
import { observe } from '../src/observe.ts';
import { preflight } from '../src/preflight/preflight.ts';
import { RecordedProgress } from '../src/recorded-progress.ts';
import { listRuns, readRun } from '../src/run-reader.ts';
import { RUNS_MAX, RunRecord } from '../src/run-record.ts';
import { SqlAccess } from '../src/sql-access.ts';
import { TenantProbe } from '../src/tenant-probe.ts';
import { silent } from '../src/watchers.ts';
import { FakeCluster } from './fake-cluster.ts';

const encrypt: Goal = { kind: 'encrypt' };
const ledgers: LedgerDumps = { read_at: '', link_columns: [], summary_columns: [], ledgers: [] };
const reading = { status: {}, ledgers };

t.test('a run is told afterwards: what was planned, seen before, done and seen after', async (t) => {
  const cluster = new FakeCluster();
  const sql = new SqlAccess(cluster.dial);
  const look = () => observe(cluster, sql, new TenantProbe(cluster.dial));
  const found = await preflight({ kind: 'restart', servers: [] }, { target: cluster, sql, observe: look });
  const { view } = found;
  const runs = join(t.testdir(), 'controller', 'runs');
  const record = RunRecord.begin(runs, { goal: encrypt, ...found, resumes: false }, reading);
  const journal = new Journal(join(runs, '..', 'journal.jsonl'));
  const progress = new RecordedProgress(record, view, silent);
  const execution = { goal: encrypt, journal, progress, readingIntervalMs: 0 };
  const result = await execute({ ...execution, steps: { target: cluster, sql }, observe: look });
  record.end({ outcome: 'done', reason: null }, reading);

  const [id = ''] = listRuns(runs);
  const run = readRun(runs, id);
  t.match(id, /^\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z-encryption-enable$/);
  t.match(run.plan, { goal: 'encryption enable', resumes: false, plain_links: 6 });
  t.match(run.plan?.ladder[0], /ALTER SYSTEM SET ssl_client_authentication = 'True'/);
  const ended = run.events.filter((event) => event.event === 'end');
  t.equal(ended.length, result.taken.length, 'every step that was taken');
  t.ok(run.events.every((event) => !Number.isNaN(Date.parse(event.at))));
  const meshes = run.events.flatMap((event) => (event.event === 'mesh' ? event.encrypted : []));
  t.equal(meshes[0], 0);
  t.equal(meshes.at(-1), 6, 'the mesh turned encrypted link by link');
  t.match(run.after, { outcome: 'done', steps: result.taken.length, incomplete: null });
});

t.test('a run that was killed has no end, and a line cut short spoils none but itself', async (t) => {
  const { runs, record } = begun(t);
  record.event({ event: 'say', text: 'one' });
  appendFileSync(join(record.directory, 'events.jsonl'), '{"at":"2026');
  const run = readRun(runs, listRuns(runs)[0] ?? '');
  t.equal(run.after, undefined);
  t.match(run.events, [{ event: 'say', text: 'one' }]);
});

t.test('only the newest runs are kept, and a large one makes room by the oldest', async (t) => {
  const runs = join(t.testdir(), 'runs');
  for (let count = 0; count < RUNS_MAX + 3; count++) {
    const directory = join(runs, `2026-01-01T0000${String(count).padStart(2, '0')}.000Z-restart`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'plan.json'), '{}');
  }
  begin(runs);
  t.equal(listRuns(runs).length, RUNS_MAX);
  t.match(listRuns(runs)[0], /encryption-enable/);
  const large = join(runs, listRuns(runs)[5] ?? '', 'before.json');
  writeFileSync(large, '');
  truncateSync(large, 65 * 1024 * 1024);
  begin(runs);
  t.equal(listRuns(runs).length, 6, 'those behind the large one are gone, and it as well');
});

t.test('what can not be recorded is not begun; what has begun goes on without its record', async (t) => {
  const file = join(t.testdir({ taken: 'a file' }), 'taken');
  const expected = { name: 'OB_OP_NOT_ALLOW', message: /nothing was changed/ };
  t.throws(() => begin(join(file, 'runs')), expected);
  const { record } = begun(t);
  mkdirSync(join(record.directory, 'events.jsonl'));
  record.event({ event: 'say', text: 'one' });
  t.match(record.trouble, /is not complete: .*EISDIR/);
  record.end({ outcome: 'done', reason: null }, undefined);
  t.ok(readdirSync(record.directory).includes('after.json'));
});

t.test('others on the machine may not read it', async (t) => {
  const { record } = begun(t);
  t.equal(statSync(record.directory).mode & 0o077, 0);
  t.equal(statSync(join(record.directory, 'plan.json')).mode & 0o077, 0);
});

function begun(t: Test): { runs: string; record: RunRecord } {
  const runs = join(t.testdir(), 'runs');
  return { runs, record: begin(runs) };
}

function begin(runs: string): RunRecord {
  return RunRecord.begin(
    runs,
    { goal: encrypt, view: { nodes: [], proxies: [] }, findings: [], pairs: [], resumes: false },
    reading,
  );
}

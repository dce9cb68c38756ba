import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { DirectNetwork } from './cluster/direct.ts';
import { missingForNamespaces } from './cluster/namespaces.ts';
import { NemesisCluster } from './cluster/nemesis-cluster.ts';
import { measure, measuredLines } from './failover/measure.ts';
import { switchLeader } from './faults/administration.ts';
import { slowDisk } from './faults/disks.ts';
import { isolate } from './faults/partitions.ts';
import { kill, pause } from './faults/processes.ts';
import { reportLines } from './report.ts';
import { removeRun, run } from './run.ts';

/** The harness itself, for a short while: real processes, every workload, a few faults, the checkers' verdict. */

const FILE_TIMEOUT_MS = 200_000;
const SEED = 20;

t.setTimeout(FILE_TIMEOUT_MS);

t.test('a short run ends well, and what it did is in its report', async (t) => {
  const report = await run({
    minutes: 0.3,
    workloads: ['register', 'append', 'bank', 'set'],
    seed: SEED,
    intervalMs: 3500,
    clients: 3,
    pauseMs: 20,
    encryption: false,
    faultWords: [],
    network: missingForNamespaces() === undefined ? 'namespaces' : 'relays',
    fullDisk: false,
    floorPerSecond: 1,
    faults: [kill('leader'), pause('leader'), isolate('leader'), slowDisk('follower'), switchLeader],
    say: (text) => t.comment(text),
  });

  for (const line of reportLines(report)) t.comment(line);
  if (report.reasons.length > 0) t.comment(`kept: ${report.directory}`);
  else removeRun(report);
  t.same(report.reasons, [], `seed ${SEED}`);
  t.equal(report.workloads.length, 4);
  for (const { workload, verdict, ok } of report.workloads) {
    t.equal(verdict.valid, true, `${workload}: ${ok} successful operations`);
    t.equal(verdict.lost, 0);
  }
  t.ok(Object.values(report.faults).reduce((sum, count) => sum + count, 0) >= 3, 'faults happened');
});

t.test('a planned change of the leader fails no statement', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-failover-'));
  const cluster = await NemesisCluster.start(join(directory, 'cluster'), new DirectNetwork(3));
  t.teardown(async () => {
    await cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  for (const change of ['switch', 'stop'] as const) {
    const results = await measure(cluster, change, 1, 4);
    for (const line of measuredLines(results)) t.comment(line);
    t.same(
      results.flatMap(({ failedStatements }) => failedStatements),
      [],
      change,
    );
    t.not(results[0]?.to, results[0]?.from, 'somebody else leads');
  }
});

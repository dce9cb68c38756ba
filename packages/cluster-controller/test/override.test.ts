import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObError } from '@sealane/errors';
import t, { type Test } from 'tap';
import { execute } from '../src/execute.ts';
import { Journal, type JournalLine, type Override } from '../src/journal.ts';
import { observe } from '../src/observe.ts';
import { overrideOf, waive } from '../src/override.ts';
import { fault, good } from '../src/preflight/finding.ts';
import { SqlAccess } from '../src/sql-access.ts';
import { TenantProbe } from '../src/tenant-probe.ts';
import { silent } from '../src/watchers.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';

/** A node that came back from its restart and is cut off: its certificate had expired. A second restart is the cure. */

const scratch = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const SECOND = '127.0.0.1:3882';
const override: Override = { server: SECOND, reason: 'its certificate had expired, renewed by hand' };

class MortalJournal extends Journal {
  override append(line: JournalLine): void {
    super.append(line);
    if (line.step.kind === 'start-process' && line.event === 'end') throw new Error('killed');
  }
}

t.test('the named node is restarted once more, and the roll goes on to its end', async (t) => {
  const { cluster, file } = await stuck(t);
  await t.rejects(run(cluster, new Journal(file)), /gate rejoin: .*observer-2.*is not in sync/);
  t.equal(cluster.member(SECOND).starts, 2, 'nobody restarts it by himself');

  await run(cluster, new Journal(file), override);

  t.same(cluster.linkModes(), Array(6).fill('ENCRYPTED'));
  t.equal(cluster.member(SECOND).starts, 3);
  t.same(
    cluster.members.filter(({ server }) => server !== SECOND).map(({ starts }) => starts),
    [2, 2],
  );
  t.same(
    cluster.violations,
    [`${SECOND} was stopped without STOP SERVER`],
    'it could not take part in its stop',
  );
  t.match(
    readFileSync(file, 'utf8'),
    /"override":\{"server":"127\.0\.0\.1:3882","reason":"its certificate had expired/,
  );
});

t.test('never while another one is missing: no majority is put at risk', async (t) => {
  const { cluster, file } = await stuck(t);
  cluster.member('127.0.0.1:4882').behindNs = 9_000_000_000n;

  const error = await t.rejects(run(cluster, new Journal(file), override));

  t.ok(isObError(error, 'OB_OP_NOT_ALLOW'));
  t.match(error, /gate stop: .*would keep 1 replicas in sync of 3, it needs 2/);
  t.equal(cluster.member(SECOND).starts, 2);
});

t.test('another node than the named one is not helped by it', async (t) => {
  const { cluster, file } = await stuck(t);

  await t.rejects(run(cluster, new Journal(file), { ...override, server: '127.0.0.1:4882' }), /gate rejoin/);
  t.equal(cluster.member(SECOND).starts, 2);
});

t.test('only what the node itself lacks is waived, and it has to be one of the cluster', (t) => {
  const cluster = new FakeCluster();
  const findings = [
    fault('observer-2', 'is 9 s behind', 'wait'),
    fault('observer-2 → observer-3', 'no link', 'see its log'),
    fault('observer-3', 'is stopped', 'start it'),
    fault('cluster', 'another controller is at work', 'wait'),
    good('observer-1', 'ACTIVE'),
  ];

  const left = waive(findings, cluster, overrideOf(cluster, { node: 'observer-2', reason: 'cure' }));

  t.same(
    left.filter(({ fits }) => !fits).map(({ where }) => where),
    ['observer-3', 'cluster'],
  );
  t.match(left[0], { watch: true, what: /waived by --override: cure/ });
  t.same(overrideOf(cluster, { node: SECOND, reason: 'x' }).server, SECOND);
  t.throws(
    () => overrideOf(cluster, { node: 'observer-9', reason: 'x' }),
    /names no node of this cluster: observer-9/,
  );
  t.end();
});

/** The controller was killed when it had started the first node again, which then doesn't get in sync. */
async function stuck(t: Test): Promise<{ cluster: FakeCluster; file: string }> {
  const directory = mkdtempSync(join(scratch, 'sealane-journal-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'journal.jsonl');
  const cluster = new FakeCluster();
  await t.rejects(run(cluster, new MortalJournal(file)), /killed/);
  const node = cluster.member(SECOND);
  node.behindNs = 60_000_000_000n;
  node.curedByStart = true;
  return { cluster, file };
}

function run(cluster: FakeCluster, journal: Journal, given?: Override) {
  const sql = new SqlAccess(cluster.dial);
  const options = { soakMs: 0, errorBudget: 5, ...(given === undefined ? {} : { override: given }) };
  return execute({
    goal: { kind: 'encrypt' },
    journal,
    progress: silent,
    steps: { target: cluster, sql },
    observe: (depth) => observe(cluster, sql, new TenantProbe(cluster.dial), depth),
    clock: new FakeClock(),
    options,
  });
}

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObError } from '@sealane/errors';
import t, { type Test } from 'tap';
import type { ClusterView } from '../src/cluster-view.ts';
import { type Execution, execute } from '../src/execute.ts';
import type { Goal } from '../src/goal.ts';
import { Journal } from '../src/journal.ts';
import { observe } from '../src/observe.ts';
import { SqlAccess } from '../src/sql-access.ts';
import { TenantProbe } from '../src/tenant-probe.ts';
import { silent } from '../src/watchers.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';
import { MortalJournal } from './killed/mortal-journal.ts';

/** Some thousand journal lines are forced to disk here: in memory where there is such a place. */
const scratch = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const encrypt: Goal = { kind: 'encrypt' };
const decrypt: Goal = { kind: 'decrypt' };

function journalFile(test: Test): string {
  const directory = mkdtempSync(join(scratch, 'sealane-journal-'));
  test.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'journal.jsonl');
}

function executionOf(cluster: FakeCluster, goal: Goal, journal: Journal): Execution {
  const sql = new SqlAccess(cluster.dial);
  return {
    goal,
    journal,
    progress: silent,
    steps: { target: cluster, sql },
    observe: (depth): Promise<ClusterView> => observe(cluster, sql, new TenantProbe(cluster.dial), depth),
    clock: new FakeClock(),
  };
}

t.test('enable restarts every node once, followers first, and ends with every link encrypted', async (t) => {
  const cluster = new FakeCluster();

  await execute(executionOf(cluster, encrypt, new Journal(journalFile(t))));

  t.same(cluster.linkModes(), Array(6).fill('ENCRYPTED'));
  t.same(
    cluster.members.map((node) => node.starts),
    [2, 2, 2],
  );
  t.same(cluster.violations, []);
  t.match(cluster.changes, [
    /ssl_client_authentication = 'True'/,
    /_ob_ssl_invited_nodes = 'ALL'/,
    /STOP SERVER/,
  ]);
  const stops = cluster.changes.filter((change) => change.startsWith('stop '));
  t.same(stops, ['stop 127.0.0.1:3882', 'stop 127.0.0.1:4882', 'stop 127.0.0.1:2882'], 'the leader is last');
});

t.test('disable goes the same way back', async (t) => {
  const cluster = new FakeCluster();
  await execute(executionOf(cluster, encrypt, new Journal(journalFile(t))));
  cluster.changes.length = 0;

  await execute(executionOf(cluster, decrypt, new Journal(journalFile(t))));

  t.same(cluster.linkModes(), Array(6).fill('PLAIN'));
  t.same(cluster.violations, []);
  t.match(cluster.changes[0], /_ob_ssl_invited_nodes = 'NONE'/);
  t.match(cluster.changes.at(-1), /ssl_client_authentication = 'False'/, 'TLS for clients goes last');
});

t.test('enable on an encrypted cluster does nothing', async (t) => {
  const cluster = new FakeCluster();
  const file = journalFile(t);
  await execute(executionOf(cluster, encrypt, new Journal(file)));
  cluster.changes.length = 0;

  const result = await execute(executionOf(cluster, encrypt, new Journal(file)));

  t.same(result.taken, []);
  t.same(cluster.changes, []);
});

t.test('a second rolling restart restarts again, although the journal holds the first', async (t) => {
  const cluster = new FakeCluster();
  const file = journalFile(t);
  const goal: Goal = { kind: 'restart', servers: cluster.members.map((node) => node.server) };

  await execute(executionOf(cluster, goal, new Journal(file)));
  await execute(executionOf(cluster, goal, new Journal(file)));

  t.same(
    cluster.members.map((node) => node.starts),
    [3, 3, 3],
  );
});

t.test(
  'a journal of a cluster that was made anew since does not count: every node is restarted',
  async (t) => {
    const file = journalFile(t);
    await t.rejects(
      execute(executionOf(new FakeCluster(), encrypt, new MortalJournal(file, 20, 'after'))),
      /killed/,
    );
    const anew = new FakeCluster();
    for (const node of anew.members) node.starts = 7;

    await execute(executionOf(anew, encrypt, new Journal(file)));

    t.same(anew.linkModes(), Array(6).fill('ENCRYPTED'));
    t.same(
      anew.members.map((node) => node.starts),
      [8, 8, 8],
    );
    t.same(anew.violations, []);
  },
);

t.test('nothing is touched while a node is down that nobody of ours stopped', async (t) => {
  const cluster = new FakeCluster();
  cluster.member('127.0.0.1:4882').running = false;

  const error = await t.rejects(execute(executionOf(cluster, encrypt, new Journal(journalFile(t)))));

  t.ok(isObError(error, 'OB_OP_NOT_ALLOW'));
  t.match(error, /observer-3 127\.0\.0\.1:4882 is not running/);
  t.same(cluster.changes, []);
});

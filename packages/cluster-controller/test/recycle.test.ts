import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Execution, execute } from '../src/execute.ts';
import type { Goal } from '../src/goal.ts';
import { Journal, type JournalLine } from '../src/journal.ts';
import { observe } from '../src/observe.ts';
import { SqlAccess } from '../src/sql-access.ts';
import { TenantProbe } from '../src/tenant-probe.ts';
import { silent } from '../src/watchers.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';

/** Every line is forced to disk: in memory where there is such a place. */
const scratch = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const encrypt: Goal = { kind: 'encrypt', strategy: 'recycle' };
const decrypt: Goal = { kind: 'decrypt', strategy: 'recycle' };

class MortalJournal extends Journal {
  #left: number;

  constructor(file: string, left: number) {
    super(file);
    this.#left = left;
  }

  override append(line: JournalLine): void {
    if (this.#left <= 0) throw new Error('killed');
    this.#left -= 1;
    super.append(line);
  }
}

t.test('links are renewed node by node, followers first, and no node is restarted', async (t) => {
  const cluster = new FakeCluster();
  await run(cluster, encrypt, new Journal(journalFile(t)));

  t.same(cluster.linkModes(), Array(6).fill('ENCRYPTED'));
  t.same(startsOf(cluster), [1, 1, 1]);
  t.same(
    cluster.changes.filter((change) => change.includes('RENEW')),
    ['127.0.0.1:3882', '127.0.0.1:4882', '127.0.0.1:2882'].map(
      (server) => `ALTER SYSTEM RENEW RPC LINKS SERVER = '${server}'`,
    ),
  );

  await run(cluster, decrypt, new Journal(journalFile(t)));
  t.same(cluster.linkModes(), Array(6).fill('PLAIN'));
  t.same(startsOf(cluster), [1, 1, 1]);
  t.match(cluster.changes.at(-1), /ssl_client_authentication = 'False'/);
});

t.test('killed at any line of the journal and run again, it comes to the same end', async (t) => {
  const counted = journalFile(t);
  await run(new FakeCluster(), encrypt, new Journal(counted));
  const positions = new Journal(counted).lines.length;
  t.ok(positions >= 10, `${positions} positions`);
  for (let position = 0; position < positions; position += 1) {
    const cluster = new FakeCluster();
    const file = journalFile(t);
    await t.rejects(run(cluster, encrypt, new MortalJournal(file, position)), /killed/);
    await run(cluster, encrypt, new Journal(file));

    t.same(cluster.linkModes(), Array(6).fill('ENCRYPTED'), `killed at ${position}`);
    t.same(startsOf(cluster), [1, 1, 1]);
    t.equal(new Journal(file).unfinishedRun(), undefined);
  }
});

t.test('what a roll by restarts left down comes back first, at whatever line it was killed', async (t) => {
  const counted = journalFile(t);
  await run(new FakeCluster(), { kind: 'encrypt' }, new Journal(counted));
  const positions = new Journal(counted).lines.length;
  for (let position = 0; position < positions; position += 1) {
    const cluster = new FakeCluster();
    const file = journalFile(t);
    await t.rejects(run(cluster, { kind: 'encrypt' }, new MortalJournal(file, position)), /killed/);
    await run(cluster, encrypt, new Journal(file));

    t.same(cluster.linkModes(), Array(6).fill('ENCRYPTED'), `killed at ${position}`);
    t.ok(cluster.members.every(({ running, stopTime }) => running && stopTime === null));
    t.same(cluster.violations, []);
  }
});

t.test('no link is touched while a replica is behind', async (t) => {
  const cluster = new FakeCluster();
  cluster.member('127.0.0.1:4882').behindNs = 6_000_000_000n;

  await t.rejects(
    run(cluster, encrypt, new Journal(journalFile(t))),
    /still waiting for the others to be ready before observer-2 .* renews its links/,
  );
  t.same(
    cluster.changes.filter((change) => change.includes('RENEW')),
    [],
  );
});

function run(cluster: FakeCluster, goal: Goal, journal: Journal) {
  const sql = new SqlAccess(cluster.dial);
  const execution: Execution = {
    goal,
    journal,
    progress: silent,
    steps: { target: cluster, sql },
    observe: (depth) => observe(cluster, sql, new TenantProbe(cluster.dial), depth),
    clock: new FakeClock(),
  };
  return execute(execution);
}

function startsOf(cluster: FakeCluster): readonly number[] {
  return cluster.members.map(({ starts }) => starts);
}

function journalFile(test: Test): string {
  const directory = mkdtempSync(join(scratch, 'sealane-journal-'));
  test.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'journal.jsonl');
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObError } from '@sealane/errors';
import t from 'tap';
import { type ClusterView, linksOf, missingPairs, plainPairs } from '../src/cluster-view.ts';
import { execute } from '../src/execute.ts';
import { gates } from '../src/gates.ts';
import { Journal } from '../src/journal.ts';
import { takeLocalLease } from '../src/lease/local-lease.ts';
import { observe } from '../src/observe.ts';
import { decide } from '../src/plan.ts';
import { statusJson } from '../src/report.ts';
import { reasonsAgainstStopping } from '../src/safety.ts';
import { SqlAccess } from '../src/sql-access.ts';
import { TenantProbe } from '../src/tenant-probe.ts';
import { silent, watcherFor } from '../src/watchers.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';

const look = (cluster: FakeCluster): Promise<ClusterView> =>
  observe(cluster, new SqlAccess(cluster.dial), new TenantProbe(cluster.dial));

t.test(
  'a follower that is behind by more than five seconds keeps every other node from being stopped',
  async (t) => {
    const cluster = new FakeCluster();
    cluster.member('127.0.0.1:4882').behindNs = 6_000_000_000n;

    const view = await look(cluster);

    t.match(reasonsAgainstStopping(view, '127.0.0.1:3882'), [
      /would keep 1 replicas in sync of 3, it needs 2/,
    ]);
    t.same(reasonsAgainstStopping(view, '127.0.0.1:4882'), [], 'the one that is behind may be stopped');
  },
);

t.test('a stopped server keeps every other node from being stopped', async (t) => {
  const cluster = new FakeCluster();
  cluster.member('127.0.0.1:4882').stopTime = '2026-01-01 00:00:00.000000';

  const reasons = reasonsAgainstStopping(await look(cluster), '127.0.0.1:3882');

  t.match(reasons, [/observer-3 127\.0\.0\.1:4882 is stopped since/]);
});

t.test(
  'a node that is cut off from a third of the mesh is waited for, by name, before anything is set',
  async (t) => {
    const cluster = new FakeCluster();
    const whole = await look(cluster);
    const view: ClusterView = {
      proxies: [],
      nodes: whole.nodes.map((node) =>
        node.answer === undefined ? node : { ...node, answer: { ...node.answer, links: [] } },
      ),
    };

    const decision = decide({ kind: 'encrypt' }, view);

    t.match(decision, { kind: 'wait', gate: 'links' });
    t.equal(missingPairs(view).length, 6);
  },
);

t.test('a link counts as encrypted only when both ends say so', async (t) => {
  const cluster = new FakeCluster();
  cluster.dial = cluster.dial.bind(cluster);
  const view = await look(cluster);
  const oneEnd: ClusterView = {
    proxies: [],
    nodes: view.nodes.map((node, index) =>
      node.answer === undefined || index > 0
        ? node
        : {
            ...node,
            answer: {
              ...node.answer,
              links: node.answer.links.map((link) => ({ ...link, mode: 'ENCRYPTED' })),
            },
          },
    ),
  };

  t.ok(linksOf(oneEnd).every((link) => link.mode === 'PLAIN'));
  t.equal(plainPairs(oneEnd).length, 6);
});

t.test('a parameter that one node does not take up is set back, and the node is named', async (t) => {
  const cluster = new FakeCluster();
  cluster.member('127.0.0.1:3882').deaf = true;
  const directory = mkdtempSync(join(tmpdir(), 'sealane-plan-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const sql = new SqlAccess(cluster.dial);

  const error = await t.rejects(
    execute({
      goal: { kind: 'encrypt' },
      journal: new Journal(join(directory, 'journal.jsonl')),
      progress: silent,
      steps: { target: cluster, sql },
      observe: () => observe(cluster, sql, new TenantProbe(cluster.dial)),
      clock: new FakeClock(),
    }),
  );

  t.ok(isObError(error, 'OB_TIMEOUT'));
  t.match(error, /observer-2 127\.0\.0\.1:3882 to show ssl_client_authentication = True/);
  t.same(cluster.changes, [
    "ALTER SYSTEM SET ssl_client_authentication = 'True'",
    "ALTER SYSTEM SET ssl_client_authentication = 'False'",
  ]);
});

t.test(
  'a node that never comes back stops the roll with its name, and no other node is touched',
  async (t) => {
    const cluster = new FakeCluster();
    cluster.member('127.0.0.1:3882').broken = true;
    const directory = mkdtempSync(join(tmpdir(), 'sealane-plan-'));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    const sql = new SqlAccess(cluster.dial);

    const error = await t.rejects(
      execute({
        goal: { kind: 'encrypt' },
        journal: new Journal(join(directory, 'journal.jsonl')),
        progress: silent,
        steps: { target: cluster, sql },
        observe: () => observe(cluster, sql, new TenantProbe(cluster.dial)),
        clock: new FakeClock(),
      }),
    );

    t.match(error, /observer-2 127\.0\.0\.1:3882/);
    t.same(
      cluster.members.map((node) => node.running),
      [true, false, true],
    );
    t.same(cluster.violations, []);
  },
);

t.test('status --json names each node and each link, and counts directed links in clear', async (t) => {
  const cluster = new FakeCluster();

  const status = statusJson(cluster, await look(cluster));

  t.match(status, { plain_links: 6, encrypted_links: 0, missing_links: 0 });
  t.match(status.nodes[0], { svr_ip: '127.0.0.1', svr_port: 2882, sql_port: 2881, zone: 'zone1' });
  t.match(status.links[0], {
    from: '127.0.0.1:2882',
    to: '127.0.0.1:3882',
    kind: 'RPC',
    mode: 'PLAIN',
    epoch: 1,
  });
  t.match(status.links[0]?.bytes, { clear_in: 500, clear_out: 700, encrypted_in: 0, encrypted_out: 0 });
});

t.test(
  'a lease that is held refuses a second controller, one left by a dead controller is taken',
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'sealane-lease-'));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    const file = join(directory, 'lease');

    const giveBack = takeLocalLease(file);
    t.throws(() => takeLocalLease(file), /another controller/);
    giveBack();
    writeFileSync(file, '999999999\n');

    t.doesNotThrow(() => takeLocalLease(file)());
  },
);

t.test('a torn last line of the journal is ignored and does not spoil the next', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-journal-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'journal.jsonl');
  const at = '2026-01-01T00:00:00Z';
  const nodes = [{ server: 'a:1', instance: 'x' }];
  const goal = 'encryption enable';
  new Journal(file).append({
    at,
    goal,
    event: 'begin',
    step: { kind: 'begin-roll', mode: 'ENCRYPTED', nodes },
  });
  writeFileSync(file, '{"at":"2026-01-01T00:0', { flag: 'a' });

  const second = new Journal(file);
  t.match(second.unfinishedRoll(), { current: undefined, nodes });
  second.append({ at, goal, event: 'begin', step: { kind: 'begin-node', server: 'a:1' } });

  t.match(new Journal(file).unfinishedRoll(), { current: 'a:1' });
});

t.test(
  'a long journal is moved aside when a new run begins, and not while a roll is unfinished',
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'sealane-journal-'));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    const file = join(directory, 'journal.jsonl');
    const line = { at: '2026-01-01T00:00:00Z', goal: 'encryption enable' };
    const nodes = [{ server: 'a:1', instance: 'x' }];
    const roll = { ...line, event: 'begin', step: { kind: 'begin-roll', mode: 'ENCRYPTED', nodes } } as const;
    const run = {
      ...line,
      event: 'begin',
      step: {
        kind: 'begin-run',
        goal: { kind: 'encrypt' },
        options: { soakMs: 1000, errorBudget: 5 },
        before: { parameters: {}, requiringTls: [], proxies: {} },
      },
    } as const;
    writeFileSync(file, `${'x'.repeat(2_000_000)}\n${JSON.stringify(roll)}\n`);
    const journal = new Journal(file);

    journal.append(run);
    t.ok(readFileSync(file).length > 2_000_000);
    t.match(new Journal(file).unfinishedRoll(), { nodes });
    journal.append({ ...line, event: 'end', step: { kind: 'end-run', outcome: 'done' } });
    journal.append(run);

    t.ok(readFileSync(file).length < 1_000);
    t.ok(readFileSync(`${file}.old`).length > 2_000_000);
    t.match(new Journal(file).unfinishedRun(), { goal: { kind: 'encrypt' }, options: { soakMs: 1000 } });
  },
);

t.test('the table of gates in DESIGN.md is the one that counts', (t) => {
  const text = readFileSync(new URL('../DESIGN.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z ]+)` +\| .* \| (\d+) s +\| (fail|refuse) +\|$/gm)];
  const written = rows.map(([, name, seconds, then]) => [
    name,
    { timeoutMs: Number(seconds) * 1000, onTimeout: then },
  ]);
  t.same(Object.fromEntries(written), gates);
  t.end();
});

t.test('a terminal sees the mesh below the lines, everything else sees lines only', async (t) => {
  const cluster = new FakeCluster();
  const view = await look(cluster);
  for (const isTTY of [true, false]) {
    const written: string[] = [];
    const watcher = watcherFor({ write: (text) => written.push(text), isTTY, columns: 100 });
    watcher.see(view);
    watcher.begin({ kind: 'stop-server', server: '127.0.0.1:2882' }, view);
    watcher.end({ kind: 'stop-server', server: '127.0.0.1:2882' }, 120);
    watcher.close();

    t.match(written.join(''), /STOP SERVER 127\.0\.0\.1:2882/);
    t.equal(written.join('').includes('─── plain'), isTTY);
  }
});

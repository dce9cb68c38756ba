import { setImmediate } from 'node:timers/promises';
import type { CellValue, SqlValue } from '@sealane/sql';
import t, { type Test } from 'tap';
import type { InternalSql } from '../../src/cluster/ports.ts';
import { type HeartbeatReport, ServerManager } from '../../src/cluster/server-manager.ts';
import { deadlineAfter, waitUntil } from '../../src/wait.ts';

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };
const servers = [2882, 3882].map((rpcPort) => ({ ip: '127.0.0.1', rpcPort, sqlPort: rpcPort - 1 }));
const [self, other] = servers as [(typeof servers)[number], (typeof servers)[number]];

/** Notes what is written, and answers what a test put there. */
class FakeSql implements InternalSql {
  readonly written: { text: string; parameters: readonly CellValue[] }[] = [];
  servers: SqlValue[][] = [];
  zones: SqlValue[][] = [];

  async execute(text: string, parameters: readonly CellValue[] = []): Promise<void> {
    this.written.push({ text, parameters });
  }

  async transaction(
    statements: readonly { text: string; parameters: readonly CellValue[] }[],
  ): Promise<void> {
    this.written.push(...statements);
  }

  local(table: string): SqlValue[][] {
    if (table === '__all_server') return this.servers;
    return table === '__all_zone' ? this.zones : [];
  }
}

function serverRow(port: number, change: { status?: string; startServiceTime?: bigint } = {}): SqlValue[] {
  return [
    '127.0.0.1',
    BigInt(port),
    1n,
    'zone1',
    BigInt(port - 1),
    change.status ?? 'ACTIVE',
    'b',
    0n,
    change.startServiceTime ?? 5n,
    0n,
    null,
    null,
  ];
}

interface Cluster {
  readonly sql: FakeSql;
  readonly manager: ServerManager;
  nowMs: number;
  leads: boolean;
  answer: HeartbeatReport | undefined;
  askedCount: number;
}

function makeCluster(t: Test): Cluster {
  const sql = new FakeSql();
  const cluster: Cluster = {
    sql,
    nowMs: 1_000_000,
    leads: true,
    answer: report(7),
    askedCount: 0,
    manager: new ServerManager({
      self,
      servers,
      sql,
      logger: silentLogger,
      rpc: {
        call: async () => {
          cluster.askedCount += 1;
          if (cluster.answer === undefined) throw new Error('no answer');
          return cluster.answer;
        },
      },
      leadsRootService: () => cluster.leads,
      ownReport: () => report(5),
      leaseTimeMs: () => 10_000,
      now: () => cluster.nowMs,
    }),
  };
  t.teardown(() => cluster.manager.stop());
  return cluster;
}

function report(startServiceTimeUs: number): HeartbeatReport {
  return {
    zone: 'zone1',
    sqlPort: 1,
    buildVersion: 'b',
    startServiceTimeUs,
    empty: false,
    electionTimings: 'SEALANE',
  };
}

async function written(
  cluster: Cluster,
  pattern: RegExp,
): Promise<{ text: string; parameters: readonly CellValue[] }> {
  const find = () => cluster.sql.written.find(({ text }) => pattern.test(text));
  await waitUntil(() => find() !== undefined, deadlineAfter(5_000), 5);
  const found = find();
  if (found === undefined) throw new Error(`nothing was written like ${pattern}`);
  return found;
}

t.test('the first leader makes the tables, and notes every server and zone that answers', async (t) => {
  const cluster = makeCluster(t);

  cluster.manager.start();

  await written(cluster, /CREATE TABLE IF NOT EXISTS oceanbase\.__all_server/);
  await written(cluster, /INSERT INTO oceanbase\.__all_zone/);
  const inserted = cluster.sql.written.filter(({ text }) => /INSERT INTO oceanbase\.__all_server/.test(text));
  t.same(
    inserted.map(({ parameters }) => parameters[1]),
    [2882, 3882],
  );
  t.same(
    inserted.map(({ parameters }) => parameters[2]),
    [1, 2],
    'ids in order',
  );
});

t.test('a server that was started again gets its new START_SERVICE_TIME', async (t) => {
  const cluster = makeCluster(t);
  cluster.sql.servers = [serverRow(2882), serverRow(3882)];
  cluster.sql.zones = [['zone1', 'ACTIVE', '', '', '', null, null]];

  cluster.manager.start();

  const { parameters } = await written(cluster, /UPDATE oceanbase\.__all_server SET status/);
  t.same(parameters, ['ACTIVE', 'zone1', 'b', 7, '127.0.0.1', 3882]);
});

t.test('a server that is silent for its lease becomes INACTIVE, not earlier', async (t) => {
  const cluster = makeCluster(t);
  cluster.sql.servers = [serverRow(2882), serverRow(3882, { startServiceTime: 7n })];
  cluster.sql.zones = [['zone1', 'ACTIVE', '', '', '', null, null]];
  cluster.manager.start();
  await waitUntil(() => cluster.manager.alive('127.0.0.1:3882'), deadlineAfter(5_000), 5);

  cluster.answer = undefined;
  cluster.nowMs += 9_000;
  cluster.manager.hurry();
  t.ok(cluster.manager.alive('127.0.0.1:3882'), 'within its lease');
  cluster.nowMs += 2_000;
  cluster.manager.hurry();

  const { parameters } = await written(cluster, /last_offline_time = \?/);
  t.same([parameters[0], ...parameters.slice(2)], ['INACTIVE', '127.0.0.1', other.rpcPort]);
  const told = cluster.sql.written.find((each) => each.parameters[1] === 'last_offline_time set');
  t.same(told?.parameters.slice(0, 4), ['server', 'last_offline_time set', 'server', '127.0.0.1:3882']);
  t.notOk(cluster.manager.alive('127.0.0.1:3882'));
});

t.test('a node that does not lead writes nothing', async (t) => {
  const cluster = makeCluster(t);
  cluster.leads = false;

  cluster.manager.start();
  await waitUntil(() => cluster.sql.written.length > 0, deadlineAfter(700), 20);

  t.same(cluster.sql.written, []);
});

t.test('at the bootstrap a silent server gets its row too, and its zone when it is heard', async (t) => {
  const cluster = makeCluster(t);
  cluster.answer = undefined;
  cluster.manager.start();
  await written(cluster, /INSERT INTO oceanbase\.__all_zone/);
  const inserted = cluster.sql.written.filter(({ text }) => /INSERT INTO oceanbase\.__all_server/.test(text));
  t.same(
    inserted.map(({ parameters }) => [parameters[1], parameters[3], parameters[5]]),
    [
      [2882, 'zone1', 'ACTIVE'],
      [3882, '', 'INACTIVE'],
    ],
  );

  cluster.sql.servers = [serverRow(2882), serverRow(3882, { status: 'INACTIVE' })];
  cluster.answer = report(7);
  cluster.manager.hurry();

  const { parameters } = await written(cluster, /UPDATE oceanbase\.__all_server SET status/);
  t.same(parameters, ['ACTIVE', 'zone1', 'b', 7, '127.0.0.1', 3882]);
  await waitUntil(
    () => cluster.sql.written.some((each) => each.parameters[1] === 'online'),
    deadlineAfter(5_000),
    5,
  );
  t.ok(cluster.sql.written.some((each) => each.parameters[1] === 'online'));
});

t.test('whoever is in the table is asked, not whoever the cluster began with', async (t) => {
  const cluster = makeCluster(t);
  cluster.sql.servers = [serverRow(2882), serverRow(4882, { status: 'DELETING' })];
  cluster.sql.zones = [['zone1', 'ACTIVE', '', '', '', null, null]];
  cluster.manager.start();

  const { parameters } = await written(cluster, /UPDATE oceanbase\.__all_server SET status/);
  t.same(parameters, ['DELETING', 'zone1', 'b', 7, '127.0.0.1', 4882], 'and stays what it is');
});

t.test('a leader that was too busy to ask holds nobody for silent', async (t) => {
  const cluster = makeCluster(t);
  cluster.sql.servers = [serverRow(2882), serverRow(3882, { startServiceTime: 7n })];
  cluster.sql.zones = [['zone1', 'ACTIVE', '', '', '', null, null]];
  cluster.manager.start();
  await waitUntil(() => cluster.manager.alive('127.0.0.1:3882'), deadlineAfter(5_000), 5);
  cluster.answer = undefined;
  const before = cluster.askedCount;
  cluster.manager.hurry();
  await waitUntil(() => cluster.askedCount > before, deadlineAfter(5_000), 5);
  await setImmediate();

  // The next round is due in half a second, and begins half a minute late.
  cluster.nowMs += 30_000;
  await waitUntil(() => cluster.askedCount > before + 1, deadlineAfter(5_000), 5);
  await setImmediate();

  t.ok(cluster.manager.alive('127.0.0.1:3882'));
  t.notOk(cluster.sql.written.some(({ text }) => text.includes("status = 'INACTIVE'")));
});

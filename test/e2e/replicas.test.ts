import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import {
  askNode,
  connectTo,
  freePorts,
  Load,
  startCluster,
  type TestCluster,
  type TestNode,
  within,
} from '@sealane/testkit';
import t, { type Test } from 'tap';

/** Replicas come and go under writes: a wiped disk, a new server, a dead one that is replaced. */

/** Less than scripts/run-tests.js gives a file, so that what hangs has a name. */
const FILE_TIMEOUT_MS = 230_000;
const SETTLE_TIMEOUT_MS = 90_000;
const OBSERVER = fileURLToPath(new URL('../../packages/observer/src/main.ts', import.meta.url));

// Real clusters take their time where the machine is busy.
t.setTimeout(FILE_TIMEOUT_MS);

t.test(
  'a wiped node whose entries no log has any more comes back by itself, while writes go on',
  async (t) => {
    const cluster = await startCluster(t);
    const [first, , last] = cluster.nodes as [TestNode, TestNode, TestNode];
    await asRoot(cluster, first, "ALTER SYSTEM SET _log_tail_size = '0M'");
    const connection = await connectTo(cluster, first);
    await connection.query('CREATE TABLE large (id INT PRIMARY KEY, v LONGTEXT)');
    for (let id = 0; id < 6; id++)
      await connection.query(`INSERT INTO large VALUES (${id}, REPEAT('v', 1000000))`);
    await connection.end();
    const freed = await within(SETTLE_TIMEOUT_MS, 'every log begins behind the freeze', async () => {
      // Again, for a follower that hadn't applied its last entry yet: a log's last file goes as a whole.
      await asRoot(cluster, first, 'ALTER SYSTEM MINOR FREEZE TENANT = test');
      const rows = await asRoot(
        cluster,
        first,
        'SELECT BASE_LSN, BEGIN_LSN FROM oceanbase.GV$OB_LOG_STAT WHERE TENANT_ID = 1002',
      );
      return rows.length === 3 && rows.every(([base]) => Number(base) > 0) && rows;
    });
    t.ok(freed.every(([base, begin]) => Number(begin) === Number(base) + 1));
    const load = await startLoad(cluster, [first]);

    process.kill(last.pid, 'SIGKILL');
    rmSync(join(cluster.directoryOf(last), 'store'), { recursive: true });
    const before = load.acknowledgedCount;
    await within(
      SETTLE_TIMEOUT_MS,
      'rows are written without it',
      () => load.acknowledgedCount > before + 50,
    );
    t.equal((await cluster.controller('up')).code, 0, 'it is started again, and serves');
    await inSync(cluster, last);
    const result = await load.stop();

    t.same(result.failures, {}, 'no write failed');
    const there = await sameEverywhere(cluster.nodes.map((node) => cluster.directoryOf(node)));
    t.same(
      result.acknowledged.filter((id) => !there.has(id)),
      [],
    );
    const events = await eventsOf(cluster, first);
    t.ok(
      events.includes(`finish_rebuild_ls_replica tenant_id=1002 replica=${nameOf(last)}`),
      events.join('; '),
    );
    t.ok(events.includes(`minor_freeze server=${nameOf(first)} tenant_id=1002`));
  },
);

t.test('a new server replaces a dead one, and then it counts like any other', async (t) => {
  const cluster = await startCluster(t);
  const [first, second, third] = cluster.nodes as [TestNode, TestNode, TestNode];
  const load = await startLoad(cluster, [first, second]);
  const added = await startServer(t, cluster, third.zone);

  process.kill(third.pid, 'SIGKILL');
  await within(SETTLE_TIMEOUT_MS, 'the new server is there', () =>
    asRoot(cluster, first, `ALTER SYSTEM ADD SERVER '${nameOf(added.node)}' ZONE '${third.zone}'`),
  );
  await t.rejects(
    asRoot(cluster, first, `ALTER SYSTEM ADD SERVER '${nameOf(added.node)}'`),
    /Entry already exist/,
  );
  await members(cluster, first, [first, second, third, added.node]);
  await t.rejects(
    asRoot(cluster, first, `ALTER SYSTEM DELETE SERVER '127.0.0.1:1'`),
    /not in server white list/,
  );
  await asRoot(cluster, first, `ALTER SYSTEM DELETE SERVER '${nameOf(third)}'`);
  await members(cluster, first, [first, second, added.node]);
  await within(SETTLE_TIMEOUT_MS, 'its row is gone', async () => {
    const rows = await asRoot(cluster, first, 'SELECT SVR_PORT FROM oceanbase.DBA_OB_SERVERS');
    return rows.length === 3 && !rows.some(([port]) => Number(port) === third.svr_port);
  });
  const locations = await asRoot(
    cluster,
    first,
    'SELECT DISTINCT SVR_PORT FROM oceanbase.CDB_OB_LS_LOCATIONS ORDER BY SVR_PORT',
  );
  t.same(
    locations.flat().map(Number),
    [first, second, added.node].map((node) => node.svr_port).toSorted((left, right) => left - right),
  );
  t.match((await cluster.controller('status')).stdout, new RegExp(`${nameOf(added.node)} .*ACTIVE`));
  await inSync(cluster, added.node);

  const leader = (await leads(cluster, first)) ? first : second;
  const stays = leader === first ? second : first;
  process.kill(leader.pid, 'SIGKILL');
  const before = load.acknowledgedCount;
  await within(
    SETTLE_TIMEOUT_MS,
    'rows are written with the new one as voter',
    () => load.acknowledgedCount > before + 50,
  );
  const result = await load.stop();
  const there = await sameEverywhere([cluster.directoryOf(stays), added.directory]);
  t.same(
    result.acknowledged.filter((id) => !there.has(id)),
    [],
  );
  const events = await eventsOf(cluster, stays);
  for (const event of [
    `add_server server=${nameOf(added.node)} zone=${third.zone}`,
    `delete_server server=${nameOf(third)} zone=${third.zone}`,
    `finish_delete_server server=${nameOf(third)}`,
  ]) {
    t.ok(events.includes(event), `${event} among ${events.join('; ')}`);
  }
  t.ok(events.some((event) => event.startsWith('change leader to takeover tenant_id=1002')));
});

/** A fourth node, not the controller's: as an operator starts it, with the list of the others. */
async function startServer(
  t: Test,
  cluster: TestCluster,
  zone: string,
): Promise<{ node: TestNode; directory: string }> {
  const [svr_port = 0, sql_port = 0] = await freePorts(2);
  const directory = join(cluster.baseDirectory, 'added');
  mkdirSync(directory);
  const list = cluster.nodes.map((node) => `${node.svr_ip}:${node.svr_port}:${node.sql_port}`).join(';');
  const identity = ['-I', '127.0.0.1', '-P', `${svr_port}`, '-p', `${sql_port}`, '-z', zone, '-n', 'sealane'];
  const child: ChildProcess = spawn(
    process.execPath,
    [OBSERVER, ...identity, '-c', '1', '-d', directory, '-r', list],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const node = { name: 'added', svr_ip: '127.0.0.1', svr_port, sql_port, zone, pid: child.pid ?? 0 };
  return { node: { ...node, leads: [], running: true }, directory };
}

async function startLoad(cluster: TestCluster, nodes: readonly TestNode[]): Promise<Load> {
  const load = await Load.start({
    host: '127.0.0.1',
    ports: nodes.map((node) => node.sql_port),
    writers: 2,
    pauseMs: 2,
  });
  await within(SETTLE_TIMEOUT_MS, 'rows are written', () => load.acknowledgedCount > 50);
  t.equal(cluster.nodes.length, 3);
  return load;
}

function asRoot(cluster: TestCluster, node: TestNode, sql: string): Promise<readonly (readonly unknown[])[]> {
  return askNode(cluster, node, sql, { user: 'root@sys' });
}

async function inSync(cluster: TestCluster, node: TestNode): Promise<void> {
  await within(SETTLE_TIMEOUT_MS, `${node.name} is in sync`, async () => {
    const rows = await asRoot(cluster, node, 'SELECT IN_SYNC FROM oceanbase.V$OB_LOG_STAT');
    return rows.length === 2 && rows.every(([state]) => state === 'YES');
  });
}

async function leads(cluster: TestCluster, node: TestNode): Promise<boolean> {
  const rows = await asRoot(cluster, node, "SELECT 1 FROM oceanbase.V$OB_LOG_STAT WHERE ROLE = 'LEADER'");
  return rows.length > 0;
}

/** Of both tenants' log streams, by the word of every node of them. */
async function members(cluster: TestCluster, asked: TestNode, expected: readonly TestNode[]): Promise<void> {
  const wanted = expected.map((node) => `${nameOf(node)}:1`).toSorted();
  await within(SETTLE_TIMEOUT_MS, `the members are ${wanted.join(', ')}`, async () => {
    const rows = await asRoot(
      cluster,
      asked,
      "SELECT PAXOS_MEMBER_LIST, LEARNER_LIST FROM oceanbase.GV$OB_LOG_STAT WHERE ROLE = 'LEADER'",
    );
    const lists = rows.map(([list]) => String(list).split(',').toSorted().join());
    return (
      rows.length === 2 && lists.every((list) => list === wanted.join()) && rows.every((row) => row[1] === '')
    );
  });
}

async function eventsOf(cluster: TestCluster, node: TestNode): Promise<string[]> {
  const rows = await asRoot(
    cluster,
    node,
    'SELECT EVENT, NAME1, VALUE1, NAME2, VALUE2 FROM oceanbase.DBA_OB_ROOTSERVICE_EVENT_HISTORY',
  );
  return rows.map(([event, name1, value1, name2, value2]) =>
    [event, name1 && `${name1}=${value1}`, name2 && `${name2}=${value2}`].filter(Boolean).join(' '),
  );
}

/** Reads the nodes' own database files, past every server, until all are equal. @returns the ids in them */
async function sameEverywhere(directories: readonly string[]): Promise<Set<number>> {
  return within(SETTLE_TIMEOUT_MS, 'the databases are equal', () => {
    const copies = directories.map((directory) => {
      const database = new DatabaseSync(join(directory, 'store', 'test', 'data.sqlite'), { readOnly: true });
      const rows = database.prepare('SELECT * FROM "test.load_rows" ORDER BY id').all();
      database.close();
      return { digest: createHash('sha256').update(JSON.stringify(rows)).digest('hex'), rows };
    });
    if (new Set(copies.map(({ digest }) => digest)).size > 1) return undefined;
    return new Set(copies[0]?.rows.map((row) => Number(row['id'])));
  });
}

function nameOf(node: TestNode): string {
  return `${node.svr_ip}:${node.svr_port}`;
}

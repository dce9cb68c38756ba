import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askNode, connectTo, startCluster, type TestCluster, type TestNode, within } from '@sealane/testkit';
import t from 'tap';
import { observe } from './observe.ts';

/** What a statement keeps busy is its own thread: the cluster doesn't notice. */

const FILE_TIMEOUT_MS = 120_000;
const SETTLE_TIMEOUT_MS = 20_000;
/** Longer than any election takes (3 s). */
const LEADER_BUSY_MS = 5_000;
/** Silent for so long, a server is INACTIVE; the leader has time to see it after it was busy itself. */
const LEASE_TIME_MS = 3_000;
const FOLLOWER_BUSY_MS = LEADER_BUSY_MS + LEASE_TIME_MS + 4_000;

t.setTimeout(FILE_TIMEOUT_MS);
// Every node lets a debugger in, on a port of its own: through that its SQL thread is made busy, by no statement of ours.
process.env['NODE_OPTIONS'] = '--inspect=127.0.0.1:0';

t.test('a SQL thread that is busy for long costs no election, no heartbeat and no link', async (t) => {
  const cluster = await startCluster(t);
  const [leader, busy, idle] = await nodesByRole(cluster);
  const name = `${leader.svr_ip}:${leader.svr_port}`;
  await askNode(cluster, leader, `ALTER SYSTEM SET lease_time = '${LEASE_TIME_MS / 1000}s'`, sys);
  const client = await connectTo(cluster, leader);
  t.teardown(() => client.destroy());
  await client.query('CREATE TABLE a (id INT PRIMARY KEY)');
  const before = await observe(cluster, idle);
  t.equal(before.terms.length, 6, 'two log streams on three nodes');
  t.equal(before.links.length, 12, 'six links, each seen from both ends');

  await Promise.all([
    occupy(cluster, leader, `const end = Date.now() + ${LEADER_BUSY_MS}; while (Date.now() < end);`),
    // One that takes no CPU: two of the other kind would leave the test itself none.
    occupy(
      cluster,
      busy,
      `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${FOLLOWER_BUSY_MS})`,
    ),
  ]);
  const startedAt = performance.now();
  const inserted = client.query('INSERT INTO a VALUES (1)').then(() => performance.now() - startedAt);
  const leaders = new Set<string>();
  while (performance.now() - startedAt < FOLLOWER_BUSY_MS) {
    for (const [ip, port] of await askNode(cluster, idle, leaderOfEachStream, sys))
      leaders.add(`${ip}:${port}`);
    await delay(100);
  }

  t.ok((await inserted) > LEADER_BUSY_MS / 2, 'the leader was busy indeed');
  t.same([...leaders], [name], 'the third node knew the same leader all along');
  const after = await within(SETTLE_TIMEOUT_MS, 'every node answers again', async () => {
    const found = await observe(cluster, idle);
    return found.terms.length === 6 && found.links.length >= 12 ? found : undefined;
  });
  t.same(after.terms, before.terms, 'no term has begun');
  t.same(after.servers, before.servers, 'no row of a server was touched: all were ACTIVE all along');
  t.same(after.links, before.links, 'every link is the one that was open before');
  t.same(await askNode(cluster, idle, 'SELECT id FROM a'), [[1]]);
  t.same(
    cluster.nodes.flatMap((node) => brokenLines(cluster, node)),
    [],
    'both threads log in whole lines',
  );
});

const sys = { user: 'root@sys' };
const leaderOfEachStream = `SELECT svr_ip, svr_port FROM oceanbase.CDB_OB_LS_LOCATIONS WHERE role = 'LEADER'`;

/** The leader of both streams, and two followers. */
async function nodesByRole(cluster: TestCluster): Promise<[TestNode, TestNode, TestNode]> {
  const status = await cluster.status();
  const leader = status.nodes.find((node) => node.leads.length === 2);
  const [first, second] = status.nodes.filter((node) => node !== leader);
  if (leader === undefined || first === undefined || second === undefined)
    throw new Error('no single leader');
  return [leader, first, second];
}

/** Fulfilled when the node's SQL thread begins to be busy. */
async function occupy(cluster: TestCluster, node: TestNode, work: string): Promise<void> {
  const words = readFileSync(join(cluster.directoryOf(node), 'log', 'observer.err'), 'utf8');
  const [address] = /ws:\S+/.exec(words) ?? [];
  if (address === undefined) throw new Error(`${node.name} lets no debugger in: ${words}`);
  const socket = new WebSocket(address);
  await once(socket, 'open');
  // The next turn of its event loop is a long one.
  const expression = `setTimeout(() => { ${work} })`;
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
  await once(socket, 'message');
  socket.close();
}

function brokenLines(cluster: TestCluster, node: TestNode): string[] {
  const text = readFileSync(join(cluster.directoryOf(node), 'log', 'observer.log'), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !isObject(line));
}

function isObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

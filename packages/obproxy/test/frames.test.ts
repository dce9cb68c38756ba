import t, { type Test } from 'tap';
import { FakeCluster, type FakeWeather } from './fake/fake-cluster.ts';
import { proxyOf } from './fake/fake-proxy.ts';
import { queryOf } from './fake/payloads.ts';
import { RawClient } from './fake/raw-client.ts';

/** What becomes of an answer that is changed between a server and the proxy, and of clients in a hurry. */

t.test('an answer that comes changed reaches no client', async (t) => {
  const { cluster, port, changed } = await setUp(t, 'True');
  const client = await RawClient.open(port);
  for (const statement of ['SELECT 1, STATE()', 'SELECT 2, ROWS(900)']) {
    const honest = await client.query(statement);
    changed.next = 1;
    t.same((await client.query(statement)).results[0]?.rows, honest.results[0]?.rows, 'a read is made again');
    t.equal(changed.next, 0);
  }
  changed.next = 1;
  const { error } = await client.query('INSERT INTO t VALUES (7)');
  t.equal(error?.errno, 4012, 'of a write nobody knows');
  t.equal(cluster.store.executed.get(7), 1, 'and it isn’t done twice');
  t.match(await client.query('SELECT 3, STATE()'), { results: [{ rows: [['3']] }] });
  client.destroy();
});

t.test('without frames nobody would notice', async (t) => {
  const { port, changed } = await setUp(t, 'False');
  const client = await RawClient.open(port);
  changed.next = 1;
  const { results } = await client.query('SELECT 12345, STATE()');
  t.not(results[0]?.rows[0]?.[0], '12345');
  client.destroy();
});

t.test('clients that send on, or go away in the middle', async (t) => {
  const { cluster, port } = await setUp(t, 'True');
  const client = await RawClient.open(port);
  for (let id = 1; id <= 500; id += 1) client.send(queryOf(`SELECT ${id}, STATE()`));
  for (let id = 1; id <= 500; id += 1) {
    const { results } = await client.answer();
    if (results[0]?.rows[0]?.[0] !== String(id)) t.fail(`the answer to ${id} is another`);
  }
  t.pass('each has its own answer, in order');
  client.send(queryOf('SELECT 1, ROWS(100000)'));
  client.destroy();
  const next = await RawClient.open(port);
  t.match(await next.query('SELECT 2, STATE()'), { results: [{ rows: [['2']] }] });
  next.destroy();
  const deadline = Date.now() + 10_000;
  while (cluster.servers.some(({ sessions }) => sessions.length > 1) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
  t.ok(Date.now() < deadline, 'its link to the server is gone, too');
});

async function setUp(t: Test, inFrames: 'True' | 'False') {
  const changed = { next: 0 };
  const weather: FakeWeather = {
    fateOf: () => 'lives',
    partOf: (size) => size,
    onTheWay: (bytes) => {
      if (changed.next === 0) return bytes;
      changed.next -= 1;
      const copy = Buffer.from(bytes);
      // In the first row, whatever is around it.
      const at = copy.includes('12345') ? copy.indexOf('12345') : copy.length >> 1;
      copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
      return copy;
    },
  };
  const cluster = new FakeCluster(weather);
  await cluster.start();
  const proxy = proxyOf(cluster, { enable_ob_protocol_v2: inFrames });
  const port = await proxy.start();
  t.teardown(async () => {
    await proxy.stop();
    await cluster.stop();
  });
  return { cluster, port, changed };
}

import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { RoleChanges } from '../../src/tenant/role-changes.ts';
import { openCluster, run, servers } from '../session/cluster.ts';

/** What statements do while leadership moves. No timer fires here: nothing may need one. */

t.test('a statement goes on as soon as there is a leader, on whatever node it waits', async (t) => {
  const cluster = await openCluster(t);
  const here = await cluster.session(2);
  const elsewhere = await cluster.session(1);
  stopTimers(t);
  cluster.log.depose();
  const writes = Promise.all([
    run(here, `INSERT INTO "d.t" VALUES (1, 'a')`),
    run(elsewhere, `INSERT INTO "d.t" VALUES (2, 'b')`),
  ]);
  await turns(20);
  cluster.log.elect(servers[2]);

  t.strictSame(await soon(writes), [1n, 1n]);
});

t.test('a statement that comes to a leader before it serves waits there', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  stopTimers(t);
  cluster.log.elect(servers[2], { serves: false });
  const callsBefore = cluster.mesh.calls;
  const write = run(session, `INSERT INTO "d.t" VALUES (1, 'a')`);
  await turns(20);
  cluster.log.leader?.serve();

  t.equal(await soon(write), 1n);
  t.equal(cluster.mesh.calls, callsBefore + 1, 'asked once');
});

t.test(
  'a statement that waits for its leader to serve goes to the next one, if that comes first',
  async (t) => {
    const cluster = await openCluster(t);
    const session = await cluster.session(1);
    stopTimers(t);
    cluster.log.elect(servers[2], { serves: false });
    const write = run(session, `INSERT INTO "d.t" VALUES (1, 'a')`);
    await turn();
    cluster.log.elect(servers[0]);

    t.equal(await soon(write), 1n);
  },
);

t.test('a change that came after the count was read is not missed, and others are waited for', async (t) => {
  const changes = new RoleChanges();
  const { count } = changes;
  changes.happened();
  await changes.after(count, 60_000);
  let woken = false;
  const waiting = changes.after(changes.count, 60_000).then(() => {
    woken = true;
  });
  await turn();
  t.notOk(woken);
  changes.happened();
  await waiting;

  await changes.after(changes.count, 1);
  const killed = new AbortController();
  const interrupted = changes.after(changes.count, 60_000, killed.signal);
  killed.abort();
  await interrupted;
  await changes.after(changes.count, 60_000, killed.signal);
  t.pass('it ends with its time, and with its signal');
});

function stopTimers(t: { teardown(end: () => void): unknown }): void {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  t.teardown(() => mock.timers.reset());
}

/** What is done within turns of the event loop, without any timer. */
async function soon<Value>(promise: Promise<Value>): Promise<Value | 'it waits'> {
  const late = async (): Promise<'it waits'> => {
    await turns(1000);
    return 'it waits';
  };
  return Promise.race([promise, late()]);
}

async function turns(count: number): Promise<void> {
  for (let each = 0; each < count; each++) await turn();
}

import t from 'tap';
import { LocationCache } from '../src/location-cache.ts';
import { Blacklist } from '../src/routing/blacklist.ts';
import { Router } from '../src/routing/router.ts';
import { type Topology, topologyOf } from '../src/routing/topology.ts';

/** Who leads what, and where a statement goes. */

const quiet = { warn() {}, info() {} };
const ports = [2881, 3881, 4881] as const;

/** Three servers; one leads tenant test. */
function topology(
  leader: number | undefined,
  changes: Partial<Record<number, (string | null)[]>> = {},
): Topology {
  return topologyOf(
    ports.map((port) => changes[port] ?? ['h', String(port + 1), String(port), 'z', 'ACTIVE', '1', '0']),
    ports.map((port) => ['test', 'h', String(port), port === leader ? 'LEADER' : 'FOLLOWER']),
  );
}

interface World {
  topology: Topology;
  readonly router: Router;
  readonly blacklist: Blacklist;
  reads: number;
}

async function makeRouter(t: { teardown(undo: () => void): void }, holdMs = 5_000): Promise<World> {
  const blacklist = new Blacklist({
    failureThreshold: () => 2,
    failWindowMs: () => 60_000,
    retryIntervalMs: () => 60_000,
  });
  const world: World = {
    topology: topology(2881),
    reads: 0,
    blacklist,
    router: new Router({
      locations: new LocationCache(),
      blacklist,
      readTopology: async () => {
        world.reads += 1;
        return world.topology;
      },
      refreshIntervalMs: () => 60_000,
      holdMs: () => holdMs,
      logger: quiet,
    }),
  };
  await world.router.start();
  t.teardown(() => world.router.stop());
  return world;
}

t.test('writes go to the leader, weak reads to a follower', async (t) => {
  const { router } = await makeRouter(t);
  t.equal(await router.pick('TEST', false), 'h:2881', 'whatever the case of the tenant');
  t.equal(await router.pick('test', true), 'h:3881');
  t.equal(router.keeps('h:2881', 'test', false), true);
  t.equal(router.keeps('h:3881', 'test', false), false);
  t.equal(router.keeps('h:3881', 'test', true), true);
});

t.test('a statement is held until somebody leads', async (t) => {
  const world = await makeRouter(t);
  world.topology = topology(undefined);
  world.router.moved('test');
  const picked = world.router.pick('test', false);
  setTimeout(() => {
    world.topology = topology(4881);
  }, 100);
  t.equal(await picked, 'h:4881');
  t.ok(world.reads > 2, 'it looked again and again');
});

t.test('nobody leads for too long: the client is told so', async (t) => {
  const world = await makeRouter(t, 50);
  world.topology = topology(undefined);
  world.router.moved('test');
  await t.rejects(world.router.pick('test', false), {
    name: 'OB_CONNECT_ERROR',
    message: /nobody leads tenant test/,
  });
  await t.rejects(world.router.pick('nobody', false), { name: 'OB_TENANT_NOT_EXIST' });
});

t.test('a server that is stopped, or doesn’t serve yet, gets no new sessions and keeps none', async (t) => {
  const world = await makeRouter(t, 50);
  for (const [what, row] of [
    ['stopped', ['h', '2882', '2881', 'z', 'ACTIVE', '1', '1']],
    ['inactive', ['h', '2882', '2881', 'z', 'INACTIVE', '0', '0']],
  ] as const) {
    world.topology = topology(2881, { 2881: [...row] });
    await world.router.refresh();
    t.equal(world.router.keeps('h:2881', 'test', false), false, what);
    await t.rejects(world.router.pick('test', false), { name: 'OB_CONNECT_ERROR' }, what);
  }
});

t.test('a server that fails again and again is left alone for a while', async (t) => {
  let nowMs = 0;
  const blacklist = new Blacklist({
    failureThreshold: () => 3,
    failWindowMs: () => 1_000,
    retryIntervalMs: () => 500,
    now: () => nowMs,
  });
  for (let at = 0; at < 3; at++) {
    t.equal(blacklist.admits('a'), true);
    nowMs += at === 1 ? 2_000 : 10;
    blacklist.failed('a');
  }
  t.equal(blacklist.admits('a'), true, 'the first one was too long ago');
  blacklist.failed('a');
  t.equal(blacklist.admits('a'), false);
  nowMs += 500;
  t.equal(blacklist.admits('a'), true, 'one attempt');
  t.equal(blacklist.admits('a'), false, 'and no second one beside it');
  blacklist.succeeded('a');
  t.equal(blacklist.admits('a'), true);
});

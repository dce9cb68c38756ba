import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster, type TestCluster, type TestNode, type TestStatus, within } from '@sealane/testkit';
import t, { type Test } from 'tap';

/** Controllers of real clusters that die, and are told to stop, go on or turn back from another terminal. */

const FILE_TIMEOUT_MS = 240_000;
const SEED = Number(process.env['SEALANE_SEED'] ?? Date.now() % 1_000_000);
const CONTROLLER = fileURLToPath(new URL('../../packages/cluster-controller/src/main.ts', import.meta.url));
/** A whole enable takes about this long on a machine with nothing else to do. */
const ENABLE_MS = 8_000;
const WATCH_INTERVAL_MS = 20;
/** Directed links of three nodes. */
const PAIRS = 6;
const encrypted = { encrypted_links: PAIRS, missing_links: 0 };

t.setTimeout(FILE_TIMEOUT_MS);

t.test(`killed at random, the controller comes to the same end (SEALANE_SEED=${SEED})`, async (t) => {
  const cluster = await startCluster(t, { proxy: true });
  const random = randomOf(SEED);
  const watch = watchNodes(t, cluster);

  await t.test('enable, killed twice, then not', async (t) => {
    const enable = ['enable', '--yes', '--require', '--soak', '100ms'];
    await killAfter(cluster, enable, random() * ENABLE_MS);
    await killAfter(cluster, enable, random() * ENABLE_MS);
    const before = await cluster.status();
    const last = await cluster.controller('encryption', ...enable);

    t.equal(last.code, 0, last.stderr);
    const status = await cluster.status();
    t.match(status, encrypted, `from ${before.encrypted_links} encrypted links`);
    t.same(stoppedIn(status), []);
    t.equal((await cluster.controller('encryption', 'verify', '--kind', 'rpc')).code, 0);
  });

  await t.test('disable, killed, then backed out of: encrypted and required as before', async (t) => {
    await killAfter(cluster, ['disable', '--yes', '--soak', '0'], random() * ENABLE_MS);
    const back = await cluster.controller('encryption', 'back-out');

    const status = await cluster.status();
    t.same(stoppedIn(status), []);
    if (back.code === 0) {
      t.match(status, encrypted);
      t.match(parametersOf(status), { rpc_server_authentication_method: 'SSL_IO' });
    } else {
      t.match(back.stderr, /nothing is under way/, 'it had not begun, or was over');
      t.ok(status.encrypted_links === PAIRS || status.plain_links === PAIRS, 'and so nothing is half done');
    }
  });

  t.ok(watch.mostDown() <= 1, 'one node down at a time at most, by a watch on their processes');
});

t.test('a roll is paused, gone on with, interrupted and backed out of, from another terminal', async (t) => {
  const cluster = await startCluster(t);

  await t.test('pause ends the roll with no node down, and says how to go on', async (t) => {
    const rolling = controllerOf(cluster, ['enable', '--yes', '--soak', '0']);
    await rolling.shows(/STOP SERVER/);
    const paused = await cluster.controller('encryption', 'pause');
    const ended = await rolling.ended();

    t.equal(paused.code, 0, paused.stderr);
    t.match(paused.stdout, /encryption enable is paused, no node is down/);
    t.equal(ended.code, 1);
    t.match(ended.output, /stopped, no node is down: it was paused from another terminal/);
    t.match(ended.output, /to go on: {5}cluster-controller encryption resume --base-dir/);
    t.same(stoppedIn(await cluster.status()), []);
  });

  await t.test('Ctrl-C ends what was resumed when the node in hand is back', async (t) => {
    const rolling = controllerOf(cluster, ['resume']);
    await rolling.shows(/process of \S+ \S+ stopped/);
    rolling.child.kill('SIGINT');
    const ended = await rolling.ended();

    t.equal(ended.code, 1);
    t.match(ended.output, /stops as soon as no node is down/);
    t.match(ended.output, /stopped, no node is down: it was interrupted/);
    const status = await cluster.status();
    t.same(stoppedIn(status), []);
    t.ok(status.encrypted_links >= 4, `${status.encrypted_links} encrypted links: a node was restarted`);
  });

  await t.test(
    'back-out takes over from the controller that is at work, and leaves the state from before',
    async (t) => {
      const rolling = controllerOf(cluster, ['resume']);
      await rolling.shows(/process of \S+ \S+ stopped/);
      const back = await cluster.controller('encryption', 'back-out');
      const ended = await rolling.ended();

      t.equal(ended.code, 1);
      t.match(ended.output, /another controller takes over to back out/);
      t.equal(back.code, 0, back.stderr);
      const status = await cluster.status();
      t.match(status, { plain_links: 6, missing_links: 0 });
      t.match(parametersOf(status), {
        ssl_client_authentication: 'False',
        _ob_ssl_invited_nodes: 'NONE',
      });
      t.same(stoppedIn(status), []);
      for (const command of ['pause', 'resume', 'back-out']) {
        const nothing = await cluster.controller('encryption', command);
        t.equal(nothing.code, 3, command);
        t.match(nothing.stderr, /nothing is under way/);
      }
    },
  );
});

interface RunningController {
  readonly child: ChildProcess;
  /** Waits until the output so far matches. */
  shows(pattern: RegExp): Promise<void>;
  ended(): Promise<{ readonly code: number | null; readonly output: string }>;
}

function controllerOf(cluster: TestCluster, args: readonly string[]): RunningController {
  const child = spawn(process.execPath, [
    CONTROLLER,
    'encryption',
    ...args,
    '--base-dir',
    cluster.baseDirectory,
  ]);
  const end = once(child, 'close');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    child,
    shows: async (pattern) => {
      await within(30_000, String(pattern), async () => pattern.test(output) || undefined);
    },
    ended: async () => {
      const [code] = (await end) as [number | null];
      return { code, output };
    },
  };
}

async function killAfter(cluster: TestCluster, args: readonly string[], ms: number): Promise<void> {
  const controller = controllerOf(cluster, args);
  const timer = setTimeout(() => controller.child.kill('SIGKILL'), ms);
  await controller.ended();
  clearTimeout(timer);
}

/** Looks at the nodes' processes all the time, from outside. */
function watchNodes(t: Test, cluster: TestCluster): { mostDown(): number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, cluster.nodes.filter((node) => !runs(cluster, node)).length);
  }, WATCH_INTERVAL_MS);
  t.teardown(() => clearInterval(timer));
  return { mostDown: () => most };
}

function parametersOf(status: TestStatus): object {
  return (status as TestStatus & { parameters: object }).parameters;
}

function runs(cluster: TestCluster, node: TestNode): boolean {
  try {
    const pid = Number(readFileSync(join(cluster.directoryOf(node), 'run', 'controller.pid'), 'utf8'));
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Names of nodes that don't serve. */
function stoppedIn(status: TestStatus): readonly string[] {
  const nodes = status.nodes as readonly (TestNode & { status: string | null; stop_time: string | null })[];
  return nodes.filter((node) => node.status !== 'ACTIVE' || node.stop_time !== null).map(({ name }) => name);
}

/** Mulberry32: the same numbers, from 0 to 1, for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

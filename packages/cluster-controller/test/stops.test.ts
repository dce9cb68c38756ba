import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isObError, ObError } from '@sealane/errors';
import t, { type Test } from 'tap';
import type { ClusterView } from '../src/cluster-view.ts';
import { type Execution, execute, type StopReason } from '../src/execute.ts';
import type { Goal } from '../src/goal.ts';
import { Journal, type JournalLine } from '../src/journal.ts';
import { LoggedProgress } from '../src/logged-progress.ts';
import { observe } from '../src/observe.ts';
import type { Progress } from '../src/progress.ts';
import { SqlAccess } from '../src/sql-access.ts';
import type { Step } from '../src/step.ts';
import { TenantProbe } from '../src/tenant-probe.ts';
import { silent } from '../src/watchers.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';

/** What ends a run before its goal: somebody's wish, clients, a node, the disk. */

const encrypt: Goal = { kind: 'encrypt' };
const FOLLOWERS = ['127.0.0.1:3882', '127.0.0.1:4882'] as const;
const pause: StopReason = { when: 'safely', reason: 'it was paused' };

t.test('a run that is paused at any look ends with no node down, and goes on to the same end', async (t) => {
  const looks = await countLooks(t);
  t.ok(looks > 40, `${looks} looks`);
  const wrong: string[] = [];
  for (let look = 1; look < looks; look += 1) {
    const cluster = new FakeCluster();
    const file = journalFile(t);
    const { stopped } = await execute(stoppingAt(cluster, file, look, pause));
    if (stopped === undefined) wrong.push(`look ${look}: not stopped`);
    if (downIn(cluster) > 0) wrong.push(`look ${look}: a node was left down`);
    await execute(executionOf(cluster, encrypt, new Journal(file)));
    wrong.push(...faultsOf(cluster).map((fault) => `look ${look}: ${fault}`));
  }
  t.same(wrong, []);
});

t.test(
  'a run that hands over at any look leaves what another backs out of, to the state from before',
  async (t) => {
    const looks = await countLooks(t);
    const handOver: StopReason = { when: 'at once', reason: 'another takes over' };
    const wrong: string[] = [];
    for (let look = 1; look < looks; look += 1) {
      const cluster = new FakeCluster();
      const file = journalFile(t);
      await execute(stoppingAt(cluster, file, look, handOver));
      const run = new Journal(file).unfinishedRun();
      if (run === undefined) continue; // It had not begun.
      await execute(
        executionOf(cluster, { kind: 'back-out', of: 'encrypt', before: run.before }, new Journal(file)),
      );
      if (!cluster.linkModes().every((mode) => mode === 'PLAIN'))
        wrong.push(`look ${look}: not all in clear`);
      const set = cluster.members.filter(
        ({ parameters }) => parameters['ssl_client_authentication'] !== 'False',
      );
      if (set.length > 0 || downIn(cluster) > 0) wrong.push(`look ${look}: not as before`);
      wrong.push(...cluster.violations.map((violation) => `look ${look}: ${violation}`));
    }
    t.same(wrong, []);
  },
);

t.test('who backs out of a roll that has restarted one node restarts one node', async (t) => {
  const cluster = new FakeCluster();
  const file = journalFile(t);
  await execute({
    ...executionOf(cluster, encrypt, new Journal(file)),
    stopWanted: afterStep(cluster, 'end-node'),
  });
  t.same(startsOf(cluster), [1, 2, 1]);
  const before = new Journal(file).unfinishedRun()?.before;
  if (before === undefined) throw new Error('the run is not in the journal');

  await execute(executionOf(cluster, { kind: 'back-out', of: 'encrypt', before }, new Journal(file)));

  t.same(startsOf(cluster), [1, 3, 1]);
  t.same(cluster.linkModes(), Array(6).fill('PLAIN'));
});

t.test(
  'the second node is not touched before the first has stayed well for the time of the soak',
  async (t) => {
    const cluster = new FakeCluster();
    const clock = new FakeClock();
    const times = new Map<string, number>();
    const progress = watching((step) =>
      times.set(`${step.kind} ${'server' in step ? step.server : ''}`, clock.nowMs()),
    );

    await execute({
      ...executionOf(cluster, encrypt, new Journal(journalFile(t))),
      clock,
      progress,
      options: { soakMs: 60_000, errorBudget: 0 },
    });

    const back = times.get(`end-node ${FOLLOWERS[0]}`) ?? 0;
    const next = times.get(`begin-node ${FOLLOWERS[1]}`) ?? 0;
    t.ok(next - back >= 60_000, `${next - back} ms`);
  },
);

t.test(
  'a canary that dies during the soak stops the roll with its name, and nobody else is touched',
  async (t) => {
    const cluster = new FakeCluster();
    const clock = new DeadlyClock(() => diesAt(cluster, FOLLOWERS[0]), 10_000);

    const error = await t.rejects(
      execute({
        ...executionOf(cluster, encrypt, new Journal(journalFile(t))),
        clock,
        options: { soakMs: 60_000, errorBudget: 0 },
      }),
    );

    t.match(error, /observer-2 127\.0\.0\.1:3882 had come back and has ended since/);
    t.same(startsOf(cluster), [1, 2, 1]);
    t.same(cluster.violations, []);
  },
);

t.test(
  'a node that dies while a later one is in hand: that one comes back first, then the roll stops',
  async (t) => {
    const cluster = new FakeCluster();
    const progress = watching((step) => {
      if (step.kind === 'stop-process' && step.server === FOLLOWERS[1]) diesAt(cluster, FOLLOWERS[0]);
    });

    const error = await t.rejects(
      execute({ ...executionOf(cluster, encrypt, new Journal(journalFile(t))), progress }),
    );

    t.match(error, /observer-2 127\.0\.0\.1:3882 had come back and has ended since/);
    t.same(startsOf(cluster), [1, 2, 2]);
    t.equal(cluster.member(FOLLOWERS[1]).stopTime, null);
  },
);

t.test('a spent error budget stops the roll when no node is down, and the next run goes on', async (t) => {
  const cluster = new FakeCluster();
  const file = journalFile(t);
  const error = new ObError('OB_OP_NOT_ALLOW', [], { message: 'the error budget is spent' });
  const stop = afterStep(cluster, 'stop-process', { when: 'safely', reason: error.message, error });

  const thrown = await t.rejects(
    execute({ ...executionOf(cluster, encrypt, new Journal(file)), stopWanted: stop }),
  );
  t.ok(isObError(thrown, 'OB_OP_NOT_ALLOW'));
  t.equal(downIn(cluster), 0);
  t.match(new Journal(file).unfinishedRun(), { end: { outcome: 'failed', reason: /budget/ } });
  await execute(executionOf(cluster, encrypt, new Journal(file)));

  t.same(faultsOf(cluster), []);
});

t.test(
  'a journal that takes no more at any line: no node stays down, and the run goes on when there is room',
  async (t) => {
    const lines = await countLines(t);
    const wrong: string[] = [];
    for (let line = 1; line <= lines; line += 1) {
      const cluster = new FakeCluster();
      const file = journalFile(t);
      try {
        await execute(executionOf(cluster, encrypt, new FullJournal(file, line)));
        wrong.push(`line ${line}: no error`);
      } catch (error) {
        if (!isObError(error, 'OB_IO_ERROR')) wrong.push(`line ${line}: ${String(error)}`);
      }
      if (downIn(cluster) > 0) wrong.push(`line ${line}: a node was left down`);
      if (line === lines) continue; // Only its end could not be noted.
      await execute(executionOf(cluster, encrypt, new Journal(file)));
      wrong.push(...faultsOf(cluster).map((fault) => `line ${line}: ${fault}`));
    }
    t.same(wrong, []);
  },
);

t.test(
  'a statement that the cluster refuses for now is sent again, and given up after its gate',
  async (t) => {
    for (const refusals of [3, Number.POSITIVE_INFINITY]) {
      const cluster = new FakeCluster();
      let left = refusals;
      const sql = new SqlAccess(async (server) => {
        const connection = await cluster.dial(server);
        const query = async (text: string) => {
          if (!text.includes('START SERVER') || left <= 0) return connection.query(text);
          left -= 1;
          throw new ObError('OB_RS_NOT_MASTER');
        };
        return { ...connection, query };
      });
      const run = execute({
        ...executionOf(cluster, encrypt, new Journal(journalFile(t))),
        steps: { target: cluster, sql },
      });

      if (refusals === 3) {
        await run;
        t.same(faultsOf(cluster), []);
      } else {
        t.ok(isObError(await t.rejects(run), 'OB_RS_NOT_MASTER'));
        t.same(startsOf(cluster), [1, 2, 1], 'nobody else was touched');
      }
    }
  },
);

t.test('a log that takes nothing stops nothing, and is spoken of in the end', async (t) => {
  const cluster = new FakeCluster();
  const said: string[] = [];
  const full = (): never => {
    throw new Error('no space left on device');
  };
  const progress = new LoggedProgress(
    { debug: full, info: full, warn: full, error: full },
    { ...silent, say: (text) => said.push(text) },
  );

  await execute({ ...executionOf(cluster, encrypt, new Journal(journalFile(t))), progress });
  progress.close();

  t.same(faultsOf(cluster), []);
  t.match(said, [/log is not complete: no space left/]);
});

t.test('a disk that takes half a line leaves none of it in the journal', (t) => {
  const file = journalFile(t);
  const program = fileURLToPath(new URL('append-until-full.ts', import.meta.url));
  const text = 'ulimit -f 2; exec "$0" "$1" "$2"';
  const { stdout } = spawnSync('bash', ['-c', text, process.execPath, program, file], { encoding: 'utf8' });

  const result = JSON.parse(stdout) as { appended: number; name: string; message: string };

  t.equal(result.name, 'OB_IO_ERROR');
  t.match(result.message, /journal .* can't be written: .*No further step is taken without it/);
  const written = readFileSync(file, 'utf8');
  t.ok(written.endsWith('}\n'));
  t.equal(written.trim().split('\n').length, result.appended);
  t.end();
});

/** Full from its n-th line on. */
class FullJournal extends Journal {
  #left: number;

  constructor(file: string, line: number) {
    super(file);
    this.#left = line;
  }

  override append(line: JournalLine): void {
    this.#left -= 1;
    if (this.#left <= 0) throw new ObError('OB_IO_ERROR', [], { message: 'no space left on device' });
    super.append(line);
  }
}

/** At some moment something happens. */
class DeadlyClock extends FakeClock {
  #strike: (() => void) | undefined;
  readonly #atMs: number;

  constructor(strike: () => void, atMs: number) {
    super();
    this.#strike = strike;
    this.#atMs = atMs;
  }

  override async delay(ms: number): Promise<void> {
    await super.delay(ms);
    if (this.nowMs() < this.#atMs) return;
    this.#strike?.();
    this.#strike = undefined;
  }
}

function executionOf(cluster: FakeCluster, goal: Goal, journal: Journal): Execution {
  const sql = new SqlAccess(cluster.dial);
  const probe = new TenantProbe(cluster.dial);
  return {
    goal,
    journal,
    progress: silent,
    steps: { target: cluster, sql },
    observe: (depth): Promise<ClusterView> => observe(cluster, sql, probe, depth),
    clock: new FakeClock(),
    readingIntervalMs: 250,
  };
}

function stoppingAt(cluster: FakeCluster, file: string, look: number, reason: StopReason): Execution {
  let looks = 0;
  const stopWanted = () => {
    looks += 1;
    return looks >= look ? reason : undefined;
  };
  return { ...executionOf(cluster, encrypt, new Journal(file)), stopWanted };
}

/** From the first time on that the cluster shows that a node was stopped, or came back. */
function afterStep(
  cluster: FakeCluster,
  what: 'stop-process' | 'end-node',
  reason: StopReason = pause,
): () => StopReason | undefined {
  return () => {
    const restarted = cluster.members.filter(({ starts }) => starts > 1).length > 0;
    const stopped = cluster.members.some(({ running }) => !running);
    return (what === 'stop-process' ? stopped || restarted : restarted) ? reason : undefined;
  };
}

function watching(end: (step: Step) => void): Progress {
  return { ...silent, end };
}

/** Without anybody having stopped it. */
function diesAt(cluster: FakeCluster, server: string): void {
  cluster.member(server).running = false;
}

function downIn(cluster: FakeCluster): number {
  return cluster.members.filter(({ running, stopTime }) => !running || stopTime !== null).length;
}

function startsOf(cluster: FakeCluster): readonly number[] {
  return cluster.members.map(({ starts }) => starts);
}

function faultsOf(cluster: FakeCluster): readonly string[] {
  return [
    ...cluster.violations,
    ...(cluster.linkModes().every((mode) => mode === 'ENCRYPTED') ? [] : ['not all links are encrypted']),
    ...(startsOf(cluster).every((starts) => starts === 2) ? [] : [`started ${startsOf(cluster)} times`]),
    ...(downIn(cluster) === 0 ? [] : ['a node is down']),
  ];
}

async function countLooks(t: Test): Promise<number> {
  let looks = 0;
  const stopWanted = () => {
    looks += 1;
    return undefined;
  };
  await execute({ ...executionOf(new FakeCluster(), encrypt, new Journal(journalFile(t))), stopWanted });
  return looks;
}

async function countLines(t: Test): Promise<number> {
  const file = journalFile(t);
  await execute(executionOf(new FakeCluster(), encrypt, new Journal(file)));
  return readFileSync(file, 'utf8').trim().split('\n').length;
}

function journalFile(test: Test): string {
  const scratch = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = mkdtempSync(join(scratch, 'sealane-stops-'));
  test.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'journal.jsonl');
}

import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { type Reapable, Reaper } from '../src/reaper.ts';
import type { SessionKey } from '../src/transaction/requests.ts';

const key = { origin: '10.0.0.2:2882', incarnation: 1, connectionId: 7 };

/** Asks, on the reaper's next turn, which sessions are gone. */
function fakeExecutor(): {
  executor: Reapable['executor'];
  asked: (key: { origin: string; connectionId: number }) => boolean;
} {
  let isGone: (key: { origin: string; incarnation: number; connectionId: number }) => boolean = () => false;
  return {
    executor: {
      reap: (question) => {
        isGone = question;
      },
    },
    asked: ({ origin, connectionId }) => isGone({ origin, incarnation: 1, connectionId }),
  };
}

t.test('a session of another server lives while its link does, and two seconds longer', async (t) => {
  const { executor, asked } = fakeExecutor();
  let nowMs = 0;
  let open = true;
  const reaper = new Reaper({
    self: '10.0.0.1:2882',
    tenants: [{ executor }],
    openLinks: async () => (open ? [key.origin] : []),
    connectionExists: () => false,
    existing: async (_server, sessions) => sessions,
    now: () => nowMs,
  });

  await reaper.reap();
  // Nobody asked for a long time: that the link was open all along must count.
  nowMs = 60_000;
  await reaper.reap();
  t.notOk(asked(key));

  open = false;
  nowMs += 1_500;
  await reaper.reap();
  t.notOk(asked(key), 'it may come back');

  nowMs += 1_000;
  await reaper.reap();
  t.ok(asked(key));
});

t.test('a session of this server is gone with its connection', async (t) => {
  const { executor, asked } = fakeExecutor();
  const connections = new Set([7]);
  const reaper = new Reaper({
    self: key.origin,
    tenants: [{ executor }],
    openLinks: async () => [],
    connectionExists: (id) => connections.has(id),
    existing: async () => [],
  });

  await reaper.reap();
  t.notOk(asked(key));
  connections.clear();
  t.ok(asked(key));
});

t.test('a session is gone when its server, killed and started again at once, says so', async (t) => {
  const questions: (readonly SessionKey[])[] = [];
  let held: readonly SessionKey[] = [];
  let known: readonly SessionKey[] = [key];
  let answers = true;
  const reaper = new Reaper({
    self: '10.0.0.1:2882',
    tenants: [{ executor: { reap: (isGone) => (held = held.filter((each) => !isGone(each))) } }],
    openLinks: async () => [key.origin],
    connectionExists: () => false,
    existing: async (_server, sessions) => {
      questions.push(sessions);
      if (!answers) throw new Error('planted');
      return known;
    },
  });
  const turn = async (): Promise<readonly SessionKey[]> => {
    await reaper.reap();
    await setImmediate();
    return held;
  };

  await turn();
  t.same(questions, [], 'nothing is asked where there is no transaction');
  held = [key];
  await turn();
  t.same(await turn(), [key]);
  known = [];
  answers = false;
  await turn();
  t.same(await turn(), [key], 'no answer is no "no"');
  answers = true;
  await turn();
  t.same(await turn(), []);
});

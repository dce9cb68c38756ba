import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { Reaper, type ReaperOptions } from '../src/reaper.ts';
import type { SessionKey } from '../src/transaction/requests.ts';

const key = { origin: '10.0.0.2:2882', incarnation: 1, connectionId: 7 };

/** A leader that holds the transactions of `held`, and a reaper whose turns are counted by hand. */
class Leader {
  held: readonly SessionKey[] = [key];
  nowMs = 0;
  readonly questions: (readonly SessionKey[])[] = [];
  readonly #reaper: Reaper;

  constructor(options: Partial<ReaperOptions>) {
    const { existing = async () => this.held } = options;
    this.#reaper = new Reaper({
      self: '10.0.0.1:2882',
      openLinks: async () => [key.origin],
      connectionExists: () => false,
      ...options,
      existing: (server, sessions) => {
        this.questions.push(sessions);
        return existing(server, sessions);
      },
      tenants: [
        {
          executor: {
            reap: (isGone) => {
              this.held = this.held.filter((each) => !isGone(each));
            },
          },
        },
      ],
      now: () => this.nowMs,
    });
  }

  async turnsUntil(nowMs: number): Promise<readonly SessionKey[]> {
    for (; this.nowMs < nowMs; this.nowMs += 500) {
      await this.#reaper.reap();
      await setImmediate();
    }
    return this.held;
  }
}

t.test('a session of another server lives while it can be reached, and two seconds longer', async (t) => {
  let open = true;
  const leader = new Leader({ openLinks: async () => (open ? [key.origin] : []) });

  t.same(await leader.turnsUntil(60_000), [key]);
  open = false;
  t.same(await leader.turnsUntil(62_000), [key], 'it may come back');
  t.same(await leader.turnsUntil(63_500), []);
});

t.test('a server that is there and does not answer gets more time', async (t) => {
  let answers = false;
  const leader = new Leader({
    existing: async (_server, sessions) => {
      if (!answers) throw new Error('planted');
      return sessions;
    },
  });

  t.same(await leader.turnsUntil(9_000), [key]);
  answers = true;
  t.same(await leader.turnsUntil(10_000), [key]);
  answers = false;
  t.same(await leader.turnsUntil(19_000), [key], 'the time begins anew');
  t.same(await leader.turnsUntil(22_000), []);
});

t.test('a session of this server is gone with its connection', async (t) => {
  const connections = new Set([7]);
  const leader = new Leader({ self: key.origin, connectionExists: (id) => connections.has(id) });

  t.same(await leader.turnsUntil(2_000), [key]);
  connections.clear();
  t.same(await leader.turnsUntil(2_500), []);
  t.same(leader.questions, [], 'nobody else was asked');
});

t.test('a session is gone when its server, killed and started again at once, says so', async (t) => {
  let known: readonly SessionKey[] = [key];
  const leader = new Leader({ existing: async () => known });

  t.same(await leader.turnsUntil(5_000), [key]);
  known = [];
  t.same(await leader.turnsUntil(6_000), []);
  const asked = leader.questions.length;
  await leader.turnsUntil(9_000);
  t.equal(leader.questions.length, asked, 'nothing is asked where there is no transaction');
});

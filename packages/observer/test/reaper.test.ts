import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { Reaper, type ReaperOptions } from '../src/reaper.ts';
import type { Claim } from '../src/transaction/requests.ts';

const claim = {
  key: { origin: '10.0.0.2:2882', incarnation: 1, connectionId: 7 },
  transactionId: 3,
};

/** A leader that holds the transactions of `held`, and a reaper whose turns are counted by hand. */
class Leader {
  held: readonly Claim[] = [claim];
  nowMs = 0;
  readonly questions: (readonly Claim[])[] = [];
  readonly #reaper: Reaper;

  constructor(options: Partial<ReaperOptions>) {
    const { standing = async () => this.held } = options;
    this.#reaper = new Reaper({
      self: '10.0.0.1:2882',
      openLinks: async () => [claim.key.origin],
      stands: () => false,
      ...options,
      standing: (server, claims) => {
        this.questions.push(claims);
        return standing(server, claims);
      },
      tenants: () => [
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

  async turnsUntil(nowMs: number): Promise<readonly Claim[]> {
    for (; this.nowMs < nowMs; this.nowMs += 500) {
      await this.#reaper.reap();
      await setImmediate();
    }
    return this.held;
  }
}

t.test('a session of another server lives while it can be reached, and two seconds longer', async (t) => {
  let open = true;
  const leader = new Leader({ openLinks: async () => (open ? [claim.key.origin] : []) });

  t.same(await leader.turnsUntil(60_000), [claim]);
  open = false;
  t.same(await leader.turnsUntil(62_000), [claim], 'it may come back');
  t.same(await leader.turnsUntil(63_500), []);
});

t.test('a server that is there and does not answer gets more time', async (t) => {
  let answers = false;
  const leader = new Leader({
    standing: async (_server, sessions) => {
      if (!answers) throw new Error('planted');
      return sessions;
    },
  });

  t.same(await leader.turnsUntil(9_000), [claim]);
  answers = true;
  t.same(await leader.turnsUntil(10_000), [claim]);
  answers = false;
  t.same(await leader.turnsUntil(19_000), [claim], 'the time begins anew');
  t.same(await leader.turnsUntil(22_000), []);
});

t.test('a session of this server is gone with its connection', async (t) => {
  const connections = new Set([7]);
  const leader = new Leader({
    self: claim.key.origin,
    stands: (connectionId, transactionId) =>
      connections.has(connectionId) && transactionId === claim.transactionId,
  });

  t.same(await leader.turnsUntil(2_000), [claim]);
  connections.clear();
  t.same(await leader.turnsUntil(2_500), []);
  t.same(leader.questions, [], 'nobody else was asked');
});

t.test('a session is gone when its server, killed and started again at once, says so', async (t) => {
  let known: readonly Claim[] = [claim];
  const leader = new Leader({ standing: async () => known });

  t.same(await leader.turnsUntil(5_000), [claim]);
  known = [];
  t.same(await leader.turnsUntil(6_000), []);
  const asked = leader.questions.length;
  await leader.turnsUntil(9_000);
  t.equal(leader.questions.length, asked, 'nothing is asked where there is no transaction');
});

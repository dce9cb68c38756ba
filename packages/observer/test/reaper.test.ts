import t from 'tap';
import { type Reapable, Reaper } from '../src/reaper.ts';

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

t.test('a session of another server lives while its link does, and ten seconds longer', async (t) => {
  const { executor, asked } = fakeExecutor();
  let nowMs = 0;
  let open = true;
  const reaper = new Reaper({
    self: '10.0.0.1:2882',
    tenants: [{ executor }],
    servers: () => [key.origin],
    linkOpen: () => open,
    connectionExists: () => false,
    now: () => nowMs,
  });

  reaper.reap();
  // Nobody asked for a long time: that the link was open all along must count.
  nowMs = 60_000;
  reaper.reap();
  t.notOk(asked(key));

  open = false;
  nowMs += 9_000;
  reaper.reap();
  t.notOk(asked(key), 'it may come back');

  nowMs += 2_000;
  reaper.reap();
  t.ok(asked(key));
});

t.test('a session of this server is gone with its connection', async (t) => {
  const { executor, asked } = fakeExecutor();
  const connections = new Set([7]);
  const reaper = new Reaper({
    self: key.origin,
    tenants: [{ executor }],
    servers: () => [],
    linkOpen: () => false,
    connectionExists: (id) => connections.has(id),
  });

  reaper.reap();
  t.notOk(asked(key));
  connections.clear();
  t.ok(asked(key));
});

import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { ProposalGate } from '../../src/log-thread/proposal-gate.ts';

function makeGate() {
  const posted: number[] = [];
  const refused: string[] = [];
  const gate = new ProposalGate({
    post: ({ id }) => posted.push(id),
    refuse: (id, { name }) => refused.push(`${id} ${name}`),
  });
  const propose = (id: number, round = 1, size = 100): void =>
    gate.propose({
      kind: 'propose',
      tenantId: 1002,
      id,
      term: 1,
      order: { term: 1, round },
      payload: new Uint8Array(size),
    });
  return { gate, posted, refused, propose };
}

t.test('one load is on its way at a time, and what comes meanwhile goes together', async (t) => {
  const { gate, posted, propose } = makeGate();
  propose(1);
  propose(2);
  t.strictSame(posted, [1, 2], 'those of one turn go together');
  await setImmediate();
  propose(3);
  propose(4);
  t.strictSame(posted, [1, 2]);
  gate.answered('committed');
  t.strictSame(posted, [1, 2]);
  gate.answered('committed');
  t.strictSame(posted, [1, 2, 3, 4]);
  gate.answered('committed');
  gate.answered('committed');
  await setImmediate();
  propose(5);
  t.strictSame(posted, [1, 2, 3, 4, 5], 'who is alone waits for nothing');
});

t.test('much is worth a way of its own', async (t) => {
  const { posted, propose } = makeGate();
  propose(1);
  await setImmediate();
  propose(2, 1, 200_000);
  t.strictSame(posted, [1]);
  propose(3, 1, 200_000);
  t.strictSame(posted, [1, 2, 3]);
});

t.test('nothing is passed on that was executed on top of what failed', async (t) => {
  const { gate, posted, refused, propose } = makeGate();
  propose(1);
  await setImmediate();
  propose(2);
  gate.answered('rejected');
  t.strictSame(refused, ['2 OB_NOT_MASTER']);
  propose(3);
  t.strictSame(refused, ['2 OB_NOT_MASTER', '3 OB_NOT_MASTER'], 'of the same round');
  propose(4, 2);
  t.strictSame(posted, [1, 4]);
});

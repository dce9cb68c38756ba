import { setImmediate } from 'node:timers/promises';
import { isObError, ObError } from '@sealane/errors';
import t from 'tap';
import { Exchange, type ExchangeMessage, exchangeWindow } from '../../src/log-thread/exchange.ts';
import { memoryChannel } from './memory-channel.ts';

type Serve = (name: string, argument: unknown) => unknown;

/** Two connected ends; `serve` answers for the second. */
function pair(serve: Serve): { asker: Exchange; answerer: Exchange } {
  const [left, right] = memoryChannel<ExchangeMessage, ExchangeMessage>();
  const asker = new Exchange({ post: (message) => left.post(message), serve: () => undefined });
  const answerer = new Exchange({ post: (message) => right.post(message), serve });
  left.onMessage((message) => asker.receive(message));
  right.onMessage((message) => answerer.receive(message));
  return { asker, answerer };
}

t.test('a question is answered, whatever the order of the answers', async (t) => {
  const gates = new Map<unknown, PromiseWithResolvers<unknown>>();
  const { asker } = pair((_, argument) => {
    const gate = Promise.withResolvers<unknown>();
    gates.set(argument, gate);
    return gate.promise;
  });

  const first = asker.ask('name', 1);
  const second = asker.ask('name', 2);
  await setImmediate();
  await setImmediate();
  gates.get(2)?.resolve(new Uint8Array([2]));
  gates.get(1)?.resolve('one');

  t.equal(await first, 'one');
  t.same(await second, new Uint8Array([2]));
});

t.test(
  'an error crosses with its name, its words, and the facts that decide about a repetition',
  async (t) => {
    const { asker } = pair((name) => {
      if (name === 'bug') throw new TypeError('planted');
      const details = { sent: false, leader: '10.0.0.1:2882', socket: {} };
      throw new ObError('OB_RPC_POST_ERROR', [], { message: 'not sent', details });
    });

    const known = await asker.ask('call', null).catch((error: unknown) => error);
    t.ok(isObError(known, 'OB_RPC_POST_ERROR'));
    t.match(known, { message: 'not sent', details: { sent: false, leader: '10.0.0.1:2882' } });
    t.match(await asker.ask('bug', null).catch((error: unknown) => error), {
      name: 'OB_ERR_UNEXPECTED',
      message: 'planted',
    });
  },
);

t.test('the pieces of an answer are never more than a window ahead of their reader', async (t) => {
  let madeCount = 0;
  const { asker } = pair(async function* () {
    for (; madeCount < 100; ) yield madeCount++;
  });

  const pieces = asker.open('rows', null);
  for (let turn = 0; turn < 50; turn += 1) await setImmediate();
  t.equal(madeCount, exchangeWindow);

  const read: unknown[] = [];
  for await (const piece of pieces) {
    read.push(piece);
    t.ok(madeCount <= read.length + exchangeWindow);
  }
  t.same(
    read,
    Array.from({ length: 100 }, (_, index) => index),
  );
});

t.test('a reader that leaves stops the source, one that fails tells its reader', async (t) => {
  let ended = false;
  const { asker } = pair(async function* (name) {
    try {
      yield 1;
      if (name === 'fails') throw new ObError('OB_TIMEOUT');
      for (;;) yield 2;
    } finally {
      ended = true;
    }
  });

  for await (const piece of asker.open('endless', null)) if (piece === 2) break;
  for (let turn = 0; turn < 10 && !ended; turn += 1) await setImmediate();
  t.ok(ended);

  const read: unknown[] = [];
  await t.rejects(
    async () => {
      for await (const piece of asker.open('fails', null)) read.push(piece);
    },
    { name: 'OB_TIMEOUT' },
  );
  t.same(read, [1]);
});

t.test('when the other side is gone, nobody waits for it', async (t) => {
  const { asker } = pair(() => new Promise(() => undefined));
  const asked = asker.ask('name', null);
  const opened = asker.open('name', null).next();
  const gone = new ObError('OB_ERR_UNEXPECTED', [], { message: 'the log thread failed' });

  asker.break(gone);

  for (const waiting of [asked, opened, asker.ask('late', null), asker.open('late', null).next()]) {
    t.equal(await waiting.catch((error: unknown) => error), gone);
  }
});

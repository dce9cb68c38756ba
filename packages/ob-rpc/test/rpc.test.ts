import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { isObError, ObError } from '@sealane/errors';
import t from 'tap';
import { FrameDecoder } from '../src/frame-decoder.ts';
import type { RpcRequest } from '../src/index.ts';
import { pcodes, STREAM_WINDOW, wasSent } from '../src/index.ts';
import { encodeEasyNegotiation } from '../src/negotiation.ts';
import { decodePacket, encodePacket } from '../src/packet.ts';
import { decodePayload, encodePayload } from '../src/payload.ts';
import { rpcPair, until } from './rpc-pair.ts';

const OPTIONS = { timeoutMs: 5_000 };
const caught = (error: unknown): unknown => error;

t.test(
  'a call brings the handler its caller, tenant, body and deadline, and the caller the answer',
  async (t) => {
    let seen: RpcRequest | undefined;
    const { link } = await rpcPair(t, {
      [pcodes.REMOTE_EXECUTE]: (request) => {
        seen = request;
        return { rows: [[1n, Buffer.from('x'), null]] };
      },
    });

    const before = performance.now();
    const answer = await link.call(
      pcodes.REMOTE_EXECUTE,
      { text: 'SELECT 1' },
      { timeoutMs: 4_000, tenantId: 1002 },
    );

    t.strictSame(answer, { rows: [[1n, Buffer.from('x'), null]] });
    t.match(seen, {
      from: '127.0.0.1:2',
      identity: 'observer',
      tenantId: 1002,
      body: { text: 'SELECT 1' },
      encrypted: false,
    });
    t.ok(
      seen !== undefined && seen.deadlineMs >= before + 3_999 && seen.deadlineMs <= performance.now() + 4_001,
    );
  },
);

t.test('an error of the handler reaches the caller with its code, message and details', async (t) => {
  const { link, log } = await rpcPair(t, {
    [pcodes.REMOTE_EXECUTE]: () => {
      throw new ObError('OB_NOT_MASTER', [], {
        message: 'the leader is elsewhere',
        details: { leader: '10.0.0.1:2882' },
      });
    },
    [pcodes.KILL_SESSION]: async () => Promise.reject(new TypeError('a bug')),
  });

  await t.rejects(link.call(pcodes.REMOTE_EXECUTE, null, OPTIONS), {
    name: 'OB_NOT_MASTER',
    message: 'the leader is elsewhere',
    details: { leader: '10.0.0.1:2882', answered: true },
  });
  await t.rejects(link.call(pcodes.KILL_SESSION, null, OPTIONS), {
    name: 'OB_ERR_UNEXPECTED',
    message: 'a bug',
  });
  t.ok(log.some((line) => line.startsWith('an RPC handler failed')));
  await t.rejects(link.call(pcodes.CREATE_LS, null, OPTIONS), {
    name: 'OB_NOT_SUPPORTED',
    message: /packet code CREATE_LS/,
  });
  t.equal(link.status().state, 'open', 'the link lives on');
});

t.test('posts arrive in order, before the call that follows them, and are never answered', async (t) => {
  const arrived: unknown[] = [];
  const { link } = await rpcPair(t, {
    [pcodes.LOG_PUSH_REQ]: ({ body, deadlineMs }) => {
      arrived.push([body, deadlineMs]);
      throw new ObError('OB_NOT_MASTER');
    },
    [pcodes.KILL_SESSION]: () => arrived.length,
  });

  for (let index = 0; index < 100; index++) t.ok(link.post(pcodes.LOG_PUSH_REQ, index));
  t.equal(await link.call(pcodes.KILL_SESSION, null, OPTIONS), 100);
  t.strictSame(arrived[99], [99, Infinity]);
  t.equal(link.status().callsInFlight, 0);
});

t.test('many calls at once get each their own answer, in whatever order they come', async (t) => {
  const { link } = await rpcPair(t, {
    [pcodes.REMOTE_EXECUTE]: async ({ body }) => {
      await new Promise((resolve) => setTimeout(resolve, Number(body) % 7));
      return body;
    },
  });

  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, index) => link.call(pcodes.REMOTE_EXECUTE, index, OPTIONS)),
  );

  t.strictSame(
    answers,
    Array.from({ length: 500 }, (_, index) => index),
  );
});

t.test('a call that is not answered in time fails with its deadline and leaves nothing behind', async (t) => {
  let answer: (value: unknown) => void = () => undefined;
  const { link } = await rpcPair(t, {
    [pcodes.REMOTE_EXECUTE]: () => new Promise((resolve) => (answer = resolve)),
    [pcodes.KILL_SESSION]: () => 'alive',
  });

  const error = await link.call(pcodes.REMOTE_EXECUTE, null, { timeoutMs: 50 }).catch(caught);

  t.match(error, {
    name: 'OB_TIMEOUT',
    message: /REMOTE_EXECUTE to 127\.0\.0\.1:\d+ got no answer within 50 ms/,
  });
  t.ok(wasSent(error));
  // The link's own heartbeat is a call too.
  await until(() => link.status().callsInFlight === 0, 'no call in flight');
  answer('too late');
  t.equal(await link.call(pcodes.KILL_SESSION, null, OPTIONS), 'alive');
  const endless = link.call(pcodes.REMOTE_EXECUTE, null, { timeoutMs: Infinity });
  await link.call(pcodes.KILL_SESSION, null, OPTIONS);
  answer('in time');
  t.equal(await endless, 'in time', 'an endless wait is cut to what timers can hold');
});

t.test('a stream is read item by item to its end, an empty one ends at once', async (t) => {
  const { link } = await rpcPair(t, {
    [pcodes.LS_FETCH_LOG]: async function* ({ body }: RpcRequest) {
      for (let index = 0; index < Number(body); index++) yield { index };
    },
  });

  for (const count of [0, 1, STREAM_WINDOW, STREAM_WINDOW + 1, 200]) {
    const items = await Array.fromAsync(link.stream(pcodes.LS_FETCH_LOG, count, OPTIONS));
    t.equal(items.length, count);
    t.strictSame(items.at(-1), count === 0 ? undefined : { index: count - 1 });
  }
});

t.test('a writer is never more than a window ahead of its reader', async (t) => {
  let produced = 0;
  const { link } = await rpcPair(t, {
    [pcodes.LS_FETCH_LOG]: async function* () {
      for (;;) yield produced++;
    },
    [pcodes.KILL_SESSION]: () => produced,
  });

  const stream = link.stream(pcodes.LS_FETCH_LOG, null, OPTIONS);
  await stream.next();
  for (let taken = 1; taken < 100; taken++) {
    await link.call(pcodes.KILL_SESSION, null, OPTIONS);
    t.ok(produced - taken <= STREAM_WINDOW + 1, `${produced} produced, ${taken} taken`);
    t.strictSame(await stream.next(), { done: false, value: taken });
  }
  await stream.return?.();
  const atReturn = produced;
  await link.call(pcodes.KILL_SESSION, null, OPTIONS);
  t.ok(produced <= atReturn + STREAM_WINDOW);
});

t.test(
  'a reader that leaves ends the writer, and an error of the writer comes after its items',
  async (t) => {
    let ended = false;
    const { link } = await rpcPair(t, {
      [pcodes.LS_FETCH_LOG]: async function* () {
        try {
          for (let index = 0; ; index++) yield index;
        } finally {
          ended = true;
        }
      },
      [pcodes.OPEN_STREAM]: async function* () {
        yield 1;
        throw new ObError('OB_ENTRY_NOT_EXIST', [], { message: 'that log is gone' });
      },
    });

    for await (const item of link.stream(pcodes.LS_FETCH_LOG, null, OPTIONS)) if (item === 40) break;
    await until(() => ended, 'the writer to end');
    const stream = link.stream(pcodes.OPEN_STREAM, null, OPTIONS);
    t.strictSame(await stream.next(), { done: false, value: 1 });
    await t.rejects(stream.next(), { name: 'OB_ENTRY_NOT_EXIST', message: 'that log is gone' });
    t.strictSame(await stream.next(), { done: true, value: undefined });
    t.equal(link.status().callsInFlight, 0);
    await t.rejects(
      link.call(pcodes.LS_FETCH_LOG, null, OPTIONS),
      { name: 'OB_NOT_SUPPORTED' },
      'a stream asked for as a call',
    );
  },
);

t.test(
  'a stream whose next item does not come in time fails, and one whose link is lost says so',
  async (t) => {
    const { link, acceptor } = await rpcPair(t, {
      [pcodes.LS_FETCH_LOG]: async function* () {
        yield 1;
        await new Promise(() => undefined);
      },
    });

    const slow = link.stream(pcodes.LS_FETCH_LOG, null, { timeoutMs: 500 });
    await slow.next();
    await t.rejects(slow.next(), { name: 'OB_TIMEOUT' });
    const cut = link.stream(pcodes.LS_FETCH_LOG, null, OPTIONS);
    await cut.next();
    const next = cut.next().catch(caught);
    await acceptor.close();
    t.match(await next, { name: 'OB_RPC_SEND_ERROR', details: { sent: true } });
  },
);

t.test('a drained acceptor answers what it is working on, refuses what is new, and closes', async (t) => {
  let finish: (value: unknown) => void = () => undefined;
  const { link, acceptor } = await rpcPair(t, {
    [pcodes.REMOTE_EXECUTE]: () => new Promise((resolve) => (finish = resolve)),
    [pcodes.KILL_SESSION]: () => 'served',
  });
  t.equal(await link.call(pcodes.KILL_SESSION, null, OPTIONS), 'served');
  const working = link.call(pcodes.REMOTE_EXECUTE, null, OPTIONS);
  await link.call(pcodes.KILL_SESSION, null, OPTIONS);

  const drained = acceptor.drain(5_000);
  await t.rejects(link.call(pcodes.KILL_SESSION, null, OPTIONS), { name: 'OB_SERVER_IS_STOPPING' });
  finish('done');
  t.equal(await working, 'done');
  await drained;
  t.equal(acceptor.connectionCount, 0);
});

t.test('a drained link waits for its answers and takes nothing new', async (t) => {
  let finish: (value: unknown) => void = () => undefined;
  const { link } = await rpcPair(t, {
    [pcodes.REMOTE_EXECUTE]: () => new Promise((resolve) => (finish = resolve)),
    [pcodes.KILL_SESSION]: () => 'served',
  });
  const working = link.call(pcodes.REMOTE_EXECUTE, null, OPTIONS);
  await link.call(pcodes.KILL_SESSION, null, OPTIONS);

  const drained = link.drain(5_000);
  const refused = await link.call(pcodes.KILL_SESSION, null, OPTIONS).catch(caught);
  t.ok(isObError(refused, 'OB_RPC_POST_ERROR') && !wasSent(refused));
  finish('done');
  t.equal(await working, 'done');
  await drained;
  t.equal(link.status().state, 'closed');
});

t.test(
  'more requests in flight than allowed are refused, more bytes waiting than allowed as well',
  async (t) => {
    const { link } = await rpcPair(
      t,
      { [pcodes.REMOTE_EXECUTE]: () => new Promise(() => undefined), [pcodes.KILL_SESSION]: () => 1 },
      { acceptor: { requestsInFlightMax: 2 }, dialer: { queueSizeMax: 1_000 } },
    );
    const waiting = [1, 2].map(() => link.call(pcodes.REMOTE_EXECUTE, null, OPTIONS).catch(caught));
    await t.rejects(link.call(pcodes.KILL_SESSION, null, OPTIONS), { name: 'OB_QUEUE_OVERFLOW' });

    const unopened = await rpcPair(
      t,
      { [pcodes.KILL_SESSION]: () => 1 },
      { dialer: { queueSizeMax: 1_000 } },
    );
    const calls = Array.from({ length: 5 }, () =>
      unopened.link.call(pcodes.KILL_SESSION, Buffer.alloc(300), OPTIONS).catch(caught),
    );
    const results = await Promise.all(calls);
    t.equal(results.filter((result) => result === 1).length >= 1, true);
    const refused = results.filter((result) => isObError(result, 'OB_RPC_POST_ERROR'));
    t.ok(refused.length >= 1 && refused.every((error) => !wasSent(error)));
    await link.close();
    await Promise.all(waiting);
  },
);

t.test('a body over the frame limit of the peer ends the link with the reason in its log', async (t) => {
  const { link, log } = await rpcPair(
    t,
    { [pcodes.KILL_SESSION]: () => 1 },
    { acceptor: { frameSizeMax: 10_000 } },
  );

  const error = await link.call(pcodes.KILL_SESSION, Buffer.alloc(20_000), OPTIONS).catch(caught);

  t.ok(isObError(error, 'OB_RPC_SEND_ERROR') && wasSent(error));
  t.ok(log.some((line) => line.includes('is over the limit of 10000')));
  t.equal(await link.call(pcodes.KILL_SESSION, null, OPTIONS), 1, 'a new link serves the next one');
});

t.test('a peer that reads nothing is given up on, and calls that never left say so', async (t) => {
  const server = createServer((socket) => socket.pause());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { link } = await rpcPair(
    t,
    {},
    {
      dialer: { peer: { host: '127.0.0.1', port }, timings: { deadAfterMs: 300, pingEveryMs: 50 } },
    },
  );

  const body = Buffer.alloc(4 * 1024 * 1024);
  const errors = await Promise.all(
    Array.from({ length: 6 }, () => link.call(pcodes.KILL_SESSION, body, OPTIONS).catch(caught)),
  );

  t.ok(errors.every((error) => isObError(error)));
  t.ok(errors.some(wasSent), 'the first is on its way');
  t.notOk(errors.every(wasSent), 'the last is not');
});

t.test('an endless row of failures is logged at its 1st, 2nd, 4th, 8th time', async (t) => {
  const { link, acceptor, log } = await rpcPair(
    t,
    {},
    { dialer: { timings: { backoffMinMs: 1, backoffMaxMs: 1 } } },
  );
  link.start();
  await until(() => link.status().state === 'open', 'the link');
  await acceptor.close();
  await until(() => link.status().failedAttempts > 8, 'failures');
  await link.close();

  const attempts = log
    .filter((line) => line.startsWith('rpc link failed {'))
    .map((line) => /"attempt":(\d+)/.exec(line)?.[1]);
  t.strictSame(attempts.slice(0, 4), ['1', '2', '4', '8']);
  t.ok(log.some((line) => line.startsWith('rpc link failed again')));
});

t.test('a policy that can not be met keeps the link closed, with its reason', async (t) => {
  const { link } = await rpcPair(
    t,
    {},
    {
      dialer: {
        plan: () => {
          throw new ObError('OB_CONNECT_ERROR', [], { message: 'no wallet, so no link' });
        },
      },
    },
  );
  link.start();

  await until(() => link.status().failedAttempts >= 2, 'the attempts');
  await t.rejects(link.call(pcodes.KILL_SESSION, null, OPTIONS), {
    message: /was not sent to .*: no wallet, so no link/,
  });
});

t.test('a stranger that speaks frames but does not say who it is gets 4128 and is cut off', async (t) => {
  const { port, log } = await rpcPair(t, { [pcodes.KILL_SESSION]: () => 1 });
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(encodeEasyNegotiation());
  socket.write(encodePacket(5, { pcode: pcodes.KILL_SESSION }, encodePayload(null)));
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  await once(socket, 'close');

  const [frame] = new FrameDecoder().push(chunk);
  t.equal(frame?.channelId, 5);
  const body = decodePayload(decodePacket(frame?.payload ?? Buffer.alloc(0)).body);
  t.match(body, [-4128, /did not say who it is in its first request/]);
  t.ok(log.some((line) => line.includes('did not say who it is')));
});

t.test('a link works when every byte comes alone', async (t) => {
  const { port } = await rpcPair(t, { [pcodes.KILL_SESSION]: ({ body }) => body });
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  t.teardown(() => socket.destroy());
  const identity = { server: '127.0.0.1:3', identity: 'test', clusterName: 'c', clusterId: 1 };
  const bytes = Buffer.concat([
    encodeEasyNegotiation(),
    encodePacket(1, { pcode: pcodes.LINK_IDENTIFY }, encodePayload(identity)),
    encodePacket(2, { pcode: pcodes.KILL_SESSION, timeoutUs: 1_000_000n }, encodePayload('alone')),
    encodePacket(
      3,
      { pcode: pcodes.KILL_SESSION, dstClusterId: 9n, srcClusterId: 1n },
      encodePayload('elsewhere'),
    ),
    encodePacket(4, { pcode: pcodes.KILL_SESSION, srcClusterId: 9n }, encodePayload('from elsewhere')),
  ]);
  const decoder = new FrameDecoder();
  const answers: unknown[] = [];
  socket.on('data', (chunk: Buffer) => {
    for (const { payload } of decoder.push(chunk)) answers.push(decodePayload(decodePacket(payload).body));
  });
  for (let at = 0; at < bytes.length; at++) {
    socket.write(bytes.subarray(at, at + 1));
    if (at % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  await until(() => answers.length === 4, 'all answers');
  t.match(answers, [
    [0, { clusterName: 'c' }],
    [0, 'alone'],
    [-8004, /the packet is for cluster 9, this is 1/],
    [-8004, /cluster 9/],
  ]);
});

t.test(
  'whatever strangers send, cut however, the port serves on and keeps no connection of theirs',
  async (t) => {
    const { link, port, acceptor } = await rpcPair(
      t,
      { [pcodes.KILL_SESSION]: () => 'served' },
      { acceptor: { firstBytesTimeoutMs: 300, deadAfterMs: 1_000 } },
    );
    t.equal(await link.call(pcodes.KILL_SESSION, null, OPTIONS), 'served');
    const identity = { server: '127.0.0.1:3', identity: 'test', clusterName: 'c', clusterId: 1 };
    const good = Buffer.concat([
      encodeEasyNegotiation(),
      encodePacket(1, { pcode: pcodes.LINK_IDENTIFY }, encodePayload(identity)),
      encodePacket(
        2,
        { pcode: pcodes.KILL_SESSION, timeoutUs: 1_000_000n },
        encodePayload([1, 'two', { three: 3n }]),
      ),
      encodePacket(2, { pcode: pcodes.STREAM_CREDIT }, encodePayload(1)),
    ]);
    const seed = Math.floor(Math.random() * 2 ** 31);
    t.comment(`seed ${seed}`);
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >>> 8) % below;
    };

    const strangers = Array.from({ length: 150 }, async () => {
      const bytes = Buffer.from(good.subarray(0, 1 + random(good.length)));
      for (let flips = random(4); flips > 0; flips--) bytes[random(bytes.length)] = random(256);
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      socket.resume();
      const cut = random(bytes.length);
      socket.write(bytes.subarray(0, cut));
      setImmediate(() => socket.end(bytes.subarray(cut)));
      await once(socket, 'close');
    });
    await Promise.all(strangers);

    t.equal(await link.call(pcodes.KILL_SESSION, null, OPTIONS), 'served');
    await until(() => acceptor.connectionCount === 1, 'the strangers to be gone');
  },
);

t.test('a port that is taken is told by its name and what to do', async (t) => {
  const { port } = await rpcPair(t, {});

  await t.rejects(rpcPair(t, {}, { acceptor: { port } }), {
    name: 'OB_INVALID_CONFIG',
    message: `cannot listen for RPC on 127.0.0.1:${port}: the port is taken; stop what listens there, or choose another rpc_port (-P)`,
  });
});

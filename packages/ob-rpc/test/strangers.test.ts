import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t, { type Test } from 'tap';
import { FrameDecoder } from '../src/frame-decoder.ts';
import { encodePacket, encodePayload, pcodes } from '../src/index.ts';
import { rpcPair, until } from './rpc-pair.ts';

/** Whoever finds the RPC port open, and wants no good. */

const whoDials = { server: '127.0.0.1:3', identity: 'observer', clusterName: 'c', clusterId: 1 };

t.test('half-open links never keep a server out: the one that has waited longest goes', async (t) => {
  const { acceptor, link, port } = await rpcPair(
    t,
    { 7: () => 'served' },
    { acceptor: { strangersMax: 20 } },
  );
  const strangers: Socket[] = [];
  for (let count = 0; count < 60; count++) strangers.push(await stranger(t, port));
  await until(() => strangers.filter((socket) => socket.closed).length >= 40, 'the oldest are gone');
  t.equal(
    strangers.findLastIndex((socket) => socket.closed),
    strangers.findIndex((socket) => !socket.closed) - 1,
  );
  t.equal(await link.call(7, null, { timeoutMs: 3_000 }), 'served');
  await until(() => acceptor.connectionCount <= 21, 'no more are kept than may be');
});

t.test('a link that is full of servers pushes none of them out', async (t) => {
  const { link, port, log } = await rpcPair(t, { 7: () => 'served' }, { acceptor: { connectionsMax: 1 } });
  t.equal(await link.call(7, null, { timeoutMs: 3_000 }), 'served');
  const late = await stranger(t, port);
  await until(() => late.closed, 'the stranger is refused');
  t.match(log.join('\n'), /too many/);
  t.equal(await link.call(7, null, { timeoutMs: 3_000 }), 'served');
});

t.test('who says something, but not who he is, is cut off in time', async (t) => {
  const { port, log } = await rpcPair(t, {}, { acceptor: { deadAfterMs: 300 } });
  const socket = await stranger(t, port);
  const head = encodePacket(1, { pcode: pcodes.LINK_IDENTIFY }, encodePayload(whoDials));
  let at = 0;
  const drip = setInterval(() => socket.write(head.subarray(at, ++at)), 20);
  t.teardown(() => clearInterval(drip));
  await until(() => socket.closed, 'the dripping link is closed');
  t.ok(at < head.length, `after ${at} of ${head.length} bytes`);
  t.match(log.join('\n'), /has not sent anything/);
});

t.test('the first frame is small: who is not known yet gets no memory for more', async (t) => {
  const { port, log } = await rpcPair(t, {});
  const socket = await stranger(t, port);
  socket.write(encodePacket(1, { pcode: pcodes.LINK_IDENTIFY }, Buffer.alloc(65 * 1024)).subarray(0, 64));
  await until(() => socket.closed, 'the link is closed');
  t.match(log.join('\n'), /over the limit of 65536/);
  const decoder = new FrameDecoder({ firstSizeMax: 1024 });
  decoder.push(encodePacket(1, {}, Buffer.alloc(100)));
  t.equal(decoder.push(encodePacket(1, {}, Buffer.alloc(5_000))).length, 1, 'later ones may be larger');
});

t.test('who asks and never takes an answer is not listened to any more', async (t) => {
  const answer = Buffer.alloc(64 * 1024);
  const { port } = await rpcPair(t, { 7: () => answer }, { acceptor: { deadAfterMs: 60_000 } });
  const socket = await stranger(t, port);
  socket.pause();
  socket.write(encodePacket(1, { pcode: pcodes.LINK_IDENTIFY }, encodePayload(whoDials)));
  const request = encodePacket(2, { pcode: 7, timeoutUs: 60_000_000n }, encodePayload(null));
  let sent = 0;
  const ask = (): void => {
    while (!socket.destroyed && sent < 100_000 && socket.write(request)) sent += 1;
  };
  socket.on('drain', ask);
  ask();
  let before = -1;
  for (; sent !== before; await new Promise((resolve) => setTimeout(resolve, 500))) before = sent;
  t.ok(sent < 100_000, `the other ${100_000 - sent} requests stay with it`);
  t.ok(memoryInUse() < 400 * 1024 * 1024, `${Math.round(memoryInUse() / 1024 / 1024)} MiB in use`);
});

t.test('bytes that drip in cost no object each', (t) => {
  const before = memoryInUse();
  const decoder = new FrameDecoder();
  const frame = encodePacket(1, {}, Buffer.alloc(400_000));
  for (let at = 0; at < frame.length - 1; at++) decoder.push(Buffer.from(frame.subarray(at, at + 1)));
  const taken = memoryInUse() - before;
  t.ok(taken < 8 * 1024 * 1024, `${taken} bytes for ${frame.length}`);
  t.equal(decoder.push(frame.subarray(-1)).length, 1);
  t.end();
});

/** After a collection. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function stranger(t: Test, port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.resume();
  return socket;
}

import { setImmediate } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import t from 'tap';
import { ownBytes, type Port, PortChannel } from '../../src/log-thread/channel.ts';
import { allocateLeaseSlots } from '../../src/log-thread/lease-slots.ts';
import { allocateLinkIds } from '../../src/log-thread/link-ids.ts';
import { startLogThread } from '../../src/log-thread/worker.ts';
import { allocateKillBoard } from '../../src/reading/kill-board.ts';

t.test('what is said in one turn goes in one piece, in order', async (t) => {
  const sent: unknown[] = [];
  const port: Port = { postMessage: (value) => sent.push(value), on: () => undefined };
  const channel = new PortChannel<number, number>(port);

  channel.post(1);
  channel.post(2);
  t.same(sent, [], 'not yet');
  await setImmediate();
  channel.post(3);
  channel.flush();
  await setImmediate();

  t.same(sent, [[1, 2], [3]]);
});

t.test('large bytes in a buffer of their own are given away, others copied', async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  const left = new PortChannel<Uint8Array, never>(port1);
  const right = new PortChannel<never, Uint8Array>(port2);
  const received: Uint8Array[] = [];
  right.onMessage((bytes) => received.push(bytes));
  const large = new Uint8Array(100_000).fill(1);
  const small = new Uint8Array(100).fill(2);
  const view = new Uint8Array(200_000).fill(3).subarray(50_000, 150_000);

  for (const bytes of [large, small, view]) left.post(bytes, bytes);
  while (received.length < 3) await setImmediate();

  t.equal(large.byteLength, 0, 'given away');
  t.equal(small.byteLength, 100);
  t.equal(view.byteLength, 100_000, 'its buffer holds more than was said');
  t.same(
    received.map((bytes) => [bytes.byteLength, bytes[0], bytes.at(-1)]),
    [
      [100_000, 1, 1],
      [100, 2, 2],
      [100_000, 3, 3],
    ],
  );
});

t.test('a buffer from a pool takes nothing else along', async (t) => {
  const pooled = Buffer.from('words');
  t.ok(pooled.buffer.byteLength > pooled.byteLength);

  const own = ownBytes(pooled);

  t.equal(own.buffer.byteLength, pooled.byteLength);
  t.equal(ownBytes(own), own, 'no copy where none is needed');
});

t.test('a thread that cannot even open its log says why', async (t) => {
  const self = { ip: '127.0.0.1', rpcPort: 1, sqlPort: 2 };
  const { ended } = startLogThread({
    config: {
      baseDirectory: '/nowhere',
      self,
      zone: 'zone1',
      clusterName: 'obcluster',
      clusterId: 1,
      servers: [self],
      overrides: {},
    },
    leases: allocateLeaseSlots(),
    linkIds: allocateLinkIds(),
    kills: allocateKillBoard(),
    logLevel: 'INFO',
  });

  await t.rejects(ended, { code: 'ENOENT' });
});

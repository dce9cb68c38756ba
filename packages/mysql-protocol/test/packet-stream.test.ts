import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isObError } from '@sealane/errors';
import fc from 'fast-check';
import t from 'tap';
import { PacketDecoder, PacketWriter, packetPayloadMax } from '../src/index.ts';

function framed(payloads: readonly Uint8Array[], sequenceId = 0): Uint8Array {
  const writer = new PacketWriter(sequenceId);
  for (const payload of payloads) writer.begin().bytes(payload).end();
  return writer.take();
}

function all(decoder: PacketDecoder): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
    payloads.push(Uint8Array.from(packet.payload));
  }
  return payloads;
}

const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });

t.test('packets come out as they went in, however the stream is cut', (t) => {
  fc.assert(
    fc.property(
      payloads,
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }),
      (sent, sizes) => {
        const bytes = framed(sent);
        const decoder = new PacketDecoder(1_000);
        const received: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          decoder.push(bytes.subarray(at, at + size));
          received.push(...all(decoder));
          at += size;
        }
        t.same(received, sent);
        return decoder.buffered === 0;
      },
    ),
    { numRuns: 100 },
  );
  t.end();
});

t.test('one byte at a time, and two packets in one chunk', (t) => {
  const sent = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4)];
  const slow = new PacketDecoder(1_000);
  const received: Uint8Array[] = [];
  for (const byte of framed(sent)) {
    slow.push(Uint8Array.of(byte));
    received.push(...all(slow));
  }
  const quick = new PacketDecoder(1_000);
  quick.push(framed(sent));

  t.same(received, sent);
  t.same(all(quick), sent);
  t.end();
});

t.test(
  'a payload of 16 MiB and more is several packets, and one of exactly 2^24 - 1 bytes has an empty one behind it',
  (t) => {
    for (const size of [
      packetPayloadMax - 1,
      packetPayloadMax,
      packetPayloadMax + 1,
      2 * packetPayloadMax,
      40_000_000,
    ]) {
      const payload = new Uint8Array(size).fill(size & 0xff);
      payload[size - 1] = 7;
      const bytes = framed([payload], 254);
      const parts = Math.floor(size / packetPayloadMax) + 1;
      t.equal(bytes.length, size + 4 * parts);
      const decoder = new PacketDecoder(50_000_000);
      decoder.expect(254);
      decoder.push(bytes.subarray(0, 100));
      t.equal(decoder.next(), undefined);
      decoder.push(bytes.subarray(100));
      const packet = decoder.next();
      t.equal(packet?.sequenceId, (254 + parts - 1) & 0xff);
      t.ok(Buffer.from(packet?.payload ?? []).equals(payload), `${size} bytes`);
      t.equal(decoder.buffered, 0);
    }
    t.end();
  },
);

t.test('a payload over the limit is refused when its header is there, in one packet and in several', (t) => {
  const single = new PacketDecoder(1_000);
  single.push(Uint8Array.of(0xe9, 0x03, 0, 0));
  t.throws(() => single.next(), {
    name: 'OB_ERR_NET_PACKET_TOO_LARGE',
    details: { size: 1_001, limit: 1_000 },
  });

  const several = new PacketDecoder(packetPayloadMax + 10);
  several.push(
    Buffer.concat([
      Uint8Array.of(0xff, 0xff, 0xff, 0),
      new Uint8Array(packetPayloadMax),
      Uint8Array.of(11, 0, 0, 1),
    ]),
  );
  t.throws(() => several.next(), { name: 'OB_ERR_NET_PACKET_TOO_LARGE' });
  t.end();
});

t.test('a packet out of order is refused, between packets and within one', (t) => {
  const between = new PacketDecoder(1_000);
  between.expect(1);
  between.push(framed([Uint8Array.of(1)], 1));
  t.ok(between.next());
  between.push(framed([Uint8Array.of(1)], 1));
  t.throws(() => between.next(), {
    name: 'ER_NET_PACKETS_OUT_OF_ORDER',
    details: { expected: 2, received: 1 },
  });

  const within = new PacketDecoder(packetPayloadMax * 2);
  within.push(
    Buffer.concat([
      Uint8Array.of(0xff, 0xff, 0xff, 5),
      new Uint8Array(packetPayloadMax),
      Uint8Array.of(1, 0, 0, 9, 1),
    ]),
  );
  t.throws(() => within.next(), {
    name: 'ER_NET_PACKETS_OUT_OF_ORDER',
    details: { expected: 6, received: 9 },
  });
  t.end();
});

t.test('what lies behind the last packet can be taken as bytes of another protocol', (t) => {
  const decoder = new PacketDecoder(1_000);
  decoder.push(Buffer.concat([framed([Uint8Array.of(1)]), Buffer.from('\x16\x03\x01 hello')]));

  t.ok(decoder.next());
  t.same(Buffer.from(decoder.takeRest()).toString('latin1'), '\x16\x03\x01 hello');
  t.equal(decoder.buffered, 0);
  t.end();
});

t.test('noise gives packets or one of our errors, and never more memory than the limit', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (noise) => {
      const decoder = new PacketDecoder(1_000);
      decoder.push(noise);
      try {
        all(decoder);
      } catch (error) {
        return isObError(error);
      }
      return decoder.buffered <= 1_003;
    }),
    { numRuns: 300 },
  );
  t.pass('no other error came');
  t.end();
});

t.test('a packet begun can be abandoned', (t) => {
  const writer = new PacketWriter();
  writer.begin().u8(1).end();
  writer.begin().text('half a row');
  writer.abandon();
  writer.begin().u8(2).end();

  t.same([...writer.take()], [1, 0, 0, 0, 1, 1, 0, 0, 1, 2]);
  t.end();
});

t.test('bytes that drip in cost no object each', (t) => {
  const decoder = new PacketDecoder(1 << 20);
  const writer = new PacketWriter();
  writer.begin().bytes(new Uint8Array(300_000)).end();
  const packet = writer.take();
  const before = memoryInUse();
  for (let at = 0; at < packet.length - 1; at++) decoder.push(Uint8Array.of(packet[at] ?? 0));
  const taken = memoryInUse() - before;
  t.ok(taken < 8 * 1024 * 1024, `${taken} bytes for ${packet.length}`);
  decoder.push(packet.subarray(-1));
  t.equal(decoder.next()?.payload.length, 300_000);
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

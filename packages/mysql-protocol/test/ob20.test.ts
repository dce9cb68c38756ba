import t from 'tap';
import {
  agreedObCapabilities,
  commandCode,
  crc16,
  crc32c,
  encodeOb20Frame,
  Ob20Link,
  ob20Flag,
  ob20PayloadMax,
  obCapability,
  ownObCapabilities,
  PacketDecoder,
  PacketWriter,
  ServerConnection,
} from '../src/index.ts';

/** The OceanBase 2.0 protocol: bytes by hand from the documented layout, and what must not come through. */

t.test('the checksums are CRC-16/ARC and CRC-32C without inversions', async (t) => {
  const check = Buffer.from('123456789');
  t.equal(crc16(check), 0xbb3d, 'the catalogue’s check value');
  t.equal(~crc32c(check, 0xffffffff) >>> 0, 0xe3069283, 'that of the inverting form');
  for (const size of [0, 1, 7, 8, 9, 15, 16, 31, 1000]) {
    const bytes = Buffer.from(Array.from({ length: size }, (_, at) => (at * 37 + size) & 0xff));
    t.equal(crc32c(bytes), slowCrc32c(bytes), `${size} bytes`);
    t.equal(crc32c(bytes.subarray(3), crc32c(bytes.subarray(0, 3))), crc32c(bytes), 'in two parts');
  }
});

t.test('a frame has the documented bytes', async (t) => {
  const ping = Buffer.from([1, 0, 0, 0, commandCode.COM_PING]);
  const frame = encodeOb20Frame({
    connectionId: 0x80040001,
    requestId: 1,
    sequence: 0,
    flags: ob20Flag.LAST,
    bytes: ping,
  });
  const head =
    '210000' +
    '00' +
    '000000' +
    'ab20' +
    '1400' +
    '01000480' +
    '010000' +
    '00' +
    '05000000' +
    '02000000' +
    '0000';
  t.equal(frame.toString('hex', 0, 29), head);
  t.equal(frame.readUInt16LE(29), slowCrc16(Buffer.from(head, 'hex')), 'checksum of the 29 bytes before it');
  t.same(frame.subarray(31, 36), ping);
  t.equal(frame.readUInt32LE(36), slowCrc32c(ping));
  t.equal(frame.length, 40);
});

t.test('requests and answers are numbered together', async (t) => {
  const client = new Ob20Link(7, 'client');
  const server = new Ob20Link(7, 'server');
  for (const request of [1, 2, 3]) {
    const asked = client.request(Buffer.from('ask'));
    t.same(numbersOf(asked), { requestId: request, sequence: 0, flags: 2 });
    t.same(hear(server, asked), [Buffer.from('ask')]);
    const first = server.answer(Buffer.from('some'), false);
    t.same(numbersOf(first), { requestId: request, sequence: 1, flags: 0 });
    const end = server.answer(Buffer.alloc(0), true);
    t.same(numbersOf(end), { requestId: request, sequence: 2, flags: 2 }, 'an end without bytes');
    t.same(server.answer(Buffer.alloc(0), true).length, 0, 'once');
    t.same(Buffer.concat(hear(client, first, end)), Buffer.from('some'));
  }
  t.same(
    hear(server, client.request(Buffer.from('no answer')), client.request(Buffer.from('next'))).length,
    2,
  );
});

t.test('what is longer than a frame goes in several', async (t) => {
  const client = new Ob20Link(7, 'client');
  const server = new Ob20Link(7, 'server');
  const bytes = Buffer.alloc(3 * 65_536 + 10, 'ab');
  const frames = Buffer.from(client.request(bytes));
  t.same(numbersOf(frames), { requestId: 1, sequence: 0, flags: 0 });
  const parts = hear(
    server,
    frames.subarray(0, 1000),
    frames.subarray(1000, 150_000),
    frames.subarray(150_000),
  );
  t.same(
    parts.map(({ length }) => length),
    [65_536, 65_536, 65_536, 10],
  );
  t.ok(Buffer.concat(parts).equals(bytes));
  t.same(numbersOf(server.answer(Buffer.from('x'), true)), { requestId: 1, sequence: 4, flags: 2 });

  const facts = { connectionId: 7, requestId: 2, sequence: 0, flags: ob20Flag.LAST };
  const largest = encodeOb20Frame({ ...facts, bytes: Buffer.alloc(ob20PayloadMax) });
  t.equal(hear(server, largest)[0]?.length, ob20PayloadMax, 'others may send larger ones');
});

t.test('any changed bit is noticed', async (t) => {
  const frame = Buffer.from(new Ob20Link(7, 'client').request(Buffer.from([1, 0, 0, 0, 3, 65])));
  for (let bit = 0; bit < frame.length * 8; bit += 1) {
    const changed = Buffer.from(frame);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const verdict = verdictOf(changed);
    t.match(verdict, /^OB_(CHECKSUM_ERROR|UNKNOWN_PACKET)$/, `bit ${bit}`);
  }
});

t.test('a checksum of 0 is not looked at; extra info is passed over', async (t) => {
  const info = Buffer.from([0xd1, 0x07, 2, 0, 0, 0, 1, 2]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(info.length);
  const packet = Buffer.from([1, 0, 0, 0, 14]);
  const frame = encodeOb20Frame({
    connectionId: 7,
    requestId: 9,
    sequence: 0,
    flags: ob20Flag.LAST | ob20Flag.EXTRA_INFO,
    bytes: Buffer.concat([size, info, packet]),
  });
  t.same(hear(new Ob20Link(7, 'server'), frame), [packet]);
  frame.fill(0, frame.length - 4);
  t.same(hear(new Ob20Link(7, 'server'), frame), [packet], 'without a payload checksum');
  frame.writeUInt16LE(0, 29);
  t.same(hear(new Ob20Link(7, 'server'), frame), [packet], 'without any');
  frame.writeUInt32LE(1000, 31);
  t.equal(verdictOf(frame), 'OB_UNKNOWN_PACKET', 'longer than its frame');
});

t.test('a frame of another connection, or out of order, ends the conversation', async (t) => {
  const frame = (facts: { connectionId?: number; requestId?: number; sequence?: number }) =>
    encodeOb20Frame({
      connectionId: 7,
      requestId: 1,
      sequence: 0,
      flags: 2,
      bytes: Buffer.from('x'),
      ...facts,
    });
  t.equal(verdictOf(frame({ connectionId: 8 })), 'OB_UNKNOWN_CONNECTION');
  t.equal(verdictOf(frame({ sequence: 1 })), 'ER_NET_PACKETS_OUT_OF_ORDER');
  t.equal(verdictOf(frame({}), frame({})), 'ER_NET_PACKETS_OUT_OF_ORDER', 'the same request again');
  t.equal(verdictOf(frame({ requestId: 5 }), frame({ requestId: 4 })), 'ER_NET_PACKETS_OUT_OF_ORDER');
  t.equal(verdictOf(frame({ requestId: 5 }), frame({ requestId: 7 })), 'fine');
  t.equal(verdictOf(frame({ requestId: 0xffffff }), frame({ requestId: 0 })), 'fine', 'it wraps around');
  const broken = new Ob20Link(7, 'server');
  t.throws(() => hear(broken, frame({ sequence: 1 })));
  t.throws(() => hear(broken, frame({})), { name: 'ER_NET_PACKETS_OUT_OF_ORDER' }, 'for good');
  const client = new Ob20Link(7, 'client');
  client.request(Buffer.from('x'));
  t.throws(() => hear(client, frame({ requestId: 2, sequence: 1 })), { name: 'ER_NET_PACKETS_OUT_OF_ORDER' });
  const other = new Ob20Link(7, 'client');
  other.request(Buffer.from('x'));
  t.throws(() => hear(other, frame({ requestId: 1, sequence: 0 })), { name: 'ER_NET_PACKETS_OUT_OF_ORDER' });
});

t.test('only who asks is agreed with, and only on what both have', async (t) => {
  const asked = (type: string, flag: string) =>
    agreedObCapabilities(
      new Map([
        ['__mysql_client_type', type],
        ['__proxy_capability_flag', flag],
      ]),
    );
  t.equal(asked('__ob_proxy', '16777215'), ownObCapabilities);
  t.equal(asked('__ob_jdbc_client', '256'), obCapability.OB_PROTOCOL_V2);
  t.equal(asked('__ob_libobclient', '0'), 0n);
  t.equal(asked('libmysql', '256'), undefined);
  t.equal(asked('__ob_proxy', 'all'), undefined);
  t.equal(agreedObCapabilities(new Map([['__mysql_client_type', '__ob_proxy']])), undefined);
});

t.test('a server answers in frames once it has begun to', async (t) => {
  const server = new ServerConnection({
    connectionId: 7,
    scramble: Buffer.alloc(20, 'x'),
    tls: false,
    serverVersion: '5.7.25',
    maxAllowedPacket: 1 << 20,
  });
  server.greet();
  server.take();
  server.admit({});
  t.equal(server.take()[4], 0, 'the OK itself is as ever');
  const client = new Ob20Link(7, 'client');
  const early = new PacketWriter();
  early.begin().u8(commandCode.COM_PING).end();
  // It may have come with what was read before.
  server.receive(client.request(early.take()));
  server.beginOb20();
  t.match(server.next(), { kind: 'command', command: { name: 'COM_PING' } });
  server.ok({});
  const packets = new PacketDecoder(1000);
  for (const bytes of hear(client, server.take())) packets.push(bytes);
  const { sequenceId, payload } = packets.next() ?? {};
  t.same([sequenceId, payload?.[0]], [1, 0]);
});

/** Payloads that the chunks hold. */
function hear(link: Ob20Link, ...chunks: readonly Uint8Array[]): Buffer[] {
  const heard: Buffer[] = [];
  for (const chunk of chunks) {
    link.push(chunk);
    for (let bytes = link.next(); bytes !== undefined; bytes = link.next()) heard.push(Buffer.from(bytes));
  }
  return heard;
}

/** @returns the error's name, or `waits` for more bytes */
function verdictOf(...frames: readonly Uint8Array[]): string {
  try {
    return hear(new Ob20Link(7, 'server'), ...frames).length === frames.length ? 'fine' : 'waits';
  } catch (error) {
    return (error as Error).name;
  }
}

function numbersOf(frames: Uint8Array): object {
  const bytes = Buffer.from(frames);
  return { requestId: bytes.readUIntLE(15, 3), sequence: bytes.readUInt8(18), flags: bytes.readUInt32LE(23) };
}

function slowCrc32c(bytes: Uint8Array): number {
  return slowly(bytes, 0x82f63b78);
}

function slowCrc16(bytes: Uint8Array): number {
  return slowly(bytes, 0xa001);
}

function slowly(bytes: Uint8Array, polynomial: number): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial;
  }
  return crc >>> 0;
}

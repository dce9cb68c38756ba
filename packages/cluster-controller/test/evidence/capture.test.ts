import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { judgeCapture } from '../../src/evidence/capture/judge-capture.ts';
import { type CapturedPacket, readPackets } from '../../src/evidence/capture/packet-file.ts';
import { foldPackets, readCapture } from '../../src/evidence/capture/read-capture.ts';
import { tcpSegment } from '../../src/evidence/capture/tcp-segment.ts';
import type { ServiceKind } from '../../src/evidence/capture/wire-reader.ts';

const NODE = '10.0.0.1:2882';
const CLIENT = '10.0.0.9:4000';
const services = new Map<string, ServiceKind>([
  [NODE, 'RPC'],
  ['10.0.0.1:2881', 'SQL'],
]);
const EASY = Buffer.from('1234567877668833000900736561006c616e6500', 'hex').subarray(0, 19);
const FRAME = Buffer.concat([Buffer.from('01dbdbce00000010', 'hex'), Buffer.alloc(24, 7)]);
const record = (size: number, type = 23) =>
  Buffer.concat([Buffer.from([type, 3, 3, size >> 8, size & 0xff]), Buffer.alloc(size, 9)]);
const GREETING = Buffer.concat([Buffer.from([10, 0, 0, 0, 10]), Buffer.alloc(9, 65)]);
const SSL_REQUEST = Buffer.concat([Buffer.from([32, 0, 0, 1, 0, 0x0a, 0, 0]), Buffer.alloc(28)]);

t.test('negotiation, TLS records and clear text are told apart, however a stream is cut', async (t) => {
  const encrypted = Buffer.concat([EASY, record(300, 22), record(1_000)]);
  for (const size of [1, 2, 7, 19, 20, 1_500]) {
    const { flows } = fold(stream(CLIENT, NODE, encrypted, size));
    t.match(flows, [
      {
        kind: 'RPC',
        from: CLIENT,
        to: NODE,
        sent: { negotiation: 19, encrypted: 1_310, clear: 0, unknown: 0 },
      },
    ]);
    const clear = fold(stream(CLIENT, NODE, Buffer.concat([EASY, FRAME]), size));
    t.match(clear.flows, [
      { sent: { negotiation: 19, encrypted: 0, clear: FRAME.length, clearAs: 'OB-RPC frames' } },
    ]);
  }
  const authenticated = fold(stream(CLIENT, NODE, Buffer.concat([record(300, 22), FRAME]), 100));
  t.match(
    authenticated.flows,
    [{ sent: { encrypted: 305, clear: FRAME.length } }],
    'TLS that ends is no TLS',
  );
});

t.test('a client that asks for TLS, and one that does not', async (t) => {
  const sql = '10.0.0.1:2881';
  const both = (client: Buffer, server: Buffer) =>
    fold([...stream(CLIENT, sql, client, 50), ...stream(sql, CLIENT, server, 50)]);
  const tls = both(Buffer.concat([SSL_REQUEST, record(200, 22)]), Buffer.concat([GREETING, record(90, 22)]));
  t.match(tls.flows, [
    {
      sent: { negotiation: 36, encrypted: 205, clear: 0 },
      answered: { negotiation: 14, encrypted: 95, clear: 0 },
    },
  ]);
  const login = Buffer.concat([Buffer.from([40, 0, 0, 1, 0, 0x02, 0, 0]), Buffer.alloc(36, 66)]);
  const plain = both(login, Buffer.concat([GREETING, Buffer.from([7, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0])]));
  t.match(plain.flows, [{ sent: { clear: 44, clearAs: 'MySQL packets' }, answered: { clear: 11 } }]);
});

t.test('segments that come twice, late or never change nothing, or are said to be missing', async (t) => {
  const bytes = Buffer.concat([EASY, record(300, 22), record(1_000)]);
  const packets = stream(CLIENT, NODE, bytes, 100);
  const [syn, ...rest] = packets;
  if (syn === undefined) throw new Error('no packet');
  const whole = fold(packets).flows;
  t.same(fold([syn, ...rest, ...rest]).flows, whole, 'twice');
  t.same(fold([syn, ...rest.toReversed()]).flows, whole, 'backwards');
  const lost = fold(packets.toSpliced(3, 1)).flows[0]?.sent;
  t.ok((lost?.unknown ?? 0) > 0 && lost?.clear === 0, `one lost: ${JSON.stringify(lost)}`);
  const begun = fold(stream(CLIENT, NODE, Buffer.concat([record(80), record(80)]), 85).slice(1)).flows[0]
    ?.sent;
  t.match(
    begun,
    { encrypted: 170, clear: 0, unknown: 0 },
    'a capture that begins in the middle finds the next record',
  );
  const inClear = fold(stream(CLIENT, NODE, FRAME, 100).slice(1)).flows[0]?.sent;
  t.match(inClear, { clear: FRAME.length, clearAs: 'OB-RPC frames' });
});

t.test('a marker is found across segments, and only where it is', async (t) => {
  const text = Buffer.concat([FRAME, Buffer.from('… evidence-1234 …')]);
  for (let size = 1; size < 12; size++)
    t.match(foldPackets(stream(CLIENT, NODE, text, size), services, 'evidence-1234').flows, [
      { marker: true },
    ]);
  t.match(foldPackets(stream(CLIENT, NODE, text, 5), services, 'evidence-1235').flows, [{ marker: false }]);
});

t.test('both forms of file are read, in both byte orders, and what is no capture is refused', async (t) => {
  const directory = t.testdir();
  const packets = stream(CLIENT, NODE, Buffer.concat([EASY, record(300, 22)]), 90);
  for (const [name, content] of [
    ['little.pcap', pcap(packets, true)],
    ['big.pcap', pcap(packets, false)],
    ['little.pcapng', pcapng(packets, true)],
    ['big.pcapng', pcapng(packets, false)],
  ] as const) {
    const file = join(directory, name);
    writeFileSync(file, content);
    t.match([...readPackets(file)][1], { at: 1_777_629_600_000, linkType: 101, bytes: packets[1]?.bytes });
    const reading = readCapture(file, services, undefined);
    t.match(reading, { packets: packets.length, flows: [{ sent: { negotiation: 19, encrypted: 305 } }] });
    writeFileSync(file, content.subarray(0, content.length - 3));
    t.equal([...readPackets(file)].length, packets.length - 1, `${name}, cut short`);
  }
  const file = join(directory, 'other');
  writeFileSync(file, 'no capture at all');
  t.throws(() => [...readPackets(file)], { message: /neither pcap nor pcapng/ });
  writeFileSync(file, '');
  t.throws(() => [...readPackets(file)], { message: /neither pcap nor pcapng/ });
  t.throws(() => readCapture(join(directory, 'nowhere'), services, undefined), { message: /can't be read/ });
  const damaged = pcap(packets, true);
  damaged.writeUInt32LE(0x7fffffff, 24 + 8);
  writeFileSync(file, damaged);
  t.throws(() => [...readPackets(file)], { message: /damaged/ });
});

t.test('headers of every kind of link are cut off, and noise is no segment', async (t) => {
  const [packet] = stream(CLIENT, NODE, FRAME, 100);
  const ip = packet?.bytes ?? Buffer.alloc(0);
  const ether = Buffer.concat([Buffer.alloc(12), Buffer.from([8, 0]), ip]);
  const vlan = Buffer.concat([Buffer.alloc(12), Buffer.from([0x81, 0, 0, 5, 8, 0]), ip]);
  const any = Buffer.concat([Buffer.alloc(14), Buffer.from([8, 0]), ip]);
  const any2 = Buffer.concat([Buffer.from([8, 0]), Buffer.alloc(18), ip]);
  for (const [linkType, bytes] of [
    [1, ether],
    [1, vlan],
    [113, any],
    [276, any2],
    [0, Buffer.concat([Buffer.alloc(4), ip])],
    [101, ip],
  ] as const) {
    t.match(
      tcpSegment({ at: 0, linkType, bytes, size: bytes.length }),
      { from: CLIENT, to: NODE, syn: true },
      `type ${linkType}`,
    );
    for (let size = 0; size < bytes.length; size++)
      tcpSegment({ at: 0, linkType, bytes: bytes.subarray(0, size), size });
  }
  t.equal(tcpSegment({ at: 0, linkType: 105, bytes: ip, size: ip.length }), undefined);
});

t.test(
  'clear text between nodes is a fault, that of clients is open, that of strangers and probes is neither',
  async (t) => {
    const answer = stream(NODE, CLIENT, FRAME, 100);
    const asked = stream(CLIENT, NODE, FRAME, 100);
    const context = { source: 'a file', sha256: '', marker: undefined, sentNow: false, ownProbes: [] };
    const answered = judgeCapture(fold([...asked, ...answer]), context);
    t.match(answered.faults, [
      /OB-RPC frames in clear, RPC 10\.0\.0\.9:4000 to 10\.0\.0\.1:2882: 32 bytes there and 32 back/,
    ]);
    const stranger = judgeCapture(fold(asked), context);
    t.same(stranger.faults, []);
    t.match(stranger.shown, [/1 stranger spoke/]);
    const probe = { node: '', peerAddress: CLIENT, from: 1_777_629_600_000, until: 1_777_629_600_500 };
    t.same(judgeCapture(fold([...asked, ...answer]), { ...context, ownProbes: [probe] }).faults, []);
    const earlier = { ...probe, from: 0, until: 1 };
    t.equal(judgeCapture(fold([...asked, ...answer]), { ...context, ownProbes: [earlier] }).faults.length, 1);
    t.match(judgeCapture(fold([]), context), { open: [/the capture is empty/], shown: [] });
  },
);

function fold(packets: readonly CapturedPacket[]) {
  return foldPackets(packets, services, undefined);
}

/** One direction of a connection over IPv4, its SYN first, cut into segments. */
function stream(from: string, to: string, bytes: Buffer, size: number): CapturedPacket[] {
  const first = 0xffffffff - 40;
  const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return [
    packet(from, to, first, 0x02, Buffer.alloc(0)),
    ...parts.map((part, index) => packet(from, to, (first + 1 + index * size) >>> 0, 0x18, part)),
  ];
}

function packet(from: string, to: string, sequence: number, flags: number, payload: Buffer): CapturedPacket {
  const bytes = Buffer.alloc(40 + payload.length);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(bytes.length, 2);
  bytes[9] = 6;
  for (const [address, ip, port] of [
    [from, 12, 20],
    [to, 16, 22],
  ] as const) {
    const [host = '', number] = address.split(':');
    Buffer.from(host.split('.').map(Number)).copy(bytes, ip);
    bytes.writeUInt16BE(Number(number), port);
  }
  bytes.writeUInt32BE(sequence, 24);
  bytes[32] = 0x50;
  bytes[33] = flags;
  payload.copy(bytes, 40);
  return { at: 1_777_629_600_000, linkType: 101, bytes, size: bytes.length };
}

function u32(value: number, little: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (little) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

function pcap(packets: readonly CapturedPacket[], little: boolean): Buffer {
  const word = (value: number) => u32(value, little);
  const head = [0xa1b2c3d4, little ? 0x00040002 : 0x00020004, 0, 0, 65_535, 101].map(word);
  return Buffer.concat([
    ...head,
    ...packets.flatMap(({ at, bytes }) => [
      word(at / 1000),
      word(0),
      word(bytes.length),
      word(bytes.length),
      bytes,
    ]),
  ]);
}

function pcapng(packets: readonly CapturedPacket[], little: boolean): Buffer {
  const word = (value: number) => u32(value, little);
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    const size = word(padded.length + 12);
    return Buffer.concat([word(type), size, padded, size]);
  };
  const section = Buffer.concat([
    word(0x1a2b3c4d),
    word(little ? 1 : 0x00010000),
    word(0xffffffff),
    word(0xffffffff),
  ]);
  const link = little ? word(101) : Buffer.from([0, 101, 0, 0]);
  return Buffer.concat([
    block(0x0a0d0d0a, section),
    block(1, Buffer.concat([link, word(0)])),
    block(5, Buffer.alloc(8)),
    ...packets.map(({ at, bytes }) => {
      const units = BigInt(at) * 1000n;
      const time = [word(Number(units >> 32n)), word(Number(units & 0xffffffffn))];
      return block(6, Buffer.concat([word(0), ...time, word(bytes.length), word(bytes.length), bytes]));
    }),
  ]);
}

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { isObError } from '@sealane/errors';
import fc from 'fast-check';
import t from 'tap';
import { crc32c } from '../src/crc32c.ts';
import { FRAME_HEADER_SIZE } from '../src/frame.ts';
import {
  decodePacket,
  encodePacket,
  PACKET_HEADER_SIZE,
  PACKET_HEADER_SIZE_MIN,
  type PacketHeader,
  packetFlags,
} from '../src/packet.ts';

const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

const header = fc.record({
  pcode: i32,
  priority: fc.integer({ min: -128, max: 127 }),
  flags: fc.nat({ max: 0xffff }),
  tenantId: i64,
  privTenantId: i64,
  sessionId: i64,
  traceId0: i64,
  traceId1: i64,
  timeoutUs: i64,
  timestampUs: i64,
  costProcess: i32,
  packetId: u64,
  requestArrivalTimeUs: i64,
  dstClusterId: i64,
  srcClusterId: i64,
  unisVersion: i64,
  requestLevel: i32,
  seqNo: i64,
  groupId: i32,
  traceId3: i64,
  clusterNameHash: i64,
  dataVersion: i64,
});

function payloadOf(headerFields: Partial<PacketHeader>, body: Uint8Array): Buffer {
  return encodePacket(7, headerFields, body).subarray(FRAME_HEADER_SIZE);
}

t.test('every field comes back as it was written, with the body', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 100 }), (fields, body) => {
        const packet = decodePacket(payloadOf(fields, body));
        assert.deepEqual({ ...packet.header, ...fields }, packet.header);
        assert.deepEqual(packet.body, Buffer.from(body));
      }),
      { numRuns: 100 },
    ),
  );
  t.end();
});

t.test('the header keeps the byte layout of docs/protocol/ob-rpc.md: 72 fixed bytes, 192 in all', (t) => {
  const payload = payloadOf(
    {
      pcode: 0x1501,
      priority: 5,
      flags: packetFlags.response | packetFlags.stream,
      tenantId: 1002n,
      timeoutUs: 2_000_000n,
      packetId: 2n ** 64n - 1n,
      srcClusterId: 3n,
      dataVersion: -2n,
    },
    Buffer.from('body'),
  );

  t.equal(PACKET_HEADER_SIZE, 192);
  t.equal(PACKET_HEADER_SIZE_MIN, 72);
  t.equal(payload.subarray(0, 8).toString('hex'), '00001501' + 'c0' + '05' + 'c000');
  t.equal(payload.readBigInt64BE(8), BigInt(crc32c(Buffer.from('body'))));
  t.equal(payload.readBigInt64BE(16), 1002n);
  t.equal(payload.readBigInt64BE(56), 2_000_000n);
  t.equal(payload.readInt32BE(72), 40, 'length of the cost block');
  t.equal(payload.readBigUInt64BE(96), 2n ** 64n - 1n);
  t.equal(payload.readInt32BE(120), 1, 'not compressed');
  t.equal(payload.readInt32BE(124), 4, 'original length');
  t.equal(payload.readBigInt64BE(128), 3n);
  t.equal(payload.readBigInt64BE(184), -2n);
  t.equal(
    createHash('sha256').update(payload).digest('hex'),
    '0f8e4ce313405f361d7dd38a94f5284de817101153d9937c7fb036ed14ee95f3',
    'the wire format is pinned: changing it on purpose means changing this and the document',
  );
  t.end();
});

t.test('a shorter header of an older node leaves the newer fields at their defaults', (t) => {
  const full = payloadOf({ pcode: 0x502, tenantId: 5n, seqNo: 77n, dataVersion: 9n }, Buffer.from('body'));
  for (const hlen of [72, 112, 128, 136, 144, 184]) {
    const short = Buffer.concat([full.subarray(0, hlen), full.subarray(PACKET_HEADER_SIZE)]);
    short.writeUInt8(hlen, 4);
    const packet = decodePacket(short);

    t.equal(packet.body.toString(), 'body', `hlen ${hlen}`);
    t.match(packet.header, { pcode: 0x502, tenantId: 5n, dataVersion: 0n, seqNo: hlen >= 160 ? 77n : 0n });
  }
  t.end();
});

t.test('a longer header of a newer node is skipped up to its body', (t) => {
  const full = payloadOf({ pcode: 0x502 }, Buffer.from('body'));
  const long = Buffer.concat([
    full.subarray(0, PACKET_HEADER_SIZE),
    Buffer.alloc(16, 0xee),
    Buffer.from('body'),
  ]);
  long.writeUInt8(PACKET_HEADER_SIZE + 16, 4);

  t.equal(decodePacket(long).body.toString(), 'body');
  t.end();
});

t.test('a changed body, an impossible header length and compression are refused', (t) => {
  const good = payloadOf({ pcode: 0x502 }, Buffer.from('body'));
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(good);
    change(bytes);
    return bytes;
  };

  t.throws(() => decodePacket(changed((bytes) => bytes.fill(0, bytes.length - 1))), {
    name: 'OB_PACKET_CHECKSUM_ERROR',
    message: /pcode 0x502, 4 bytes/,
  });
  t.throws(() => decodePacket(changed((bytes) => bytes.writeUInt8(71, 4))), {
    message: /can't be 71 bytes long/,
  });
  t.throws(() => decodePacket(changed((bytes) => bytes.writeUInt8(255, 4))), {
    message: /can't be 255 bytes long in a packet of 196/,
  });
  t.throws(() => decodePacket(changed((bytes) => bytes.writeInt32BE(5, 120))), {
    message: /compressed with method 5/,
  });
  t.throws(() => decodePacket(good.subarray(0, 71)), {
    message: /71 bytes is shorter than the smallest header, 72/,
  });
  t.end();
});

t.test('cut at every offset and noise throw nothing but our own error', (t) => {
  const good = payloadOf({ pcode: 0x502 }, Buffer.from('body'));
  for (let size = 0; size < good.length; size++) {
    t.throws(() => decodePacket(good.subarray(0, size)), { name: /^OB_/ });
  }
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decodePacket(Buffer.from(bytes));
          return true;
        } catch (error) {
          return isObError(error);
        }
      }),
    ),
  );
  t.end();
});

t.test('the checksum is CRC-32C with seed 0 and no final xor, over any length and in parts', (t) => {
  const check = Buffer.from('123456789');

  t.equal(
    (crc32c(check, 0xffffffff) ^ 0xffffffff) >>> 0,
    0xe3069283,
    'the published check value of CRC-32C, with its inversions',
  );
  t.equal(crc32c(Buffer.alloc(0)), 0);
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 100 }), (bytes, cut) => {
        assert.equal(crc32c(bytes), bitwise(bytes));
        assert.equal(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut))), crc32c(bytes));
      }),
      { numRuns: 50 },
    ),
  );
  t.end();
});

function bitwise(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return crc >>> 0;
}

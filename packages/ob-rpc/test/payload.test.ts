import assert from 'node:assert/strict';
import { isObError } from '@sealane/errors';
import fc from 'fast-check';
import t from 'tap';
import { decodePayload, encodePayload } from '../src/payload.ts';

t.test('plain values come back as they were: bigint stays bigint, number stays number', (t) => {
  const values = [
    null,
    true,
    0,
    -1.5,
    2 ** 53,
    'text ü',
    [],
    [
      [1, 'a', null],
      [2n, 'b', 1.5],
    ],
    { list: [{ lsn: 1n, scn: 2n ** 63n - 1n }], low: -(2n ** 63n), high: 2n ** 64n - 1n },
    Buffer.from([0, 255]),
    new Date(0),
  ];
  for (const value of values) t.strictSame(decodePayload(encodePayload(value)), value);
  t.equal(decodePayload(encodePayload(undefined)), undefined);
  t.end();
});

t.test('any JSON value survives the round trip', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        assert.deepEqual(decodePayload(encodePayload(value)), renamed(value));
      }),
      { numRuns: 100 },
    ),
  );
  t.end();
});

t.test('bytes in a body are a copy: the chunk they came in may be reused', (t) => {
  const bytes = Buffer.from(encodePayload({ entry: Buffer.from('committed') }));
  const body = decodePayload(bytes) as { entry: Buffer };
  bytes.fill(0);

  t.equal(body.entry.toString(), 'committed');
  t.end();
});

t.test('extension types that would build live objects are refused: RegExp, Error, references', (t) => {
  for (const hex of [
    'd478',
    'd70078',
    'c70165',
    'd66900000001',
    'd67000000001',
    'd86900000000000000000000000000000000',
  ]) {
    t.throws(() => decodePayload(Buffer.from(`${hex}0000`, 'hex')), { name: 'OB_RPC_PACKET_INVALID' });
  }
  const regExp = Buffer.from('c7057892a161a000', 'hex');
  t.throws(() => decodePayload(regExp), { message: /extension type 0x78 of 5 bytes is refused/ });
  const record = Buffer.from('d4724092a161a16201', 'hex');
  t.throws(() => decodePayload(record), { name: 'OB_RPC_PACKET_INVALID' }, 'a record definition');
  t.end();
});

t.test(
  'what msgpackr knows beyond plain values is refused: sets, typed arrays, large integers, strings elsewhere',
  (t) => {
    const set = 'd4730091';
    const typedArray = 'd674080000803f';
    const largeInteger = 'd84200000000000000010000000000000000';
    const stringsElsewhere = 'd662fffffff0';
    const neverUsed = 'c1';
    for (const hex of [set, typedArray, largeInteger, stringsElsewhere, neverUsed]) {
      t.throws(() => decodePayload(Buffer.from(hex, 'hex')), { message: /not plain msgpack at byte/ }, hex);
    }
    t.equal(decodePayload(Buffer.from('d40000', 'hex')), undefined);
    t.end();
  },
);

t.test('64 levels are read, one more is refused before anything is built', (t) => {
  const nested = (levels: number): Buffer => Buffer.from(`${'91'.repeat(levels)}c0`, 'hex');
  t.doesNotThrow(() => decodePayload(nested(64)));
  t.throws(() => decodePayload(nested(65)), { message: /more than 64 levels/ });
  t.end();
});

t.test('a hostile key does not reach the prototype', (t) => {
  const bytes = Buffer.concat([
    Buffer.from([0x81, 0xa9]),
    Buffer.from('__proto__'),
    Buffer.from([0x81, 0xa1, 0x78, 0x01]),
  ]);
  const body = decodePayload(bytes) as Record<string, unknown>;

  t.equal(({} as Record<string, unknown>)['x'], undefined);
  t.equal(body['x'], undefined);
  t.end();
});

t.test('what is cut short, has bytes left over, claims too much or nests too deep is our own error', (t) => {
  const good = encodePayload({ text: 'abc', list: [1, 2, 3] });
  for (let size = 0; size < good.length; size++) {
    t.throws(() => decodePayload(good.subarray(0, size)), { name: 'OB_RPC_PACKET_INVALID' });
  }
  t.throws(() => decodePayload(Buffer.concat([good, Buffer.from([1])])), { name: 'OB_RPC_PACKET_INVALID' });
  t.throws(() => decodePayload(Buffer.from('ddffffffff', 'hex')), { name: 'OB_RPC_PACKET_INVALID' });
  t.throws(() => decodePayload(Buffer.from('c6ffffffff', 'hex')), { name: 'OB_RPC_PACKET_INVALID' });
  t.throws(() => decodePayload(Buffer.alloc(100_000, 0x91)), { name: 'OB_RPC_PACKET_INVALID' });
  t.end();
});

t.test('noise throws nothing but our own error', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          decodePayload(bytes);
          return true;
        } catch (error) {
          return isObError(error, 'OB_RPC_PACKET_INVALID');
        }
      }),
      { numRuns: 2_000 },
    ),
  );
  t.end();
});

t.test('a body over the limit and one that can not be written are refused before they leave', (t) => {
  t.throws(() => encodePayload('x'.repeat(100), 100), {
    name: 'OB_RPC_PACKET_TOO_LONG',
    message: /102 bytes is over the limit of 100/,
  });
  t.throws(() => encodePayload(2n ** 70n), { name: 'OB_INVALID_ARGUMENT' });
  t.end();
});

/** msgpackr renames the one key that would be dangerous. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key === '__proto__' ? '__proto_' : key, renamed(item)]),
  );
}

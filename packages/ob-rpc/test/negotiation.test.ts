import fc from 'fast-check';
import t from 'tap';
import { encodeFrame } from '../src/frame.ts';
import {
  encodeEasyNegotiation,
  encodeUsslNegotiation,
  readFirstBytes,
  usslMethods,
} from '../src/negotiation.ts';

const frame = encodeFrame({ channelId: 1, payload: Buffer.from('x') });
const hello = Buffer.from('160301020001', 'hex');

t.test('generation A is 19 bytes, big endian', (t) => {
  t.equal(encodeEasyNegotiation(3).toString('hex'), '1234567877668833' + '0009' + '007365616c616e65' + '03');
  t.end();
});

t.test('generation B is 28 bytes, little endian', (t) => {
  t.equal(
    encodeUsslNegotiation('SSL_IO', 0x0102n).toString('hex'),
    '1203efbe' + '01000000' + '10000000' + '04000000' + '00000000' + '0201000000000000',
  );
  t.end();
});

t.test('the first bytes tell what comes, and how many of them are used up', (t) => {
  t.strictSame(readFirstBytes(frame), { kind: 'frame' });
  t.strictSame(readFirstBytes(hello), { kind: 'tls' });
  t.strictSame(readFirstBytes(Buffer.concat([encodeEasyNegotiation(), hello])), { kind: 'easy', size: 19 });
  for (const method of Object.keys(usslMethods) as (keyof typeof usslMethods)[]) {
    const bytes = Buffer.concat([encodeUsslNegotiation(method), frame]);
    t.strictSame(readFirstBytes(bytes), { kind: 'ussl', size: 28, method });
  }
  t.end();
});

t.test('cut at every offset, each beginning is incomplete until the kind is certain', (t) => {
  const messages = [
    { bytes: frame, certainAt: 4 },
    { bytes: hello, certainAt: 2 },
    { bytes: encodeEasyNegotiation(), certainAt: 19 },
    { bytes: encodeUsslNegotiation('NONE'), certainAt: 28 },
  ];
  for (const { bytes, certainAt } of messages) {
    for (let size = 0; size <= bytes.length; size++) {
      const { kind } = readFirstBytes(bytes.subarray(0, size));
      t.equal(
        kind === 'incomplete',
        size < certainAt,
        `${size} bytes of ${bytes.toString('hex').slice(0, 8)}…`,
      );
    }
  }
  t.end();
});

t.test('a second negotiation, a wrong body length and an unknown method are rubbish, named', (t) => {
  const longEasy = encodeEasyNegotiation();
  longEasy.writeUInt16BE(10, 8);
  const odd = encodeUsslNegotiation('NONE');
  odd.writeInt32LE(3, 12);
  const newer = encodeUsslNegotiation('NONE');
  newer.writeUInt32LE(2, 4);

  t.match(readFirstBytes(encodeEasyNegotiation(), true), { kind: 'rubbish' });
  t.match(readFirstBytes(encodeUsslNegotiation('NONE'), true), { kind: 'rubbish' });
  t.match(readFirstBytes(longEasy), { kind: 'rubbish', description: /body of 10 bytes/ });
  t.match(readFirstBytes(odd), { kind: 'rubbish', description: /unknown method 3/ });
  t.match(readFirstBytes(newer), { kind: 'rubbish', description: /version 2/ });
  t.match(readFirstBytes(Buffer.from('80')), { kind: 'rubbish' });
  t.match(readFirstBytes(Buffer.from('802e01', 'hex')), { kind: 'rubbish', description: /an SSLv2 hello/ });
  t.end();
});

t.test('noise is always something, and never throws', (t) => {
  const kinds = ['incomplete', 'easy', 'ussl', 'tls', 'frame', 'rubbish'];
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, negotiated) =>
        kinds.includes(readFirstBytes(Buffer.from(bytes), negotiated).kind),
      ),
    ),
  );
  t.end();
});

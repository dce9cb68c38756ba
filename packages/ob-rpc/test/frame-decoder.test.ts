import assert from 'node:assert/strict';
import { isObError } from '@sealane/errors';
import fc from 'fast-check';
import t from 'tap';
import { encodeFrame, type Frame } from '../src/frame.ts';
import { FrameDecoder } from '../src/frame-decoder.ts';

const frame: fc.Arbitrary<Frame> = fc
  .tuple(fc.nat({ max: 0xffffffff }), fc.uint8Array({ maxLength: 200 }))
  .map(([channelId, bytes]) => ({ channelId, payload: Buffer.from(bytes) }));

function decodeIn(chunks: readonly Buffer[]): { readonly frames: Frame[]; readonly pendingSize: number } {
  const decoder = new FrameDecoder();
  const frames = chunks.flatMap((chunk) => decoder.push(chunk));
  return { frames, pendingSize: decoder.pendingSize };
}

t.test('the outer header is 16 bytes, big endian, as written down in docs/protocol/ob-rpc.md', (t) => {
  const bytes = encodeFrame({ channelId: 0x01020304, payload: Buffer.from('abc') });

  t.equal(bytes.toString('hex'), '01dbdbce' + '00000003' + '01020304' + '00000000' + '616263');
  t.end();
});

t.test('frames come out as they went in, however the bytes are cut', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat({ max: 300 })), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(encodeFrame));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        assert.deepEqual(decodeIn(chunks), { frames, pendingSize: 0 });
      }),
      { numRuns: 100 },
    ),
  );
  t.end();
});

t.test('one byte at a time, and cut at every offset, gives the same two frames', (t) => {
  const frames = [
    { channelId: 1, payload: Buffer.from('first') },
    { channelId: 2, payload: Buffer.alloc(0) },
  ];
  const bytes = Buffer.concat(frames.map(encodeFrame));

  t.strictSame(decodeIn(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))).frames, frames);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const whole = decodeIn([bytes.subarray(0, cut)]);
    t.equal(whole.frames.length, cut >= 37 ? 2 : cut >= 21 ? 1 : 0, `up to offset ${cut}`);
    t.strictSame(decodeIn([bytes.subarray(0, cut), bytes.subarray(cut)]).frames, frames);
  }
  t.end();
});

t.test('a length over the limit is refused when the header is there, before any payload came', (t) => {
  const header = Buffer.from('01dbdbce' + '04000001' + '00000001' + '00000000', 'hex');

  t.throws(() => new FrameDecoder().push(header), {
    name: 'OB_RPC_PACKET_TOO_LONG',
    details: { length: 67_108_865 },
  });
  t.strictSame(new FrameDecoder({ frameSizeMax: 67_108_865 }).push(header), [], 'a higher limit takes it');
  t.throws(
    () => new FrameDecoder({ frameSizeMax: 2 }).push(encodeFrame({ channelId: 1, payload: Buffer.alloc(3) })),
    {
      message: /frame of 3 bytes is over the limit of 2/,
    },
  );
  t.end();
});

t.test('rubbish is refused at its first wrong byte and named', (t) => {
  const expectations: readonly (readonly [string | Buffer, RegExp])[] = [
    ['GET / HTTP/1.1', /an HTTP request: 474554.* "GET \/ HTTP\/1\.1"/],
    ['SSH-2.0-x', /an SSH greeting/],
    [Buffer.from('01dbdbcc', 'hex'), /a compressed OB-RPC stream/],
    [Buffer.from('01dbdbcf', 'hex'), /neither OB-RPC nor TLS: 01dbdbcf/],
    ['x', /neither OB-RPC nor TLS: 78 "x"/],
  ];
  for (const [bytes, message] of expectations) {
    t.throws(() => new FrameDecoder().push(Buffer.from(bytes)), { name: 'OB_RPC_PACKET_INVALID', message });
  }
  const decoder = new FrameDecoder();
  t.throws(
    () =>
      decoder.push(
        Buffer.concat([encodeFrame({ channelId: 1, payload: Buffer.from('x') }), Buffer.from('?')]),
      ),
    {
      name: 'OB_RPC_PACKET_INVALID',
    },
  );
  t.end();
});

t.test('noise throws nothing but our own error and never holds more than was pushed', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        const decoder = new FrameDecoder();
        let pushedSize = 0;
        try {
          for (const chunk of chunks) {
            pushedSize += chunk.length;
            decoder.push(Buffer.from(chunk));
            if (decoder.pendingSize > pushedSize) return false;
          }
          return true;
        } catch (error) {
          return isObError(error);
        }
      }),
    ),
  );
  t.end();
});

t.test(
  'a flipped byte in the header never yields the payload on the same channel unnoticed beyond the fields it hit',
  (t) => {
    const good = encodeFrame({ channelId: 9, payload: Buffer.from('payload') });
    for (let at = 0; at < 8; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x40;
      let frames: readonly Frame[] = [];
      try {
        frames = new FrameDecoder().push(bad);
      } catch (error) {
        t.ok(isObError(error), `offset ${at} is refused`);
        continue;
      }
      t.strictSame(frames, [], `offset ${at} waits for bytes that do not come`);
    }
    t.end();
  },
);

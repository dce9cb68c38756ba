import { encodeOb20Frame, Ob20Link, ob20Flag } from '@sealane/mysql-protocol';
import type { Chance } from '../../simulation/random.ts';
import { mustBeSame, pieces } from '../pieces.ts';
import { must, refusal, type Target } from '../target.ts';
import { listOf, someBytes } from '../values.ts';

const connectionId = 0x80040001;

/** Frames of the OceanBase 2.0 protocol as a server reads them: requests in order, whole or in parts. */
export const ob20Frame: Target = {
  name: 'ob20-frame',
  inputSizeMax: 256 * 1024,
  tokens: [
    Uint8Array.of(0xab, 0x20, 20, 0),
    Uint8Array.of(1, 0, 4, 0x80),
    // Checksums that nobody looks at.
    Uint8Array.of(0, 0),
    Uint8Array.of(0, 0, 0, 0),
  ],
  generate(chance: Chance): Uint8Array {
    let requestId = chance.below(0x1000000);
    const frames = listOf(chance, 8, () => {
      requestId = (requestId + 1 + chance.below(3)) & 0xffffff;
      const count = 1 + chance.below(3);
      return Array.from({ length: count }, (_, sequence) => frame(chance, requestId, sequence, count));
    });
    return Uint8Array.from(Buffer.concat(frames.flat()));
  },
  run(input) {
    const whole = read([input]);
    mustBeSame(whole, read(pieces(input)));
    const last = whole.at(-1);
    return `${Math.min(9, whole.length)} ${typeof last === 'string' ? last : 'whole'}`;
  },
};

function frame(chance: Chance, requestId: number, sequence: number, count: number): Buffer {
  const extra = chance.happens(0.2);
  const size = Buffer.alloc(4);
  const info = someBytes(chance, 40);
  size.writeUInt32LE(info.length);
  const bytes = someBytes(chance, 300);
  const encoded = encodeOb20Frame({
    connectionId,
    requestId,
    sequence,
    flags: (sequence + 1 === count ? ob20Flag.LAST : 0) | (extra ? ob20Flag.EXTRA_INFO : 0),
    bytes: extra ? Buffer.concat([size, info, bytes]) : bytes,
  });
  // Damages then reach what lies behind the checksums.
  if (chance.happens(0.5)) encoded.writeUInt16LE(0, 29);
  if (chance.happens(0.5)) encoded.writeUInt32LE(0, encoded.length - 4);
  return encoded;
}

/** @returns what the frames hold, then the refusal or how many bytes are left over */
function read(chunks: readonly Uint8Array[]): unknown[] {
  const link = new Ob20Link(connectionId, 'server');
  const seen: unknown[] = [];
  let received = 0;
  let handedOut = 0;
  try {
    for (const chunk of chunks) {
      link.push(chunk);
      received += chunk.length;
      for (let bytes = link.next(); bytes !== undefined; bytes = link.next()) {
        seen.push(Uint8Array.from(bytes));
        handedOut += bytes.length;
      }
      must(link.buffered + handedOut <= received, 'more is handed out or kept than came');
    }
    return [...seen, link.buffered];
  } catch (error) {
    return [...seen, refusal(error)];
  }
}

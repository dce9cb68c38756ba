import { RecordSplitter } from '../../../packages/transport-security/src/record-splitter.ts';
import type { Chance } from '../../simulation/random.ts';
import { mustBeSame, pieces } from '../pieces.ts';
import { must, refusal, type Target } from '../target.ts';
import { listOf, someBytes } from '../values.ts';

/** Where a handshake ends and clear text begins: SSL_NO_ENCRYPT. */
export const tlsRecords: Target = {
  name: 'tls-records',
  inputSizeMax: 128 * 1024,
  tokens: [
    Uint8Array.of(22, 3, 3, 0, 1),
    Uint8Array.of(23, 3, 3, 0x48, 0),
    Uint8Array.of(21, 3, 3, 0, 2, 1, 0),
    Uint8Array.of(1, 0xdb, 0xdb, 0xce),
  ],
  generate(chance: Chance): Uint8Array {
    const records = listOf(chance, 6, () => {
      const body = someBytes(chance, 500);
      return Buffer.concat([
        Buffer.of(chance.pick([20, 21, 22, 23]), 3, 3, body.length >> 8, body.length & 0xff),
        body,
      ]);
    });
    return Uint8Array.from(
      Buffer.concat([...records, Buffer.from(chance.happens(0.7) ? [1, 0xdb, 0xdb, 0xce] : [])]),
    );
  },
  run(input) {
    const whole = split([input]);
    mustBeSame(whole, split(pieces(input)));
    const last = whole.at(-1);
    return `${typeof last === 'string' ? last : 'records'} ${whole.length}`;
  },
};

/** @returns what belongs to records and what doesn't, or the refusal alone */
function split(chunks: readonly Uint8Array[]): unknown[] {
  const splitter = new RecordSplitter();
  const records: Buffer[] = [];
  const clear: Buffer[] = [];
  let size = 0;
  try {
    for (const chunk of chunks) {
      size += chunk.length;
      if (clear.length > 0) clear.push(Buffer.from(chunk));
      else {
        const found = splitter.push(Buffer.from(chunk));
        records.push(found.records);
        if (found.clear !== undefined) clear.push(found.clear);
      }
    }
  } catch (error) {
    return [refusal(error)];
  }
  const [inRecords, behind] = [Buffer.concat(records), Buffer.concat(clear)];
  must(inRecords.length + behind.length <= size, 'more came out than went in');
  return clear.length > 0 ? [inRecords, behind] : [inRecords];
}

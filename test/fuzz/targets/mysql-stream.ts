import { PacketDecoder, PacketWriter } from '@sealane/mysql-protocol';
import type { Chance } from '../../simulation/random.ts';
import { mustBeSame, pieces } from '../pieces.ts';
import { must, refusal, type Target } from '../target.ts';
import { listOf, someBytes } from '../values.ts';

/** Frames of the MySQL protocol, as either end cuts them; sequence ids checked from the first packet on. */
export const mysqlStream: Target = {
  name: 'mysql-stream',
  inputSizeMax: 256 * 1024,
  generate(chance: Chance): Uint8Array {
    const writer = new PacketWriter();
    for (const payload of listOf(chance, 12, () => someBytes(chance, 400))) {
      writer.begin().bytes(payload).end();
    }
    return Uint8Array.from(writer.take());
  },
  run(input) {
    const whole = cut([input]);
    mustBeSame(whole, cut(pieces(input)));
    const last = whole.at(-1);
    return `${Math.min(9, whole.length)} ${typeof last === 'string' ? last : 'whole'}`;
  },
};

const payloadMax = 48 * 1024;

/** @returns the packets, then the refusal or how many bytes are left over */
function cut(chunks: readonly Uint8Array[]): unknown[] {
  const decoder = new PacketDecoder(payloadMax);
  decoder.expect(0);
  const seen: unknown[] = [];
  let received = 0;
  let handedOut = 0;
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      received += chunk.length;
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
        seen.push([packet.sequenceId, Uint8Array.from(packet.payload)]);
        handedOut += packet.payload.length + 4;
        must(packet.payload.length <= payloadMax, 'a payload over the limit was handed out');
      }
      must(decoder.buffered + handedOut <= received, 'more is handed out or kept than came');
    }
    return [...seen, decoder.takeRest().length];
  } catch (error) {
    return [...seen, refusal(error)];
  }
}

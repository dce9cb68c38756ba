import { isObError } from '@sealane/errors';
import { commandCode, PacketWriter, type ResponsePiece, ResponseScanner } from '@sealane/mysql-protocol';
import type { Chance } from '../../simulation/random.ts';
import { mustBeSame, pieces } from '../pieces.ts';
import { must, refusal, type Target } from '../target.ts';
import { listOf } from '../values.ts';
import { someAnswer } from './mysql-client.ts';
import { capabilitiesOf, someCapabilities } from './mysql-values.ts';

/** Answers that a proxy follows without taking them apart: byte 0 is the command, bytes 1 to 4 the capabilities. */
export const mysqlScanner: Target = {
  name: 'mysql-scanner',
  inputSizeMax: 96 * 1024,
  tokens: [
    Uint8Array.of(1, 0, 0, 1, 0xfb),
    Uint8Array.of(0xfe, 0xff, 0x0f, 1, 0),
    Uint8Array.of(5, 0, 0, 9, 0xfe, 0, 0, 2, 0),
  ],
  generate(chance: Chance): Uint8Array {
    const flags = someCapabilities(chance);
    const writer = new PacketWriter(1);
    for (const payload of listOf(chance, 4, () => someAnswer(chance, flags)).flat())
      writer.begin().bytes(payload).end();
    const command = chance.pick([
      commandCode.COM_QUERY,
      commandCode.COM_STMT_PREPARE,
      commandCode.COM_FIELD_LIST,
      0x1c,
    ]);
    return Uint8Array.from([
      command,
      flags & 0xff,
      (flags >>> 8) & 0xff,
      (flags >>> 16) & 0xff,
      flags >>> 24,
      ...writer.take(),
    ]);
  },
  run(input) {
    const bytes = input.subarray(5);
    const whole = follow(input, [bytes]);
    mustBeSame(whole, follow(input, pieces(bytes)));
    return whole
      .filter((each) => typeof each === 'string')
      .slice(-4)
      .join(' ');
  },
};

/** @returns what was understood, and how many bytes went by; or the refusal alone, since one piece may lose what came before */
function follow(input: Uint8Array, chunks: readonly Uint8Array[]): unknown[] {
  const scanner = new ResponseScanner(capabilitiesOf(input, 1));
  const seen: ResponsePiece[] = [];
  try {
    if (!scanner.begin(input[0] ?? 0)) return ['no answer'];
    for (const chunk of chunks) seen.push(...scanner.scan(chunk));
  } catch (error) {
    refusal(error);
    return [isObError(error) ? error.name : ''];
  }
  const passed = Buffer.concat(seen.map(({ bytes }) => bytes));
  must(passed.equals(input.subarray(5, 5 + passed.length)), 'other bytes went by than came');
  const understood = seen.filter(({ kind }) => kind !== 'raw').map(({ kind, done }) => `${kind} ${done}`);
  return [...understood, scanner.idle, seen.filter(({ done }) => done).length];
}

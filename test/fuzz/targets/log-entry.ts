import { isDeepStrictEqual } from 'node:util';
import {
  crc32c,
  decodeEntry,
  decodeEntryHeader,
  decodeMembers,
  encodeMembers,
  entryHeaderSize,
  makeEntry,
} from '@sealane/consensus';
import type { Chance } from '../../simulation/random.ts';
import { must, outcomeOf, type Target } from '../target.ts';
import { listOf, someBytes, someInteger } from '../values.ts';

/** One entry of the log, as it comes over the wire and lies on the disk. */
export const logEntry: Target = {
  name: 'log-entry',
  inputSizeMax: 64 * 1024,
  tokens: [Buffer.from('SLE1'), Buffer.from('["a"]'), Uint8Array.of(0x7f, 0xff, 0xff, 0xff)],
  generate: (chance: Chance) =>
    Uint8Array.from(someEntry(chance, 1 + chance.below(100), chance.below(9)).bytes),
  repair: (input) => repairEntries(input),
  run(input) {
    const header = decodeEntryHeader(input);
    if (header !== undefined)
      must(header.entrySize >= entryHeaderSize, 'an entry is smaller than its header');
    return outcomeOf(() => {
      const entry = decodeEntry(input);
      must(
        entry.payload.length + entryHeaderSize === input.length,
        'an entry is longer or shorter than its bytes',
      );
      const again = makeEntry(entry);
      must(
        Buffer.compare(again.bytes, input) === 0 || hasReservedBits(input),
        'an entry differs when written again',
      );
      if (entry.kind !== 'members') return entry.kind;
      const members = decodeMembers(entry.payload);
      must(
        isDeepStrictEqual(decodeMembers(encodeMembers(members)), members),
        'members differ when written again',
      );
      return `members ${members.length}`;
    });
  },
};

export function someEntry(chance: Chance, lsn: number, term: number): ReturnType<typeof makeEntry> {
  const kind = chance.pick(['data', 'data', 'data', 'noop', 'members'] as const);
  const payload =
    kind === 'members'
      ? encodeMembers(listOf(chance, 4, () => `10.0.0.${chance.below(9)}:2882`))
      : kind === 'noop'
        ? new Uint8Array(0)
        : someBytes(chance, 400);
  return makeEntry({ lsn, term, scn: BigInt.asUintN(63, someInteger(chance)), kind, payload });
}

/** Every entry in these bytes gets a length that fits and the checksums it should have. */
export function repairEntries(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  for (let at = bytes.indexOf('SLE1'); at !== -1; at = bytes.indexOf('SLE1', at + 4)) {
    if (bytes.length - at < entryHeaderSize) break;
    const room = bytes.length - at - entryHeaderSize;
    const size = Math.min(bytes.readUInt32BE(at + 4), room);
    bytes.writeUInt32BE(size, at + 4);
    bytes.writeUInt32BE(crc32c(bytes.subarray(at, at + 36)), at + 36);
    bytes.writeUInt32BE(crc32c(bytes.subarray(at + entryHeaderSize, at + entryHeaderSize + size)), at + 40);
  }
  return bytes;
}

/** LSN and term beyond 2^53 lose bits, reserved bytes are not kept. */
function hasReservedBits(input: Uint8Array): boolean {
  const view = Buffer.from(input.buffer, input.byteOffset, input.length);
  const exact = [8, 16].every((at) => view.readBigUInt64BE(at) <= BigInt(Number.MAX_SAFE_INTEGER));
  return !exact || view.readUIntBE(33, 3) !== 0;
}

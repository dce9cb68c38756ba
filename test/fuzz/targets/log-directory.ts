import {
  batchHeaderSize,
  crc32c,
  encodeBatchHeader,
  encodeFooter,
  encodeSegmentHeader,
  segmentHeaderSize,
  segmentName,
  trailerSize,
} from '@sealane/consensus';
import { isObError } from '@sealane/errors';
import { type LogDisk, openLogDisk } from '../../../packages/observer/src/replication/open-disk.ts';
import { SegmentIndex } from '../../../packages/observer/src/replication/segment-index.ts';
import {
  MemoryFiles,
  memoryEnvironment,
} from '../../../packages/observer/test/replication/memory-environment.ts';
import type { Chance } from '../../simulation/random.ts';
import { pack, unpack } from '../container.ts';
import { must, refusal, type Target } from '../target.ts';
import { repairEntries, someEntry } from './log-entry.ts';

/**
 * A log stream's directory as a start finds it. The input is a container: the state machine's LSN and the first LSNs of the
 * segments (u8 each), the file `meta`, then the segments with their indexes.
 *
 * Here it was damaged: by a crash, by a bad disk. What a start has set right, the next one finds in order.
 */
export const logDamage: Target = {
  name: 'log-damage',
  inputSizeMax: 16 * 1024,
  tokens: [new Uint8Array(512), new Uint8Array(44)],
  generate: (chance: Chance) => someDirectory(chance),
  run: (input) => start(input, openTwice),
};

/** The same, but every checksum is right: somebody else wrote it, or another version. */
export const logLies: Target = {
  name: 'log-lies',
  inputSizeMax: 16 * 1024,
  tokens: [
    ...[
      'SLSG',
      'SLBT',
      'SLE1',
      'SLIX',
      'SLFT',
      '"lsn":',
      'null',
      '-1',
      '1e99',
      '[]',
      '{}',
      '"x"',
      '[[1,2]]',
    ].map((text) => Buffer.from(text)),
    new Uint8Array(512),
  ],
  generate: (chance: Chance) => someDirectory(chance),
  repair(input) {
    const [places, meta, ...segments] = unpack(input);
    const checked = meta === undefined ? [] : [repairMeta(meta)];
    return pack([places ?? new Uint8Array(1), ...checked, ...segments.map(repairSegment)]);
  },
  run: (input) => start(input, openOnce),
};

async function start(
  input: Uint8Array,
  open: (files: MemoryFiles, appliedLsn: number) => Promise<string>,
): Promise<string> {
  const [places = new Uint8Array(0), meta, ...segments] = unpack(input);
  const files = new MemoryFiles();
  if (meta !== undefined && meta.length > 0) files.set('/log/meta', meta);
  for (const [index, bytes] of segments.entries()) {
    files.set(`/log/${segmentName(places[index + 1] ?? unnamedLsn + index)}`, bytes);
  }
  try {
    return await open(files, places[0] ?? 0);
  } catch (error) {
    return refusal(error);
  }
}

const unnamedLsn = 200;
const owner = { tenantId: 1002, lsId: 1, self: 'a' };

async function openOnce(files: MemoryFiles, appliedLsn: number): Promise<string> {
  const disk = await open(files, appliedLsn);
  const { torn, damages, forgetful } = disk.store.recovery;
  const readable = readThrough(disk, 'as far as it goes');
  await disk.store.close();
  return `${torn !== undefined} ${Math.min(3, damages.length)} ${forgetful} ${readable}`;
}

async function openTwice(files: MemoryFiles, appliedLsn: number): Promise<string> {
  const first = await open(files, appliedLsn);
  const { torn, damages, forgetful, lastLsn } = first.store.recovery;
  const readable = readThrough(first, 'whole');
  await first.store.close();
  const second = await open(files, appliedLsn);
  const again = second.store.recovery;
  must(
    again.lastLsn === lastLsn,
    `the log ends with ${lastLsn}, and at the next start with ${again.lastLsn}`,
  );
  must(
    again.torn === undefined && again.damages.length === 0,
    'the next start finds damage where one was set right',
  );
  must(second.store.base.lsn === first.store.base.lsn, 'the log begins elsewhere at the next start');
  await second.store.close();
  return `${torn !== undefined} ${Math.min(3, damages.length)} ${forgetful} ${readable} ${Math.min(9, files.paths().length)}`;
}

async function open(files: MemoryFiles, appliedLsn: number): Promise<LogDisk> {
  return openLogDisk({
    environment: memoryEnvironment(files),
    directory: '/log',
    owner,
    members: ['a', 'b', 'c'],
    memberLists: [],
    appliedLsn,
    installed: undefined,
    segmentSizeMax: 64 * 1024,
    cacheSizeMax: 64 * 1024,
    logger: undefined,
    damaged: () => undefined,
  });
}

/** Entries follow one another; one in a file whose index is trusted may turn out to be damaged. */
function readThrough({ store }: LogDisk, how: 'whole' | 'as far as it goes'): string {
  const { lastLsn } = store;
  let afterLsn = store.base.lsn;
  try {
    for (let count = 0; afterLsn < lastLsn && count < 2_000; count++) {
      const entries = store.entries({ afterLsn, upToLsn: lastLsn, sizeMax: 4096 });
      must(
        entries.length > 0 || how !== 'whole',
        `no entry behind ${afterLsn}, although the log goes to ${lastLsn}`,
      );
      if (entries.length === 0) return 'gap';
      for (const entry of entries) {
        must(entry.lsn === afterLsn + 1 || how !== 'whole', `entry ${entry.lsn} behind ${afterLsn}`);
        afterLsn = entry.lsn;
      }
    }
    store.term(lastLsn);
    store.membersAt(lastLsn);
    return 'read';
  } catch (error) {
    must(
      isObError(error, 'OB_CHECKSUM_ERROR') || isObError(error, 'OB_INVALID_LOG'),
      `reading: ${String(error)}`,
    );
    return error.name;
  }
}

function someDirectory(chance: Chance): Uint8Array {
  const segmentCount = chance.below(4);
  const segments: Uint8Array[] = [];
  const firstLsns: number[] = [];
  let lsn = 1;
  let term = 1;
  for (let count = 0; count < segmentCount; count++) {
    firstLsns.push(lsn);
    const made = someSegment(chance, { lsn, term, sealed: count < segmentCount - 1 && chance.happens(0.8) });
    segments.push(made.bytes);
    ({ lsn, term } = made);
  }
  const appliedLsn = chance.happens(0.5) ? lsn - 1 : chance.below(lsn);
  return pack([Uint8Array.from([appliedLsn, ...firstLsns]), someMeta(chance, lsn, term), ...segments]);
}

function someSegment(
  chance: Chance,
  start: { lsn: number; term: number; sealed: boolean },
): { bytes: Uint8Array; lsn: number; term: number } {
  let { lsn, term } = start;
  const index = new SegmentIndex(lsn);
  const parts: Uint8Array[] = [encodeSegmentHeader({ firstLsn: lsn, previousTerm: lsn === 1 ? 0 : term })];
  let offset = segmentHeaderSize;
  for (let batch = chance.below(4); batch > 0; batch--) {
    parts.push(encodeBatchHeader({ firstLsn: lsn, durableLsn: lsn - 1 }));
    offset += batchHeaderSize;
    for (let count = 1 + chance.below(4); count > 0; count--) {
      if (chance.happens(0.2)) term += 1;
      const entry = someEntry(chance, lsn, term);
      parts.push(entry.bytes);
      index.append({ ...entry, entrySize: entry.bytes.length }, offset);
      offset += entry.bytes.length;
      lsn += 1;
    }
  }
  if (start.sealed) parts.push(...encodeFooter(index.encode(), offset));
  return { bytes: Uint8Array.from(Buffer.concat(parts)), lsn, term };
}

function someMeta(chance: Chance, lsn: number, term: number): Uint8Array {
  const line = JSON.stringify({
    ...owner,
    term,
    votedFor: chance.pick([null, 'a', 'b']),
    joined: chance.happens(0.8),
    durableLsn: Math.max(0, lsn - 1 - chance.below(3)),
    base: { lsn: 0, term: 0, scn: '0' },
    memberLists: chance.happens(0.3) ? [{ lsn: 1, members: ['a', 'b', 'c'] }] : [],
  });
  const copy = `${line}\n${checksum(line)}\n`;
  return Buffer.from(`${copy}\n${copy}`);
}

/** The first line's checksum on the second. */
function repairMeta(bytes: Uint8Array): Uint8Array {
  const [line = ''] = Buffer.from(bytes).toString('utf8').split('\n');
  return Buffer.from(`${line}\n${checksum(line)}\n`);
}

function checksum(line: string): string {
  return crc32c(new TextEncoder().encode(line)).toString(16).padStart(8, '0');
}

function repairSegment(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(repairEntries(input));
  if (bytes.length >= segmentHeaderSize && bytes.readUInt32BE(0) === segmentMagic) {
    bytes.writeUInt32BE(crc32c(bytes.subarray(0, 28)), 28);
  }
  for (
    let at = bytes.indexOf('SLBT');
    at !== -1 && at + batchHeaderSize <= bytes.length;
    at = bytes.indexOf('SLBT', at + 4)
  ) {
    bytes.writeUInt32BE(crc32c(bytes.subarray(at + 8, at + batchHeaderSize)), at + 4);
  }
  const indexAt = bytes.lastIndexOf('SLIX');
  const trailerAt = bytes.length - trailerSize;
  if (indexAt !== -1 && trailerAt > indexAt) {
    const [, trailer] = encodeFooter(bytes.toString('utf8', indexAt + 4, trailerAt), indexAt);
    const size = trailerAt - indexAt;
    const right = Buffer.from(trailer as Uint8Array);
    right.writeUInt32BE(size, 16);
    right.writeUInt32BE(crc32c(bytes.subarray(indexAt, trailerAt)), 4);
    right.writeUInt32BE(crc32c(right.subarray(0, 20)), 20);
    right.copy(bytes, trailerAt);
  }
  return bytes;
}

const segmentMagic = 0x534c5347;

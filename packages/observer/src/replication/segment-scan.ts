import {
  batchHeaderSize,
  batchMagic,
  decodeBatchHeader,
  entryHeaderSize,
  indexMagic,
  startsWith,
} from '@sealane/consensus';
import type { LogFile } from './environment.ts';
import { FileWindow } from './file-window.ts';
import { SegmentIndex } from './segment-index.ts';
import { SegmentWalk, type WalkedEntry, type WalkStart } from './segment-walk.ts';

/** What a segment file holds, read from its beginning up to the first thing that isn't right. */
export interface SegmentScan {
  readonly index: SegmentIndex;
  /** What is wrong behind the last good entry; undefined if nothing is there. */
  readonly flaw: string | undefined;
  /** The flaw is nothing but a write that wasn't finished, of something that nobody was told of. */
  readonly torn: boolean;
  /** Where the newest batch begins, 0 without any: its fsync may not have been done. */
  readonly lastBatchOffset: number;
}

/**
 * Reads every entry and checks both its checksums.
 *
 * @param durableLsn entries up to here had been on disk, whatever the file itself says
 */
export function scanSegment(
  file: LogFile,
  segment: { size: number; start: WalkStart; durableLsn: number },
): SegmentScan {
  const { size, start, durableLsn } = segment;
  const window = new FileWindow(file, { size });
  const walk = new SegmentWalk(window, start, size);
  const index = new SegmentIndex(start.lsn, { endOffset: start.offset });
  const flaw = walkThrough(walk, index) ?? (index.endOffset < size ? emptyBatch : undefined);
  const { endOffset } = index;
  const lsn = index.lastLsn + 1;
  const torn =
    flaw !== undefined &&
    lsn > durableLsn &&
    !isCalledDurable(window, { fromOffset: endOffset, lsn }) &&
    (walk.endsEarly || flaw === emptyBatch || looksTorn(window, { size, fromOffset: endOffset }));
  const lastBatchOffset = Math.min(walk.batch?.offset ?? 0, endOffset);
  return { index, flaw, torn, lastBatchOffset };
}

/** @returns what is wrong behind the last good entry */
function walkThrough(walk: SegmentWalk, index: SegmentIndex): string | undefined {
  for (let found = walk.next(); found !== undefined; found = walk.next()) {
    const flaw = walk.flawOf(found) ?? append(index, found, walk);
    if (flaw !== undefined) return flaw;
  }
  return walk.flaw;
}

/** @returns what is wrong with it: its checksums are right, and yet nobody can use it */
function append(index: SegmentIndex, found: WalkedEntry, walk: SegmentWalk): string | undefined {
  try {
    index.append({ ...found, payload: memberPayload(found, walk) }, found.offset);
    return undefined;
  } catch (error) {
    return `entry ${found.lsn} can't be used: ${String(error)}`;
  }
}

/** Only member lists are looked into. */
function memberPayload(found: WalkedEntry, walk: SegmentWalk): Uint8Array {
  const wanted = found.kind === 'members';
  return wanted ? walk.bytesOf(found).subarray(entryHeaderSize) : new Uint8Array(0);
}

/** Does any later batch say that everything up to `lsn` was on disk before it was written? */
function isCalledDurable(window: FileWindow, place: { fromOffset: number; lsn: number }): boolean {
  let offset = window.find(batchMagic, place.fromOffset);
  for (; offset !== undefined; offset = window.find(batchMagic, offset + 1)) {
    const batch = decodeBatchHeader(window.readable(offset, batchHeaderSize));
    if (batch !== undefined && batch.durableLsn >= place.lsn) return true;
  }
  return false;
}

/**
 * A write that a crash cut short leaves the file too short, or sectors that still are zeros; an index is written
 * behind entries that are complete. A whole entry of other bytes was damaged later, as far as anybody can know.
 */
function looksTorn(window: FileWindow, place: { size: number; fromOffset: number }): boolean {
  const { size, fromOffset } = place;
  if (startsWith(window.readable(fromOffset, indexMagic.length), indexMagic)) return true;
  for (let sector = fromOffset - (fromOffset % sectorSize); sector < size; sector += sectorSize) {
    const from = Math.max(sector, fromOffset);
    const bytes = window.readable(from, Math.min(sector + sectorSize, size) - from);
    if (bytes.length > 0 && bytes.every((byte) => byte === 0)) return true;
  }
  return false;
}

const emptyBatch = 'nothing but the head of a batch';
const sectorSize = 512;

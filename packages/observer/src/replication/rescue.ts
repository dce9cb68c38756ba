import { decodeEntryHeader, entryHeaderSize } from '@sealane/consensus';
import { FileWindow } from './file-window.ts';
import type { FoundSegment } from './found-segment.ts';
import type { Rescue } from './recovery-plan.ts';
import { scanSegment } from './segment-scan.ts';
import type { WalkedEntry } from './segment-walk.ts';

/**
 * Looks behind the damage in a segment for an entry that is applied already, with nothing but good entries behind it:
 * the log may begin there.
 */
export function findRescue(
  segment: FoundSegment,
  known: { appliedLsn: number; durableLsn: number },
): Rescue | undefined {
  const { file, fileSize, index } = segment;
  const window = new FileWindow(file, { size: fileSize });
  let offset = index.endOffset;
  for (;;) {
    const head = nextHead(window, offset);
    if (head === undefined || head.lsn > known.appliedLsn) return undefined;
    offset = head.offset + 1;
    const startOffset = head.offset + head.entrySize;
    if (head.lsn <= index.lastLsn || startOffset > fileSize) continue;
    const start = { offset: startOffset, lsn: head.lsn + 1, term: head.term };
    const scan = scanSegment(file, { size: fileSize, start, durableLsn: known.durableLsn });
    if (scan.flaw === undefined || scan.torn) {
      const header = { firstLsn: start.lsn, previousTerm: start.term };
      const flaw = scan.flaw === undefined ? undefined : { why: scan.flaw, torn: true };
      const part = { ...segment, header, index: scan.index, flaw, headerRebuilt: false, sealed: false };
      return { from: segment, part, startOffset, scn: head.scn };
    }
    offset = Math.max(offset, scan.index.endOffset);
  }
}

/** The next place whose bytes are an entry's head, by its own checksum. */
function nextHead(window: FileWindow, fromOffset: number): WalkedEntry | undefined {
  let offset = window.find(entryMagic, fromOffset);
  for (; offset !== undefined; offset = window.find(entryMagic, offset + 1)) {
    const head = decodeEntryHeader(window.readable(offset, entryHeaderSize));
    if (head !== undefined) return { ...head, offset };
  }
  return undefined;
}

const entryMagic = Buffer.from('SLE1');

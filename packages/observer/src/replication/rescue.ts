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
    const head = nextHead(window, offset, fileSize);
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
function nextHead(window: FileWindow, fromOffset: number, size: number): WalkedEntry | undefined {
  for (let offset = fromOffset; offset + entryHeaderSize <= size; ) {
    const bytes = readable(window, offset, Math.min(pieceSize, size - offset));
    const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(entryMagic);
    if (found === -1) {
      offset += Math.max(1, bytes.length - entryMagic.length + 1);
      continue;
    }
    offset += found;
    const head = decodeEntryHeader(readable(window, offset, entryHeaderSize));
    if (head !== undefined) return { ...head, offset };
    offset += 1;
  }
  return undefined;
}

function readable(window: FileWindow, offset: number, length: number): Uint8Array {
  try {
    return window.bytes(offset, length);
  } catch {
    // What can't be read is no entry.
    return new Uint8Array(0);
  }
}

const pieceSize = 64 * 1024;
const entryMagic = 'SLE1';

import { dirname, join } from 'node:path';
import { ObError } from '@sealane/errors';
import type { LogFile, LogFiles } from './environment.ts';
import { Segment } from './segment.ts';
import { decodeSegmentHeader, segmentHeaderSize, segmentName, segmentNamePattern } from './segment-format.ts';
import { isCalledDurable, type SegmentScan, scanSegment } from './segment-scan.ts';
import { TermRuns } from './term-runs.ts';

export interface RecoveredLog {
  readonly segments: Segment[];
  readonly terms: TermRuns;
  /** Said if an incomplete tail was cut off. */
  readonly cut: { readonly path: string; readonly offset: number; readonly flaw: string } | undefined;
}

/**
 * Opens all segments of a directory and reads them through. What was being written when the process died is cut off;
 * whatever was on disk before must be whole.
 *
 * @param durableLsn entries up to here are known to have been on disk
 * @throws ObError OB_CHECKSUM_ERROR for damage, OB_INVALID_LOG for a gap; nothing was changed then
 */
export async function recoverLog(
  files: LogFiles,
  directory: string,
  durableLsn: number,
): Promise<RecoveredLog> {
  const names = (await files.list(directory)).filter((name) => segmentNamePattern.test(name)).sort();
  const segments: Segment[] = [];
  const terms = new TermRuns();
  let cut: RecoveredLog['cut'];
  try {
    for (const [index, name] of names.entries()) {
      const path = join(directory, name);
      const isLast = index === names.length - 1;
      const found = await recoverSegment(files, path, {
        isLast,
        durableLsn,
        terms,
        previous: segments.at(-1),
      });
      if (found.segment !== undefined) segments.push(found.segment);
      cut = found.cut;
    }
    const lastLsn = segments.at(-1)?.lastLsn ?? 0;
    if (lastLsn < durableLsn) throw tooShort(directory, lastLsn, durableLsn);
  } catch (error) {
    await Promise.all(segments.map((segment) => segment.close()));
    throw error;
  }
  return { segments, terms, cut };
}

interface Circumstances {
  readonly isLast: boolean;
  readonly durableLsn: number;
  readonly terms: TermRuns;
  readonly previous: Segment | undefined;
}

async function recoverSegment(
  files: LogFiles,
  path: string,
  circumstances: Circumstances,
): Promise<{ segment: Segment | undefined; cut: RecoveredLog['cut'] }> {
  const { isLast, previous, terms } = circumstances;
  const file = await files.open(path, 'existing');
  try {
    const size = await file.size();
    const headerBytes = new Uint8Array(segmentHeaderSize);
    const header = decodeSegmentHeader(headerBytes.subarray(0, file.readSync(headerBytes, 0)));
    if (header === undefined) {
      // Only a file that was being created may lack its header: the entries come after it was on disk.
      if (!isLast || size > segmentHeaderSize) throw damaged(path, 0, 'its header is unreadable');
      await file.close();
      await files.remove(path);
      await files.syncDirectory(dirname(path));
      return { segment: undefined, cut: { path, offset: 0, flaw: 'no whole segment header' } };
    }
    checkFollows(path, header, previous);
    const scan = scanSegment(file, { size, ...header });
    const lastLsn = header.firstLsn + scan.offsets.length - 1;
    const bad = scan.flaw !== undefined || scan.endOffset < size;
    if (scan.flaw !== undefined) checkIsTorn(path, file, size, scan, lastLsn, circumstances);
    terms.append(header.firstLsn, scan.terms);
    if (bad) {
      await file.truncate(scan.endOffset);
      await file.sync();
    }
    const segment = new Segment({ path, file, header, offsets: scan.offsets, size: scan.endOffset });
    const { flaw, endOffset } = scan;
    return { segment, cut: flaw === undefined ? undefined : { path, offset: endOffset, flaw } };
  } catch (error) {
    await file.close().catch(() => {
      // It may be closed already, and the first error is the one that counts.
    });
    throw error;
  }
}

function checkFollows(path: string, header: { firstLsn: number }, previous: Segment | undefined): void {
  const expectedLsn = previous === undefined ? header.firstLsn : previous.lastLsn + 1;
  if (header.firstLsn === expectedLsn && path.endsWith(segmentName(header.firstLsn))) return;
  throw new ObError('OB_INVALID_LOG', [], {
    message: `${path} begins with entry ${header.firstLsn} where ${expectedLsn} was expected: a file of the log is missing`,
  });
}

function checkIsTorn(
  path: string,
  file: LogFile,
  size: number,
  scan: SegmentScan,
  lastLsn: number,
  circumstances: Circumstances,
): void {
  const lsn = lastLsn + 1;
  const durable =
    !circumstances.isLast ||
    lsn <= circumstances.durableLsn ||
    isCalledDurable(file, { size, fromOffset: scan.endOffset, lsn });
  if (durable)
    throw damaged(path, scan.endOffset, `${scan.flaw}, and entry ${lsn} had been written completely`);
}

function damaged(path: string, offset: number, why: string): ObError {
  return new ObError('OB_CHECKSUM_ERROR', [], {
    message: `${path} is damaged at byte ${offset}: ${why}; this node won't start with it: restore the node from a healthy member`,
    details: { path, offset },
  });
}

function tooShort(directory: string, lastLsn: number, durableLsn: number): ObError {
  return new ObError('OB_INVALID_LOG', [], {
    message: `the log in ${directory} ends with entry ${lastLsn}, but entry ${durableLsn} had been on disk: files are missing; restore the node from a healthy member`,
    details: { directory, lastLsn, durableLsn },
  });
}

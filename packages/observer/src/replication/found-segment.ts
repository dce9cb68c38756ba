import { join } from 'node:path';
import {
  decodeIndex,
  decodeSegmentHeader,
  decodeTrailer,
  type SegmentHeader,
  segmentHeaderSize,
  segmentName,
  segmentNamePattern,
  trailerSize,
} from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import type { LogFile, LogFiles } from './environment.ts';
import { SegmentIndex } from './segment-index.ts';
import { scanSegment } from './segment-scan.ts';

/** A segment file as it was found at the start; nothing of it was changed yet. */
export interface FoundSegment {
  readonly path: string;
  readonly file: LogFile;
  readonly fileSize: number;
  readonly header: SegmentHeader;
  /** The header was unreadable, and is told by the file's name and what comes before it. */
  readonly headerRebuilt: boolean;
  readonly index: SegmentIndex;
  /** The index was in the file: the entries weren't read. */
  readonly sealed: boolean;
  /** What is behind the last good entry, if anything is. */
  readonly flaw: { readonly why: string; readonly torn: boolean } | undefined;
  /** Its fsync may not have been done. */
  readonly lastBatchOffset: number;
}

export interface LookedFor {
  /** By name; the file after this one begins with `nextLsn`. */
  readonly firstLsn: number;
  readonly nextLsn: number | undefined;
  /** Of the entry before the first one, as far as is known. */
  readonly previousTerm: number;
  /** Entries up to here had been on disk. */
  readonly durableLsn: number;
}

/** The first LSNs in the names of a directory's segment files, ascending. */
export async function segmentLsns(files: LogFiles, directory: string): Promise<number[]> {
  return (await files.list(directory))
    .map((name) => segmentNamePattern.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .filter((lsn) => lsn > 0)
    .sort((a, b) => a - b);
}

/** @throws ObError OB_INVALID_LOG for a file of another version */
export async function findSegment(
  files: LogFiles,
  directory: string,
  wanted: LookedFor,
): Promise<FoundSegment> {
  const path = join(directory, segmentName(wanted.firstLsn));
  const file = await files.open(path, 'existing');
  try {
    const fileSize = await file.size();
    const written = readHeader(file, path);
    const rebuilt = written === undefined || written.firstLsn !== wanted.firstLsn;
    const header = rebuilt ? { firstLsn: wanted.firstLsn, previousTerm: wanted.previousTerm } : written;
    return {
      path,
      file,
      fileSize,
      header,
      headerRebuilt: rebuilt,
      ...contentOf(file, fileSize, header, wanted),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function contentOf(
  file: LogFile,
  size: number,
  header: SegmentHeader,
  wanted: LookedFor,
): Pick<FoundSegment, 'index' | 'sealed' | 'flaw' | 'lastBatchOffset'> {
  const known = readIndex(file, size);
  const { nextLsn } = wanted;
  if (known?.firstLsn === header.firstLsn && (nextLsn === undefined || known.lastLsn + 1 === nextLsn)) {
    return { index: known, sealed: true, flaw: undefined, lastBatchOffset: known.endOffset };
  }
  const durableLsn = Math.max(wanted.durableLsn, (nextLsn ?? 0) - 1);
  const start = { offset: segmentHeaderSize, lsn: header.firstLsn, term: header.previousTerm };
  const { index, flaw, torn, lastBatchOffset } = scanSegment(file, { size, start, durableLsn });
  // Behind the last entry of a file that is followed by another there is nothing but its index.
  const harmless = flaw === undefined || index.lastLsn + 1 === nextLsn;
  return { index, sealed: false, flaw: harmless ? undefined : { why: flaw, torn }, lastBatchOffset };
}

function readHeader(file: LogFile, path: string): SegmentHeader | undefined {
  const header = decodeSegmentHeader(readUpTo(file, 0, segmentHeaderSize));
  if (header !== 'newer') return header;
  throw new ObError('OB_INVALID_LOG', [], {
    message: `${path} was written by another version of this program: start the version that wrote it`,
  });
}

function readIndex(file: LogFile, size: number): SegmentIndex | undefined {
  if (size < segmentHeaderSize + trailerSize) return undefined;
  const trailer = decodeTrailer(readUpTo(file, size - trailerSize, trailerSize));
  if (trailer === undefined || trailer.indexOffset + trailer.indexSize + trailerSize !== size)
    return undefined;
  const json = decodeIndex(readUpTo(file, trailer.indexOffset, trailer.indexSize), trailer);
  return json === undefined ? undefined : SegmentIndex.decode(json);
}

/** What can't be read is as good as not there: what it says can be found out otherwise. */
function readUpTo(file: LogFile, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  try {
    return bytes.subarray(0, file.readSync(bytes, offset));
  } catch {
    return bytes.subarray(0, 0);
  }
}

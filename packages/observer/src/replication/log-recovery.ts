import { dirname, join } from 'node:path';
import { encodeBatchHeader, encodeSegmentHeader, segmentName } from '@sealane/consensus';
import { isOutOfSpace, syncFile, syncNames } from './disk-failure.ts';
import { besideSuffix } from './durable-file.ts';
import type { LogFiles } from './environment.ts';
import { type FoundSegment, findSegment, segmentLsns } from './found-segment.ts';
import { type LogMemory, planRecovery, type RecoveryPlan, type Rescue } from './recovery-plan.ts';
import { findRescue } from './rescue.ts';
import { Segment } from './segment.ts';

export interface RecoveredLog {
  readonly segments: Segment[];
  readonly plan: RecoveryPlan;
}

/**
 * Opens the segments of a directory, and sets right what isn't. Only the last one is read through; of the others the
 * index is enough.
 *
 * @param remember puts the plan's base and what is forgotten on disk, before anything is changed (but for files before the
 *   log's beginning, which a crash has left); may refuse
 * @throws ObError OB_INVALID_LOG for files of another version; what `remember` throws. Nothing was changed then
 */
export async function recoverLog(
  files: LogFiles,
  directory: string,
  memory: LogMemory,
  remember: (plan: RecoveryPlan) => Promise<void>,
): Promise<RecoveredLog> {
  const found: FoundSegment[] = [];
  try {
    await findAll(files, directory, memory, found);
    const plan = planRecovery(found, memory, (segment) => findRescue(segment, memory));
    await remember(plan);
    const segments = await carryOut(files, directory, plan);
    return { segments, plan };
  } catch (error) {
    await Promise.all(found.map(({ file }) => file.close().catch(() => undefined)));
    throw error;
  }
}

/** Files that end at or before the base were about to be removed. */
async function findAll(
  files: LogFiles,
  directory: string,
  memory: LogMemory,
  found: FoundSegment[],
): Promise<void> {
  const lsns = await segmentLsns(files, directory);
  const base = memory.base ?? { lsn: 0, term: 0 };
  const wanted = lsns.filter((_, position) => (lsns[position + 1] ?? Infinity) > base.lsn + 1);
  for (const [position, firstLsn] of wanted.entries()) {
    const before = found.at(-1);
    found.push(
      await findSegment(files, directory, {
        firstLsn,
        nextLsn: wanted[position + 1],
        previousTerm: before?.index.terms.term(firstLsn - 1) ?? (firstLsn === base.lsn + 1 ? base.term : 0),
        durableLsn: memory.durableLsn,
      }),
    );
  }
  for (const lsn of lsns.filter((each) => !wanted.includes(each))) {
    await files.remove(join(directory, segmentName(lsn)));
  }
}

async function carryOut(files: LogFiles, directory: string, plan: RecoveryPlan): Promise<Segment[]> {
  const rescued = plan.rescue === undefined ? undefined : await writeRescued(files, directory, plan.rescue);
  // Newest first: a crash in between leaves a log without a gap.
  for (const { file, path } of [...plan.drop].reverse()) {
    await file.close();
    // What was rescued may have taken its name, and its place.
    if (path !== rescued?.path) await files.remove(path);
  }
  await syncNames(files, directory);
  const segments: Segment[] = [];
  for (const segment of plan.keep) {
    const isLast = segment === plan.keep.at(-1);
    const ready = segment === plan.rescue?.part ? rescued : undefined;
    segments.push(ready ?? (await mend(segment, isLast)));
    if (!isLast) await sealIfPossible(segments.at(-1));
  }
  return segments;
}

/** A full disk costs the next start some time, and nothing else. */
async function sealIfPossible(segment: Segment | undefined): Promise<void> {
  try {
    await segment?.seal();
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
  }
}

/** Sets a file right: its header, what is behind its last entry, its index. */
async function mend(found: FoundSegment, isLast: boolean): Promise<Segment> {
  const { path, file, fileSize, header, index, sealed, headerRebuilt } = found;
  if (headerRebuilt) {
    await file.write([encodeSegmentHeader(header)], 0);
    await syncFile(file, path);
  }
  if (!sealed && fileSize > index.endOffset) await file.truncate(index.endOffset);
  const segment = new Segment({ path, file, header, index, sealed });
  if (!sealed && isLast) await segment.rewriteFrom(found.lastBatchOffset);
  return segment;
}

/** Copies the good part into a file of its own, which then takes its place in the log. */
async function writeRescued(files: LogFiles, directory: string, rescue: Rescue): Promise<Segment> {
  const { part, startOffset } = rescue;
  const path = join(directory, segmentName(part.header.firstLsn));
  const beside = `${path}${besideSuffix}`;
  const file = await files.open(beside, 'create');
  const content = new Uint8Array(part.index.endOffset - startOffset);
  const batch = encodeBatchHeader({ firstLsn: part.header.firstLsn, durableLsn: part.header.firstLsn - 1 });
  const head = [encodeSegmentHeader(part.header), ...(content.length === 0 ? [] : [batch])];
  part.file.readSync(content, startOffset);
  await file.write([...head, content], 0);
  await syncFile(file, beside);
  await files.rename(beside, path);
  await syncNames(files, dirname(path));
  const shift = head.reduce((sum, piece) => sum + piece.length, 0) - startOffset;
  return new Segment({ path, file, header: part.header, index: part.index.shifted(shift), sealed: false });
}

import { ObError } from '@sealane/errors';
import type { LogPosition } from './log-stream-options.ts';
import { afterInstall } from './open-disk.ts';
import type { StreamParts } from './stream-parts.ts';

/** Where the log begins, and moving that. */

/** @returns whether anything was dropped */
export async function truncateBefore(
  { driver, store, meta, applier }: StreamParts,
  bounds: {
    /** Up to here entries may go. */
    lsn: number;
    /** From behind this entry on a live follower needs them. */
    keptFromLsn: number;
    /** But no more than so many bytes. */
    keptSizeMax: number | undefined;
  },
): Promise<boolean> {
  const spare = Math.max(bounds.keptFromLsn, store.lsnBefore(bounds.keptSizeMax ?? keptSizeMaxDefault));
  const lsn = Math.min(spare, bounds.lsn, applier.appliedLsn);
  let dropped = false;
  await driver.exclusive(async () => {
    dropped = await store.truncateBefore(lsn, async (base) => {
      const memberLists = meta.current.memberLists.filter((list) => list.lsn > base.lsn);
      await meta.write({ base, memberLists });
    });
  });
  return dropped;
}

/** @throws ObError OB_ENTRY_NOT_EXIST for an entry that isn't in the log (any more) */
export function positionOf(
  { store }: StreamParts,
  lsn: number,
  configuredMembers: readonly string[],
): LogPosition {
  const { base } = store;
  const entry = store.entries({ afterLsn: lsn - 1, upToLsn: lsn, sizeMax: 0 })[0];
  const found = lsn === base.lsn ? base : entry;
  if (found !== undefined) {
    return { lsn, term: found.term, scn: found.scn, members: store.membersAt(lsn) ?? configuredMembers };
  }
  throw new ObError('OB_ENTRY_NOT_EXIST', [], {
    message: `entry ${lsn} isn't in the log, which begins with ${base.lsn + 1} and ends with ${store.lastLsn}`,
  });
}

/** The log begins behind this entry from now on, empty. */
export async function resetTo(
  { driver, store, meta, applier }: StreamParts,
  position: LogPosition,
): Promise<void> {
  applier.skipTo(position.lsn, position.scn);
  await driver.exclusive(async () => {
    await store.resetTo(position);
    await meta.write(afterInstall(position));
  });
  driver.input({ kind: 'installed', ...position });
}

const keptSizeMaxDefault = 1024 * 1024 * 1024;

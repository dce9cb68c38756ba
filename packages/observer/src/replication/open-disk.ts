import { join } from 'node:path';
import type { MemberList } from '@sealane/consensus';
import { segmentName } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import type { Logger } from '../logger.ts';
import { syncNames } from './disk-failure.ts';
import type { Environment } from './environment.ts';
import { segmentLsns } from './found-segment.ts';
import { LogStore } from './log-store.ts';
import type { LogBeginning } from './member-lists.ts';
import { MetaStore } from './meta-store.ts';
import type { RecoveryPlan } from './recovery-plan.ts';

export interface LogDiskOptions {
  readonly environment: Environment;
  readonly directory: string;
  readonly owner: { readonly tenantId: number; readonly lsId: number; readonly self: string };
  /** As the node was configured. */
  readonly members: readonly string[];
  /** What this process knows of members from the log as it was before. */
  readonly memberLists: readonly MemberList[];
  readonly appliedLsn: number;
  /** A snapshot was put in place: the log begins here, and nothing that is in it counts. */
  readonly installed: LogBeginning | undefined;
  readonly segmentSizeMax: number;
  readonly cacheSizeMax: number;
  readonly logger: Logger | undefined;
  /** Told of what was found, before anything is changed. */
  damaged(damage: { lsn: number; message: string }): void;
}

export interface LogDisk {
  readonly meta: MetaStore;
  readonly store: LogStore;
}

/**
 * Opens what a log stream has on disk, and sets right what a crash or a bad disk has left. What this member promised
 * and can't remember makes it one that hasn't joined: it neither votes nor counts until it has everything again.
 *
 * @throws ObError OB_INVALID_LOG for files of somebody else or of another version;
 *   OB_CHECKSUM_ERROR if something is lost that no other member has
 */
export async function openLogDisk(options: LogDiskOptions): Promise<LogDisk> {
  const { environment, directory, owner, appliedLsn, logger } = options;
  const { files } = environment;
  const meta = await MetaStore.open(files, directory, owner);
  await finishInstall(options, meta);
  const { base, durableLsn, memberLists } = meta.current;
  const store = await LogStore.open({
    environment,
    directory,
    memory: {
      base,
      durableLsn: Math.max(durableLsn, appliedLsn),
      appliedLsn,
      memberLists: [...memberLists, ...options.memberLists],
    },
    remember: (plan) => remember(options, meta, plan),
    segmentSizeMax: options.segmentSizeMax,
    cacheSizeMax: options.cacheSizeMax,
  });
  const { torn } = store.recovery;
  if (torn !== undefined) logger?.warn({ ...torn, lsId: owner.lsId }, 'log: cut off an incomplete tail');
  return { meta, store };
}

/** The process ended after the state machine had its snapshot, and before the log began there. */
async function finishInstall(options: LogDiskOptions, meta: MetaStore): Promise<void> {
  const { environment, directory, installed } = options;
  if (installed === undefined || (meta.current.base?.lsn ?? 0) >= installed.lsn) return;
  for (const lsn of (await segmentLsns(environment.files, directory)).reverse()) {
    await environment.files.remove(join(directory, segmentName(lsn)));
  }
  await syncNames(environment.files, directory);
  await meta.write(afterInstall(installed));
}

/** What the meta file says once a snapshot is in place and the log is empty behind it. */
export function afterInstall(base: LogBeginning): Parameters<MetaStore['write']>[0] {
  return { base, durableLsn: base.lsn, memberLists: [] };
}

async function remember(options: LogDiskOptions, meta: MetaStore, plan: RecoveryPlan): Promise<void> {
  const { current, forgotten } = meta;
  const forgetful = plan.forgetful || forgotten !== undefined;
  report(options, meta, plan);
  if (forgetful && membersOf(options, plan).length <= 1) throw unhealable(options, plan, forgotten);
  const { base, lastLsn } = plan;
  const lists = plan.keep.flatMap(({ index }) => index.memberLists);
  const same = current.base?.lsn === base.lsn && current.durableLsn <= lastLsn && !forgetful;
  if (same && lists.length === current.memberLists.length) return;
  const term = Math.max(current.hardState.term, plan.keep.at(-1)?.index.terms.term(lastLsn) ?? base.term);
  const votedFor = term === current.hardState.term ? current.hardState.votedFor : undefined;
  await meta.write({
    hardState: { term, votedFor, joined: current.hardState.joined && !forgetful },
    base,
    durableLsn: Math.min(current.durableLsn, lastLsn),
    memberLists: lists.filter(({ lsn }) => lsn > base.lsn),
  });
}

function membersOf(options: LogDiskOptions, plan: RecoveryPlan): readonly string[] {
  const newest = plan.keep.flatMap(({ index }) => index.memberLists).at(-1);
  return newest?.members ?? plan.base.members ?? options.members;
}

function report(options: LogDiskOptions, { forgotten }: MetaStore, plan: RecoveryPlan): void {
  const { logger, owner, damaged } = options;
  const { lsId } = owner;
  const { lastLsn, base, damages } = plan;
  const forgetful = plan.forgetful || forgotten !== undefined;
  for (const { path, lsn, offset, why } of damages) {
    damaged({ lsn, message: `entry ${lsn} of the log is damaged, in ${path} at byte ${offset}: ${why}` });
  }
  if (forgotten !== undefined) {
    damaged({ lsn: lastLsn + 1, message: `what this member voted for is lost: ${forgotten}` });
  } else if (forgetful && damages.length === 0) {
    damaged({ lsn: lastLsn + 1, message: `the log ends with entry ${lastLsn}, but had been longer` });
  }
  if (forgetful) {
    const message = 'log: cut behind the last good entry; the rest comes from the other members';
    logger?.warn({ lsId, lastLsn }, message);
  } else if (damages.length > 0) {
    logger?.warn({ lsId, beginLsn: base.lsn + 1 }, 'log: begins behind the damage; all before it is applied');
  }
}

function unhealable(options: LogDiskOptions, plan: RecoveryPlan, forgotten: string | undefined): ObError {
  const { directory, appliedLsn } = options;
  const [damage] = plan.damages;
  const what =
    damage === undefined
      ? (forgotten ?? `it ends with entry ${plan.lastLsn}, but had been longer`)
      : `${damage.path} is damaged at byte ${damage.offset}: ${damage.why}`;
  return new ObError('OB_CHECKSUM_ERROR', [], {
    message: `the log in ${directory} can't be used: ${what}. There is no other member to get entry ${plan.lastLsn + 1} from; nothing was changed: restore the directory from a backup`,
    details: { directory, lastLsn: plan.lastLsn, appliedLsn },
  });
}

import { randomInt } from 'node:crypto';
import {
  type Envelope,
  type Input,
  type LogEntry,
  type MemberList,
  type Output,
  Replica,
} from '@sealane/consensus';
import { isObError } from '@sealane/errors';
import { Applier } from './applier.ts';
import { DiskSpace } from './disk-space.ts';
import type { Environment } from './environment.ts';
import type { LogStore } from './log-store.ts';
import type { LogStreamOptions, LogStreamTimings } from './log-stream-options.ts';
import type { MetaStore } from './meta-store.ts';
import { type LogDisk, openLogDisk } from './open-disk.ts';
import { ReplicaDriver } from './replica-driver.ts';
import { defaultScrub, Scrubber } from './scrubber.ts';

/** What a running log stream is made of. */
export interface StreamParts {
  readonly meta: MetaStore;
  readonly store: LogStore;
  readonly applier: Applier;
  readonly driver: ReplicaDriver;
  readonly space: DiskSpace;
  readonly scrubber: Scrubber;
}

export interface StreamEffects {
  send(envelope: Envelope): void;
  /** The replica has changed; nothing of its output is carried out yet. */
  stepped(input: Input, output: Output): void;
  apply(entry: LogEntry): void;
  /** False: enough was handed over for now. */
  mayApply(): boolean;
  /** A turn of applying is over. */
  turnEnded(): void;
  /** An input and all that it led to are done. */
  settled(): void;
  /** The disk is free for the next write. */
  written(): void;
  diskFull(full: boolean): void;
  failed(error: unknown): void;
}

export interface StreamStart {
  readonly options: LogStreamOptions;
  readonly timings: LogStreamTimings;
  readonly environment: Environment;
  /** What the state machine has by now. */
  readonly appliedLsn: number;
  /** How often this stream was opened anew since its start. */
  readonly restartCount: number;
  /** Of the log before that: neither file may have them any more. */
  readonly memberLists: readonly MemberList[];
  readonly effects: StreamEffects;
}

/**
 * Recovers what is on disk and puts the parts together; nothing runs yet.
 *
 * @throws ObError as openLogDisk
 */
export async function openParts(start: StreamStart): Promise<StreamParts> {
  for (let attempt = 1; ; attempt++) {
    const disk = await openDisk(start);
    try {
      return assemble(start, disk);
    } catch (error) {
      const lsn = damagedLsn(error);
      if (lsn !== undefined) await disk.store.distrust(lsn);
      await disk.store.close();
      // The first read of an entry that the start had taken on trust: now it won't.
      if (lsn === undefined || attempt === attemptsMax) throw error;
    }
  }
}

/** @returns the damaged entry of the log that this error is about */
export function damagedLsn(error: unknown): number | undefined {
  const lsn = isObError(error, 'OB_CHECKSUM_ERROR') ? error.details['lsn'] : undefined;
  return typeof lsn === 'number' ? lsn : undefined;
}

function openDisk(start: StreamStart): Promise<LogDisk> {
  const { options, environment, appliedLsn, restartCount, memberLists } = start;
  const { tenantId, lsId, self, directory, members, installed, logger } = options;
  return openLogDisk({
    environment,
    directory,
    owner: { tenantId, lsId, self },
    members,
    memberLists,
    appliedLsn,
    installed: restartCount === 0 ? installed : undefined,
    segmentSizeMax: options.segmentSizeMax ?? 64 * 1024 * 1024,
    cacheSizeMax: options.cacheSizeMax ?? 4 * 1024 * 1024,
    logger,
    damaged: ({ lsn, message }) => {
      logger?.error({ lsId, lsn }, `log: ${message}`);
      // What was found while running was told already.
      if (restartCount === 0) options.onDiskEvent?.({ kind: 'damage found', lsn, message });
    },
  });
}

function assemble(start: StreamStart, { meta, store }: LogDisk): StreamParts {
  const { options, environment, appliedLsn, effects } = start;
  const { failed } = effects;
  const replica = makeReplica(start, { meta, store });
  const { apply, mayApply, turnEnded } = effects;
  const applier = new Applier({
    environment,
    reader: store,
    appliedLsn,
    effects: { apply, mayApply, turnEnded, failed },
  });
  const space = new DiskSpace({
    environment,
    directory: options.directory,
    reserveSize: options.diskReserveSize ?? 128 * 1024 * 1024,
    checkIntervalMs: options.diskCheckIntervalMs ?? 1000,
    changed: (full) => effects.diskFull(full),
  });
  const driver = new ReplicaDriver({
    environment,
    replica,
    store,
    meta,
    effects: {
      ...effects,
      advance: (lsn) => applier.advanceTo(lsn),
      refused: () => space.refused(),
      written: () => {
        space.accepted();
        effects.written();
      },
    },
  });
  const scrub = { ...defaultScrub, ...options.scrub };
  const scrubber = new Scrubber({ environment, store, options: scrub, damaged: failed });
  return { meta, store, applier, driver, space, scrubber };
}

function makeReplica(start: StreamStart, { meta, store }: LogDisk): Replica {
  const { options, timings, environment, appliedLsn, restartCount } = start;
  const { self, members, seed, incarnation } = options;
  return new Replica({
    self,
    members: store.base.members ?? members,
    timings,
    seed: seed === undefined ? randomInt(2 ** 32) : seed + restartCount,
    incarnation: incarnation === undefined ? 1 + randomInt(2 ** 47) : incarnation + restartCount,
    hardState: meta.current.hardState,
    appliedLsn,
    reader: store,
    startedAt: environment.now(),
  });
}

const attemptsMax = 4;

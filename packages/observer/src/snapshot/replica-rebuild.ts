import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import type { Logger } from '../logger.ts';
import type { Mesh } from '../transaction/mesh.ts';
import type { LogPosition } from './log-position.ts';
import { type FetchOptions, fetchSnapshot } from './snapshot-fetch.ts';
import { checkIncoming, decide, forgetDecision, type TenantFiles } from './snapshot-install.ts';
import type { SnapshotOffer } from './snapshot-wire.ts';

/** What the log stream asks for when its leader no longer has the entries it needs. */
export interface SnapshotRequest {
  /** Who has a copy. */
  readonly from: string;
  /** Of the last entry that the copy must have. */
  readonly lsn: number;
}

export interface RebuildOptions {
  readonly tenantId: number;
  readonly files: TenantFiles;
  readonly mesh: Pick<Mesh, 'call'>;
  readonly log: RebuiltLog;
  /** Of this node's present file. */
  appliedLsn(): number;
  /** Goes on with the copy in the place of the file; in one turn. */
  replace(copy: string): void;
  bytesPerSecondMax(): number;
  readonly logger: Logger;
  /** It went wrong half way: neither the old file nor the new one can be used by this process. */
  failed(error: ObError): void;
  /** Told when a rebuild ends, for the event history. */
  ended?(facts: RebuildFacts): void;
  readonly fetchTimings?: Pick<FetchOptions, 'patienceMs' | 'retryMs'>;
  /** After a failure: what failed may fail again, and the source would make one copy after the other. */
  readonly pauseMs?: number;
}

export interface RebuildFacts {
  readonly tenantId: number;
  readonly from: string;
  readonly lsn: number;
  readonly sizeBytes: number;
  readonly elapsedMs: number;
}

/** The log stream's part. */
export interface RebuiltLog {
  /** From this call on nothing up to `lsn` is applied; fulfilled when the log on disk begins there. */
  resetTo(position: LogPosition): Promise<void>;
  /** Nothing came of it: the leader's next heartbeat may ask again. */
  installFailed(): Promise<void>;
  /** False while this node leads: then it needs nobody's copy. */
  mayInstall(): boolean;
}

/**
 * Takes another node's copy for this node's own file: fetched, checked, decided, put in place, and the log reset
 * behind it. A crash at any point leaves the old file and its log, or the new one. One at a time.
 */
export class ReplicaRebuild {
  readonly #options: RebuildOptions;
  #given = new AbortController();
  #running: Promise<void> | undefined;
  /** From the decision until the log has followed. */
  #installing: Promise<void> | undefined;

  constructor(options: RebuildOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Does nothing while one is under way. */
  request(request: SnapshotRequest): void {
    if (this.#given.signal.aborted) return;
    this.#running ??= this.#run(request).finally(() => {
      this.#running = undefined;
    });
  }

  /** What is fetched or checked is left behind; what is decided is done. */
  async stop(): Promise<void> {
    this.#given.abort();
    await this.#installing?.catch(() => undefined);
  }

  async #run({ from, lsn }: SnapshotRequest): Promise<void> {
    const { tenantId, logger, log } = this.#options;
    const startedAtMs = performance.now();
    logger.info({ tenantId, from, lsn }, 'rebuild: this replica needs a snapshot');
    try {
      const offer = await this.#fetch(from, lsn);
      this.#installing = this.#install(offer.position);
      await this.#installing;
      const elapsedMs = Math.round(performance.now() - startedAtMs);
      const facts = { tenantId, from, lsn: offer.position.lsn, sizeBytes: offer.sizeBytes, elapsedMs };
      logger.info(facts, 'rebuild: the snapshot is in place');
      this.#options.ended?.(facts);
    } catch (error) {
      if (this.#given.signal.aborted) return;
      logger.warn({ tenantId, from, lsn, error: String(error) }, 'rebuild: failed, and will be tried again');
      await delay(this.#options.pauseMs ?? 5_000, undefined, { signal: this.#given.signal }).catch(
        () => undefined,
      );
      await log.installFailed().catch((cause: unknown) => {
        logger.warn({ tenantId, error: String(cause) }, 'rebuild: the log is gone too');
      });
    }
  }

  async #fetch(from: string, lsn: number): Promise<SnapshotOffer> {
    const { mesh, tenantId, files, bytesPerSecondMax, logger } = this.#options;
    const offer = await fetchSnapshot({
      mesh,
      tenantId,
      from,
      lsn,
      target: files.incoming,
      bytesPerSecondMax: bytesPerSecondMax(),
      signal: this.#given.signal,
      offered: ({ id, position, sizeBytes }) =>
        logger.info({ tenantId, from, id, lsn: position.lsn, sizeBytes }, 'rebuild: fetching a snapshot'),
      ...this.#options.fetchTimings,
    });
    logger.info({ tenantId, from, id: offer.id }, 'rebuild: fetched, and being checked');
    await checkIncoming(files, offer);
    return offer;
  }

  async #install(position: LogPosition): Promise<void> {
    const { files, log, appliedLsn, replace } = this.#options;
    this.#given.signal.throwIfAborted();
    if (!log.mayInstall()) throw new Error('this node leads meanwhile');
    if (position.lsn <= appliedLsn())
      throw new Error(`the snapshot ends with ${position.lsn}, which is behind`);
    decide(files, position);
    try {
      // No turn of anything else between the new file and a log that knows of it.
      replace(files.incoming);
      await log.resetTo(position);
      forgetDecision(files);
    } catch (cause) {
      const message = `the snapshot of tenant ${this.#options.tenantId} couldn't be put in place: ${String(cause)}; the node must stop, and its next start does the rest`;
      this.#options.failed(new ObError('OB_IO_ERROR', [], { message, cause }));
      throw cause;
    }
  }
}

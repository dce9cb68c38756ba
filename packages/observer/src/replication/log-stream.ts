import { randomInt } from 'node:crypto';
import {
  type Envelope,
  type Input,
  type LogEntry,
  type Message,
  type Output,
  Replica,
  type ReplicaView,
} from '@sealane/consensus';
import { isObError, ObError } from '@sealane/errors';
import { Applier } from './applier.ts';
import { Conditions } from './conditions.ts';
import type { Environment } from './environment.ts';
import { aliveWithinMs, HandOver } from './hand-over.ts';
import { LogStore } from './log-store.ts';
import {
  defaultLogStreamTimings,
  type Lease,
  type LogStreamOptions,
  type LogStreamTimings,
  type RoleReport,
  sameRole,
} from './log-stream-options.ts';
import { type LogStreamStatus, makeStatus } from './log-stream-status.ts';
import { MetaStore } from './meta-store.ts';
import { type ProposalOrder, Proposals, type Proposed } from './proposals.ts';
import { ReplicaDriver } from './replica-driver.ts';
import { systemEnvironment } from './system-environment.ts';

/**
 * One member of a replicated log stream, with its disk, its timers and its peers, around the pure replica of
 * `@sealane/consensus`. One instance per tenant and node.
 */
export class LogStream {
  readonly #options: LogStreamOptions;
  readonly #timings: LogStreamTimings;
  readonly #environment: Environment;
  readonly #conditions: Conditions;
  readonly #proposals = new Proposals({ countMax: 10_000, sizeMax: 256 * 1024 * 1024 });
  readonly #handOver: HandOver;
  #parts: Parts | undefined;
  #running = false;
  #flushScheduled = false;
  #lease: Lease = { term: 0, endMs: Number.NEGATIVE_INFINITY };
  #reported: RoleReport = { role: 'FOLLOWER', leader: undefined, term: 0, serving: false };

  constructor(options: LogStreamOptions) {
    this.#options = options;
    this.#timings = { ...defaultLogStreamTimings, ...options.timings };
    this.#environment = options.environment ?? systemEnvironment;
    this.#conditions = new Conditions(this.#environment);
    this.#handOver = new HandOver({
      timings: this.#timings,
      conditions: this.#conditions,
      view: () => this.#view(),
      role: () => this.role(),
      nowMs: () => this.#environment.now().ms,
      begin: (to) => this.#beginHandOver(to),
    });
  }

  /**
   * Recovers what is on disk, and joins. Once only.
   *
   * @throws ObError OB_CHECKSUM_ERROR, OB_INVALID_LOG: the disk doesn't hold what it should; nothing was started
   */
  async start(): Promise<void> {
    const { directory, appliedLsn, tenantId, lsId, self, logger } = this.#options;
    const { files } = this.#environment;
    const meta = await MetaStore.open(files, directory, { tenantId, lsId, self });
    const store = await LogStore.open({
      files,
      directory,
      durableLsn: Math.max(meta.current.durableLsn, appliedLsn),
      segmentSizeMax: this.#options.segmentSizeMax ?? 64 * 1024 * 1024,
      cacheSizeMax: this.#options.cacheSizeMax ?? 4 * 1024 * 1024,
    });
    if (store.cut !== undefined) logger?.warn({ ...store.cut, lsId }, 'log: cut off an incomplete tail');
    try {
      this.#parts = this.#assemble(meta, store);
    } catch (error) {
      await store.close();
      throw error;
    }
    this.#running = true;
    logger?.info({ lsId, lastLsn: store.lastLsn, appliedLsn, term: this.#view().term }, 'log stream started');
    this.#parts.driver.input({ kind: 'tick' });
  }

  /** Hands leadership over if there is somebody to take it, lets what is being written reach the disk, and ends. */
  async stop(): Promise<void> {
    const parts = this.#parts;
    if (parts === undefined || !this.#running) return;
    const leads = this.role().role === 'LEADER';
    this.setPriority({ stopping: true });
    if (leads) await this.#handOver.untilSucceeded();
    this.#end('the node is stopping');
    await parts.driver.idle();
    await parts.meta.write({ durableLsn: parts.store.lastLsn }).catch((error: unknown) => {
      this.#options.logger?.warn({ err: error }, 'log: the mark of a clean stop could not be written');
    });
    await this.#closeFiles();
  }

  /** The first entry of the term that this node leads; undefined on the others. */
  get termStartLsn(): number | undefined {
    return this.#running ? this.#view().termStartLsn : undefined;
  }

  /** The state machine has room again. */
  resumeApplying(): void {
    if (this.#running) this.#parts?.applier.resume();
  }

  /** A peer's message, in the order in which they came. */
  receive(from: string, message: Message): void {
    this.#parts?.driver.input({ kind: 'message', from, message });
  }

  /**
   * Appends a payload. Fulfilled after `apply` returned for it on this node.
   *
   * @throws ObError OB_NOT_MASTER: this node doesn't lead, nothing was appended;
   *   OB_TRANS_UNKNOWN: appended, but leadership was lost before it was applied;
   *   OB_EAGAIN: not appended before its deadline;
   *   OB_QUEUE_OVERFLOW, OB_LOG_TOO_LARGE: too much waits already, or too large; nothing was appended
   */
  propose(payload: Uint8Array, order?: ProposalOrder): Promise<Proposed> {
    const leads = this.#mayPropose() && (order === undefined || order.term === this.#view().term);
    if (!leads) return this.#proposals.refuse(this.#notMaster(), order);
    if (payload.length > payloadSizeMax) return this.#proposals.refuse(tooLarge(payload.length), order);
    const deadlineMs = this.#environment.now().ms + this.#timings.proposeTimeoutMs;
    const added = this.#proposals.add(payload, deadlineMs, order);
    this.#scheduleFlush();
    return added;
  }

  role(): RoleReport {
    if (!this.#running)
      return { role: 'FOLLOWER', leader: undefined, term: this.#reported.term, serving: false };
    const view = this.#view();
    const leads = view.role === 'leader';
    const serving = leads && this.#isTermApplied(view) && this.#environment.now().ms < view.leaseEndMs;
    return { role: leads ? 'LEADER' : 'FOLLOWER', leader: view.leader, term: view.term, serving };
  }

  /** @throws ObError OB_NOT_INIT before start */
  status(): LogStreamStatus {
    const { store, applier } = this.#requireParts();
    const { tenantId, lsId } = this.#options;
    return makeStatus({
      view: this.#view(),
      report: this.role(),
      nowMs: this.#environment.now().ms,
      aliveWithinMs: aliveWithinMs(this.#timings),
      applier,
      facts: { tenantId, lsId, waitingCount: this.#proposals.waitingCount },
      store,
    });
  }

  /**
   * Hands leadership to a member, without losing a proposal: new ones are refused, the ones under way finish first.
   *
   * @throws ObError OB_NOT_MASTER, OB_SERVER_NOT_ALIVE, OB_WAIT_LEADER_SWITCH_TIMEOUT
   */
  async transferTo(server: string): Promise<void> {
    if (this.role().role !== 'LEADER') throw this.#notMaster();
    if (server !== this.#options.self) await this.#handOver.to(server);
  }

  /** A node that is about to stop gives leadership away, and takes it only if nobody else can. */
  setPriority(priority: { stopping: boolean }): void {
    this.#appendQueued();
    this.#parts?.driver.input({ kind: 'stopping', stopping: priority.stopping });
  }

  /** @returns the leader's address; @throws ObError OB_LEADER_NOT_EXIST if none is known in time */
  async waitForLeader(timeoutMs: number): Promise<string> {
    await this.#conditions.until(() => this.role().leader !== undefined, timeoutMs);
    const { leader } = this.role();
    if (leader !== undefined) return leader;
    throw new ObError('OB_LEADER_NOT_EXIST', [], {
      message: `log stream ${this.#options.lsId} has had no leader for ${timeoutMs} ms`,
    });
  }

  #assemble(meta: MetaStore, store: LogStore): Parts {
    const { self, members, appliedLsn, seed, incarnation } = this.#options;
    const environment = this.#environment;
    const replica = new Replica({
      self,
      members,
      timings: this.#timings,
      seed: seed ?? randomInt(2 ** 32),
      incarnation: incarnation ?? 1 + randomInt(2 ** 47),
      hardState: meta.current.hardState,
      appliedLsn,
      reader: store,
      startedAt: this.#environment.now(),
    });
    const failed = (error: unknown): void => this.#fail(error);
    const applier = new Applier({
      environment,
      reader: store,
      appliedLsn,
      effects: {
        apply: (entry) => this.#apply(entry),
        mayApply: () => this.#options.mayApply?.() ?? true,
        turnEnded: () => this.#reportRole(),
        failed,
      },
    });
    const driver = new ReplicaDriver({
      environment,
      replica,
      store,
      meta,
      effects: {
        send: (envelope) => this.#send(envelope),
        stepped: (input, output) => this.#onStep(input, output),
        advance: (lsn) => applier.advanceTo(lsn),
        settled: () => this.#conditions.check(),
        written: () => this.#flush(),
        failed,
      },
    });
    return { store, meta, applier, driver };
  }

  /** A message that can't be sent is a message lost: the replica is made for that. */
  #send({ to, message }: Envelope): void {
    try {
      this.#options.send(to, message);
    } catch (error) {
      this.#options.logger?.debug({ err: error, to, kind: message.kind }, 'log: a message was not sent');
    }
  }

  #onStep(input: Input, output: Output): void {
    this.#reportLease();
    this.#reportRole();
    if (input.kind === 'propose') {
      if (output.proposal === undefined) this.#proposals.rejectQueued(this.#notMaster());
      else this.#proposals.appended(output.proposal);
    }
    if (input.kind === 'tick') this.#proposals.rejectOverdue(this.#environment.now().ms);
  }

  #apply(entry: LogEntry): void {
    const { lsn, term, scn, kind } = entry;
    const payload = kind === 'data' ? entry.payload : noPayload;
    const resolve = this.#proposals.take(entry);
    this.#options.apply({ lsn, term, scn, kind, payload, local: resolve !== undefined });
    resolve?.({ lsn, scn });
  }

  /** What comes in one turn, or during one fsync, is appended and sent together. */
  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#parts?.driver.writing === false) this.#appendQueued();
  }

  #appendQueued(): void {
    if (this.#proposals.queuedCount === 0) return;
    if (!this.#mayPropose()) this.#proposals.rejectQueued(this.#notMaster());
    else this.#parts?.driver.input({ kind: 'propose', payloads: this.#proposals.queuedPayloads() });
  }

  /** What was proposed before goes first. */
  #beginHandOver(to: string): void {
    this.#appendQueued();
    this.#requireParts().driver.input({ kind: 'transfer', to });
  }

  #mayPropose(): boolean {
    if (!this.#running) return false;
    const view = this.#view();
    return view.role === 'leader' && view.transfer === undefined && this.#isTermApplied(view);
  }

  /** Before that, the state machine may be older than what an earlier leader acknowledged. */
  #isTermApplied(view: ReplicaView): boolean {
    return view.termStartLsn !== undefined && this.#requireParts().applier.appliedLsn >= view.termStartLsn;
  }

  #reportLease(): void {
    const { onLease } = this.#options;
    if (onLease === undefined) return;
    const { term, leaseEndMs } = this.#view();
    const endMs = this.#running ? leaseEndMs : Number.NEGATIVE_INFINITY;
    if (term === this.#lease.term && endMs === this.#lease.endMs) return;
    this.#lease = { term, endMs };
    onLease(this.#lease);
  }

  #reportRole(): void {
    const report = this.role();
    const before = this.#reported;
    if (sameRole(report, before)) return;
    this.#reported = report;
    this.#options.logger?.info({ lsId: this.#options.lsId, ...report }, 'log stream role');
    this.#options.onRoleChange(report);
    const lost = before.role === 'LEADER' && (report.role !== 'LEADER' || report.term !== before.term);
    if (!lost) return;
    this.#proposals.rejectQueued(this.#notMaster());
    this.#proposals.rejectAppended('leadership was lost before it was applied');
  }

  #view(): ReplicaView {
    return this.#requireParts().driver.view();
  }

  #notMaster(): ObError {
    const { leader } = this.role();
    return new ObError('OB_NOT_MASTER', [], { details: { lsId: this.#options.lsId, leader } });
  }

  #requireParts(): Parts {
    if (this.#parts !== undefined) return this.#parts;
    throw new ObError('OB_NOT_INIT', [], { message: 'the log stream is not started' });
  }

  #fail(cause: unknown): void {
    if (!this.#running) return;
    const { lsId, self, logger } = this.#options;
    const message = `log stream ${lsId} of ${self} failed: ${String(cause)}; the node must stop`;
    const error = isObError(cause) ? cause : new ObError('OB_IO_ERROR', [], { message, cause });
    logger?.error({ err: error, lsId }, 'log stream failed');
    this.#end('the node failed');
    void this.#closeFiles();
    this.#options.onFatal?.(error);
  }

  async #closeFiles(): Promise<void> {
    await this.#parts?.driver.idle();
    await this.#parts?.store.close().catch((error: unknown) => {
      this.#options.logger?.warn({ err: error }, 'log: a file could not be closed');
    });
  }

  #end(why: string): void {
    this.#running = false;
    this.#parts?.driver.stop();
    this.#parts?.applier.stop();
    this.#reportLease();
    this.#reportRole();
    this.#proposals.rejectQueued(this.#notMaster());
    this.#proposals.rejectAppended(why);
    this.#conditions.giveUp();
  }
}

function tooLarge(size: number): ObError {
  return new ObError('OB_LOG_TOO_LARGE', [], {
    message: `a log entry of ${size} bytes is over the limit of ${payloadSizeMax}: split the transaction`,
  });
}

const noPayload = new Uint8Array(0);

/** One entry must fit into one packet between the nodes, with room for its head. */
export const payloadSizeMax = 60 * 1024 * 1024;

interface Parts {
  readonly store: LogStore;
  readonly meta: MetaStore;
  readonly applier: Applier;
  readonly driver: ReplicaDriver;
}

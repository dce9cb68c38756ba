import {
  aliveWithinMs,
  type Envelope,
  type Input,
  type Install,
  type LogEntry,
  type Message,
  type Output,
  type ReplicaView,
} from '@sealane/consensus';
import { isObError, ObError } from '@sealane/errors';
import { CommittedLog } from './committed-log.ts';
import { Conditions } from './conditions.ts';
import type { Environment } from './environment.ts';
import { HandOver } from './hand-over.ts';
import { positionOf, resetTo, truncateBefore } from './log-bounds.ts';
import {
  defaultLogStreamTimings,
  type Lease,
  type LogPosition,
  type LogStreamOptions,
  type LogStreamTimings,
} from './log-stream-options.ts';
import { type LogStreamStatus, makeStatus } from './log-stream-status.ts';
import { outOfSpace, payloadSizeMax, tooLarge } from './proposal-errors.ts';
import { type ProposalOrder, Proposals, type Proposed } from './proposals.ts';
import { type RoleReport, sameRole } from './role-report.ts';
import { damagedLsn, openParts, type StreamParts, type StreamStart } from './stream-parts.ts';
import { systemEnvironment } from './system-environment.ts';

/**
 * One member of a replicated log stream, with its disk, its timers and its peers, around the pure replica of
 * `@sealane/consensus`. One instance per tenant and node.
 */
export class LogStream {
  readonly committed: CommittedLog;
  readonly #options: LogStreamOptions;
  readonly #timings: LogStreamTimings;
  readonly #environment: Environment;
  readonly #conditions: Conditions;
  readonly #proposals = new Proposals({ countMax: 10_000, sizeMax: 256 * 1024 * 1024 });
  readonly #handOver: HandOver;
  #parts: StreamParts | undefined;
  #running = false;
  #lagging = false;
  #stopped: Promise<void> | undefined;
  /** Damage was found, and the log is being opened anew. */
  #healing: Promise<void> | undefined;
  #healedCount = 0;
  readonly #membershipAnswers: ((answer: Output['membership']) => void)[] = [];
  #flushScheduled = false;
  #lease: Lease = { term: 0, endMs: Number.NEGATIVE_INFINITY };
  #reported: RoleReport = { role: 'FOLLOWER', leader: undefined, term: 0, serving: false };

  constructor(options: LogStreamOptions) {
    this.#options = options;
    this.#timings = { ...defaultLogStreamTimings, ...options.timings };
    this.#environment = options.environment ?? systemEnvironment;
    this.#conditions = new Conditions(this.#environment);
    this.committed = new CommittedLog({
      store: () => this.#requireParts().store,
      view: () => this.#view(),
      conditions: this.#conditions,
    });
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
  start(): Promise<void> {
    return this.#open({ appliedLsn: this.#options.appliedLsn, memberLists: [] });
  }

  /**
   * Hands leadership over if there is somebody to take it, lets what is being written reach the disk, and ends. Who asks
   * again waits for the same end.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await this.#healing;
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
   *   OB_LOG_OUTOF_DISK_SPACE: this node leads, but its disk is full; nothing was appended
   */
  propose(payload: Uint8Array, order?: ProposalOrder): Promise<Proposed> {
    const leads = this.#mayPropose() && (order === undefined || order.term === this.#view().term);
    if (!leads) return this.#proposals.refuse(this.#refusal(), order);
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
    const { store, applier, space } = this.#requireParts();
    const { tenantId, lsId } = this.#options;
    return makeStatus({
      view: this.#view(),
      report: this.role(),
      nowMs: this.#environment.now().ms,
      aliveWithinMs: aliveWithinMs(this.#timings),
      applier,
      facts: {
        tenantId,
        lsId,
        waitingCount: this.#proposals.waitingCount,
        healedCount: this.#healedCount,
      },
      store,
      space,
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

  /**
   * Drops files of the log whose entries are all at or before `lsn`, but keeps what a live follower still needs, up to a
   * bound. The state machine must have these entries durably.
   */
  async truncateBefore(lsn: number): Promise<void> {
    const needed = this.status().followers.filter(({ alive }) => alive);
    const keptFromLsn = Math.min(...needed.map(({ matchLsn }) => matchLsn));
    const { keptSizeMax, logger } = this.#options;
    const parts = this.#requireParts();
    const dropped = await truncateBefore(parts, { lsn, keptFromLsn, keptSizeMax });
    if (dropped) logger?.info({ beginLsn: parts.store.base.lsn + 1 }, 'log: dropped its oldest files');
  }

  /** @throws ObError OB_ENTRY_NOT_EXIST for an entry that isn't in the log (any more) */
  position(lsn: number): LogPosition {
    try {
      return positionOf(this.#requireParts(), lsn, this.#options.members);
    } catch (error) {
      if (damagedLsn(error) !== undefined) this.#onFailure(error);
      throw error;
    }
  }

  /**
   * The state machine has a snapshot: nothing up to `lsn` is applied from this call on, and the log begins there, empty.
   * Fulfilled when that is on disk.
   */
  resetTo(position: LogPosition): Promise<void> {
    return resetTo(this.#requireParts(), position);
  }

  /** No snapshot could be had: the leader may ask again. */
  installFailed(): void {
    this.#parts?.driver.input({ kind: 'install-failed' });
  }

  /**
   * Fulfilled when the change has begun: the server gets everything first, see `learners` and `members` of status().
   *
   * @throws ObError OB_NOT_MASTER, OB_EAGAIN, OB_ENTRY_EXIST
   */
  addMember(server: string): Promise<void> {
    return this.#changeMembers({ add: server });
  }

  /** @throws ObError OB_NOT_MASTER, OB_EAGAIN, OB_ENTRY_NOT_EXIST, OB_OP_NOT_ALLOW */
  removeMember(server: string): Promise<void> {
    return this.#changeMembers({ remove: server });
  }

  async #changeMembers(change: { add?: string; remove?: string }): Promise<void> {
    if (!this.#running) throw this.#notMaster();
    this.#appendQueued();
    const answer = await new Promise<Output['membership']>((resolve) => {
      this.#membershipAnswers.push(resolve);
      this.#requireParts().driver.input({ kind: 'change-members', ...change });
    });
    if (answer === 'started') return;
    if (answer === undefined || answer === 'OB_NOT_MASTER') throw this.#notMaster();
    throw new ObError(answer, ['change of members']);
  }

  async #open(known: Pick<StreamStart, 'appliedLsn' | 'memberLists'>): Promise<void> {
    const { lsId, logger } = this.#options;
    const parts = await openParts({
      options: this.#options,
      timings: this.#timings,
      environment: this.#environment,
      restartCount: this.#healedCount,
      ...known,
      effects: this.#effects(),
    });
    this.#parts = parts;
    this.#lagging = false;
    this.#running = true;
    const { lastLsn } = parts.store;
    const { appliedLsn } = known;
    logger?.info({ lsId, lastLsn, appliedLsn, term: this.#view().term }, 'log stream started');
    parts.driver.input({ kind: 'tick' });
    parts.space.start();
    parts.scrubber.start();
  }

  #effects(): StreamStart['effects'] {
    return {
      send: (envelope) => this.#send(envelope),
      stepped: (input, output) => this.#onStep(input, output),
      apply: (entry) => this.#apply(entry),
      mayApply: () => this.#options.mayApply?.() ?? true,
      turnEnded: () => this.#reportRole(),
      settled: () => this.#conditions.check(),
      written: () => this.#flush(),
      diskFull: (full) => this.#onDiskFull(full),
      failed: (error) => this.#onFailure(error),
    };
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
    if (output.install !== undefined) this.#install(output.install);
    if (input.kind === 'change-members') this.#membershipAnswers.shift()?.(output.membership);
    if (input.kind === 'propose') {
      if (output.proposal === undefined) this.#proposals.rejectQueued(this.#refusal());
      else this.#proposals.appended(output.proposal);
    }
    if (input.kind === 'tick') this.#proposals.rejectOverdue(this.#environment.now().ms);
    this.#reportLag();
  }

  /** A node whose state machine takes nothing would be a poor leader. */
  #reportLag(): void {
    const { applier, driver } = this.#requireParts();
    const { stalledSinceMs } = applier;
    const lagging =
      stalledSinceMs !== undefined && this.#environment.now().ms - stalledSinceMs >= laggingAfterMs;
    if (lagging === this.#lagging) return;
    this.#lagging = lagging;
    driver.input({ kind: 'lagging', lagging });
  }

  #apply(entry: LogEntry): void {
    const { lsn, term, scn, kind } = entry;
    const proposal = this.#proposals.take(entry);
    // The very array that was proposed, where its proposer may still have it.
    const payload = kind === 'data' ? (proposal?.payload ?? entry.payload) : noPayload;
    this.#options.apply({ lsn, term, scn, kind, payload, local: proposal !== undefined });
    proposal?.resolve({ lsn, scn });
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
    if (!this.#mayPropose()) this.#proposals.rejectQueued(this.#refusal());
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
    if (this.#requireParts().space.status.full) return false;
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

  /** Why nothing is appended here. */
  #refusal(): ObError {
    const parts = this.#parts;
    const full = this.#running && this.#view().role === 'leader' && parts?.space.status.full;
    if (!full) return this.#notMaster();
    return outOfSpace(this.#options.directory);
  }

  #notMaster(): ObError {
    const { leader } = this.role();
    return new ObError('OB_NOT_MASTER', [], { details: { lsId: this.#options.lsId, leader } });
  }

  #requireParts(): StreamParts {
    if (this.#parts !== undefined) return this.#parts;
    throw new ObError('OB_NOT_INIT', [], { message: 'the log stream is not started' });
  }

  #install(request: Install): void {
    if (this.#options.install !== undefined) this.#options.install(request);
    else this.installFailed();
  }

  #onDiskFull(full: boolean): void {
    const { lsId, directory, logger } = this.#options;
    const { freeSize, reserveSize } = this.#requireParts().space.status;
    const message = full
      ? `the disk of ${directory} is full: this node takes no new entries of log stream ${lsId} until there is room`
      : `the disk of ${directory} has room again`;
    if (full) logger?.error({ lsId, freeSize, reserveSize }, `log: ${message}`);
    else logger?.info({ lsId, freeSize, reserveSize }, `log: ${message}`);
    this.#options.onDiskEvent?.({ kind: full ? 'disk full' : 'disk has room', message });
    this.#parts?.driver.input({ kind: 'disk-full', full });
  }

  /** Damage in the log is no reason to end: the log is opened anew without it. Anything else is. */
  #onFailure(cause: unknown): void {
    if (!this.#running) return;
    const lsn = damagedLsn(cause);
    if (lsn === undefined || this.#healedCount >= healedCountMax) {
      this.#fail(cause);
      return;
    }
    const { lsId, logger } = this.#options;
    logger?.error({ err: cause, lsId, lsn }, 'log: damage found; the log is opened anew without it');
    this.#options.onDiskEvent?.({ kind: 'damage found', lsn, message: String(cause) });
    this.#healedCount += 1;
    this.#end('the log of its node was damaged');
    this.#healing = this.#heal(lsn).catch((error: unknown) => this.#giveUp(error));
  }

  async #heal(lsn: number): Promise<void> {
    const { store, driver, applier } = this.#requireParts();
    await driver.idle();
    const memberLists = store.knownMemberLists();
    await store.distrust(lsn);
    await store.close();
    if (this.#stopped !== undefined) return;
    await this.#open({ appliedLsn: applier.appliedLsn, memberLists });
    const message = `log stream ${this.#options.lsId} goes on without what was damaged at entry ${lsn}`;
    this.#options.onDiskEvent?.({ kind: 'healed', lsn, message });
  }

  #fail(cause: unknown): void {
    this.#end('the node failed');
    void this.#closeFiles();
    this.#giveUp(cause);
  }

  #giveUp(cause: unknown): void {
    const { lsId, self, logger } = this.#options;
    const message = `log stream ${lsId} of ${self} failed: ${String(cause)}; the node must stop`;
    const error = isObError(cause) ? cause : new ObError('OB_IO_ERROR', [], { message, cause });
    logger?.error({ err: error, lsId }, 'log stream failed');
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
    this.#parts?.space.stop();
    this.#parts?.scrubber.stop();
    this.#reportRole();
    this.#proposals.rejectQueued(this.#notMaster());
    this.#proposals.rejectAppended(why);
    for (const answer of this.#membershipAnswers.splice(0)) answer(undefined);
    this.#conditions.giveUp();
  }
}

/** OceanBase's bound for a replica that may lead. */
const laggingAfterMs = 2000;

const noPayload = new Uint8Array(0);

/** A disk that damages more than this is no disk to go on with. */
const healedCountMax = 16;

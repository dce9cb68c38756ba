import { randomInt } from 'node:crypto';
import {
  type Input,
  type Instant,
  type LogEntry,
  type Message,
  type Output,
  type Persist,
  Replica,
  type ReplicaView,
} from '@sealane/consensus';
import { isObError, ObError } from '@sealane/errors';
import { Conditions } from './conditions.ts';
import { LogStore } from './log-store.ts';
import {
  type AppliedEntry,
  defaultLogStreamTimings,
  type LogStreamOptions,
  type LogStreamTimings,
  type RoleReport,
  systemInstant,
} from './log-stream-options.ts';
import { followerStatuses, type LogStreamStatus } from './log-stream-status.ts';
import { MetaStore } from './meta-store.ts';
import { PersistQueue } from './persist-queue.ts';
import { Proposals, type Proposed } from './proposals.ts';
import { WakeTimer } from './wake-timer.ts';

/**
 * One member of a replicated log stream, with its disk, its timers and its peers: drives the pure replica of
 * `@sealane/consensus` and keeps the order of its outputs. One instance per tenant and node.
 */
export class LogStream {
  readonly #options: LogStreamOptions;
  readonly #timings: LogStreamTimings;
  readonly #now: () => Instant;
  readonly #conditions = new Conditions();
  readonly #proposals = new Proposals({ countMax: 10_000, sizeMax: 256 * 1024 * 1024 });
  readonly #timer = new WakeTimer(() => this.#onTimer());
  readonly #inputs: Input[] = [];
  #stepping = false;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #parts: Parts | undefined;
  #appliedLsn: number;
  #appliedScn = 0n;
  #applyLsn = 0;
  #applyScheduled = false;
  #flushScheduled = false;
  #reported: RoleReport = { role: 'FOLLOWER', leader: undefined, term: 0, serving: false };

  constructor(options: LogStreamOptions) {
    this.#options = options;
    this.#timings = { ...defaultLogStreamTimings, ...options.timings };
    this.#now = options.now?.bind(options) ?? systemInstant;
    this.#appliedLsn = options.appliedLsn;
  }

  /**
   * Recovers what is on disk, and joins.
   *
   * @throws ObError OB_CHECKSUM_ERROR, OB_INVALID_LOG: the disk doesn't hold what it should; nothing was started
   */
  async start(): Promise<void> {
    const { directory, appliedLsn, tenantId, lsId, self, members, logger } = this.#options;
    const meta = await MetaStore.open(directory, { tenantId, lsId, self });
    const store = await LogStore.open({
      directory,
      durableLsn: Math.max(meta.current.durableLsn, appliedLsn),
      segmentSizeMax: this.#options.segmentSizeMax ?? 64 * 1024 * 1024,
      cacheSizeMax: this.#options.cacheSizeMax ?? 16 * 1024 * 1024,
    });
    if (store.cut !== undefined) logger?.warn({ ...store.cut, lsId }, 'log: cut off an incomplete tail');
    const replica = new Replica({
      self,
      members,
      timings: this.#timings,
      seed: this.#options.seed ?? randomInt(2 ** 32),
      incarnation: 1 + randomInt(2 ** 47),
      hardState: meta.current.hardState,
      appliedLsn,
      reader: store,
      startedAt: this.#now(),
    });
    const persists = new PersistQueue({
      write: (persist) => this.#write(persist),
      send: (envelope) => this.#options.send(envelope.to, envelope.message),
      persisted: (last) => this.#input({ kind: 'persisted', lsn: last.lsn, term: last.term }),
      written: () => this.#flush(),
      failed: (error) => this.#fail(error, 'writing the log'),
    });
    this.#parts = { replica, store, meta, persists };
    this.#applyLsn = appliedLsn;
    this.#appliedScn = this.#scnOf(appliedLsn);
    this.#state = 'running';
    logger?.info(
      { lsId, lastLsn: store.lastLsn, appliedLsn, term: replica.view().term },
      'log stream started',
    );
    this.#input({ kind: 'tick' });
  }

  /** Hands leadership over if there is somebody to take it, lets what is being written reach the disk, and ends. */
  async stop(): Promise<void> {
    if (this.#state !== 'running') {
      this.#state = 'stopped';
      return;
    }
    const led = this.role().role === 'LEADER';
    this.setPriority({ stopping: true });
    if (led) await this.#conditions.until(() => this.#isLeavingSettled(), this.#timings.transferTimeoutMs);
    const parts = this.#parts;
    this.#end('the node is stopping');
    if (parts === undefined) return;
    await parts.persists.idle();
    await parts.meta.write({ durableLsn: parts.store.lastLsn }).catch((error: unknown) => {
      this.#options.logger?.warn({ err: error }, 'log: the mark of a clean stop could not be written');
    });
    await parts.store.close();
  }

  /** A peer's message, in the order in which they came. */
  receive(from: string, message: Message): void {
    this.#input({ kind: 'message', from, message });
  }

  /**
   * Appends a payload. Fulfilled after `apply` returned for it on this node.
   *
   * @throws ObError OB_NOT_MASTER: this node doesn't lead, nothing was appended;
   *   OB_TRANS_UNKNOWN: appended, but leadership was lost before it was applied;
   *   OB_QUEUE_OVERFLOW: too much waits already, nothing was appended
   */
  propose(payload: Uint8Array): Promise<Proposed> {
    if (!this.#mayPropose()) return Promise.reject(this.#notMaster());
    const added = this.#proposals.add(payload, this.#now().ms + this.#timings.proposeTimeoutMs);
    this.#scheduleFlush();
    return added;
  }

  role(): RoleReport {
    const parts = this.#parts;
    if (parts === undefined || this.#state !== 'running') {
      return { role: 'FOLLOWER', leader: undefined, term: this.#reported.term, serving: false };
    }
    const view = parts.replica.view();
    const leads = view.role === 'leader';
    const serving = leads && this.#isTermApplied(view) && this.#now().ms < view.leaseEndMs;
    return { role: leads ? 'LEADER' : 'FOLLOWER', leader: view.leader, term: view.term, serving };
  }

  /** @throws ObError OB_NOT_INIT before start */
  status(): LogStreamStatus {
    const { replica, store } = this.#requireParts();
    const view = replica.view();
    const nowMs = this.#now().ms;
    const { tenantId, lsId, self, members } = this.#options;
    const endLsn = Math.min(view.committedLsn, view.persistedLsn);
    const report = this.role();
    const heardMs = nowMs - (view.leaderHeardAtMs ?? Number.NEGATIVE_INFINITY);
    const connected =
      report.role === 'LEADER'
        ? nowMs < view.leaseEndMs
        : report.leader !== undefined && heardMs < this.#aliveMs;
    return {
      ...report,
      tenantId,
      lsId,
      server: self,
      proposalId: view.term,
      members,
      beginLsn: store.base.lsn + 1,
      endLsn,
      endScn: endLsn === this.#appliedLsn ? this.#appliedScn : this.#scnOf(endLsn),
      maxLsn: view.lastLsn,
      maxScn: view.lastScn,
      appliedLsn: this.#appliedLsn,
      appliedScn: this.#appliedScn,
      leaderCommittedLsn: view.leaderCommittedLsn,
      inSync: connected && this.#appliedLsn >= view.leaderCommittedLsn,
      followers: followerStatuses(view, nowMs, this.#aliveMs),
      waitingCount: this.#proposals.waitingCount,
      syncCount: store.syncCount,
    };
  }

  /**
   * Hands leadership to a member, without losing a proposal: new ones are refused, the ones under way finish first.
   *
   * @throws ObError OB_NOT_MASTER, OB_SERVER_NOT_ALIVE, OB_WAIT_LEADER_SWITCH_TIMEOUT
   */
  async transferTo(server: string): Promise<void> {
    const { self, members } = this.#options;
    if (this.role().role !== 'LEADER') throw this.#notMaster();
    if (server === self) return;
    const { replica } = this.#requireParts();
    const target = followerStatuses(replica.view(), this.#now().ms, this.#aliveMs).find(
      (each) => each.server === server,
    );
    if (target === undefined || !target.alive) {
      throw new ObError('OB_SERVER_NOT_ALIVE', [], {
        message: `${server} can't lead: it doesn't answer, or is none of ${members.join(', ')}`,
      });
    }
    this.#input({ kind: 'transfer', to: server });
    const isOver = (): boolean => this.#isTransferOver(server);
    await this.#conditions.until(
      isOver,
      this.#timings.transferTimeoutMs + this.#timings.electionTimeoutMaxMs,
    );
    if (this.role().leader === server) return;
    throw new ObError('OB_WAIT_LEADER_SWITCH_TIMEOUT', [], {
      message: `${server} didn't take over leadership in time; the leader is ${this.role().leader ?? 'unknown'}`,
    });
  }

  /** A node that is about to stop gives leadership away, and takes it only if nobody else can. */
  setPriority(priority: { stopping: boolean }): void {
    this.#input({ kind: 'stopping', stopping: priority.stopping });
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

  // From here on: one input at a time, and its output carried out before the next one.

  #input(input: Input): void {
    if (this.#state !== 'running') return;
    this.#inputs.push(input);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#step(next);
    } catch (error) {
      this.#fail(error, 'the replicated log');
    } finally {
      this.#stepping = false;
    }
    this.#conditions.check();
  }

  #step(input: Input): void {
    const { replica } = this.#requireParts();
    const now = this.#now();
    const output = replica.step(input, now);
    this.#reportRole();
    if (input.kind === 'propose') this.#onProposed(output);
    if (input.kind === 'tick') this.#proposals.rejectOverdue(now.ms);
    this.#carryOut(output, now);
  }

  #carryOut(output: Output, now: Instant): void {
    if (this.#state !== 'running') return;
    const { persists } = this.#requireParts();
    for (const { to, message } of output.announce) this.#options.send(to, message);
    const { persist, send } = output;
    if (persist !== undefined || send.length > 0) persists.push({ persist, send });
    this.#applyLsn = output.applyLsn;
    if (!this.#applyScheduled) this.#applyNext();
    this.#timer.set(output.wakeAtMs, now.ms);
  }

  #onTimer(): void {
    this.#input({ kind: 'tick' });
  }

  async #write(persist: Persist): Promise<void> {
    const { meta, store } = this.#requireParts();
    const { hardState, truncateAfterLsn } = persist;
    const durableLsn = Math.min(meta.current.durableLsn, truncateAfterLsn ?? Number.MAX_SAFE_INTEGER);
    if (hardState !== undefined || durableLsn < meta.current.durableLsn) {
      await meta.write({ hardState: hardState ?? meta.current.hardState, durableLsn });
    }
    await store.write(persist);
  }

  // Proposals: what comes in one turn, or during one fsync, is appended and sent together.

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#proposals.queuedCount === 0) return;
    if (!this.#mayPropose()) this.#proposals.rejectQueued(this.#notMaster());
    else if (!this.#requireParts().persists.writing) {
      this.#input({ kind: 'propose', payloads: this.#proposals.queuedPayloads() });
    }
  }

  #onProposed(output: Output): void {
    if (output.proposal === undefined) this.#proposals.rejectQueued(this.#notMaster());
    else this.#proposals.appended(output.proposal);
  }

  #mayPropose(): boolean {
    if (this.#state !== 'running') return false;
    const view = this.#requireParts().replica.view();
    return view.role === 'leader' && view.transfer === undefined && this.#isTermApplied(view);
  }

  /** Before that, the state machine may be older than what an earlier leader acknowledged. */
  #isTermApplied(view: ReplicaView): boolean {
    return view.termStartLsn !== undefined && this.#appliedLsn >= view.termStartLsn;
  }

  // Applying: in turns, so that a long backlog doesn't hold up heartbeats.

  #applyNext(): void {
    this.#applyScheduled = false;
    const { store } = this.#requireParts();
    const startMs = performance.now();
    while (this.#appliedLsn < this.#applyLsn) {
      if (performance.now() - startMs > applyTurnMs) {
        this.#applyScheduled = true;
        setImmediate(() => this.#applyLater());
        break;
      }
      const range = { afterLsn: this.#appliedLsn, upToLsn: this.#applyLsn, sizeMax: applyBatchSizeMax };
      for (const entry of store.entries(range)) {
        this.#apply(entry);
        if (this.#state !== 'running') return;
      }
    }
    this.#reportRole();
  }

  #applyLater(): void {
    if (this.#state !== 'running') return;
    try {
      this.#applyNext();
    } catch (error) {
      this.#fail(error, 'applying the log');
    }
    this.#conditions.check();
  }

  #apply(entry: LogEntry): void {
    const { lsn, term, scn, kind, payload } = entry;
    const resolve = this.#proposals.take(entry);
    const applied: AppliedEntry = { lsn, term, scn, kind, payload, local: resolve !== undefined };
    this.#options.apply(applied);
    this.#appliedLsn = lsn;
    this.#appliedScn = scn;
    resolve?.({ lsn, scn });
  }

  // Roles and the end.

  #reportRole(): void {
    const report = this.role();
    const before = this.#reported;
    const same =
      report.role === before.role &&
      report.leader === before.leader &&
      report.term === before.term &&
      report.serving === before.serving;
    if (same) return;
    this.#reported = report;
    const { lsId, logger } = this.#options;
    if (report.role !== before.role || report.leader !== before.leader)
      logger?.info({ lsId, ...report }, 'log stream role');
    this.#options.onRoleChange(report);
    const lost = before.role === 'LEADER' && (report.role !== 'LEADER' || report.term !== before.term);
    if (!lost) return;
    this.#proposals.rejectQueued(this.#notMaster());
    this.#proposals.rejectAppended('leadership was lost before it was applied');
  }

  #isTransferOver(target: string): boolean {
    const { role, leader } = this.role();
    if (leader === target) return true;
    if (role === 'LEADER') return this.#requireParts().replica.view().transfer === undefined;
    return leader !== undefined;
  }

  #isLeavingSettled(): boolean {
    if (this.#state !== 'running') return true;
    const { role, leader } = this.role();
    if (role === 'FOLLOWER') return leader !== undefined;
    const followers = followerStatuses(this.#requireParts().replica.view(), this.#now().ms, this.#aliveMs);
    return !followers.some((follower) => follower.alive && !follower.stopping);
  }

  get #aliveMs(): number {
    return this.#timings.heartbeatMs * 3;
  }

  #scnOf(lsn: number): bigint {
    const { store } = this.#requireParts();
    return store.entries({ afterLsn: lsn - 1, upToLsn: lsn, sizeMax: 0 })[0]?.scn ?? 0n;
  }

  #notMaster(): ObError {
    const { leader } = this.role();
    return new ObError('OB_NOT_MASTER', [], { details: { lsId: this.#options.lsId, leader } });
  }

  #requireParts(): Parts {
    if (this.#parts === undefined)
      throw new ObError('OB_NOT_INIT', [], { message: 'the log stream is not started' });
    return this.#parts;
  }

  #fail(cause: unknown, where: string): void {
    if (this.#state !== 'running') return;
    const error = isObError(cause)
      ? cause
      : new ObError('OB_IO_ERROR', [], {
          message: `log stream ${this.#options.lsId} of ${this.#options.self} failed in ${where}: ${String(cause)}; the node must stop`,
          cause,
        });
    this.#options.logger?.error({ err: error, lsId: this.#options.lsId }, 'log stream failed');
    this.#end('the node failed');
    this.#options.onFatal?.(error);
  }

  #end(why: string): void {
    this.#state = 'stopped';
    this.#timer.clear();
    this.#inputs.length = 0;
    this.#reportRole();
    this.#proposals.rejectQueued(this.#notMaster());
    this.#proposals.rejectAppended(why);
    this.#conditions.giveUp();
  }
}

interface Parts {
  readonly replica: Replica;
  readonly store: LogStore;
  readonly meta: MetaStore;
  readonly persists: PersistQueue;
}

const applyTurnMs = 10;
const applyBatchSizeMax = 1024 * 1024;

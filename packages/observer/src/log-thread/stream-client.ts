import { isObError, ObError } from '@sealane/errors';
import type { Logger } from '../logger.ts';
import type { AppliedEntry, LogStreamStatus, ProposalOrder, RoleReport } from '../replication/index.ts';
// Straight from its file: this thread needs nothing else of the log.
import { sameRole } from '../replication/role-report.ts';
import type { LogPosition } from '../snapshot/log-position.ts';
import type { TenantLog, TenantLogHooks } from '../tenant/tenant-log.ts';
import { type Channel, ownBytes } from './channel.ts';
import { entryOverheadSize } from './entry-window.ts';
import { LeaderWaiters } from './leader-waiters.ts';
import type { LeaseSlots } from './lease-slots.ts';
import type {
  LogThreadQuestions,
  MemberChange,
  QuestionName,
  StreamEvent,
  ToLogThread,
  ToSqlThread,
} from './messages.ts';
import { obError } from './plain-error.ts';

export interface StreamClientOptions {
  readonly tenantId: number;
  readonly lsId: number;
  readonly self: string;
  readonly hooks: TenantLogHooks;
  readonly channel: Pick<Channel<ToLogThread, ToSqlThread>, 'post' | 'flush'>;
  ask<Name extends QuestionName>(
    name: Name,
    argument: LogThreadQuestions[Name]['argument'],
  ): Promise<LogThreadQuestions[Name]['answer']>;
  readonly leases: LeaseSlots;
  /** The stream's place in `leases`. */
  readonly leaseIndex: number;
  readonly logger: Logger;
  /** The state machine failed: the node must end. */
  failed(error: ObError): void;
}

/**
 * A log stream as the SQL thread has it: proposes, and applies what was committed in turns, so that a long backlog doesn't
 * hold up sessions. What came of one stream takes effect in the order in which it came.
 */
export class StreamClient implements TenantLog {
  readonly #options: StreamClientOptions;
  readonly #proposals = new Map<number, Proposal>();
  readonly #leaderWaiters: LeaderWaiters;
  #lastProposalId = 0;
  /** Not yet in effect, oldest first. Bounded by the window of the log thread. */
  #events: StreamEvent[] = [];
  #nextEvent = 0;
  /** On the clock of performance.now; undefined before the first event of a turn of the event loop. */
  #turnEndMs: number | undefined;
  #scheduled = false;
  #stopped = false;
  #appliedLsn: number;
  #appliedScn = 0n;
  /** Applied, and the log thread hasn't been told. */
  #untoldSize = 0;
  /** The newest word of the log thread: entries that came before it may not be applied. */
  #latest: RoleState = { report: follower, termStartLsn: undefined };
  /** The state that the state machine has been told to be in. */
  #current: RoleState = { report: follower, termStartLsn: undefined };
  #reported: RoleReport = follower;

  constructor(options: StreamClientOptions) {
    this.#options = options;
    this.#leaderWaiters = new LeaderWaiters(options.lsId);
    this.#appliedLsn = options.hooks.appliedLsn;
  }

  role(): RoleReport {
    return this.#roleIn(this.#latest);
  }

  /**
   * Fulfilled after the entry was applied here.
   *
   * @throws ObError as LogStream.propose
   */
  propose(
    payload: Uint8Array,
    order?: ProposalOrder,
  ): Promise<{ readonly lsn: number; readonly scn: bigint }> {
    const { report, termStartLsn } = this.#latest;
    if (this.#stopped || report.role !== 'LEADER' || !this.#hasApplied(termStartLsn)) {
      const { lsId } = this.#options;
      return Promise.reject(new ObError('OB_NOT_MASTER', [], { details: { lsId, leader: report.leader } }));
    }
    const id = ++this.#lastProposalId;
    const { channel, tenantId } = this.#options;
    const bytes = ownBytes(payload);
    const proposed = { ...Promise.withResolvers<{ lsn: number; scn: bigint }>(), payload: bytes };
    this.#proposals.set(id, proposed);
    channel.post({ kind: 'propose', tenantId, id, term: report.term, order, payload: bytes });
    // Its majority takes longer than anything that could share the way to the other thread.
    channel.flush();
    return proposed.promise;
  }

  async waitForLeader(timeoutMs: number): Promise<string> {
    const { leader } = this.role();
    return leader ?? this.#leaderWaiters.next(timeoutMs);
  }

  /** As the log thread sees it, with what is applied here. @throws ObError OB_NOT_INIT before the start */
  async status(): Promise<LogStreamStatus> {
    const status = await this.#options.ask('status', { tenantId: this.#options.tenantId });
    return {
      ...status,
      serving: this.role().serving,
      appliedLsn: this.#appliedLsn,
      appliedScn: this.#appliedScn,
      inSync: status.connected && this.#appliedLsn >= status.leaderCommittedLsn,
    };
  }

  /** @throws ObError as LogStream.transferTo */
  async transferTo(server: string): Promise<void> {
    await this.#options.ask('transfer', { tenantId: this.#options.tenantId, to: server });
  }

  /** @throws ObError OB_ENTRY_NOT_EXIST when the log doesn't have the entry (any more) */
  async position(lsn: number): Promise<LogPosition> {
    return this.#options.ask('position', { tenantId: this.#options.tenantId, lsn });
  }

  /** The state machine has everything up to there by another way. Fulfilled when the log on disk begins there. */
  async resetTo(position: LogPosition): Promise<void> {
    this.#appliedLsn = Math.max(this.#appliedLsn, position.lsn);
    await this.#options.ask('reset', { tenantId: this.#options.tenantId, position });
  }

  async installFailed(): Promise<void> {
    await this.#options.ask('install-failed', { tenantId: this.#options.tenantId });
  }

  /** Frees entries up to `lsn` that the state machine has durably. */
  async truncateBefore(lsn: number): Promise<void> {
    await this.#options.ask('truncate', { tenantId: this.#options.tenantId, lsn });
  }

  /** Fulfilled when the change is under way. @throws ObError why not: OB_NOT_MASTER, OB_EAGAIN and others */
  async changeMembers(change: MemberChange): Promise<void> {
    await this.#options.ask('change-members', { tenantId: this.#options.tenantId, ...change });
  }

  setPriority({ stopping }: { stopping: boolean }): void {
    const { channel, tenantId } = this.#options;
    channel.post({ kind: 'priority', tenantId, stopping });
  }

  /** From the log thread, in order. */
  receive(event: StreamEvent): void {
    if (this.#stopped) return;
    if (event.kind === 'role') {
      const { report, termStartLsn } = event;
      this.#latest = { report, termStartLsn };
      if (report.leader !== undefined) this.#leaderWaiters.tell(report.leader);
    }
    this.#events.push(event);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // When all that came in one piece is here, and before anything else: a single commit waits for nothing.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  /** Nothing is applied any more; what waits is unknown. */
  stop(error: ObError): void {
    this.#stopped = true;
    this.#latest = { report: { ...this.#latest.report, role: 'FOLLOWER' }, termStartLsn: undefined };
    this.#events = [];
    this.#nextEvent = 0;
    for (const { reject } of this.#proposals.values()) reject(error);
    this.#proposals.clear();
  }

  /** Works for a while in each turn of the event loop, however many events come in it; the rest waits for the next. */
  #turn(): void {
    if (this.#turnEndMs === undefined) {
      this.#turnEndMs = performance.now() + turnMs;
      setImmediate(() => {
        this.#turnEndMs = undefined;
        if (this.#nextEvent < this.#events.length) this.#turn();
      });
    }
    try {
      this.#work(this.#turnEndMs);
    } catch (error) {
      this.#fail(error);
    }
  }

  #work(endMs: number): void {
    while (this.#nextEvent < this.#events.length && !this.#stopped && performance.now() <= endMs) {
      const events = this.#takeEntries();
      if (events.length > 0) this.#apply(events);
      else this.#handle(this.#events[this.#nextEvent++]);
    }
    if (this.#nextEvent >= compactMin) this.#compact();
    this.#report();
  }

  /** Those that stand together share a COMMIT, within bounds: sessions wait meanwhile. */
  #takeEntries(): EntryEvent[] {
    const events: EntryEvent[] = [];
    for (let size = 0; events.length < batchCountMax && size < batchSizeMax; ) {
      const event = this.#events[this.#nextEvent];
      if (event?.kind !== 'entry' && event?.kind !== 'own') break;
      this.#nextEvent++;
      events.push(event);
      size += event.kind === 'entry' ? event.entry.payload.length : 0;
    }
    return events;
  }

  #handle(event: StreamEvent | undefined): void {
    switch (event?.kind) {
      case 'role':
        this.#current = { report: event.report, termStartLsn: event.termStartLsn };
        this.#report();
        break;
      case 'install':
        this.#options.hooks.install?.(event.request);
        break;
      case 'disk':
        this.#options.hooks.onDiskEvent?.(event.event);
        break;
      case 'proposed':
        this.#committed(event);
        break;
      case 'rejected':
        this.#take(event.id)?.reject(obError(event.error));
    }
  }

  #apply(events: readonly EntryEvent[]): void {
    const entries = events.map((event) => this.#entryOf(event));
    this.#options.hooks.applyAll(entries);
    for (const { lsn, scn, payload } of entries) {
      if (lsn > this.#appliedLsn) {
        this.#appliedLsn = lsn;
        this.#appliedScn = scn;
      }
      this.#untoldSize += payload.length + entryOverheadSize;
    }
    for (const event of events) if (event.kind === 'own') this.#committed(event);
    if (this.#untoldSize < tellSizeMin) return;
    const { channel, tenantId } = this.#options;
    channel.post({ kind: 'applied', tenantId, size: this.#untoldSize });
    this.#untoldSize = 0;
  }

  #entryOf(event: EntryEvent): AppliedEntry {
    if (event.kind === 'entry') return event.entry;
    const { id, lsn, term, scn } = event;
    const payload = this.#proposals.get(id)?.payload;
    if (payload === undefined) throw new Error(`entry ${lsn} is of a proposal that nobody made`);
    return { lsn, term, scn, kind: 'data', payload, local: true };
  }

  #committed({ id, lsn, scn }: { readonly id: number; readonly lsn: number; readonly scn: bigint }): void {
    this.#take(id)?.resolve({ lsn, scn });
  }

  #take(id: number): Proposal | undefined {
    const found = this.#proposals.get(id);
    this.#proposals.delete(id);
    return found;
  }

  #roleIn({ report, termStartLsn }: RoleState): RoleReport {
    const { leases, leaseIndex } = this.#options;
    const serving =
      report.role === 'LEADER' && this.#hasApplied(termStartLsn) && leases.holds(leaseIndex, report.term);
    return { ...report, serving };
  }

  #hasApplied(lsn: number | undefined): boolean {
    return lsn !== undefined && this.#appliedLsn >= lsn;
  }

  #report(): void {
    const report = this.#roleIn(this.#current);
    if (sameRole(report, this.#reported)) return;
    this.#reported = report;
    this.#options.hooks.onRoleChange(report);
  }

  #compact(): void {
    this.#events = this.#events.slice(this.#nextEvent);
    this.#nextEvent = 0;
  }

  #fail(cause: unknown): void {
    const { lsId, self, logger } = this.#options;
    const message = `log stream ${lsId} of ${self} failed: ${String(cause)}; the node must stop`;
    const error = isObError(cause) ? cause : new ObError('OB_IO_ERROR', [], { message, cause });
    logger.error({ err: error, lsId }, 'log stream failed');
    this.stop(error);
    this.#options.failed(error);
  }
}

interface Proposal extends PromiseWithResolvers<{ lsn: number; scn: bigint }> {
  readonly payload: Uint8Array;
}

type EntryEvent = Extract<StreamEvent, { kind: 'entry' | 'own' }>;

interface RoleState {
  readonly report: RoleReport;
  readonly termStartLsn: number | undefined;
}

const follower: RoleReport = { role: 'FOLLOWER', leader: undefined, term: 0, serving: false };
const turnMs = 10;
/** A COMMIT costs as much as a few entries; with so many it hardly shows, and they take well under a turn. */
const batchCountMax = 32;
const batchSizeMax = 256 * 1024;
/** Events that are done are thrown away this many at a time. */
const compactMin = 512;
/** The log thread is told of applied bytes this many at a time; well under its window. */
const tellSizeMin = 1024 * 1024;

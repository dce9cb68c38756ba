import { ObError } from '@sealane/errors';
import type {
  AppliedEntry,
  ProposalOrder,
  RoleReport,
  TenantLog,
  TenantLogHooks,
} from '../../src/tenant/tenant-log.ts';

interface StoredEntry {
  readonly lsn: number;
  readonly term: number;
  readonly kind: AppliedEntry['kind'];
  readonly payload: Uint8Array;
}

/**
 * Log streams of one tenant in one process, without disks and clocks: it obeys the contract of LogStream, and a test
 * says when a leader is elected, deposed or can't reach a majority.
 */
export class MemoryLogCluster {
  readonly #members = new Map<string, MemoryLog>();
  /** Committed entries, in order. */
  readonly #committed: StoredEntry[] = [];
  #term = 0;
  #leader: MemoryLog | undefined;
  /** Appended on the leader, and no majority has it. */
  #stalled: StoredEntry[] = [];
  stalling = false;

  join(self: string, hooks: TenantLogHooks): MemoryLog {
    const log = new MemoryLog(self, hooks, this);
    this.#members.set(self, log);
    return log;
  }

  leave(self: string): void {
    if (this.#leader?.self === self) this.depose();
    this.#members.delete(self);
  }

  get term(): number {
    return this.#term;
  }

  get leader(): MemoryLog | undefined {
    return this.#leader;
  }

  /** What is appended on the leader and not committed. */
  get stalledCount(): number {
    return this.#stalled.length;
  }

  /**
   * Makes a node the leader, which serves at once, unless it is to wait for `serve`; what was stalled on the old one is
   * lost, unless it is kept.
   */
  elect(self: string, options: { readonly keepStalled?: boolean; readonly serves?: boolean } = {}): void {
    if (options.keepStalled === true) this.#committed.push(...this.#stalled);
    this.#stalled = [];
    this.stalling = false;
    const before = this.#leader;
    this.#term++;
    this.#leader = undefined;
    before?.lost();
    const next = this.#members.get(self);
    if (next === undefined) throw new Error(`${self} is no member`);
    this.#leader = next;
    for (const member of this.#members.values()) if (member !== next) member.report();
    next.report();
    this.#committed.push({
      lsn: this.#committed.length + 1,
      term: this.#term,
      kind: 'noop',
      payload: new Uint8Array(),
    });
    this.catchUp();
    if (options.serves !== false) next.serve();
  }

  /** Nobody leads now. */
  depose(): void {
    const before = this.#leader;
    this.#leader = undefined;
    before?.lost();
    for (const member of this.#members.values()) member.report();
  }

  append(payload: Uint8Array): StoredEntry {
    const entry: StoredEntry = {
      lsn: this.#committed.length + this.#stalled.length + 1,
      term: this.#term,
      kind: 'data',
      payload,
    };
    if (this.stalling) this.#stalled.push(entry);
    else this.#committed.push(entry);
    return entry;
  }

  /** The majority is back: what waited is committed. */
  resume(): void {
    this.stalling = false;
    this.#committed.push(...this.#stalled);
    this.#stalled = [];
    this.catchUp();
  }

  catchUp(): void {
    for (const member of this.#members.values()) if (!member.isPaused) member.applyFrom(this.#committed);
  }
}

/** One member's log. */
export class MemoryLog implements TenantLog {
  readonly self: string;
  readonly #hooks: TenantLogHooks;
  readonly #cluster: MemoryLogCluster;
  #appliedLsn: number;
  #serving = false;
  #brokenRound = 0;
  #waiting: {
    lsn: number;
    resolve: (at: { lsn: number; scn: bigint }) => void;
    reject: (error: ObError) => void;
  }[] = [];
  /** A follower that hears nothing for a while. */
  isPaused = false;
  /** Takes no proposals, as while leadership is handed over. */
  refuses = false;

  constructor(self: string, hooks: TenantLogHooks, cluster: MemoryLogCluster) {
    this.self = self;
    this.#hooks = hooks;
    this.#cluster = cluster;
    this.#appliedLsn = hooks.appliedLsn;
  }

  role(): RoleReport {
    const leads = this.#cluster.leader === this;
    return {
      role: leads ? 'LEADER' : 'FOLLOWER',
      leader: this.#cluster.leader?.self,
      term: this.#cluster.term,
      serving: leads && this.#serving,
    };
  }

  async propose(payload: Uint8Array, order?: ProposalOrder): Promise<{ lsn: number; scn: bigint }> {
    if (!this.role().serving || this.refuses || this.#isOutOfOrder(order)) {
      this.#brokenRound = Math.max(this.#brokenRound, order?.round ?? 0);
      throw new ObError('OB_NOT_MASTER');
    }
    const { lsn } = this.#cluster.append(payload);
    const applied = new Promise<{ lsn: number; scn: bigint }>((resolve, reject) => {
      this.#waiting.push({ lsn, resolve, reject });
    });
    setImmediate(() => this.#cluster.catchUp());
    return applied;
  }

  async waitForLeader(): Promise<string> {
    const { leader } = this.role();
    if (leader === undefined) throw new ObError('OB_LEADER_NOT_EXIST');
    return leader;
  }

  #isOutOfOrder(order: ProposalOrder | undefined): boolean {
    if (order === undefined) return false;
    return order.term !== this.role().term || order.round <= this.#brokenRound;
  }

  /** As when no majority confirms in time: the proposal may still be committed later. */
  giveUpWaiting(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new ObError('OB_TRANS_UNKNOWN'));
  }

  applyFrom(committed: readonly StoredEntry[]): void {
    for (const entry of committed.slice(this.#appliedLsn)) {
      const waiting = this.#waiting.find(({ lsn }) => lsn === entry.lsn);
      this.#appliedLsn = entry.lsn;
      this.#hooks.apply({ ...entry, scn: BigInt(entry.lsn), local: waiting !== undefined });
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      waiting?.resolve({ lsn: entry.lsn, scn: BigInt(entry.lsn) });
    }
  }

  report(): void {
    this.#hooks.onRoleChange(this.role());
  }

  serve(): void {
    this.#serving = true;
    this.report();
  }

  lost(): void {
    this.#serving = false;
    this.report();
    this.giveUpWaiting();
  }
}

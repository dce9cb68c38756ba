import { ObError } from '@sealane/errors';
import type {
  AppliedEntry,
  ProposalOrder,
  RoleReport,
  TenantLog,
  TenantLogHooks,
} from '../../src/tenant/tenant-log.ts';

interface Proposal {
  readonly payload: Uint8Array;
  readonly resolve: (at: { lsn: number; scn: bigint }) => void;
  readonly reject: (error: ObError) => void;
}

interface Appended extends Pick<AppliedEntry, 'lsn' | 'term' | 'kind' | 'payload'> {
  readonly proposal: Proposal | undefined;
}

/**
 * One member's log of which a test decides each step: what is appended, what a majority has, what is lost. It
 * obeys the contract of TenantLog, and nothing more.
 */
export class ScriptedLog implements TenantLog {
  readonly #hooks: TenantLogHooks;
  /** Everything that will ever be true, from LSN 1 on. */
  readonly committed: AppliedEntry[] = [];
  #queued: Proposal[] = [];
  #appended: Appended[] = [];
  #delivered = 0;
  #term = 1;
  #leads = false;
  #lastRound = 0;
  #brokenRound = 0;

  constructor(hooks: TenantLogHooks) {
    this.#hooks = hooks;
  }

  get queuedCount(): number {
    return this.#queued.length;
  }

  get appendedCount(): number {
    return this.#appended.length;
  }

  role(): RoleReport {
    const role = this.#leads ? 'LEADER' : 'FOLLOWER';
    return { role, leader: this.#leads ? 'self' : undefined, term: this.#term, serving: this.#leads };
  }

  propose(payload: Uint8Array, order?: ProposalOrder): Promise<{ lsn: number; scn: bigint }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ lsn: number; scn: bigint }>();
    this.#lastRound = Math.max(this.#lastRound, order?.round ?? 0);
    const inOrder = order === undefined || (order.term === this.#term && order.round > this.#brokenRound);
    if (this.#leads && inOrder) {
      this.#queued.push({ payload, resolve, reject });
    } else {
      this.#break();
      reject(new ObError('OB_NOT_MASTER'));
    }
    return promise;
  }

  async waitForLeader(): Promise<string> {
    return 'self';
  }

  elect(): void {
    this.#term++;
    this.#leads = true;
    this.commitForeign([{ kind: 'noop', payload: new Uint8Array() }]);
    this.#hooks.onRoleChange(this.role());
  }

  /** Some of what waits to be appended is. */
  append(count: number): void {
    for (const proposal of this.#queued.splice(0, count)) {
      this.#appended.push({ ...this.#next(), kind: 'data', payload: proposal.payload, proposal });
    }
  }

  /** An entry of the log itself, among the others. */
  appendMembers(): void {
    const payload = new TextEncoder().encode('["self"]');
    this.#appended.push({ ...this.#next(), kind: 'members', payload, proposal: undefined });
  }

  /** A majority has some of what is appended. */
  commit(count: number): void {
    const appended = this.#appended.splice(0, count);
    this.#deliver(
      appended.map(({ proposal, ...entry }) => ({ ...entry, scn: 0n, local: proposal !== undefined })),
    );
    for (const { lsn, proposal } of appended) proposal?.resolve({ lsn, scn: 0n });
  }

  /** Nothing of what waits to be appended will be. */
  refuse(error: ObError): void {
    if (this.#queued.length === 0) return;
    this.#break();
    for (const { reject } of this.#queued.splice(0)) reject(error);
  }

  /** Those who wait for a majority are told that nobody knows; it may come all the same. */
  giveUpWaiting(): void {
    for (const { proposal } of this.#appended) proposal?.reject(new ObError('OB_TRANS_UNKNOWN'));
  }

  /** Leadership is lost. The next leader has `kept` of the entries that no majority confirmed. */
  depose(kept: number): void {
    const appended = this.#appended;
    this.#appended = [];
    this.#leads = false;
    this.#term++;
    this.#hooks.onRoleChange(this.role());
    this.refuse(new ObError('OB_NOT_MASTER'));
    for (const { proposal } of appended) proposal?.reject(new ObError('OB_TRANS_UNKNOWN'));
    this.commitForeign(appended.slice(0, kept));
  }

  /** Committed under another leader. */
  commitForeign(entries: readonly Pick<AppliedEntry, 'kind' | 'payload'>[]): void {
    this.#deliver(
      entries.map(({ kind, payload }, index) => {
        const { lsn, term } = this.#next();
        return { lsn: lsn + index, term, scn: 0n, kind, payload, local: false };
      }),
    );
  }

  #deliver(entries: readonly AppliedEntry[]): void {
    this.committed.push(...entries);
    this.#delivered += entries.length;
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) this.#hooks.apply(only);
    else this.#hooks.applyAll(entries);
  }

  #next(): { lsn: number; term: number } {
    return { lsn: this.#delivered + this.#appended.length + 1, term: this.#term };
  }

  #break(): void {
    this.#brokenRound = this.#lastRound;
  }
}

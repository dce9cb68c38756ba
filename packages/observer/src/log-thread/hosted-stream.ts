import type { Message } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import type { Logger } from '../logger.ts';
import {
  type AppliedEntry,
  encodeMessage,
  type Lease,
  LogStream,
  type LogStreamOptions,
  messagePcodes,
} from '../replication/index.ts';
import type { LogPosition } from '../snapshot/log-position.ts';
import type { Channel } from './channel.ts';
import { entryOverheadSize, entryWindowSize } from './entry-window.ts';
import type { LeaseSlots } from './lease-slots.ts';
import type { HostedStreamFacts, MemberChange, ToLogThread, ToSqlThread } from './messages.ts';
import { plainError } from './plain-error.ts';

export interface HostedStreamOptions {
  readonly facts: HostedStreamFacts;
  readonly self: string;
  readonly appliedLsn: number;
  readonly installed: LogPosition | undefined;
  readonly channel: Pick<Channel<ToSqlThread, ToLogThread>, 'post' | 'flush'>;
  readonly leases: LeaseSlots;
  /** The stream's place in `leases`. */
  readonly leaseIndex: number;
  readonly mesh: {
    post(server: string, pcode: number, body: unknown, options: { readonly tenantId: number }): boolean;
  };
  readonly logger: Logger;
  /** For simulations: another world, and other sizes and waits. */
  readonly log?: Partial<LogStreamOptions>;
  failed(error: ObError): void;
}

/** A log stream on the log thread: its state machine is on the other one. */
export class HostedStream {
  readonly log: LogStream;
  readonly #options: HostedStreamOptions;
  #unappliedSize = 0;
  /** By payload: as long as the log has it in memory, it is the very same, and the SQL thread has it too. */
  readonly #proposed = new Map<Uint8Array, number>();

  constructor(options: HostedStreamOptions) {
    const { facts, self, appliedLsn, installed, mesh, logger } = options;
    this.#options = options;
    this.log = new LogStream({
      ...options.log,
      ...facts,
      self,
      appliedLsn,
      installed,
      logger,
      send: (to, message: Message) => {
        mesh.post(to, messagePcodes[message.kind], encodeMessage(facts.lsId, message), facts);
      },
      apply: (entry) => this.#deliver(entry),
      mayApply: () => this.#unappliedSize < entryWindowSize,
      onLease: (lease) => this.#writeLease(lease),
      onRoleChange: (report) =>
        options.channel.post({
          kind: 'role',
          tenantId: facts.tenantId,
          report,
          termStartLsn: this.log.termStartLsn,
        }),
      install: (request) => options.channel.post({ kind: 'install', tenantId: facts.tenantId, request }),
      onDiskEvent: (event) => options.channel.post({ kind: 'disk', tenantId: facts.tenantId, event }),
      onFatal: (error) => options.failed(error),
    });
  }

  propose(proposal: Extract<ToLogThread, { kind: 'propose' }>): void {
    const { facts, channel } = this.#options;
    const { tenantId } = facts;
    const { id, payload } = proposal;
    this.#proposed.set(payload, id);
    this.#append(proposal).then(
      ({ lsn, scn }) => {
        if (this.#proposed.delete(payload)) channel.post({ kind: 'proposed', tenantId, id, lsn, scn });
      },
      (error: unknown) => {
        this.#proposed.delete(payload);
        channel.post({ kind: 'rejected', tenantId, id, error: plainError(error) });
      },
    );
  }

  /** @throws ObError why not; fulfilled when it is under way */
  async changeMembers({ add, remove }: MemberChange): Promise<void> {
    if (add !== undefined) await this.log.addMember(add);
    else if (remove !== undefined) await this.log.removeMember(remove);
  }

  /** The SQL thread has applied entries. */
  applied(size: number): void {
    const wasFull = this.#unappliedSize >= entryWindowSize;
    this.#unappliedSize -= size;
    if (wasFull && this.#unappliedSize < entryWindowSize) this.log.resumeApplying();
  }

  #append({
    term,
    order,
    payload,
  }: Extract<ToLogThread, { kind: 'propose' }>): Promise<{ lsn: number; scn: bigint }> {
    const role = this.log.role();
    if (order !== undefined || role.term === term) return this.log.propose(payload, order);
    // The SQL thread doesn't know yet that the term it means is over.
    const details = { lsId: this.#options.facts.lsId, leader: role.leader };
    return Promise.reject(new ObError('OB_NOT_MASTER', [], { details }));
  }

  #deliver(entry: AppliedEntry): void {
    const { facts, channel } = this.#options;
    this.#unappliedSize += entry.payload.length + entryOverheadSize;
    const id = this.#proposed.get(entry.payload);
    if (id !== undefined) {
      this.#proposed.delete(entry.payload);
      const { lsn, term, scn } = entry;
      channel.post({ kind: 'own', tenantId: facts.tenantId, id, lsn, term, scn });
      // Clients wait for it: before what else the other nodes have sent, but with all that was committed by the same word.
      queueMicrotask(() => channel.flush());
      return;
    }
    // A copy: the log keeps its entries for slow followers.
    const payload = new Uint8Array(entry.payload);
    channel.post({ kind: 'entry', tenantId: facts.tenantId, entry: { ...entry, payload } }, payload);
  }

  #writeLease({ term, endMs }: Lease): void {
    const { leases, leaseIndex } = this.#options;
    leases.write(leaseIndex, term, leaseEndNs(endMs - performance.now()));
  }
}

/** On the clock of `process.hrtime`: each thread has its own zero of `performance.now`. A node alone leads for ever. */
function leaseEndNs(leftMs: number): bigint {
  if (leftMs <= 0) return 0n;
  const cappedMs = Math.min(leftMs, foreverMs);
  return process.hrtime.bigint() + BigInt(Math.floor(cappedMs * 1e6));
}

const foreverMs = 100 * 365 * 86_400_000;

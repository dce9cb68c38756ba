import { ObError } from '@sealane/errors';

export interface Proposed {
  readonly lsn: number;
  readonly scn: bigint;
}

/** Proposals that build on one another: each was executed on top of those before it. */
export interface ProposalOrder {
  /** The term in which they were executed; in any other one nothing of them is appended. */
  readonly term: number;
  /** Grows from round to round. Where a proposal isn't appended, none that comes later in its round is. */
  readonly round: number;
}

interface Proposal {
  readonly payload: Uint8Array;
  readonly order: ProposalOrder | undefined;
  readonly deadlineMs: number;
  readonly resolve: (proposed: Proposed) => void;
  readonly reject: (error: ObError) => void;
}

/** Proposals of this node: those not appended yet, and those appended that wait to be applied. Both are bounded. */
export class Proposals {
  readonly #countMax: number;
  readonly #sizeMax: number;
  #queued: Proposal[] = [];
  #size = 0;
  /** The last round of which something wasn't appended. */
  #brokenRound = 0;
  /** By LSN, in the order of the LSNs. */
  readonly #appended = new Map<number, Proposal & { readonly term: number }>();

  constructor(bounds: { countMax: number; sizeMax: number }) {
    this.#countMax = bounds.countMax;
    this.#sizeMax = bounds.sizeMax;
  }

  get queuedCount(): number {
    return this.#queued.length;
  }

  get waitingCount(): number {
    return this.#queued.length + this.#appended.size;
  }

  add(payload: Uint8Array, deadlineMs: number, order?: ProposalOrder): Promise<Proposed> {
    if (order !== undefined && order.round <= this.#brokenRound) return this.refuse(outOfOrder(), order);
    const full = this.waitingCount >= this.#countMax || this.#size + payload.length > this.#sizeMax;
    if (full && this.waitingCount > 0) return this.refuse(this.#overflow(), order);
    this.#size += payload.length;
    return new Promise((resolve, reject) =>
      this.#queued.push({ payload, order, deadlineMs, resolve, reject }),
    );
  }

  /** Doesn't take a proposal, and so none that builds on it. */
  refuse(error: ObError, order: ProposalOrder | undefined): Promise<never> {
    this.#breakRound(order);
    return Promise.reject(error);
  }

  queuedPayloads(): readonly Uint8Array[] {
    return this.#queued.map((proposal) => proposal.payload);
  }

  /** Everything queued was appended, under these LSNs. */
  appended(entries: readonly { lsn: number; term: number }[]): void {
    const queued = this.#queued;
    this.#queued = [];
    for (const [index, proposal] of queued.entries()) {
      const entry = entries[index];
      if (entry !== undefined) this.#appended.set(entry.lsn, { ...proposal, term: entry.term });
    }
  }

  /** @returns what was proposed, with the way to say that it is applied, if its proposal still waits */
  take(entry: { lsn: number; term: number }): Pick<Proposal, 'payload' | 'resolve'> | undefined {
    const proposal = this.#appended.get(entry.lsn);
    if (proposal === undefined || proposal.term !== entry.term) return undefined;
    this.#appended.delete(entry.lsn);
    this.#size -= proposal.payload.length;
    return proposal;
  }

  /** Nothing of this was appended: whoever asked may go to the leader. */
  rejectQueued(error: ObError): void {
    const queued = this.#queued;
    this.#queued = [];
    for (const proposal of queued) {
      this.#breakRound(proposal.order);
      this.#fail(proposal, error);
    }
  }

  /** Leadership is lost: what was appended may or may not be committed by the next leader. */
  rejectAppended(why: string): void {
    for (const [lsn, proposal] of [...this.#appended]) {
      this.#appended.delete(lsn);
      this.#fail(proposal, unknownResult(lsn, why));
    }
  }

  rejectOverdue(nowMs: number): void {
    if ((this.#queued[0]?.deadlineMs ?? nowMs + 1) <= nowMs) this.rejectQueued(notAppended());
    for (const [lsn, proposal] of this.#appended) {
      if (proposal.deadlineMs > nowMs) break;
      this.#appended.delete(lsn);
      this.#fail(proposal, unknownResult(lsn, 'no majority confirmed it in time'));
    }
  }

  #breakRound(order: ProposalOrder | undefined): void {
    if (order !== undefined) this.#brokenRound = Math.max(this.#brokenRound, order.round);
  }

  #overflow(): ObError {
    return new ObError('OB_QUEUE_OVERFLOW', [], {
      message: `${this.waitingCount} entries of ${this.#size} bytes wait for the log already; try again`,
    });
  }

  #fail(proposal: Proposal, error: ObError): void {
    this.#size -= proposal.payload.length;
    proposal.reject(error);
  }
}

/** It may be executed again, here or wherever somebody leads. */
function outOfOrder(): ObError {
  return new ObError('OB_NOT_MASTER', [], {
    message: 'The log did not take what this was executed on top of; nothing was appended',
  });
}

function notAppended(): ObError {
  return new ObError('OB_EAGAIN', [], {
    message: 'Try again: the disk of the log is busy with what came before; nothing was appended',
  });
}

function unknownResult(lsn: number, why: string): ObError {
  return new ObError('OB_TRANS_UNKNOWN', [], {
    message: `Transaction result is unknown: log entry ${lsn} was appended, but ${why}`,
    details: { lsn },
  });
}

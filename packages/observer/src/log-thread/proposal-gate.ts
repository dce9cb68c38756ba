import { ObError } from '@sealane/errors';
import type { ProposalOrder } from '../replication/index.ts';
import type { ToLogThread } from './messages.ts';

type Proposal = Extract<ToLogThread, { kind: 'propose' }>;

export interface ProposalGateEffects {
  post(proposal: Proposal): void;
  /** It was never passed on. */
  refuse(id: number, error: ObError): void;
}

/**
 * Passes proposals on to the log thread, one load at a time: what comes while one is on its way to a majority gathers, and
 * goes together when that is answered. The disk would not take it earlier, and each load costs messages and wakes threads.
 * Whoever is alone waits for nothing.
 */
export class ProposalGate {
  readonly #effects: ProposalGateEffects;
  #held: Proposal[] = [];
  #heldSize = 0;
  #unansweredCount = 0;
  /** This turn of the event loop has let somebody through: whoever comes in it may follow. */
  #open = false;
  /** Rounds of which something held was refused: what follows in them is too. */
  #brokenRound = 0;

  constructor(effects: ProposalGateEffects) {
    this.#effects = effects;
  }

  propose(proposal: Proposal): void {
    if (isOf(proposal, this.#brokenRound)) {
      this.#refuse(proposal);
      return;
    }
    if (this.#unansweredCount === 0) this.#openForThisTurn();
    if (this.#open) {
      this.#post(proposal);
      return;
    }
    this.#held.push(proposal);
    this.#heldSize += proposal.payload.length;
    if (this.#heldSize >= heldSizeMax) this.#release();
  }

  /** One that was passed on has come to its end. */
  answered(outcome: 'committed' | 'rejected'): void {
    this.#unansweredCount--;
    // Those that wait were executed on top of it.
    if (outcome === 'rejected') this.#refuseHeld();
    else if (this.#unansweredCount === 0) this.#release();
  }

  #openForThisTurn(): void {
    this.#open = true;
    setImmediate(() => {
      this.#open = false;
    });
  }

  #release(): void {
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#forgetHeld();
    this.#openForThisTurn();
    for (const proposal of held) this.#post(proposal);
  }

  #post(proposal: Proposal): void {
    this.#unansweredCount++;
    this.#effects.post(proposal);
  }

  #refuseHeld(): void {
    const held = this.#held;
    this.#forgetHeld();
    for (const proposal of held) this.#refuse(proposal);
  }

  #forgetHeld(): void {
    this.#held = [];
    this.#heldSize = 0;
  }

  #refuse({ id, order }: Proposal): void {
    this.#brokenRound = Math.max(this.#brokenRound, order?.round ?? 0);
    const message = 'The log did not take what this was executed on top of; nothing was appended';
    this.#effects.refuse(id, new ObError('OB_NOT_MASTER', [], { message }));
  }
}

function isOf({ order }: { readonly order: ProposalOrder | undefined }, brokenRound: number): boolean {
  return order !== undefined && order.round <= brokenRound;
}

/** More than this is worth a write of its own. */
const heldSizeMax = 256 * 1024;

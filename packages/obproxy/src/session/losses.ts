import { ObError } from '@sealane/errors';
import { commandCode } from '@sealane/mysql-protocol';
import type { Need, SessionLinks } from './session-links.ts';
import type { SessionState } from './session-state.ts';

/** What a session has lost with a server, until its client has been told: once. */
export class Losses {
  readonly #state: SessionState;
  #pin = false;

  constructor(state: SessionState) {
    this.#state = state;
  }

  /** Locks or the like are gone, and the client hasn't been told. */
  get pin(): boolean {
    return this.#pin;
  }

  pinIsLost(): void {
    this.#pin = true;
  }

  /** Of another user nothing is lost. */
  forget(): void {
    this.#pin = false;
  }

  /** @throws ObError OB_TRANS_KILLED, OB_ERR_SESSION_INTERRUPTED: the command relies on what is gone */
  check({ kind, command }: Need, links: SessionLinks): void {
    const transaction = this.#state.inTransaction && !links.holding;
    const pin = this.#pin;
    if (!transaction && !pin) return;
    this.#state.lost();
    this.#pin = false;
    const isWanted = kind.undoes && (!pin || command[0] === commandCode.COM_RESET_CONNECTION);
    if (isWanted) return;
    throw transaction ? transactionKilled() : pinLost();
  }

  /** A server was lost while it was made ready. @returns what to say instead, where it held something */
  whileSettling(error: unknown, links: SessionLinks): unknown {
    if (links.holding) return error;
    const pin = links.pinned;
    links.pinned = false;
    if (this.#state.inTransaction) {
      this.#state.lost();
      return transactionKilled();
    }
    return pin ? pinLost() : error;
  }

  /** @returns whether the statement may go to another server where its answer got lost */
  allowAgain({ kind }: Need): boolean {
    return this.#state.inTransaction || this.#pin ? kind.undoes : kind.repeatable;
  }

  /** A statement was sent, and its server is gone. @param begun  something of its answer has gone to the client */
  ofStatement({ kind }: Need, server: string, begun: boolean): ObError {
    // Nothing of it counts without a COMMIT.
    const transaction = this.#state.inTransaction || !this.#state.autocommit;
    const pin = this.#pin;
    this.#state.lost();
    this.#pin = false;
    if (transaction && !kind.mayCommit) return transactionKilled();
    const hasDoneNothing = kind.repeatable && !transaction;
    if (hasDoneNothing && pin) return pinLost();
    if (hasDoneNothing && begun) {
      return new ObError('OB_CONNECT_ERROR', [], {
        message: `Connect error: ${server} was lost in the middle of its answer; run the statement again`,
      });
    }
    return new ObError('OB_TRANS_UNKNOWN', [], {
      message: `Transaction result is unknown: ${server} was lost before it answered; look whether the statement took effect`,
    });
  }
}

function transactionKilled(): ObError {
  return new ObError('OB_TRANS_KILLED', [], {
    message: 'Transaction is killed: its server is gone, and all of it is rolled back; begin it again',
  });
}

function pinLost(): ObError {
  return new ObError('OB_ERR_SESSION_INTERRUPTED', [], {
    message:
      'Session interrupted: its server is gone, and with it the locks or temporary tables that only it had; make them again',
  });
}

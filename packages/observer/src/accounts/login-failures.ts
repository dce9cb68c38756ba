import type { AccountRow } from './account-row.ts';
import { shortText } from './short-text.ts';

/** OceanBase's parameters connection_control_…; delays in milliseconds. */
export interface FailureControl {
  /** Failures in a row that change nothing; 0: nothing ever changes. */
  readonly threshold: number;
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
}

interface Failures {
  count: number;
  /** Milliseconds since 1970. */
  lastAt: number;
  /** What was kept of the password: an account that got another starts anew. */
  kept: string;
}

/**
 * Failed logins in a row, and how long the account stays closed after them: a second for each one over the threshold, between the
 * least and the most delay. Names that are no accounts count in the same way, in a book of their own, which guessers can't use to push accounts out.
 */
export class LoginFailures {
  readonly #accounts = new Map<string, Failures>();
  readonly #strangers = new Map<string, Failures>();
  readonly #now: () => number;
  #threshold = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Whether the account is closed for a while. A changed threshold forgets all failures. */
  closed(key: FailureKey, control: FailureControl): boolean {
    if (control.threshold !== this.#threshold) {
      this.#threshold = control.threshold;
      this.#accounts.clear();
      this.#strangers.clear();
    }
    const failures = this.#book(key).get(textOf(key));
    if (control.threshold === 0 || failures === undefined || failures.kept !== key.account.kept) return false;
    if (failures.count < control.threshold) return false;
    const over = (failures.count - control.threshold + 1) * 1000;
    const delayMs = Math.min(Math.max(over, control.delayMinMs), control.delayMaxMs);
    return this.#now() < failures.lastAt + delayMs;
  }

  failed(key: FailureKey, { threshold }: FailureControl): void {
    if (threshold === 0) return;
    const book = this.#book(key);
    const text = textOf(key);
    const { kept } = key.account;
    const before = book.get(text);
    const count = before?.kept === kept ? before.count + 1 : 1;
    book.delete(text);
    book.set(text, { count, lastAt: this.#now(), kept });
    const [oldest] = book.keys();
    if (book.size > bookMax && oldest !== undefined) book.delete(oldest);
  }

  succeeded(key: FailureKey): void {
    this.#book(key).delete(textOf(key));
  }

  #book({ stranger }: FailureKey): Map<string, Failures> {
    return stranger ? this.#strangers : this.#accounts;
  }
}

export interface FailureKey {
  readonly tenantId: number;
  readonly account: AccountRow;
  /** Whether there is no such account. */
  readonly stranger: boolean;
}

const bookMax = 4_096;
/** Longer than accounts can be called; strangers may call themselves anything. */
const userLengthMax = 128;

function textOf({ tenantId, account }: FailureKey): string {
  return JSON.stringify([tenantId, shortText(account.user, userLengthMax), account.host]);
}

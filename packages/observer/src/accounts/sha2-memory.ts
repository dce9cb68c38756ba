import { cachingSha2FastMatches, cachingSha2Memory } from '@sealane/mysql-protocol';
import type { AccountRow } from './account-row.ts';

interface Remembered {
  /** The kept hash it was proved against: an account that changed has another, and is forgotten by that. */
  readonly kept: string;
  readonly memory: Uint8Array;
}

/** SHA256(SHA256(password)) of accounts that went the long way of caching_sha2_password since this node started. */
export class Sha2Memory {
  readonly #entries = new Map<string, Remembered>();
  readonly #entriesMax: number;

  constructor(entriesMax = 10_000) {
    this.#entriesMax = entriesMax;
  }

  matches(
    tenantId: number,
    account: AccountRow,
    proof: { readonly scramble: Uint8Array; readonly response: Uint8Array },
  ): boolean {
    const entry = this.#entries.get(keyOf(tenantId, account));
    return entry?.kept === account.kept && cachingSha2FastMatches(entry.memory, proof);
  }

  remember(tenantId: number, account: AccountRow, password: string): void {
    const key = keyOf(tenantId, account);
    this.#entries.delete(key);
    this.#entries.set(key, { kept: account.kept, memory: cachingSha2Memory(password) });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#entriesMax && oldest !== undefined) this.#entries.delete(oldest);
  }
}

function keyOf(tenantId: number, { user, host }: AccountRow): string {
  return JSON.stringify([tenantId, user, host]);
}

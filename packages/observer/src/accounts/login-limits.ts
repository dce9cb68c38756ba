import { ObError } from '@sealane/errors';
import type { AccountRow } from './account-row.ts';

/** What an account may use at most; 0 stands for no limit. */
export interface ConnectionLimits {
  /** Of the tenant on this node: max_connections. */
  readonly tenantMax: number;
  /** Of an account without MAX_USER_CONNECTIONS: max_user_connections. */
  readonly userMax: number;
}

interface Usage {
  current: number;
  /** Milliseconds since 1970. */
  hourBeganAt: number;
  thisHour: number;
}

/** Sessions of each account and tenant on this node, and logins of each account in the running hour. */
export class LoginLimits {
  readonly #accounts = new Map<string, Usage>();
  readonly #tenants = new Map<number, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Counts a login in.
   *
   * @returns to be called when the session is over
   * @throws ObError OB_ERR_CON_COUNT_ERROR (not for who has SUPER), ER_USER_LIMIT_REACHED, OB_ERR_TOO_MANY_SESSIONS
   */
  enter(tenantId: number, account: AccountRow, { tenantMax, userMax }: ConnectionLimits): () => void {
    const inTenant = this.#tenants.get(tenantId) ?? 0;
    if (inTenant >= tenantMax + (account.superUser ? reservedForSuper : 0)) {
      throw new ObError('OB_ERR_CON_COUNT_ERROR', [], { details: { reason: 'max_connections' } });
    }
    const usage = this.#usage(tenantId, account);
    checkUser(account, usage.current, userMax);
    this.#countHour(account, usage);
    usage.current++;
    this.#tenants.set(tenantId, inTenant + 1);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      usage.current--;
      const left = (this.#tenants.get(tenantId) ?? 1) - 1;
      if (left > 0) this.#tenants.set(tenantId, left);
      else this.#tenants.delete(tenantId);
    };
  }

  #usage(tenantId: number, { user, host }: AccountRow): Usage {
    const key = JSON.stringify([tenantId, user, host]);
    let usage = this.#accounts.get(key);
    if (usage === undefined) {
      if (this.#accounts.size >= accountsMax) this.#forgetIdle();
      usage = { current: 0, hourBeganAt: this.#now(), thisHour: 0 };
      this.#accounts.set(key, usage);
    }
    return usage;
  }

  #countHour({ user, connectionsPerHourMax: max }: AccountRow, usage: Usage): void {
    if (this.#now() - usage.hourBeganAt >= hourMs) {
      usage.hourBeganAt = this.#now();
      usage.thisHour = 0;
    }
    if (max > 0 && usage.thisHour >= max)
      throw limitReached(user, 'max_connections_per_hour', usage.thisHour);
    usage.thisHour++;
  }

  /** Accounts that are gone leave their counts behind. */
  #forgetIdle(): void {
    const longAgo = this.#now() - hourMs;
    for (const [key, { current, hourBeganAt }] of this.#accounts) {
      if (current === 0 && hourBeganAt < longAgo) this.#accounts.delete(key);
    }
  }
}

/** So that somebody can get in and end what fills the tenant. */
const reservedForSuper = 10;
const hourMs = 3_600_000;
const accountsMax = 10_000;

function checkUser({ user, userConnectionsMax: own }: AccountRow, current: number, userMax: number): void {
  if (own > 0) {
    if (current >= own) throw limitReached(user, 'max_user_connections', current);
  } else if (userMax > 0 && current >= userMax) {
    throw new ObError('OB_ERR_TOO_MANY_SESSIONS', [user], { details: { reason: 'max_user_connections' } });
  }
}

function limitReached(user: string, resource: string, current: number): ObError {
  return new ObError('ER_USER_LIMIT_REACHED', [user, resource, current], { details: { reason: resource } });
}

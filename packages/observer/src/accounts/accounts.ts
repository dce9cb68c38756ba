import { ObError } from '@sealane/errors';
import type { CellValue, SqlHandle } from '@sealane/sql';
import type { Account, Accounts, AuthenticationRequest, TlsFacts } from '../mysql-front/index.ts';
import { type AccountRow, readAccounts } from './account-row.ts';
import { decoyAccount } from './decoy.ts';
import { hostMatches, isLoopback } from './host-pattern.ts';
import { type FailureControl, type FailureKey, LoginFailures } from './login-failures.ts';
import type { LoginKey } from './login-key.ts';
import { LoginLimits } from './login-limits.ts';
import { passwordExpired } from './password-expiry.ts';
import { PasswordProof, type Proof } from './password-proof.ts';
import { missingTls, type TlsRefusal, uninvitedName } from './tls-requirement.ts';

/** A tenant as far as logins go. */
export interface LoginTenant {
  /** Its committed state on this node; undefined while it has no catalog. */
  reader(): SqlHandle | undefined;
  /** The global value of a system variable. */
  variable(name: string): CellValue | undefined;
  /** Ends, within a second or so, when this node has what the tenant's leader has, or can't get it. Never fails. */
  caughtUp(): Promise<void>;
}

export interface TenantAccountsOptions {
  /** Undefined: no tenant, whose decoys are drawn among sys's accounts. */
  tenant(tenantId: number | undefined): LoginTenant;
  /** Parameter ob_ssl_invited_common_names. */
  invitedCommonNames(): string;
  failureControl(): FailureControl;
  readonly key: LoginKey;
  readonly now?: () => number;
}

/** Accounts as they stand in each tenant's `mysql.user`, read from this node's replica. */
export class TenantAccounts implements Accounts {
  readonly #options: TenantAccountsOptions;
  readonly #proof: PasswordProof;
  readonly #now: () => number;
  readonly #failures: LoginFailures;
  readonly limits: LoginLimits;

  constructor(options: TenantAccountsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#proof = new PasswordProof(options.key);
    this.#failures = new LoginFailures(this.#now);
    this.limits = new LoginLimits(this.#now);
  }

  /**
   * OceanBase's order: the certificate, if one is shown; the white list; host and password pick the account; then the lock, the password's verdict, the TLS
   * requirement, the certificate's name. After that the password's age, and how many may come. Up to the password's verdict everybody
   * goes the same way, whether there is such an account or not.
   */
  async authenticate(request: AuthenticationRequest): Promise<Account> {
    await this.#options.tenant(request.tenantId).caughtUp();
    // It may have been dropped meanwhile.
    const tenant = this.#options.tenant(request.tenantId);
    const reader = tenant.reader();
    if (reader === undefined) throw new ObError('OB_SERVER_IS_INIT');
    const closed = unverified(request.tls) ?? (onWhiteList(request, tenant) ? undefined : notInvited);
    if (closed !== undefined) throw denied(request, request.exchange.response.length > 0, closed);
    const { candidates, stranger } = candidatesOf(request, reader);
    const { account, usingPassword, reason } = await this.#checked(request, candidates, stranger);
    if (account === undefined) {
      throw denied(request, usingPassword, { reason: stranger ?? reason ?? 'password is wrong' });
    }
    return this.#admitted(account, { request, tenant, usingPassword });
  }

  /** @throws ObError OB_ERR_USER_IS_LOCKED for a locked account, whatever the password */
  async #checked(
    request: AuthenticationRequest,
    candidates: readonly [AccountRow, ...AccountRow[]],
    stranger: string | undefined,
  ): Promise<Proof> {
    const tenantId = request.tenantId ?? 0;
    const control = this.#options.failureControl();
    const proof = await this.#proof.of(tenantId, candidates, request.exchange);
    const { account } = proof;
    const key: FailureKey = { tenantId, account: account ?? candidates[0], stranger: stranger !== undefined };
    // Even the right password doesn't count now: whoever guesses it must not notice.
    if (this.#failures.closed(key, control)) throw locked('connection control');
    if (key.account.locked) throw locked('account is locked');
    if (account === undefined) this.#failures.failed(key, control);
    else this.#failures.succeeded(key);
    return stranger === undefined ? proof : { ...proof, account: undefined };
  }

  #admitted(
    account: AccountRow,
    {
      request,
      tenant,
      usingPassword,
    }: { request: AuthenticationRequest; tenant: LoginTenant; usingPassword: boolean },
  ): Account {
    const refusal =
      missingTls(account.requirement, request.tls) ??
      uninvitedName(this.#options.invitedCommonNames(), request.tls);
    if (refusal !== undefined) throw denied(request, usingPassword, refusal);
    const lifetimeDays = Number(tenant.variable('default_password_lifetime') ?? 0);
    const expired = passwordExpired(account, { lifetimeDays, nowMs: this.#now() });
    if (
      expired &&
      !request.canHandleExpiredPasswords &&
      tenant.variable('disconnect_on_expired_password') !== 0n
    ) {
      throw new ObError('ER_MUST_CHANGE_PASSWORD_LOGIN', [], { details: { reason: 'password has expired' } });
    }
    const release = this.limits.enter(request.tenantId ?? 0, account, {
      tenantMax: Number(tenant.variable('max_connections') ?? Number.MAX_SAFE_INTEGER),
      userMax: Number(tenant.variable('max_user_connections') ?? 0),
    });
    const { user, host, superUser } = account;
    return { user, host, superUser, passwordExpired: expired, release };
  }
}

/** As MySQL has it: who shows a certificate that doesn't hold is refused, whatever the account asks for. */
function unverified(tls: TlsFacts | undefined): TlsRefusal | undefined {
  if (tls?.peer === undefined || tls.peer.verified) return undefined;
  return { reason: `X509 check failed: ${tls.peer.verifyResult ?? 'not verified'}` };
}

const notInvited: TlsRefusal = { reason: 'client is not in ob_tcp_invited_nodes' };

/** @returns the accounts to try, or a decoy, and why it is one */
function candidatesOf(
  request: AuthenticationRequest,
  reader: SqlHandle,
): { readonly candidates: readonly [AccountRow, ...AccountRow[]]; readonly stranger: string | undefined } {
  // Made for everybody, and one name is found and another one not: being a stranger takes as long.
  const { account: decoy, model } = decoyAccount(reader, request.user);
  const named = readAccounts(reader, request.user);
  readAccounts(reader, named.length === 0 ? model : nobodysName);
  const [first, ...others] = named.filter(({ host }) => hostMatches(host, request.clientHost));
  if (request.tenantId === undefined) return { candidates: [decoy], stranger: 'no such tenant' };
  if (first !== undefined) return { candidates: [first, ...others], stranger: undefined };
  return {
    candidates: [decoy],
    stranger: named.length === 0 ? 'no such user' : 'no such user from this host',
  };
}

/** No account can be called so: a login's name ends before. */
const nobodysName = '\0';

/** Variable ob_tcp_invited_nodes: hosts as accounts have them, with commas between. root@sys on the node itself is always invited. */
function onWhiteList({ tenantId, user, clientHost }: AuthenticationRequest, tenant: LoginTenant): boolean {
  if (tenantId === sysTenantId && user === 'root' && isLoopback(clientHost)) return true;
  const invited = String(tenant.variable('ob_tcp_invited_nodes') ?? '%');
  return invited.split(/[,;]/).some((item) => item.trim() !== '' && hostMatches(item.trim(), clientHost));
}

const sysTenantId = 1;

function locked(reason: string): ObError {
  return new ObError('OB_ERR_USER_IS_LOCKED', [], { details: { reason } });
}

function denied(request: AuthenticationRequest, usingPassword: boolean, { ...details }: TlsRefusal): ObError {
  const said = usingPassword ? 'YES' : 'NO';
  return new ObError('OB_PASSWORD_WRONG', [request.user, request.clientHost, said], { details });
}

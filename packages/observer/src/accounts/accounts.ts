import { ObError } from '@sealane/errors';
import { nativePasswordMatches } from '@sealane/mysql-protocol';
import type { SqlHandle } from '@sealane/sql';
import type { Account, Accounts, AuthenticationRequest, TlsFacts } from '../mysql-front/index.ts';
import { type AccountRow, hostMatches, readAccounts, type TlsRequirement } from './account-row.ts';

/** Accounts as they stand in each tenant's `mysql.user`, read from this node's replica. */
export class TenantAccounts implements Accounts {
  readonly #readerOf: (tenantId: number) => SqlHandle | undefined;

  /** @param readerOf  the committed state of a tenant on this node; undefined while it has no catalog */
  constructor(readerOf: (tenantId: number) => SqlHandle | undefined) {
    this.#readerOf = readerOf;
  }

  /**
   * OceanBase's order: host and password pick the account, then the lock, the password's verdict,
   * the TLS requirement. All but the lock look like a wrong password to the client.
   */
  authenticate(request: AuthenticationRequest): Promise<Account> {
    return Promise.try(() => this.#authenticate(request));
  }

  #authenticate(request: AuthenticationRequest): Account {
    const reader = this.#readerOf(request.tenantId);
    if (reader === undefined) throw new ObError('OB_SERVER_IS_INIT');
    const candidates = readAccounts(reader, request.user).filter((row) =>
      hostMatches(row.host, request.clientHost),
    );
    const [first] = candidates;
    if (first === undefined) throw denied(request, 'no such user');
    const row = candidates.find((each) => passwordFits(each, request));
    if ((row ?? first).locked) throw new ObError('OB_ERR_USER_IS_LOCKED');
    if (row === undefined) throw denied(request, 'wrong password');
    const missing = missingTls(row.requirement, request.tls);
    if (missing !== undefined) throw denied(request, missing);
    return { user: row.user, host: row.host };
  }
}

function passwordFits(row: AccountRow, { scramble, response }: AuthenticationRequest): boolean {
  return nativePasswordMatches(row.passwordHash, { scramble, response });
}

/** @returns OceanBase's words for the first requirement that isn't met */
function missingTls(requirement: TlsRequirement, tls: TlsFacts | undefined): string | undefined {
  if (requirement.kind === 'none') return undefined;
  if (tls === undefined) return 'not use ssl';
  if (requirement.kind === 'ssl') return undefined;
  if (tls.peer?.verified !== true) return 'X509 check failed';
  if (requirement.kind === 'x509') return undefined;
  if (requirement.cipher !== '' && requirement.cipher !== tls.cipher) return 'X509 cipher check failed';
  if (requirement.issuer !== '' && requirement.issuer !== tls.peer.issuer) return 'x509 issue check failed';
  if (requirement.subject !== '' && requirement.subject !== tls.peer.subject)
    return 'x509 subject check failed';
  return undefined;
}

function denied(request: AuthenticationRequest, reason: string): ObError {
  const usingPassword = request.response.length > 0 ? 'YES' : 'NO';
  return new ObError('OB_PASSWORD_WRONG', [request.user, request.clientHost, usingPassword], {
    details: { reason },
  });
}

import type { SqlHandle } from '@sealane/sql';
import { hostSpecificity } from './host-pattern.ts';

/** What a login needs of a row of `mysql.user`. */
export interface AccountRow {
  readonly host: string;
  readonly user: string;
  /** `mysql_native_password` or `caching_sha2_password`. */
  readonly plugin: string;
  /** What the plugin keeps of the password; empty for no password. */
  readonly kept: string;
  readonly locked: boolean;
  readonly requirement: TlsRequirement;
  /** May do everything: root's reserve of connections is for it. */
  readonly superUser: boolean;
  /** By PASSWORD EXPIRE. */
  readonly expired: boolean;
  /** Seconds since 1970. */
  readonly passwordChangedAt: number;
  /** Days; 0 for ever; undefined: what default_password_lifetime says. */
  readonly passwordLifetime: number | undefined;
  /** 0 for no limit. */
  readonly connectionsPerHourMax: number;
  readonly userConnectionsMax: number;
}

/** The REQUIRE clause, as `ssl_type` and its three companions store it. */
export type TlsRequirement =
  | { readonly kind: 'none' }
  | { readonly kind: 'ssl' }
  | { readonly kind: 'x509' }
  | {
      readonly kind: 'specified';
      readonly cipher: string;
      readonly issuer: string;
      readonly subject: string;
    };

/** The tenant's accounts of this name, the most special host first. Roles are none. */
export function readAccounts(handle: SqlHandle, user: string): AccountRow[] {
  const rows = handle.all(
    `SELECT host, user, plugin, authentication_string, account_locked, ssl_type, ssl_cipher, x509_issuer, x509_subject,
            privileges, password_expired, password_last_changed, password_lifetime, max_connections, max_user_connections
       FROM main."mysql.user" WHERE user = ? AND is_role = 'N'`,
    [user],
  );
  return rows
    .map(accountRow)
    .toSorted((left, right) => hostSpecificity(right.host) - hostSpecificity(left.host));
}

function accountRow(row: readonly unknown[]): AccountRow {
  const text = (index: number): string => String(row[index] ?? '');
  return {
    host: text(0),
    user: text(1),
    plugin: text(2),
    kept: text(3),
    locked: text(4) === 'Y',
    requirement: requirement(text(5), text(6), text(7), text(8)),
    superUser: text(9).split(',').includes('SUPER'),
    expired: text(10) === 'Y',
    passwordChangedAt: Number(row[11] ?? 0),
    passwordLifetime: row[12] === null || row[12] === undefined ? undefined : Number(row[12]),
    connectionsPerHourMax: Number(row[13] ?? 0),
    userConnectionsMax: Number(row[14] ?? 0),
  };
}

function requirement(type: string, cipher: string, issuer: string, subject: string): TlsRequirement {
  switch (type) {
    case 'ANY':
      return { kind: 'ssl' };
    case 'X509':
      return { kind: 'x509' };
    case 'SPECIFIED':
      return { kind: 'specified', cipher, issuer, subject };
    default:
      return { kind: 'none' };
  }
}

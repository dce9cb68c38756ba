import { ObError } from '@sealane/errors';
import type { AlterUserStatement, CreateUserStatement, PasswordExpiry, TlsRequirement } from '../ast.ts';
import type { StoredUser } from './stored-tables.ts';

type UserFields = Partial<StoredUser>;

/**
 * What the clauses behind the accounts say, which holds for each of them.
 * @throws 1235 for what OceanBase's accounts don't have
 */
export function optionFields(
  statement: Pick<
    CreateUserStatement | AlterUserStatement,
    'require' | 'limits' | 'locked' | 'expiry' | 'otherOptions'
  >,
): UserFields {
  const [other] = statement.otherOptions;
  if (other !== undefined) throw new ObError('OB_NOT_SUPPORTED', [optionName(other)]);
  return {
    ...requireFields(statement.require),
    ...limitFields(statement.limits),
    ...(statement.locked === undefined ? {} : { account_locked: statement.locked ? 'Y' : 'N' }),
    ...expiryFields(statement.expiry),
  };
}

/** Words only: what follows them may be somebody's secret. */
function optionName(option: string): string {
  return /^[A-Za-z_]+(\s+[A-Za-z_]+)?/.exec(option)?.[0].toUpperCase() ?? 'this option';
}

export function requireFields(require: TlsRequirement | undefined): UserFields {
  if (require === undefined) return {};
  const none = { ssl_cipher: '', x509_issuer: '', x509_subject: '' };
  if (require.kind !== 'specified') return { ssl_type: sslTypes[require.kind], ...none };
  const { cipher = '', issuer = '', subject = '' } = require;
  return { ssl_type: 'SPECIFIED', ssl_cipher: cipher, x509_issuer: issuer, x509_subject: subject };
}

const sslTypes = { none: 'NONE', ssl: 'ANY', x509: 'X509' } as const;

export function limitFields(limits: CreateUserStatement['limits']): UserFields {
  const fields: { -readonly [K in keyof StoredUser]?: StoredUser[K] } = {};
  for (const { name, value } of limits) {
    if (name === 'MAX_CONNECTIONS_PER_HOUR') fields.max_connections = BigInt(value);
    else if (name === 'MAX_USER_CONNECTIONS') fields.max_user_connections = BigInt(value);
    else if (value !== 0) throw new ObError('OB_NOT_SUPPORTED', [name]);
  }
  return fields;
}

/** EXPIRE alone asks for another password at once; the others say how long one is good. */
function expiryFields(expiry: PasswordExpiry | undefined): UserFields {
  switch (expiry?.kind) {
    case undefined:
      return {};
    case 'now':
      return { password_expired: 'Y' };
    case 'never':
      return { password_lifetime: 0n };
    case 'default':
      return { password_lifetime: null };
    case 'interval':
      return { password_lifetime: intervalDays(expiry.days) };
  }
}

/** @throws 1525, as MySQL: 1 to 65535 days */
function intervalDays(days: number): bigint {
  if (days < 1 || days > 65_535) throw new ObError('OB_ERR_WRONG_VALUE', ['DAY', String(days)]);
  return BigInt(days);
}

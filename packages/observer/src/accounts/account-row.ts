import type { SqlHandle } from '@sealane/sql';

/** What a login needs of a row of `mysql.user`. */
export interface AccountRow {
  readonly host: string;
  readonly user: string;
  /** `*` and SHA1(SHA1(password)) in hexadecimal; empty for no password. */
  readonly passwordHash: string;
  readonly locked: boolean;
  readonly requirement: TlsRequirement;
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

/** The tenant's accounts of this name, the most special host first. */
export function readAccounts(handle: SqlHandle, user: string): AccountRow[] {
  const rows = handle.all(
    `SELECT host, user, authentication_string, account_locked, ssl_type, ssl_cipher, x509_issuer, x509_subject
       FROM main."mysql.user" WHERE user = ? AND is_role = 'N'`,
    [user],
  );
  return rows.map(accountRow).toSorted((left, right) => specificity(right.host) - specificity(left.host));
}

function accountRow(row: readonly unknown[]): AccountRow {
  const [host, user, password, locked, type, cipher, issuer, subject] = row.map((cell) => String(cell ?? ''));
  return {
    host: host ?? '',
    user: user ?? '',
    passwordHash: password ?? '',
    locked: locked === 'Y',
    requirement: requirement(type ?? '', cipher ?? '', issuer ?? '', subject ?? ''),
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

/** MySQL's order: a host without wildcards first, then the longer literal part before the first wildcard. */
function specificity(host: string): number {
  const wildcard = host.search(/[%_]/);
  return wildcard < 0 ? Number.MAX_SAFE_INTEGER : wildcard;
}

/** Whether a host pattern of an account (`%`, `10.1.%`, `localhost`, `192.168.0.0/255.255.0.0`) covers a client's address. */
export function hostMatches(pattern: string, clientHost: string): boolean {
  if (pattern === '%' || pattern === '' || pattern === clientHost) return true;
  if (pattern.toLowerCase() === 'localhost') return clientHost === '127.0.0.1' || clientHost === '::1';
  const masked = /^([\d.]+)\/([\d.]+)$/.exec(pattern);
  if (masked !== null) return inNetwork(clientHost, masked[1] ?? '', masked[2] ?? '');
  const expression = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${expression}$`, 'i').test(clientHost);
}

function inNetwork(address: string, network: string, mask: string): boolean {
  const bits = mask.includes('.') ? ipv4(mask) : (0xffff_ffff << (32 - Number(mask))) >>> 0;
  const [one, other] = [ipv4(address), ipv4(network)];
  if (one === undefined || other === undefined || bits === undefined) return false;
  return (one & bits) >>> 0 === (other & bits) >>> 0;
}

function ipv4(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

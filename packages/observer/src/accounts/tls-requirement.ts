import type { TlsFacts } from '../mysql-front/index.ts';
import type { TlsRequirement } from './account-row.ts';

/** Why a client that knows its password is refused: OceanBase's words, and for its log what was expected. */
export interface TlsRefusal {
  readonly reason: string;
  readonly expect?: string;
  readonly receive?: string;
}

/** REQUIRE, in OceanBase's order: TLS, certificate, then cipher, issuer, subject, each if it isn't empty; whole texts, case and all. */
export function missingTls(requirement: TlsRequirement, tls: TlsFacts | undefined): TlsRefusal | undefined {
  if (requirement.kind === 'none') return undefined;
  if (tls === undefined) return { reason: 'not use ssl' };
  if (requirement.kind === 'ssl') return undefined;
  const { peer } = tls;
  if (peer?.verified !== true) return { reason: 'X509 check failed' };
  if (requirement.kind === 'x509') return undefined;
  const differs = (expect: string, receive: string, reason: string): TlsRefusal | undefined =>
    expect === '' || expect === receive ? undefined : { reason, expect, receive };
  return (
    differs(requirement.cipher, tls.cipher, 'X509 cipher check failed') ??
    differs(requirement.issuer, peer.issuer, 'x509 issue check failed') ??
    differs(requirement.subject, peer.subject, 'x509 subject check failed')
  );
}

/**
 * `ob_ssl_invited_common_names`: which certificates may be shown at all. NONE means all; a list (commas or semicolons)
 * means those whose first common name is one of its items; an empty list invites nobody. Clients without a certificate
 * aren't concerned: REQUIRE X509 is for them. Where the original differs and why: docs/decisions/0022.
 */
export function uninvitedName(invited: string, tls: TlsFacts | undefined): TlsRefusal | undefined {
  const peer = tls?.peer;
  if (peer === undefined || invited.trim().toUpperCase() === 'NONE') return undefined;
  const { commonName } = peer;
  if (commonName !== undefined && commonName !== '' && names(invited).includes(commonName)) return undefined;
  return { reason: 'ssl common name is not invited', expect: invited, receive: commonName ?? '' };
}

function names(invited: string): readonly string[] {
  return invited.split(/[,;]/).map((name) => name.trim());
}

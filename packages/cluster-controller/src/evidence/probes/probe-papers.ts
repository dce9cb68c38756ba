import { X509Certificate } from 'node:crypto';
import { createAuthority, type Issued, issueCertificate } from '@sealane/transport-security';
import { listsIn } from '../../certs/revocations.ts';
import type { WalletFiles } from '../../targets/target.ts';
import type { Papers } from './dialer.ts';

/** Certificates to be refused, each as good as a node's own but for one thing; a sentence says why one can't be had. */
export interface ProbePapers {
  readonly good: Papers | string;
  readonly wrongCa: Papers;
  readonly expired: Papers | string;
  readonly revoked: Papers | string;
}

/** Where papers come from that can't be made here, because another holds the CA's key. */
export interface GivenPapers {
  readonly expired?: Papers | undefined;
  readonly revoked?: Papers | undefined;
}

const DAY_MS = 86_400_000;

/**
 * Keys are made for this and live in memory only. The revoked one bears a serial number that is on the node's own list: nothing has
 * to be revoked for a probe.
 *
 * @param ip  the address the papers are for
 * @param authority  the cluster's CA, where its key is at hand
 */
export async function makePapers(
  ip: string,
  wallet: WalletFiles,
  { authority, given }: { readonly authority: Issued | undefined; readonly given: GivenPapers },
): Promise<ProbePapers> {
  const stranger = await createAuthority({ commonName: 'Evidence probe, a CA nobody trusts', days: 1 });
  return {
    good: await goodPapers(wallet, authority, ip),
    wrongCa: await issue(stranger, ip, {}),
    expired: given.expired ?? (await expiredPapers(authority, ip)),
    revoked: given.revoked ?? (await revokedPapers(authority, ip, wallet)),
  };
}

/** The node's own; where its key can't be read from here, some that are as good. */
async function goodPapers(
  { certificate, key }: WalletFiles,
  authority: Issued | undefined,
  ip: string,
): Promise<Papers | string> {
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  return authority === undefined ? "the node's own wallet can't be read here" : issue(authority, ip, {});
}

const NO_KEY =
  "the CA's key is not here, so that no such certificate can be made; give one with --probe-certificates";

async function expiredPapers(authority: Issued | undefined, ip: string): Promise<Papers | string> {
  if (authority === undefined) return NO_KEY;
  return issue(authority, ip, { validFrom: new Date(Date.now() - 3 * DAY_MS), days: 1 });
}

async function revokedPapers(
  authority: Issued | undefined,
  ip: string,
  { crl }: WalletFiles,
): Promise<Papers | string> {
  const lists = listsIn(crl);
  if (lists.length === 0)
    return 'there is no revocation list (crl.pem) in its wallet: no certificate is refused as revoked';
  if (authority === undefined) return NO_KEY;
  const issuer = new X509Certificate(authority.certificate);
  const serialNumber = lists
    .filter((list) => list.signedBy(issuer))
    .flatMap(({ revoked }) => [...revoked])[0];
  if (serialNumber === undefined) return "no certificate of this CA is on the node's revocation list";
  return issue(authority, ip, {
    serialNumber: serialNumber.padStart(serialNumber.length + (serialNumber.length % 2), '0'),
  });
}

async function issue(
  authority: Issued,
  ip: string,
  request: { readonly validFrom?: Date; readonly days?: number; readonly serialNumber?: string },
): Promise<Papers> {
  const commonName = 'evidence probe';
  return issueCertificate(authority, {
    commonName,
    addresses: [ip],
    use: ['server', 'client'],
    days: 1,
    ...request,
  });
}

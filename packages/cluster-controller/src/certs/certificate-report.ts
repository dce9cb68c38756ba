import { type KeyObject, X509Certificate } from 'node:crypto';
import { certificateFacts, certificateTexts, serialNumber } from '@sealane/transport-security';

/** A certificate as it is shown: plain data, the names of the fields as `--json` prints them. */
export interface CertificateReport {
  readonly subject: string;
  readonly issuer: string;
  readonly subject_alt_name: string;
  /** `EC prime256v1`, `RSA 3072`. */
  readonly key: string;
  readonly not_before: string;
  readonly not_after: string;
  readonly sha256: string;
  /** Hexadecimal, lower case, without leading zeros. */
  readonly serial: string;
  readonly authority: boolean;
  /** `server`, `client`, or an OID; empty when the certificate doesn't restrict it. */
  readonly uses: readonly string[];
}

/** Names of what extended key usage allows (RFC 5280, 4.2.1.12). */
const USES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'server',
  '1.3.6.1.5.5.7.3.2': 'client',
};

/** The certificates of a PEM text, in its order; empty when there is none or it is cut off. */
export function certificatesIn(pem: string | undefined): readonly X509Certificate[] {
  try {
    return certificateTexts(pem ?? '').map((text) => new X509Certificate(text));
  } catch {
    return [];
  }
}

export function reportOf(certificate: X509Certificate): CertificateReport {
  const facts = certificateFacts(certificate);
  return {
    subject: facts.subject,
    issuer: facts.issuer,
    subject_alt_name: facts.subjectAltName,
    key: keyText(certificate.publicKey),
    not_before: facts.validFrom.toISOString(),
    not_after: facts.expiresAt.toISOString(),
    sha256: facts.sha256,
    serial: serialNumber(certificate),
    authority: certificate.ca,
    uses: usesOf(certificate),
  };
}

export function sha256Of(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** `server`, `client`, other OIDs as they are; empty when anything is allowed. */
function usesOf(certificate: X509Certificate): readonly string[] {
  return (certificate.keyUsage ?? []).map((oid) => USES[oid] ?? oid);
}

function keyText({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve, modulusLength } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'ec') return `EC ${namedCurve ?? ''}`.trim();
  const name = (asymmetricKeyType ?? 'unknown').toUpperCase();
  return modulusLength === undefined ? name : `${name} ${modulusLength}`;
}

import { X509Certificate } from 'node:crypto';

/** What is known of one certificate, as the ledger and the log show it. */
export interface CertificateFacts {
  /** OpenSSL's one-line form, in certificate order: `/O=Sealane/CN=node1`. */
  readonly subject: string;
  readonly issuer: string;
  /** The first CN of the subject. */
  readonly commonName: string | undefined;
  /** `DNS:localhost, IP Address:127.0.0.1`; empty when there is none. */
  readonly subjectAltName: string;
  /** 64 hex digits, lower case. */
  readonly sha256: string;
  readonly validFrom: Date;
  readonly expiresAt: Date;
}

/** @throws TypeError or an OpenSSL error when it is no certificate */
export function certificateFacts(source: X509Certificate | string | Uint8Array): CertificateFacts {
  const certificate = source instanceof X509Certificate ? source : new X509Certificate(source);
  return {
    subject: oneLineName(certificate.subject),
    issuer: oneLineName(certificate.issuer),
    commonName: nameParts(certificate.subject)
      .flat()
      .find((part) => part.type === 'CN')?.value,
    subjectAltName: certificate.subjectAltName ?? '',
    sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    validFrom: certificate.validFromDate,
    expiresAt: certificate.validToDate,
  };
}

/** Whether the certificate names this address: an IP by its IP entries, anything else by its DNS entries. */
export function certificateNames(certificate: { readonly subjectAltName: string }, address: string): boolean {
  const wanted = address.toLowerCase();
  const entries = certificate.subjectAltName.split(', ').map((entry) => entry.toLowerCase());
  return entries.includes(`ip address:${wanted}`) || entries.includes(`dns:${wanted}`);
}

/**
 * OpenSSL's legacy one-line form of a name: `/C=DE/O=Acme, Inc/OU=x+CN=node`, bytes that don't
 * print as `\xHH`. MySQL and OceanBase compare it as a whole (REQUIRE SUBJECT, ISSUER).
 *
 * @param multiline  as X509Certificate gives it: one relative name a line, ` + ` inside, RFC 2253 escapes
 */
export function oneLineName(multiline: string | undefined): string {
  return nameParts(multiline)
    .map((relative) => `/${relative.map((part) => `${part.type}=${printable(part.value)}`).join('+')}`)
    .join('');
}

/** For messages about a certificate that nobody has vouched for: it may hold a hundred kilobytes. */
export function brief(name: string): string {
  return name.length > BRIEF_LENGTH_MAX ? `${name.slice(0, BRIEF_LENGTH_MAX)}…` : name;
}

const BRIEF_LENGTH_MAX = 160;

interface NamePart {
  readonly type: string;
  readonly value: string;
}

function nameParts(multiline: string | undefined): readonly (readonly NamePart[])[] {
  if (multiline === undefined || multiline === '') return [];
  // In a value, + and line breaks are escaped, so that neither separator occurs inside one.
  return multiline.split('\n').map((line) => line.split(' + ').map(namePart));
}

function namePart(text: string): NamePart {
  const equals = text.indexOf('=');
  return { type: text.slice(0, equals), value: unescapeValue(text.slice(equals + 1)) };
}

/** `\2B` is a byte, `\,` is the character itself. Escaped bytes may be parts of one UTF-8 character. */
function unescapeValue(text: string): string {
  const bytes: Buffer[] = [];
  for (const [, hex, character, plain] of text.matchAll(/\\([0-9A-Fa-f]{2})|\\(.)|([^\\]+)/gsu)) {
    bytes.push(hex === undefined ? Buffer.from(character ?? plain ?? '') : Buffer.from(hex, 'hex'));
  }
  return Buffer.concat(bytes).toString('utf8');
}

function printable(value: string): string {
  return Array.from(Buffer.from(value), (byte) =>
    byte < 0x20 || byte > 0x7e
      ? `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
      : String.fromCharCode(byte),
  ).join('');
}

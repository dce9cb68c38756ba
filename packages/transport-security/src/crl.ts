import { verify, type X509Certificate } from 'node:crypto';
import { type DerElement, derElements, derTags, derTime, objectIdentifier } from './der.ts';

/**
 * What a certificate revocation list says, as far as a wallet is checked against it. Read with a few lines of our own, since
 * Node has no reader of CRLs, and the library that makes them is too large for every start.
 * Source of the format: RFC 5280, section 5.1.
 */
export interface Crl {
  /** Grows with each list of a CA; undefined where the CA doesn't count. */
  readonly number: bigint | undefined;
  readonly thisUpdate: Date;
  /** Afterwards OpenSSL refuses all certificates of the CA. */
  readonly nextUpdate: Date | undefined;
  /** Hexadecimal, lower case, without leading zeros. */
  readonly revoked: ReadonlySet<string>;
  /** Whether this CA has signed it. */
  signedBy(authority: X509Certificate): boolean;
}

/** Its object identifier. */
export const crlNumber = '2.5.29.20';

/** @throws TypeError when it isn't a CRL */
export function parseCrl(pem: string): Crl {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const [list, ...none] = derElements(der);
  if (list === undefined || none.length > 0) throw new TypeError('not one CRL');
  const [signed, algorithm, signature] = derElements(list.content);
  if (signed === undefined || algorithm === undefined || signature?.tag !== derTags.bitString)
    throw new TypeError('a CRL has three parts');
  const fields = [...derElements(signed.content)];
  if (fields[0]?.tag === derTags.integer) fields.shift();
  // The algorithm once more, and the issuer's name: OpenSSL compares them, we go by the signature.
  fields.splice(0, 2);
  const thisUpdate = fields.shift();
  if (thisUpdate === undefined) throw new TypeError('a CRL without a time');
  const nextUpdate = isTime(fields[0]) ? fields.shift() : undefined;
  const revoked = fields[0]?.tag === derTags.sequence ? fields.shift() : undefined;
  const algorithmName = algorithmOf(algorithm);
  return {
    number: numberIn(fields[0]),
    thisUpdate: derTime(thisUpdate),
    nextUpdate: nextUpdate === undefined ? undefined : derTime(nextUpdate),
    revoked: new Set(revoked === undefined ? [] : derElements(revoked.content).map(serialOf)),
    signedBy: (authority) => isSigned(signed.whole, algorithmName, authority, signature.content.subarray(1)),
  };
}

/** A certificate's serial number, written as a CRL's are. */
export function serialNumber({ serialNumber: hex }: X509Certificate): string {
  return plainHex(hex);
}

function isTime(element: DerElement | undefined): boolean {
  return element?.tag === derTags.utcTime || element?.tag === derTags.generalizedTime;
}

function serialOf(entry: DerElement): string {
  const [serial] = derElements(entry.content);
  if (serial?.tag !== derTags.integer) throw new TypeError('a revoked certificate without a serial number');
  return plainHex(serial.content.toString('hex'));
}

function plainHex(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, '');
}

/** @param extensions  `[0] { SEQUENCE { SEQUENCE { oid, critical?, OCTET STRING { value } } … } }` */
function numberIn(extensions: DerElement | undefined): bigint | undefined {
  const [list] = extensions === undefined ? [] : derElements(extensions.content);
  for (const extension of list === undefined ? [] : derElements(list.content)) {
    const parts = derElements(extension.content);
    if (parts[0] === undefined || objectIdentifier(parts[0].content) !== crlNumber) continue;
    const [number] = derElements(parts.at(-1)?.content ?? Buffer.alloc(0));
    return number === undefined ? undefined : BigInt(`0x${number.content.toString('hex') || '0'}`);
  }
  return undefined;
}

function algorithmOf(algorithm: DerElement): string {
  const [name] = derElements(algorithm.content);
  return name === undefined ? '' : objectIdentifier(name.content);
}

/** By the signature algorithm's object identifier; null where the algorithm has its digest in itself. */
const digests: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
  '1.3.101.113': null,
};

function isSigned(bytes: Buffer, algorithm: string, authority: X509Certificate, signature: Buffer): boolean {
  const digest = digests[algorithm];
  if (digest === undefined) return false;
  try {
    return verify(digest, bytes, authority.publicKey, signature);
  } catch {
    // A key of another kind than the signature, or one that OpenSSL can't read: then the CA has signed nothing.
    return false;
  }
}

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  cryptoProvider,
  Extension,
  X509Certificate,
  X509Crl,
  X509CrlGenerator,
} from '@peculiar/x509';
import type { Issued } from './certificate-authority.ts';
import { crlNumber } from './crl.ts';
import { certificateTexts } from './pem.ts';
import { importKeys } from './signing-keys.ts';

/** A certificate that is good no more. */
export interface Revoked {
  /** Hexadecimal, lower case, without leading zeros. */
  readonly serialNumber: string;
  readonly revokedAt: Date;
}

/** What a certificate revocation list says (RFC 5280, section 5). */
export interface RevocationList {
  /** RFC 2253 form of the CA's name. */
  readonly issuer: string;
  /** Grows with each list of the same CA. */
  readonly number: bigint;
  readonly thisUpdate: Date;
  /** Afterwards OpenSSL refuses every certificate of this CA: CRL_HAS_EXPIRED. */
  readonly nextUpdate: Date | undefined;
  readonly revoked: readonly Revoked[];
}

export interface RevocationListRequest {
  readonly number: bigint;
  readonly revoked: readonly Revoked[];
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

cryptoProvider.set(webcrypto as Crypto);

/** See authority.ts. */
export async function createRevocationList(
  authority: Issued,
  request: RevocationListRequest,
): Promise<string> {
  const issuer = new X509Certificate(certificateTexts(authority.certificate)[0] ?? authority.certificate);
  const signer = await importKeys(authority.key);
  const list = await X509CrlGenerator.create({
    issuer: issuer.subject,
    thisUpdate: request.thisUpdate,
    nextUpdate: request.nextUpdate,
    signingAlgorithm: signer.algorithm,
    signingKey: signer.privateKey,
    entries: request.revoked.map(({ serialNumber, revokedAt }) => ({
      serialNumber,
      revocationDate: revokedAt,
    })),
    extensions: [
      await AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
      new Extension(crlNumber, false, derInteger(request.number)),
    ],
  });
  // The library's own label is one that OpenSSL doesn't know.
  return `${list.toString('pem').replaceAll(' CRL-----', ' X509 CRL-----').trimEnd()}\n`;
}

/** See authority.ts. */
export function readRevocationList(pem: string): RevocationList {
  const list = new X509Crl(pem.replaceAll(' X509 CRL-----', ' CRL-----'));
  const number = list.getExtension(crlNumber);
  return {
    issuer: list.issuer,
    number: number === null ? 0n : integerOf(new Uint8Array(number.value)),
    thisUpdate: list.thisUpdate,
    nextUpdate: list.nextUpdate,
    revoked: list.entries.map((entry) => ({
      serialNumber: entry.serialNumber.toLowerCase().replace(/^0+/, ''),
      revokedAt: entry.revocationDate,
    })),
  };
}

/** DER of an INTEGER that isn't negative and has at most 127 bytes. */
function derInteger(value: bigint): Uint8Array<ArrayBuffer> {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const padded = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return Uint8Array.from([0x02, padded.length, ...padded]);
}

function integerOf(der: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(der.subarray(2)).toString('hex') || '0'}`);
}

import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import {
  certificateFacts,
  certificateNames,
  createAuthority,
  createContexts,
  createRevocationList,
  issueCertificate,
  loadWallet,
  oneLineName,
} from '@sealane/transport-security';
import { parseCrl } from '../../../packages/transport-security/src/crl.ts';
import type { Chance } from '../../simulation/random.ts';
import { pack, unpack } from '../container.ts';
import { must, outcomeOf, type Target } from '../target.ts';
import { someText } from '../values.ts';

/**
 * Certificates and what is read of them. Byte 0 says what follows: the three files of a wallet as they are, the same as DER
 * to be wrapped into PEM, one certificate as DER (what a peer shows), one revocation list as DER, or a name in the form Node gives it.
 */
export const certificate: Target = {
  name: 'certificate',
  inputSizeMax: 32 * 1024,
  tokens: [
    Buffer.from('-----BEGIN CERTIFICATE-----\n'),
    Buffer.from('-----END CERTIFICATE-----\n'),
    Buffer.from('-----BEGIN X509 CRL-----\n'),
    Buffer.from('-----BEGIN PRIVATE KEY-----\n'),
    Uint8Array.of(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff),
    Uint8Array.of(0x06, 0x03, 0x55, 0x1d, 0x11),
    Uint8Array.of(0x0c, 0x00),
    Buffer.from('\\2B'),
    Buffer.from(' + CN='),
  ],
  generate(chance: Chance): Uint8Array {
    const wallet = chance.pick(wallets);
    switch (chance.below(5)) {
      case 0:
        return Uint8Array.from([0, ...pack(wallet.map((text) => Buffer.from(text)))]);
      case 1:
        return Uint8Array.from([1, ...pack(wallet.map(derOf))]);
      case 2:
        return Uint8Array.from([2, ...derOf(chance.pick([wallet[0], wallet[1]]))]);
      default:
        return Uint8Array.from([
          3,
          ...Buffer.from(`C=DE\nO=${someText(chance)}\nCN=${someText(chance)} + OU=x`),
        ]);
    }
  },
  run(input) {
    const rest = input.subarray(1);
    switch ((input[0] ?? 0) % 5) {
      case 0:
        return outcomeOf(() => readWallet(unpack(rest)));
      case 1:
        return outcomeOf(() =>
          readWallet(unpack(rest).map((der, index) => Buffer.from(pemOf(der, labels[index] ?? 'x')))),
        );
      case 2:
        return outcomeOf(() => readPeer(rest));
      case 3:
        return outcomeOf(() => readCrl(rest));
      default:
        return String(oneLineName(Buffer.from(rest).toString('utf8')).length > 0);
    }
  },
};

const labels = ['CERTIFICATE', 'CERTIFICATE', 'PRIVATE KEY', 'X509 CRL'] as const;
const fileNames = ['ca.pem', 'server-cert.pem', 'server-key.pem', 'crl.pem'] as const;

type Texts = readonly [ca: string, certificate: string, key: string, crl: string];

const wallets: readonly Texts[] = await Promise.all(
  (['ecdsa', 'rsa'] as const).map(async (keyType): Promise<Texts> => {
    const authority = await createAuthority({ commonName: 'Fuzz CA', keyType });
    const addresses = ['127.0.0.1', 'localhost', '::1'];
    const issued = await issueCertificate(authority, {
      commonName: 'n1',
      addresses,
      use: ['server', 'client'],
      keyType,
    });
    const crl = await createRevocationList(authority, {
      number: 7n,
      revoked: [{ serialNumber: '1f', revokedAt: new Date() }],
      thisUpdate: new Date(),
      nextUpdate: new Date(Date.now() + 1e9),
    });
    return [authority.certificate, issued.certificate, issued.key, crl];
  }),
);

const folder = mkdtempSync(join(tmpdir(), 'sealane-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function readWallet(files: readonly Uint8Array[]): string {
  mkdirSync(folder, { recursive: true });
  for (const [index, name] of fileNames.entries()) {
    const path = join(folder, name);
    const bytes = files[index];
    if (bytes === undefined) rmSync(path, { force: true });
    else writeFileSync(path, bytes, { mode: 0o600 });
  }
  const wallet = loadWallet(folder);
  mustBeFacts(wallet.facts);
  return `loaded ${wallet.warnings.length} ${wallet.crls.length} ${contextsOf(wallet)}`;
}

/** What OpenSSL refuses only here, `TransportSecurity` turns into OB_INVALID_CONFIG. */
function contextsOf(wallet: ReturnType<typeof loadWallet>): string {
  try {
    createContexts(wallet, { sqlMinTlsVersion: 'TLSV1.2' });
    return 'usable';
  } catch (error) {
    must(error instanceof Error, 'no error was thrown, but something else');
    return 'refused';
  }
}

/** OpenSSL decides what a certificate is; of one that it takes, everything can be told. */
function readPeer(der: Uint8Array): string {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(der);
  } catch {
    throw new ObError('OB_CONNECT_ERROR', [], { message: 'OpenSSL: no certificate' });
  }
  const facts = certificateFacts(parsed);
  mustBeFacts(facts);
  certificateNames(facts, '127.0.0.1');
  return `peer ${facts.subjectAltName !== ''} ${facts.commonName === undefined}`;
}

/** A TypeError is the contract of the reader; a wallet makes OB_INVALID_CONFIG of it. */
function readCrl(der: Uint8Array): string {
  const pem = pemOf(der, 'X509 CRL');
  try {
    const { number, revoked, nextUpdate } = parseCrl(pem);
    return `crl ${number === undefined} ${Math.min(2, revoked.size)} ${nextUpdate === undefined}`;
  } catch (error) {
    if (error instanceof TypeError) return error.message.replace(/[^a-zA-Z ]+.*/, '');
    throw error;
  }
}

function mustBeFacts({ subject, issuer, sha256 }: ReturnType<typeof certificateFacts>): void {
  must(/^[0-9a-f]{64}$/.test(sha256), 'a fingerprint is no fingerprint');
  for (const name of [subject, issuer]) must(/^[\x20-\x7e]*$/.test(name), 'a name does not print');
}

function derOf(pem: string): Uint8Array {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

function pemOf(der: Uint8Array, label: string): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

import type { KeyObject, X509Certificate } from 'node:crypto';
import { certificateFacts, certificateNames } from './certificate.ts';
import { chainOf } from './chain.ts';
import { serialNumber } from './crl.ts';
import type { WalletParts, WalletUse } from './wallet.ts';

export interface WalletFindings {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** What OpenSSL's default security level asks for: 112 bits. */
const RSA_BITS_MIN = 2048;
const EC_BITS_MIN = 224;
/** Who renews by hand should have begun. */
const EXPIRY_WARNING_DAYS = 30;
const DAY_MS = 86_400_000;

const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

/** All that would fail a handshake, and what is to be watched. Each a sentence: the file, what it is, what to do. Pure. */
export function checkWallet(parts: WalletParts, use: WalletUse): WalletFindings {
  const { leaf, files, intermediates, authorities } = parts;
  const { paths } = files;
  const now = use.now ?? new Date();
  const { path, complete } = chainOf(leaf, intermediates, authorities);
  const issuers = path.slice(1);
  return {
    problems: [
      ...chainProblems(parts, path, complete),
      ...dateProblems(leaf, paths.certificate, now),
      ...issuers.flatMap((issuer) => dateProblems(issuer, caName(paths.ca, issuer), now)),
      ...useProblems(leaf, paths.certificate, use),
      ...path.flatMap((each) =>
        strengthProblems(each, each === leaf ? paths.certificate : caName(paths.ca, each)),
      ),
      ...crlProblems(parts, path, now),
    ],
    warnings: [
      ...keyWarnings(parts),
      ...expiryWarnings(leaf, paths.certificate, now),
      ...profileWarnings(leaf, paths.certificate, use),
      ...authorityWarnings(parts, path),
    ],
  };
}

function chainProblems(
  { files: { paths } }: WalletParts,
  path: readonly X509Certificate[],
  complete: boolean,
): readonly string[] {
  const noAuthority = path
    .slice(1)
    .filter((each) => !each.ca)
    .map((each) => `${caName(paths.ca, each)} is no CA; put the CA there that issued ${paths.certificate}`);
  const last = path.at(-1);
  if (complete || last === undefined) return noAuthority;
  const { issuer, subject } = certificateFacts(last);
  const missing =
    path.length === 1
      ? `${paths.certificate} was not issued by a CA in ${paths.ca}: its issuer is ${issuer}`
      : `the chain of ${paths.certificate} ends at ${subject}, whose issuer ${issuer} is not in ${paths.ca}`;
  return [
    ...noAuthority,
    `${missing}; add that CA to ca.pem on every node, or an intermediate behind the certificate`,
  ];
}

function dateProblems(certificate: X509Certificate, name: string, now: Date): readonly string[] {
  if (now > certificate.validToDate) return [`${name} expired on ${certificate.validTo}; renew it`];
  if (now < certificate.validFromDate)
    return [`${name} is not valid before ${certificate.validFrom}; check the clock, or wait`];
  return [];
}

function useProblems(leaf: X509Certificate, name: string, use: WalletUse): readonly string[] {
  const { role = 'server', address } = use;
  const problems: string[] = [];
  // Without the extension a certificate is good for everything.
  const uses = leaf.keyUsage as readonly string[] | undefined;
  const lacks = (usage: string): boolean => uses !== undefined && !uses.includes(usage);
  if (role === 'server' && lacks(serverAuth))
    problems.push(`${name} is not for TLS servers (extended key usage serverAuth); issue one that is`);
  if (lacks(clientAuth))
    problems.push(
      role === 'server'
        ? `${name} is not for TLS clients (extended key usage clientAuth), and a node is one when it dials another; issue one that is for both`
        : `${name} is not for TLS clients (extended key usage clientAuth); issue one that is`,
    );
  if (role === 'server' && address !== undefined && !certificateNames(certificateFacts(leaf), address))
    problems.push(
      `${name} does not name ${address}, by which the other nodes dial this one (it names ${leaf.subjectAltName ?? 'nothing'}); issue one with that address as subject alternative name`,
    );
  return problems;
}

function strengthProblems(certificate: X509Certificate, name: string): readonly string[] {
  const problems: string[] = [];
  const bits = keyBits(certificate.publicKey);
  if (bits !== undefined && bits.has < bits.needs)
    problems.push(
      `${name} has a key of ${bits.has} bits (${bits.needs} is the least that OpenSSL takes); issue another`,
    );
  // Nobody checks the signature of a CA that is trusted by itself.
  const selfSigned = certificate.subject === certificate.issuer;
  const algorithm = certificate.signatureAlgorithm ?? '';
  if (!selfSigned && /sha-?1(?!\d)|md[245]/i.test(algorithm))
    problems.push(
      `${name} is signed with ${algorithm}, which OpenSSL refuses; let the CA sign it with SHA-256`,
    );
  return problems;
}

function keyBits(key: KeyObject): { readonly has: number; readonly needs: number } | undefined {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return { has: modulusLength, needs: RSA_BITS_MIN };
  if (namedCurve === undefined) return undefined;
  // Every curve of OpenSSL has its size in its name: prime256v1, secp384r1, sect233k1.
  const size = /\d{3}/.exec(namedCurve)?.[0];
  return size === undefined ? undefined : { has: Number(size), needs: EC_BITS_MIN };
}

function crlProblems(
  { files: { paths }, leaf, crls, authorities, intermediates }: WalletParts,
  path: readonly X509Certificate[],
  now: Date,
): readonly string[] {
  if (crls.length === 0) return [];
  const problems: string[] = [];
  const known = [...authorities, ...intermediates];
  for (const crl of crls) {
    const name = `${paths.crl} (list ${crl.number ?? '?'})`;
    if (!known.some((each) => crl.signedBy(each)))
      problems.push(`${name} was not signed by a CA in ${paths.ca}; install the list of that CA`);
    if (crl.nextUpdate !== undefined && now > crl.nextUpdate)
      problems.push(
        `${name} had to be replaced by ${crl.nextUpdate.toISOString()}, so that every certificate of its CA is refused; issue a new list, or take the file away`,
      );
    if (now < crl.thisUpdate)
      problems.push(`${name} is not valid before ${crl.thisUpdate.toISOString()}; check the clock, or wait`);
  }
  for (const [index, certificate] of path.entries()) {
    const issuer = path[index + 1] ?? certificate;
    const lists = crls.filter((crl) => crl.signedBy(issuer));
    const name = certificate === leaf ? paths.certificate : caName(paths.ca, certificate);
    if (lists.some(({ revoked }) => revoked.has(serialNumber(certificate))))
      problems.push(`${name} is revoked by ${paths.crl}; issue another`);
  }
  const silent = path.slice(1).filter((issuer) => !crls.some((crl) => crl.signedBy(issuer)));
  for (const issuer of silent)
    problems.push(
      `${paths.crl} has no list of ${caName(paths.ca, issuer)}, so that every certificate of it is refused; add its list`,
    );
  return problems;
}

function keyWarnings({ files: { paths, keyMode } }: WalletParts): readonly string[] {
  const mode = keyMode & 0o777;
  if ((mode & 0o077) === 0) return [];
  return [`${paths.key} may be read by others than its owner (mode ${mode.toString(8)}); chmod 600 it`];
}

function expiryWarnings(leaf: X509Certificate, name: string, now: Date): readonly string[] {
  const days = (leaf.validToDate.getTime() - now.getTime()) / DAY_MS;
  if (days < 0 || days > EXPIRY_WARNING_DAYS) return [];
  return [`${name} expires on ${leaf.validTo}, in ${Math.floor(days)} days; renew it`];
}

/** Mozilla's modern list has certificates of ECDSA only. */
function profileWarnings(leaf: X509Certificate, name: string, { profile }: WalletUse): readonly string[] {
  if (profile !== 'strict' || leaf.publicKey.asymmetricKeyType !== 'rsa') return [];
  return [`${name} has an RSA key, and _tls_profile strict goes with ECDSA P-256; issue one of that kind`];
}

function authorityWarnings(
  { files: { paths }, authorities, crls }: WalletParts,
  path: readonly X509Certificate[],
): readonly string[] {
  const others = authorities.filter(
    (each) => !path.some((mine) => mine.fingerprint256 === each.fingerprint256),
  );
  const noAuthority = others
    .filter((each) => !each.ca)
    .map((each) => `${caName(paths.ca, each)} is no CA; take it out`);
  const silent =
    crls.length === 0 ? [] : others.filter((each) => each.ca && !crls.some((crl) => crl.signedBy(each)));
  return [
    ...noAuthority,
    ...silent.map(
      (each) =>
        `${paths.crl} has no list of ${caName(paths.ca, each)}, so that every certificate of it is refused; add its list`,
    ),
  ];
}

function caName(path: string, certificate: X509Certificate): string {
  return `${path} (${certificateFacts(certificate).subject})`;
}

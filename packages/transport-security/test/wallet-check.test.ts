import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseCrl } from '../src/crl.ts';
import { createAuthority, createRevocationList, type Issued, issueCertificate } from '../src/index.ts';
import { loadWallet, requireFit } from '../src/wallet.ts';
import { type OddCertificate, oddCertificate } from './openssl.ts';

const both = 'serverAuth,clientAuth';
const DAY_MS = 86_400_000;

t.test('a chain over intermediates is followed, wherever they lie', (t) => {
  const { directory, make } = workshop(t);
  const root = make({ name: 'root', isAuthority: true });
  const middle = make({ name: 'middle', issuer: 'root', isAuthority: true });
  const leaf = make({ name: 'leaf', issuer: 'middle', extendedKeyUsage: both });

  t.strictSame(check(directory, root.certificate, leaf, middle.certificate).problems, []);
  t.strictSame(check(directory, root.certificate + middle.certificate, leaf).problems, []);
  t.match(check(directory, root.certificate, leaf).problems, [
    /server-cert\.pem was not issued by a CA in .*ca\.pem: its issuer is \/CN=middle; add that CA/,
  ]);
  t.match(check(directory, middle.certificate, leaf).problems, [
    /the chain of .*server-cert\.pem ends at \/CN=middle, whose issuer \/CN=root is not in .*ca\.pem/,
  ]);
  t.end();
});

t.test('a CA of the same name with another key is not taken for the issuer', async (t) => {
  const { directory } = workshop(t);
  const [old, young] = [await createAuthority(), await createAuthority()];
  const leaf = await issueCertificate(young, node());

  t.strictSame(check(directory, old.certificate + young.certificate, leaf).problems, []);
  t.match(check(directory, old.certificate, leaf).problems, [/was not issued by a CA in/]);
});

t.test('what a certificate is not for is named, with the address it does not name', (t) => {
  const { directory, make } = workshop(t);
  const root = make({ name: 'root', isAuthority: true });
  const only = (name: string, extendedKeyUsage: string): Issued =>
    make({ name, issuer: 'root', extendedKeyUsage, subjectAltName: 'IP:10.0.0.1,DNS:one' });

  t.match(check(directory, root.certificate, only('server', 'serverAuth')).problems, [
    /is not for TLS clients \(extended key usage clientAuth\), and a node is one when it dials/,
  ]);
  t.match(check(directory, root.certificate, only('client', 'clientAuth')).problems, [
    /is not for TLS servers \(extended key usage serverAuth\)/,
  ]);
  t.match(loadWallet(directory, { address: '10.0.0.2' }).problems[1], /does not name 10\.0\.0\.2, by which/);
  t.equal(loadWallet(directory, { address: '10.0.0.1' }).problems.length, 1);
  t.strictSame(
    check(directory, root.certificate, make({ name: 'any', issuer: 'root' })).problems,
    [],
    'without the extension it is good for everything',
  );
  t.end();
});

t.test('weak keys and signatures are refused, those of CAs too', (t) => {
  const { directory, make } = workshop(t);
  const root = make({ name: 'root', key: 'rsa:2048', isAuthority: true, digest: 'sha1' });
  const sha1 = make({ name: 'sha1', issuer: 'root', digest: 'sha1' });
  const short = make({ name: 'short', issuer: 'root', key: 'rsa:1024' });

  t.match(check(directory, root.certificate, sha1).problems, [
    /server-cert\.pem is signed with .*, which OpenSSL refuses; let the CA sign it with SHA-256/,
  ]);
  t.match(check(directory, root.certificate, short).problems, [/has a key of 1024 bits \(2048 is/]);
  const weakRoot = make({ name: 'weak', key: 'rsa:1024', isAuthority: true });
  const good = make({ name: 'good', issuer: 'weak' });
  t.match(check(directory, weakRoot.certificate, good).problems, [
    /ca\.pem \(\/CN=weak\) has a key of 1024 bits/,
  ]);
  t.end();
});

t.test('time is checked for the certificate and for its CAs', async (t) => {
  const { directory } = workshop(t);
  const long = await createAuthority({ days: 400 });
  const short = await createAuthority({ validFrom: new Date(Date.now() - 20 * DAY_MS), days: 19 });
  const leaf = await issueCertificate(long, node());

  t.strictSame(check(directory, long.certificate, leaf).warnings, []);
  t.match(loadWallet(directory, { now: new Date(Date.now() + 350 * DAY_MS) }), {
    problems: [],
    warnings: [/server-cert\.pem expires on .*, in 1[45] days; renew it/],
  });
  t.match(loadWallet(directory, { now: new Date(Date.now() - DAY_MS) }).problems, [
    /server-cert\.pem is not valid before .*; check the clock/,
    /ca\.pem \(\/O=Sealane\/CN=Sealane CA\) is not valid before/,
  ]);
  const orphan = await issueCertificate(short, node());
  t.match(check(directory, short.certificate, orphan).problems, [/ca\.pem \(.*\) expired on .*; renew it/]);
});

t.test('a key that others may read, and an RSA key in the strict profile, are warned of', async (t) => {
  const { directory, make } = workshop(t);
  const root = make({ name: 'root', isAuthority: true });
  const rsa = make({ name: 'rsa', issuer: 'root', key: 'rsa:2048', extendedKeyUsage: both });

  check(directory, root.certificate, rsa);
  chmodSync(join(directory, 'server-key.pem'), 0o640);
  t.match(loadWallet(directory, { profile: 'strict' }), {
    problems: [],
    keyType: 'RSA 2048',
    warnings: [/server-key\.pem may be read by others than its owner \(mode 640\); chmod 600 it/, /RSA key/],
  });
});

t.test('a revocation list is checked before it can lock everybody out', async (t) => {
  const { directory } = workshop(t);
  const [authority, other] = [await createAuthority(), await createAuthority({ commonName: 'other' })];
  const leaf = await issueCertificate(authority, node());
  const now = Date.now();
  const list = (issuer: Issued, revoked: readonly string[], days = 7, from = -1): Promise<string> =>
    createRevocationList(issuer, {
      number: 41n,
      revoked: revoked.map((serialNumber) => ({ serialNumber, revokedAt: new Date(now) })),
      thisUpdate: new Date(now + from * DAY_MS),
      nextUpdate: new Date(now + days * DAY_MS),
    });
  const withList = (pem: string) => {
    writeFileSync(join(directory, 'crl.pem'), pem);
    return loadWallet(directory);
  };

  check(directory, authority.certificate, leaf);
  t.strictSame(loadWallet(directory).crlNumbers, []);
  t.match(withList(await list(authority, ['0abc'])), { problems: [], crlNumbers: ['41'] });
  t.match(withList(await list(authority, [], -0.5)).problems, [/crl\.pem \(list 41\) had to be replaced by/]);
  t.match(withList(await list(authority, [], 7, 1)).problems, [/crl\.pem \(list 41\) is not valid before/]);
  t.match(withList(await list(other, [])).problems, [
    /was not signed by a CA in/,
    /crl\.pem has no list of .*ca\.pem \(.*\), so that every certificate of it is refused/,
  ]);
  const serial = serialOf(leaf.certificate);
  t.match(withList(await list(authority, ['1', serial])).problems, [/server-cert\.pem is revoked by/]);
  t.throws(() => withList('nonsense'), { message: /crl\.pem is not a revocation list in PEM form/ });

  writeFileSync(join(directory, 'ca.pem'), authority.certificate + other.certificate);
  t.match(withList(await list(authority, [])), {
    problems: [],
    warnings: [/crl\.pem has no list of .*other/],
  });
  t.strictSame(withList((await list(authority, [])) + (await list(other, []))).warnings, []);
});

t.test(
  'a revocation list that is cut or changed anywhere is read or refused, and nothing else',
  async (t) => {
    const authority = await createAuthority();
    const pem = await createRevocationList(authority, {
      number: 300n,
      revoked: [{ serialNumber: '00ff', revokedAt: new Date() }],
      thisUpdate: new Date(Date.now() - 1_000),
      nextUpdate: new Date(Date.now() + DAY_MS),
    });
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const asPem = (bytes: Buffer): string =>
      `-----BEGIN X509 CRL-----\n${bytes.toString('base64')}\n-----END X509 CRL-----\n`;
    const whole = parseCrl(asPem(der));
    const ca = new X509Certificate(authority.certificate);

    t.match({ number: whole.number, revoked: [...whole.revoked] }, { number: 300n, revoked: ['ff'] });
    t.equal(whole.signedBy(ca), true);
    let believed = 0;
    for (let offset = 0; offset < der.length; offset++) {
      t.throws(() => parseCrl(asPem(der.subarray(0, offset))), TypeError);
      const changed = Buffer.from(der);
      changed[offset] = (changed[offset] ?? 0) ^ 0x11;
      try {
        if (parseCrl(asPem(changed)).signedBy(ca)) believed++;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    }
    t.ok(believed <= 16, `${believed} bytes lie outside of what is signed and are read over`);
  },
);

t.test('all problems are told at once', (t) => {
  const { directory, make } = workshop(t);
  const root = make({ name: 'root', isAuthority: true });
  make({ name: 'stranger', isAuthority: true });
  const leaf = make({ name: 'leaf', issuer: 'stranger', extendedKeyUsage: 'serverAuth', key: 'rsa:1024' });
  const wallet = check(directory, root.certificate, leaf);

  t.equal(wallet.problems.length, 3);
  t.throws(() => requireFit(wallet), {
    name: 'OB_INVALID_CONFIG',
    errno: 4147,
    message: /was not issued by .*; .*clientAuth.*; .*1024 bits/,
  });
  t.end();
});

function workshop(t: Test) {
  const base = mkdtempSync(join(t.testdir({}), 'w-'));
  return { directory: base, make: (options: OddCertificate) => oddCertificate(base, options) };
}

function check(directory: string, ca: string, leaf: Issued, behind = '') {
  writeFileSync(join(directory, 'ca.pem'), ca);
  writeFileSync(join(directory, 'server-cert.pem'), leaf.certificate + behind);
  writeFileSync(join(directory, 'server-key.pem'), leaf.key, { mode: 0o600 });
  return loadWallet(directory);
}

function node() {
  return { commonName: 'node', addresses: ['127.0.0.1'], use: ['server', 'client'] as const };
}

function serialOf(pem: string): string {
  return new X509Certificate(pem).serialNumber.toLowerCase();
}

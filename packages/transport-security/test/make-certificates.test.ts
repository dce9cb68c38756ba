import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  createAuthority,
  createRevocationList,
  issueCertificate,
  readCrlUrl,
  readRevocationList,
} from '../src/authority.ts';
import { issueNode, makeCertificates, readAuthority, writeWhole } from '../src/make-certificates.ts';
import { certificateBundle, certificateTexts } from '../src/pem.ts';
import { loadWallet } from '../src/wallet.ts';

const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8' });

t.test(
  "a CA, a wallet for each node and a client's files appear, and openssl accepts them in strict mode",
  async (t) => {
    const base = t.testdir({});
    const directory = join(base, 'certs');
    const nodes = ['node1', 'node2'].map((name, index) => ({
      name,
      ip: `10.0.0.${index + 1}`,
      wallet: join(base, name, 'wallet'),
    }));
    await makeCertificates({ directory, nodes, clients: ['app', 'batch'] });

    for (const node of nodes) {
      const certificate = join(node.wallet, 'server-cert.pem');
      for (const purpose of ['sslserver', 'sslclient']) {
        t.match(
          openssl(
            'verify',
            '-x509_strict',
            '-purpose',
            purpose,
            '-CAfile',
            join(directory, 'ca.pem'),
            certificate,
          ),
          /: OK/,
        );
      }
      const text = openssl('x509', '-in', certificate, '-noout', '-text');
      t.match(
        text,
        new RegExp(`IP Address:${node.ip}, DNS:${node.name}, IP Address:127.0.0.1, DNS:localhost`),
      );
      t.match(text, /TLS Web Server Authentication, TLS Web Client Authentication/);
      t.match(text, /prime256v1/);
      t.strictSame(loadWallet(node.wallet).warnings, []);
      t.equal(statSync(join(node.wallet, 'server-key.pem')).mode & 0o777, 0o600);
    }
    t.match(loadWallet(directory, { role: 'client' }).facts, { commonName: 'app', subjectAltName: '' });
    t.match(
      openssl(
        'verify',
        '-x509_strict',
        '-purpose',
        'sslclient',
        '-CAfile',
        join(directory, 'ca.pem'),
        join(directory, 'client-cert.pem'),
      ),
      /: OK/,
    );
    t.throws(() =>
      openssl(
        'verify',
        '-purpose',
        'sslserver',
        '-CAfile',
        join(directory, 'ca.pem'),
        join(directory, 'client-cert.pem'),
      ),
    );
    t.strictSame(readdirSync(directory).sort(), [
      'batch-cert.pem',
      'batch-key.pem',
      'ca-key.pem',
      'ca.pem',
      'client-cert.pem',
      'client-key.pem',
    ]);
    t.equal(statSync(join(directory, 'ca-key.pem')).mode & 0o777, 0o600);
  },
);

t.test('a second run keeps the CA and makes new leaves', async (t) => {
  const base = t.testdir({});
  const options = {
    directory: base,
    nodes: [{ name: 'n', ip: '127.0.0.1', addresses: ['n.example'], wallet: join(base, 'wallet') }],
  };
  const serial = (path: string): string => new X509Certificate(readFileSync(join(base, path))).serialNumber;
  await makeCertificates(options);
  const before = [serial('ca.pem'), serial('wallet/server-cert.pem')];
  await makeCertificates(options);

  t.equal(serial('ca.pem'), before[0]);
  t.not(serial('wallet/server-cert.pem'), before[1]);
  t.equal(
    loadWallet(join(base, 'wallet')).facts.subjectAltName,
    'IP Address:127.0.0.1, DNS:n, DNS:n.example',
  );
});

t.test('RSA keys on request, a CA of another key type, and a key that is certified again', async (t) => {
  const base = t.testdir({});
  const path = (file: string): string => join(base, file);
  const node = { name: 'n', ip: '127.0.0.1', wallet: path('wallet') };
  await makeCertificates({ directory: base, nodes: [node], keyType: 'rsa', days: 10, authorityDays: 20 });
  const authority = readAuthority(base);
  if (authority === undefined) throw new Error('no CA');
  const old = readFileSync(path('wallet/server-key.pem'), 'utf8');

  const renewed = await issueNode(authority, node, { key: old, days: 5 });
  const ecdsa = await issueNode(authority, node, { keyType: 'ecdsa' });

  const ca = new X509Certificate(authority.certificate);
  const leaf = new X509Certificate(readFileSync(path('wallet/server-cert.pem')));
  t.equal(ca.publicKey.asymmetricKeyDetails?.modulusLength, 3072);
  t.equal(leaf.publicKey.asymmetricKeyDetails?.modulusLength, 3072);
  t.equal(days(ca), 20);
  t.equal(days(leaf), 10);
  const again = new X509Certificate(renewed.certificate);
  t.ok(again.publicKey.equals(leaf.publicKey), 'the same key');
  t.not(again.serialNumber, leaf.serialNumber);
  t.equal(new X509Certificate(ecdsa.certificate).publicKey.asymmetricKeyType, 'ec');
  writeFileSync(path('mixed.pem'), `${renewed.certificate}\n`);
  t.match(openssl('verify', '-x509_strict', '-CAfile', path('ca.pem'), path('mixed.pem')), /OK/);
});

t.test('leaves say where the revocation list is published, and the CA does not', async (t) => {
  const base = t.testdir({});
  const path = (file: string): string => join(base, file);
  const crlUrl = 'http://pki.example/sealane.crl';
  await makeCertificates({
    directory: base,
    nodes: [{ name: 'n', ip: '127.0.0.1', wallet: path('wallet') }],
    crlUrl,
  });

  for (const file of ['wallet/server-cert.pem', 'client-cert.pem']) {
    t.equal(await readCrlUrl(readFileSync(path(file), 'utf8')), crlUrl);
    t.match(
      openssl('x509', '-in', path(file), '-noout', '-text'),
      /X509v3 CRL Distribution Points: ?\n\s*Full Name:\n\s*URI:http:\/\/pki\.example\/sealane\.crl/,
    );
    t.match(openssl('verify', '-x509_strict', '-CAfile', path('ca.pem'), path(file)), /OK/);
  }
  t.equal(await readCrlUrl(readFileSync(path('ca.pem'), 'utf8')), undefined);
});

t.test('a file that was left half way does not lend its mode to a key', async (t) => {
  const directory = t.testdir({ 'key.pem.new': 'half' });
  chmodSync(join(directory, 'key.pem.new'), 0o666);

  writeWhole(join(directory, 'key.pem'), 'secret', 0o600);

  t.equal(statSync(join(directory, 'key.pem')).mode & 0o777, 0o600);
  t.equal(readFileSync(join(directory, 'key.pem'), 'utf8'), 'secret\n');
});

t.test('a bundle signs with its first CA, and holds each certificate once', async (t) => {
  const [first, second] = [
    await createAuthority({ commonName: 'a' }),
    await createAuthority({ commonName: 'b' }),
  ];
  const bundle = certificateBundle([first.certificate, second.certificate, first.certificate]);

  const issued = await issueCertificate(
    { certificate: bundle, key: first.key },
    { commonName: 'x', addresses: [], use: ['client'] },
  );

  t.equal(certificateTexts(bundle).length, 2);
  t.ok(new X509Certificate(issued.certificate).checkIssued(new X509Certificate(first.certificate)));
  t.strictSame(certificateTexts('nothing'), []);
});

t.test('half an authority is refused: its other half is named', async (t) => {
  const base = t.testdir({ 'ca.pem': 'x' });
  t.throws(() => readAuthority(base), /ca-key\.pem is not/);
  t.equal(readAuthority(join(base, 'elsewhere')), undefined);
});

t.test('a revocation list is read back as it was made, and openssl obeys it', async (t) => {
  const base = t.testdir({});
  for (const keyType of ['ecdsa', 'rsa'] as const) {
    const authority = await createAuthority({ keyType });
    const leaf = await issueCertificate(authority, { commonName: 'x', addresses: [], use: ['client'] });
    const other = await issueCertificate(authority, { commonName: 'y', addresses: [], use: ['client'] });
    const serialNumber = new X509Certificate(leaf.certificate).serialNumber.toLowerCase().replace(/^0+/, '');
    const thisUpdate = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
    const nextUpdate = new Date(thisUpdate.getTime() + 86_400_000);
    const request = {
      number: 200n,
      revoked: [{ serialNumber, revokedAt: thisUpdate }],
      thisUpdate,
      nextUpdate,
    };

    const list = await createRevocationList(authority, request);

    const { issuer: _issuer, ...read } = await readRevocationList(list);
    t.strictSame(read, request);
    const file = (name: string, text: string): string => {
      writeFileSync(join(base, name), `${text.trimEnd()}\n`);
      return join(base, name);
    };
    const arguments_ = [
      '-crl_check',
      '-CAfile',
      file('ca.pem', authority.certificate),
      '-CRLfile',
      file('crl.pem', list),
    ];
    t.match(openssl('verify', ...arguments_, file('y.pem', other.certificate)), /OK/);
    t.throws(() => openssl('verify', ...arguments_, file('x.pem', leaf.certificate)), /revoked/);
    t.match(openssl('crl', '-in', join(base, 'crl.pem'), '-noout', '-crlnumber'), /crlNumber=(0x)?0*C8/i);
  }
  const empty = { number: 1n, revoked: [], thisUpdate: new Date(0), nextUpdate: new Date(86_400_000) };
  t.strictSame(
    (await readRevocationList(await createRevocationList(await createAuthority(), empty))).revoked,
    [],
  );
});

function days(certificate: X509Certificate): number {
  return (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 86_400_000;
}

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { brief, certificateFacts, certificateNames, oneLineName } from '../src/certificate.ts';
import { createAuthority, issueCertificate } from '../src/index.ts';

/** A certificate with a subject of our choice, made by the openssl program. */
function withSubject(directory: string, subject: string): string {
  const path = join(directory, 'odd.pem');
  const options = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-utf8',
    '-multivalue-rdn',
  ];
  execFileSync(
    'openssl',
    ['req', ...options, '-keyout', join(directory, 'odd-key.pem'), '-out', path, '-subj', subject],
    { stdio: 'ignore' },
  );
  return path;
}

t.test(
  'names are written as OpenSSL writes them in one line: order, commas, parts with +, bytes that do not print',
  (t) => {
    const directory = t.testdir({});
    const subjects = [
      '/C=DE/ST=Bavaria/O=Acme, Inc/OU=x+CN=node/emailAddress=a@b.c',
      '/O=A=B;C <D> "E"/CN=#1 node\\\\x',
      '/O=Über/CN=名前',
      '/CN=plain',
    ];
    for (const subject of subjects) {
      const path = withSubject(directory, subject);
      const expected = execFileSync(
        'openssl',
        ['x509', '-in', path, '-noout', '-subject', '-nameopt', 'compat'],
        { encoding: 'utf8' },
      );
      t.equal(
        oneLineName(new X509Certificate(readFileSync(path)).subject),
        expected.trim().replace(/^subject= ?/, ''),
        subject,
      );
    }
    t.equal(oneLineName(undefined), '');
    t.end();
  },
);

t.test('a name that holds commas is one name, and no list of others', async (t) => {
  const issued = await issueCertificate(await createAuthority(), {
    commonName: 'sly',
    addresses: ['x, IP Address:10.0.0.2, DNS:node2'],
    use: ['client'],
  });
  const facts = certificateFacts(issued.certificate);

  t.match(facts.subjectAltName, /10\.0\.0\.2/, 'it is in there');
  t.notOk(certificateNames(facts, '10.0.0.2'));
  t.notOk(certificateNames(facts, 'node2'));
});

t.test('a name that nobody has vouched for is cut before it is quoted', (t) => {
  t.equal(brief('/CN=x'), '/CN=x');
  t.equal(brief(`/CN=${'x'.repeat(90_000)}`).length, 161);
  t.end();
});

t.test('facts tell subject, issuer, names, fingerprint and both dates', async (t) => {
  const authority = await createAuthority({ commonName: 'Test CA' });
  const validFrom = new Date('2030-01-01T00:00:00Z');
  const issued = await issueCertificate(authority, {
    commonName: 'node1',
    addresses: ['10.0.0.1', 'node1.example', 'fd00::1'],
    use: ['server'],
    validFrom,
    days: 30,
  });
  const facts = certificateFacts(issued.certificate);

  t.match(facts, {
    subject: '/O=Sealane/CN=node1',
    issuer: '/O=Sealane/CN=Test CA',
    commonName: 'node1',
    sha256: /^[0-9a-f]{64}$/,
    validFrom,
    expiresAt: new Date('2030-01-31T00:00:00Z'),
  });
  t.ok(certificateNames(facts, '10.0.0.1'));
  t.ok(certificateNames(facts, 'NODE1.example'));
  t.notOk(certificateNames(facts, '10.0.0.10'), 'no part of an address');
  t.notOk(certificateNames(facts, '0.0.0.1'));
  t.notOk(certificateNames({ subjectAltName: '' }, ''));
  t.throws(() => certificateFacts('no certificate'));
});

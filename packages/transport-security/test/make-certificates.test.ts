import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeCertificates } from '../src/make-certificates.ts';
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
    await makeCertificates({ directory, nodes, client: 'app' });

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
    t.match(loadWallet(directory, 'client').facts, { commonName: 'app', subjectAltName: '' });
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

import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runController, runProgram } from '@sealane/testkit';
import t from 'tap';

const SCRIPT = join(
  dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
  'scripts',
  'make-certificates',
);
const TIMEOUT_MS = 60_000;

t.test(
  'make-certificates fills a wallet for each node, with its addresses, and keeps what is complete',
  async (t) => {
    const out = t.testdir({});
    const make = (...args: string[]) =>
      runProgram(SCRIPT, ['--out', out, ...args], { timeoutMs: TIMEOUT_MS });
    const nodes = ['--node', 'observer-1=127.0.0.1', '--node', 'observer-2=10.0.0.2,db2.example'];

    const made = await make(...nodes);

    t.equal(made.code, 0, made.stderr);
    const ca = new X509Certificate(readFileSync(join(out, 'ca.pem')));
    const second = new X509Certificate(readFileSync(join(out, 'observer-2', 'wallet', 'server-cert.pem')));
    t.ok(ca.ca);
    t.ok(second.checkIssued(ca) && second.verify(ca.publicKey));
    t.ok(second.checkIP('10.0.0.2'));
    t.ok(second.checkHost('db2.example'));
    t.notOk(second.checkIP('10.0.0.3'));
    t.ok(new X509Certificate(readFileSync(join(out, 'client-cert.pem'))).checkIssued(ca));
    for (const key of ['ca-key.pem', 'client-key.pem', 'observer-1/wallet/server-key.pem']) {
      t.equal(statSync(join(out, key)).mode & 0o077, 0, `${key} is its owner's only`);
    }

    const kept = await make(...nodes, '--keep');
    t.equal(kept.code, 0);
    t.equal(
      new X509Certificate(readFileSync(join(out, 'observer-2', 'wallet', 'server-cert.pem'))).serialNumber,
      second.serialNumber,
    );
  },
);

t.test(
  'what is there is not overwritten without being told, and a CA that is there signs again',
  async (t) => {
    const out = t.testdir({});
    const make = (...args: string[]) =>
      runController(['certs', 'make', '--out', out, '--node', 'a=127.0.0.1', ...args]);
    const serial = (file: string): string => new X509Certificate(readFileSync(join(out, file))).serialNumber;
    t.equal((await make('--key', 'rsa', '--client', 'app', '--client', 'batch')).code, 0);
    const before = [serial('ca.pem'), serial('a/wallet/server-cert.pem')];

    const refused = await make('--client', 'app');
    t.equal(refused.code, 3);
    t.match(refused.stderr, /would be overwritten/);
    t.strictSame([serial('ca.pem'), serial('a/wallet/server-cert.pem')], before);

    const told = await make('--client', 'app', '--overwrite', '--json');
    t.equal(told.code, 0);
    t.match(JSON.parse(told.stdout), { made: true });
    t.equal(serial('ca.pem'), before[0]);
    t.not(serial('a/wallet/server-cert.pem'), before[1]);
    t.match(new X509Certificate(readFileSync(join(out, 'batch-cert.pem'))).subject, /CN=batch/);

    const client = await runController([
      ...['certs', 'make', '--authority', out, '--out', join(out, 'clients'), '--client', 'more'],
    ]);
    t.equal(client.code, 0, client.stderr);
    t.strictSame(
      readdirSync(join(out, 'clients')),
      ['ca.pem', 'client-cert.pem', 'client-key.pem'],
      'and no key of the CA',
    );

    const inspected = await runController(['certs', 'inspect', out, '--json']);
    t.equal(inspected.code, 0, inspected.stdout);
    const { certificates } = JSON.parse(inspected.stdout) as {
      certificates: { file: string; key: string }[];
    };
    t.match(
      certificates.find(({ file }) => file === 'ca.pem'),
      { key: 'RSA 3072', authority: true },
    );
    t.match(
      certificates.find(({ file }) => file === 'a/wallet/server-cert.pem'),
      { chain: 'ok', key: 'EC prime256v1' },
    );
  },
);

t.test('without a node, or with an option that there is not, it says what is wrong', async (t) => {
  for (const args of [['--out', 'x'], ['--nonsense'], []]) {
    const result = await runProgram(SCRIPT, args, { timeoutMs: TIMEOUT_MS });
    t.equal(result.code, 2);
    t.match(result.stderr, /--out|--node|--nonsense/);
  }
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '@sealane/transport-security';
import t from 'tap';
import type { WalletFiles } from '../src/targets/target.ts';
import { checkWallet, expiryOf, fingerprintOf } from '../src/wallet-check.ts';

const directory = mkdtempSync(join(tmpdir(), 'sealane-wallets-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));

const walletFiles = (name: string): WalletFiles => ({
  ca: read(name, 'ca.pem'),
  certificate: read(name, 'server-cert.pem'),
  key: read(name, 'server-key.pem'),
});

await makeCertificates({
  directory: join(directory, 'one'),
  nodes: [
    { name: 'a', ip: '10.0.0.1', wallet: join(directory, 'a') },
    { name: 'b', ip: '10.0.0.2', wallet: join(directory, 'b') },
  ],
});
await makeCertificates({
  directory: join(directory, 'other'),
  nodes: [{ name: 'c', ip: '10.0.0.1', wallet: join(directory, 'c') }],
});

const now = new Date();
const a = walletFiles('a');
const b = walletFiles('b');
const c = walletFiles('c');

t.test('a complete wallet that fits has no findings', async (t) => {
  t.same(checkWallet(a, '10.0.0.1', now), []);
  t.ok(new Date(expiryOf(a.certificate) ?? 0) > now);
});

t.test('a missing file is named', async (t) => {
  t.match(checkWallet({ ...a, ca: undefined }, '10.0.0.1', now), [/ca\.pem is missing/]);
  t.match(checkWallet({ ...a, certificate: undefined }, '10.0.0.1', now), [/server-cert\.pem is missing/]);
  t.match(checkWallet({ ...a, key: undefined }, '10.0.0.1', now), [/server-key\.pem is missing/]);
});

t.test('a file that is something else is named', async (t) => {
  t.match(checkWallet({ ...a, ca: 'hello' }, '10.0.0.1', now), [/ca\.pem is not a certificate/]);
  t.match(checkWallet({ ...a, certificate: 'hello' }, '10.0.0.1', now), [/server-cert\.pem is not/]);
  t.match(checkWallet({ ...a, key: 'hello' }, '10.0.0.1', now), [/server-key\.pem is not a private key/]);
});

t.test("another node's key, another CA and another address are told apart", async (t) => {
  t.match(checkWallet({ ...a, key: b.key }, '10.0.0.1', now), [/key and cert not match/]);
  t.match(checkWallet({ ...a, ca: c.ca }, '10.0.0.1', now), [/not issued by a CA/]);
  t.match(checkWallet(a, '10.0.0.9', now), [/does not name 10\.0\.0\.9/]);
  t.not(fingerprintOf(a.ca), fingerprintOf(c.ca));
  t.equal(fingerprintOf(a.ca), fingerprintOf(b.ca));
});

t.test('a certificate that ended, or begins later, or ends within the hour', async (t) => {
  const end = new Date(expiryOf(a.certificate) ?? 0);
  const shifted = (ms: number) => new Date(end.getTime() + ms);
  t.match(checkWallet(a, '10.0.0.1', shifted(1000)), [/expired on/]);
  t.match(checkWallet(a, '10.0.0.1', shifted(-1000)), [/within the hour/]);
  t.match(checkWallet(a, '10.0.0.1', new Date('2000-01-01')), [/not valid before/, /not valid before/]);
});

function read(name: string, file: string): string {
  return readFileSync(join(directory, name, file), 'utf8');
}

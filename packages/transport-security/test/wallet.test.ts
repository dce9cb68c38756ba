import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createAuthority, issueCertificate } from '../src/index.ts';
import { loadWallet } from '../src/wallet.ts';
import { walletStamp } from '../src/wallet-files.ts';
import { makeWallet } from './make-wallet.ts';

t.test('a complete wallet is loaded with the facts of its certificate and nothing to warn of', async (t) => {
  const directory = await makeWallet(t.testdir({}));
  const wallet = loadWallet(directory);

  t.match(wallet.facts, { subject: '/O=Sealane/CN=node' });
  t.strictSame(wallet.warnings, []);
  t.match(wallet.key, /BEGIN PRIVATE KEY/);
});

t.test("each missing file is named, after OceanBase's own words, with what to do", async (t) => {
  for (const name of ['ca.pem', 'server-cert.pem', 'server-key.pem']) {
    const directory = await makeWallet(t.testdir({}));
    rmSync(join(directory, name));

    t.throws(() => loadWallet(directory), {
      name: 'OB_INVALID_CONFIG',
      errno: 4147,
      message: new RegExp(`^ssl file not available: .*/${name} is missing; put the file there`),
    });
  }
  t.throws(() => loadWallet('/nowhere', { role: 'client' }), {
    message: /^ssl file not available: \/nowhere\/ca\.pem is missing/,
  });
});

t.test('files that can not be read or are no PEM are named', async (t) => {
  const directory = await makeWallet(t.testdir({}));
  rmSync(join(directory, 'ca.pem'));
  mkdirSync(join(directory, 'ca.pem'));
  t.throws(() => loadWallet(directory), {
    message: /^ssl file not available: .*ca\.pem can't be read \(EISDIR/,
  });

  const odd = await makeWallet(t.testdir({}));
  writeFileSync(join(odd, 'server-cert.pem'), 'hello');
  t.throws(() => loadWallet(odd), {
    message: /^ssl file not available: .*server-cert\.pem is not a certificate in PEM form/,
  });

  const locked = await makeWallet(t.testdir({}));
  chmodSync(join(locked, 'server-key.pem'), 0o600);
  writeFileSync(
    join(locked, 'server-key.pem'),
    '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
  );
  t.throws(() => loadWallet(locked), {
    message: /^key and cert not match: .*server-key\.pem is not a private key/,
  });
});

t.test("a key of another certificate is refused with OceanBase's own words", async (t) => {
  const authority = await createAuthority();
  const directory = await makeWallet(t.testdir({}), { authority });
  const other = await issueCertificate(authority, { commonName: 'other', addresses: [], use: ['server'] });
  writeFileSync(join(directory, 'server-key.pem'), other.key);

  t.throws(() => loadWallet(directory), {
    name: 'OB_INVALID_CONFIG',
    message:
      /^key and cert not match: .*server-key\.pem does not belong to .*server-cert\.pem; install the pair/,
  });
});

t.test('what will fail a handshake later is a problem now', async (t) => {
  const authority = await createAuthority();
  const past = new Date(Date.now() - 10 * 86_400_000);
  const future = new Date(Date.now() + 86_400_000);
  const expired = await makeWallet(t.testdir({}), { authority, validFrom: past, days: 1 });
  t.match(loadWallet(expired).problems, [/server-cert\.pem expired on .*; renew it/]);
  const early = await makeWallet(t.testdir({}), { authority, validFrom: future });
  t.match(loadWallet(early).problems, [/is not valid before .*; check the clock/]);

  const stranger = await makeWallet(t.testdir({}), { authority });
  writeFileSync(join(stranger, 'ca.pem'), (await createAuthority({ commonName: 'another' })).certificate);
  t.match(loadWallet(stranger).problems, [/was not issued by a CA in/]);
});

t.test('the stamp changes with a modification time and with a file that comes or goes', async (t) => {
  const directory = await makeWallet(t.testdir({}));
  const first = walletStamp(directory);
  t.equal(walletStamp(directory), first);
  utimesSync(join(directory, 'ca.pem'), new Date(), new Date(1_000));
  const touched = walletStamp(directory);
  t.not(touched, first);
  rmSync(join(directory, 'ca.pem'));
  t.not(walletStamp(directory), touched);
  t.equal(walletStamp('/nowhere'), walletStamp('/nowhere'));
});

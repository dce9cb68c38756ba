import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import {
  type CertificateRequest,
  createAuthority,
  createRevocationList,
  type Issued,
  loadWallet,
  rehearseHandshake,
  serialNumber,
  type Wallet,
} from '../src/index.ts';
import { makeWallet } from './make-wallet.ts';

const directory = mkdtempSync(join(tmpdir(), 'sealane-rehearsal-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));

const authority = await createAuthority();
let count = 0;

async function walletWith(
  options: Partial<CertificateRequest> & { readonly authority?: Issued } = {},
): Promise<Wallet> {
  count += 1;
  return loadWallet(await makeWallet(join(directory, String(count)), { authority, ...options }));
}

const good = await walletWith();
const HOST = '127.0.0.1';
const rehearse = (dialler: Wallet, acceptor: Wallet, port: 'rpc' | 'sql' = 'rpc') =>
  rehearseHandshake({ dialler: { wallet: dialler }, acceptor: { wallet: acceptor }, port, host: HOST });

t.test('two wallets of one CA agree, and the facts are those of a handshake', async (t) => {
  const { facts, refusals } = await rehearse(good, await walletWith());

  t.same(refusals, []);
  t.match(facts, { protocol: 'TLSv1.3', verifyResult: 'OK' });
});

t.test('an end that would be refused is refused in the rehearsal, by the one who would', async (t) => {
  const long = { validFrom: new Date('2020-01-01'), days: 1 };
  const cases = [
    { bad: await walletWith(long), reason: /CERT_HAS_EXPIRED/ },
    { bad: await walletWith({ validFrom: new Date('2100-01-01') }), reason: /CERT_NOT_YET_VALID/ },
  ];
  for (const { bad, reason } of cases) {
    t.match((await rehearse(bad, good)).refusals, [{ by: 'acceptor', reason }]);
    t.match((await rehearse(good, bad)).refusals[0], { by: 'dialler', reason });
  }
});

t.test('ends of different CAs never agree, whoever says so first', async (t) => {
  const stranger = await walletWith({ authority: await createAuthority() });

  t.match((await rehearse(stranger, good)).refusals, [{ reason: /is refused/ }]);
  t.match((await rehearse(good, stranger)).refusals, [{ reason: /is refused/ }]);
});

t.test('the name counts where the certificate is shown to who dialled', async (t) => {
  const elsewhere = await walletWith({ addresses: ['10.9.9.9'] });

  t.match((await rehearse(good, elsewhere)).refusals, [
    { by: 'dialler', reason: /does not name 127\.0\.0\.1/ },
  ]);
  t.same((await rehearse(elsewhere, good)).refusals, []);
});

t.test('a certificate for servers only can accept and not dial', async (t) => {
  const serverOnly = await walletWith({ use: ['server'] });

  t.match((await rehearse(serverOnly, good)).refusals, [{ by: 'acceptor' }]);
  t.same((await rehearse(good, serverOnly)).refusals, []);
});

t.test('a list that revokes the peer counts on the side that has it', async (t) => {
  const revoked = await walletWith();
  const crl = await createRevocationList(authority, {
    number: 1n,
    revoked: [
      { serialNumber: serialNumber(new X509Certificate(revoked.certificate)), revokedAt: new Date() },
    ],
    thisUpdate: new Date(Date.now() - 60_000),
    nextUpdate: new Date(Date.now() + 60_000),
  });
  const careful: Wallet = { ...good, crls: [crl] };

  t.match((await rehearse(revoked, careful)).refusals, [{ by: 'acceptor', reason: /CERT_REVOKED/ }]);
  t.match((await rehearse(careful, revoked)).refusals, [{ by: 'dialler', reason: /CERT_REVOKED/ }]);
});

t.test('a client of the SQL port needs a CA, not a certificate', async (t) => {
  const client = (ca: string) =>
    rehearseHandshake({ dialler: { ca }, acceptor: { wallet: good }, port: 'sql', host: HOST });

  t.same((await client(good.ca)).refusals, []);
  t.match((await client((await createAuthority()).certificate)).refusals, [{ by: 'dialler' }]);
  const { refusals } = await rehearseHandshake({
    dialler: { ca: good.ca },
    acceptor: { wallet: good },
    port: 'rpc',
    host: HOST,
  });
  t.match(refusals, [{ by: 'acceptor', reason: /shows no certificate/ }], 'the mesh asks for one');
});

t.test('a bad certificate is refused on the SQL port, too', async (t) => {
  const expired = await walletWith({ validFrom: new Date('2020-01-01'), days: 1 });

  t.match((await rehearse(expired, good, 'sql')).refusals, [{ by: 'acceptor', reason: /HAS_EXPIRED/ }]);
});

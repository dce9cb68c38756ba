import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { createAuthority, createRevocationList, type Issued, issueCertificate } from '../src/index.ts';
import { decideReload, NOTHING_LOADED } from '../src/reload.ts';
import type { SecureFacts } from '../src/secure.ts';
import { TransportSecurity } from '../src/transport-security.ts';
import { WalletWatch } from '../src/wallet-watch.ts';
import { makeWallet } from './make-wallet.ts';
import { oddCertificate } from './openssl.ts';

const ON = { sslClientAuthentication: true, sqlMinTlsVersion: 'none' };
const OFF = { sslClientAuthentication: false, sqlMinTlsVersion: 'none' };
const caught = (error: unknown): unknown => error;

function security(wallet: string, parameters = ON) {
  const log: string[] = [];
  const write = (fields: object, message: string): number => log.push(`${message} ${JSON.stringify(fields)}`);
  const transport = new TransportSecurity({ walletDirectory: wallet, logger: { info: write, warn: write } });
  transport.reload(parameters, 'start');
  return { transport, log };
}

/** A port whose every connection is secured by `secure`. */
async function securedPort(t: Test, secure: (socket: Socket) => Promise<{ facts: SecureFacts }>) {
  const outcomes: (SecureFacts | Error)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void secure(socket).then(
      ({ facts }) => outcomes.push(facts),
      (error: unknown) => outcomes.push(error as Error),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const dial = async (): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    sockets.add(socket);
    return socket;
  };
  const outcome = async (index: number): Promise<SecureFacts | Error> => {
    const deadline = performance.now() + 5_000;
    while (outcomes.length <= index && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return outcomes[index] ?? new Error('nothing happened');
  };
  return { port, dial, outcome };
}

t.test('both ends of the mesh show certificates, and report the same handshake', async (t) => {
  const { transport } = security(await makeWallet(t.testdir({})));
  const { dial, outcome } = await securedPort(t, (socket) => transport.secureInbound(socket));
  const { stream, facts } = await transport.secureOutbound(await dial(), { host: '127.0.0.1' });
  t.teardown(() => stream.destroy());
  const inbound = await outcome(0);

  t.match(facts, { protocol: 'TLSv1.3', verifyResult: 'OK', keyExchange: 'X25519MLKEM768', cipher: /^TLS_/ });
  t.match(inbound, {
    protocol: 'TLSv1.3',
    cipher: facts.cipher,
    verifyResult: 'OK',
    peerCertificate: { subject: '/O=Sealane/CN=node' },
  });
  t.equal(facts.peerCertificate?.sha256, transport.localCertificate?.sha256);
});

t.test('who shows a bad certificate is refused; a MySQL client may show none, a node may not', async (t) => {
  const authority = await createAuthority();
  const { transport } = security(await makeWallet(t.testdir({}), { authority }));
  const stranger = await issueCertificate(await createAuthority(), {
    commonName: 'x',
    addresses: [],
    use: ['client'],
  });
  const client = await issueCertificate(authority, { commonName: 'app', addresses: [], use: ['client'] });
  const serverOnly = await issueCertificate(authority, {
    commonName: 'app',
    addresses: [],
    use: ['server'],
  });
  const cases: readonly {
    readonly shown: Issued | undefined;
    readonly mesh: RegExp | undefined;
    readonly sql: string;
  }[] = [
    {
      shown: undefined,
      mesh: /the peer shows no certificate; let it load its wallet/,
      sql: 'NO_CERTIFICATE',
    },
    {
      shown: stranger,
      mesh: /certificate \/O=Sealane\/CN=x is refused: UNABLE_TO_VERIFY_LEAF_SIGNATURE|SIGNATURE/,
      sql: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    },
    { shown: serverOnly, mesh: /refused: INVALID_PURPOSE/, sql: 'INVALID_PURPOSE' },
    { shown: client, mesh: undefined, sql: 'OK' },
  ];
  const refusals = /^the client's certificate .* is refused: .*; it must come from a CA in wallet/;
  const mesh = await securedPort(t, (socket) => transport.secureInbound(socket));
  const sql = await securedPort(t, (socket) => transport.secureSqlInbound(socket));
  for (const [index, { shown, mesh: refusal, sql: verdict }] of cases.entries()) {
    const identity: ConnectionOptions =
      shown === undefined ? {} : { cert: shown.certificate, key: shown.key };
    for (const port of [mesh, sql])
      connectTls({ socket: await port.dial(), rejectUnauthorized: false, ...identity }).on(
        'error',
        () => undefined,
      );
    const onMesh = await mesh.outcome(index);
    if (refusal === undefined) t.match(onMesh, { verifyResult: 'OK' });
    else t.match(onMesh, { name: 'OB_CONNECT_ERROR', message: refusal });
    if (shown === stranger || shown === serverOnly)
      t.match(await sql.outcome(index), { name: 'OB_CONNECT_ERROR', message: refusals });
    else t.match(await sql.outcome(index), { verifyResult: verdict });
  }
});

t.test(
  'TLS 1.2 with an old suite is refused, with a good one taken, and the parameter can demand 1.3',
  async (t) => {
    const wallet = await makeWallet(t.testdir({}));
    const { transport } = security(wallet);
    const strict = security(wallet, { ...ON, sqlMinTlsVersion: 'TLSv1.3' }).transport;
    const port = await securedPort(t, (socket) => transport.secureSqlInbound(socket));
    const strictPort = await securedPort(t, (socket) => strict.secureSqlInbound(socket));
    const attempt = async (at: typeof port, options: ConnectionOptions): Promise<unknown> => {
      const tls = connectTls({ socket: await at.dial(), rejectUnauthorized: false, ...options });
      const result = await once(tls, 'secureConnect').then(
        () => [tls.getProtocol(), tls.getCipher().name],
        caught,
      );
      tls.destroy();
      return result;
    };

    t.match(await attempt(port, { maxVersion: 'TLSv1.2' }), ['TLSv1.2', /^ECDHE-ECDSA-AES\d+-GCM-/]);
    t.match(await attempt(port, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }), {
      code: /HANDSHAKE_FAILURE/,
    });
    t.match(await attempt(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }), {
      code: /PROTOCOL_VERSION/,
    });
    t.match(await attempt(strictPort, { maxVersion: 'TLSv1.2' }), { code: /PROTOCOL_VERSION/ });
    t.strictSame(((await attempt(strictPort, {})) as unknown[])[0], 'TLSv1.3');
  },
);

t.test('a handshake that stalls or is rubbish ends with a reason, and the socket with it', async (t) => {
  const { transport } = security(await makeWallet(t.testdir({})));
  const port = await securedPort(t, (socket) => transport.secureInbound(socket));
  const rubbish = await port.dial();
  rubbish.write('this is no hello');
  await once(rubbish, 'close');
  t.match(await port.outcome(0), { name: 'OB_CONNECT_ERROR', message: /the TLS handshake failed: .*SSL/ });
  const half = await port.dial();
  half.write(Buffer.from('16030100', 'hex'));
  half.end();
  t.match(await port.outcome(1), { name: 'OB_CONNECT_ERROR', message: /the peer closed the connection/ });
});

t.test(
  'reloading follows OceanBase: only when a time changed, old contexts stay on failure, off forgets',
  async (t) => {
    const authority = await createAuthority();
    const wallet = await makeWallet(t.testdir({}), { authority });
    const { transport, log } = security(wallet);
    const first = transport.localCertificate?.sha256;
    t.equal(transport.reload(ON, 'change'), 'kept', 'no need to reload');

    await makeWallet(wallet, { authority });
    utimesSync(join(wallet, 'server-cert.pem'), new Date(), new Date(5_000));
    t.equal(transport.reload(ON, 'change'), 'loaded');
    const second = transport.localCertificate?.sha256;
    t.not(second, first);

    writeFileSync(join(wallet, 'server-key.pem'), 'rubbish');
    utimesSync(join(wallet, 'server-key.pem'), new Date(), new Date(6_000));
    t.equal(transport.reload(ON, 'change'), 'failed');
    t.equal(transport.localCertificate?.sha256, second, 'the old one stays');
    t.ok(
      log.some(
        (line) =>
          line.includes('reload_ssl_config failed, the previous state stays') &&
          line.includes('key and cert not match'),
      ),
    );
    t.throws(() => transport.checkWallet(), { message: /^key and cert not match/ });

    t.ok(transport.certificateExpiryUs > Date.now() * 1000);
    t.equal(transport.reload(OFF, 'change'), 'closed');
    t.equal(transport.enabled, false);
    t.equal(transport.certificateExpiryUs, 0);
    t.equal(transport.reload(OFF, 'change'), 'kept');
    await t.rejects(transport.secureSqlInbound(connect({ port: 1 }).on('error', () => undefined)), {
      message: /^ssl config not configured or not load completely/,
    });
  },
);

t.test('new links use the new certificate at once, an open one keeps the old', async (t) => {
  const authority = await createAuthority();
  const wallet = await makeWallet(t.testdir({}), { authority });
  const { transport } = security(wallet);
  const port = await securedPort(t, (socket) => transport.secureInbound(socket));
  const before = await transport.secureOutbound(await port.dial(), { host: '127.0.0.1' });
  await makeWallet(wallet, { authority });
  utimesSync(join(wallet, 'server-cert.pem'), new Date(), new Date(7_000));
  transport.reload(ON, 'change');
  const after = await transport.secureOutbound(await port.dial(), { host: '127.0.0.1' });
  t.teardown(() => [before, after].forEach(({ stream }) => void stream.destroy()));

  t.not(after.facts.peerCertificate?.sha256, before.facts.peerCertificate?.sha256);
  t.equal(before.stream.destroyed, false);
});

t.test(
  'at start a wallet that can not be used is thrown, and a warning of its certificate logged',
  async (t) => {
    const wallet = await makeWallet(t.testdir({}), {
      validFrom: new Date(Date.now() - 9 * 86_400_000),
      days: 1,
    });
    t.ok(security(wallet).log.some((line) => line.includes('server-cert.pem expired on')));
    rmSync(join(wallet, 'ca.pem'));
    t.throws(() => security(wallet), {
      name: 'OB_INVALID_CONFIG',
      message: /^ssl file not available: .*ca\.pem is missing/,
    });
    t.equal(security(wallet, OFF).transport.enabled, false, 'switched off, nobody looks');

    const weak = t.testdir({});
    const { certificate, key } = oddCertificate(weak, { name: 'weak', key: 'rsa:1024', isAuthority: true });
    for (const [name, text] of [
      ['ca.pem', certificate],
      ['server-cert.pem', certificate],
      ['server-key.pem', key],
    ] as const)
      writeFileSync(join(weak, name), text);
    t.throws(() => security(weak), { message: /^ssl file not available: .*has a key of 1024 bits/ });
  },
);

t.test('the reload rule as a table', (t) => {
  const loaded = { stamp: 'a', minTlsVersion: 'none' };
  const wanted = (enabled: boolean, stamp: string, minTlsVersion = 'none') => ({
    enabled,
    stamp,
    minTlsVersion,
  });

  t.equal(decideReload(NOTHING_LOADED, wanted(false, 'a')), 'keep');
  t.equal(decideReload(NOTHING_LOADED, wanted(true, 'a')), 'load');
  t.equal(decideReload(loaded, wanted(true, 'a')), 'keep');
  t.equal(decideReload(loaded, wanted(true, 'b')), 'load');
  t.equal(decideReload(loaded, wanted(true, 'a', 'TLSv1.3')), 'load');
  t.equal(decideReload(loaded, wanted(false, 'a')), 'close');
  t.end();
});

t.test(
  'a client comes back with its ticket and is still who it was, until its time or the wallet is over',
  async (t) => {
    const authority = await createAuthority();
    const directory = await makeWallet(t.testdir({}), { authority });
    const app = await issueCertificate(authority, { commonName: 'app', addresses: [], use: ['client'] });
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { transport } = security(directory);
      const port = await securedPort(t, (socket) => transport.secureSqlInbound(socket));
      const identity = { cert: app.certificate, key: app.key };
      const meet = async (session?: Buffer): Promise<Buffer> => {
        const socket = await port.dial();
        const tls = connectTls({
          socket,
          rejectUnauthorized: false,
          maxVersion: version,
          ...(session === undefined ? identity : { session }),
        });
        tls.on('error', () => undefined);
        const [ticket] = (await once(tls, session === undefined ? 'session' : 'secureConnect')) as [Buffer];
        tls.end();
        return ticket;
      };
      const ticket = await meet();
      t.match(await port.outcome(0), { resumed: false, verifyResult: 'OK' });

      await meet(ticket);
      const back = await port.outcome(1);
      t.match(back, { resumed: true, verifyResult: 'OK', peerCertificate: { commonName: 'app' } }, version);

      const now = Date.now;
      t.teardown(() => {
        Date.now = now;
      });
      Date.now = () => now() + 366 * 86_400_000;
      await meet(ticket).catch(() => undefined);
      const late = await port.outcome(2);
      Date.now = now;
      t.match(late, { message: /CERT_HAS_EXPIRED/ }, 'a ticket does not lengthen a certificate');

      transport.reload(ON, 'statement');
      await meet(ticket);
      t.match(await port.outcome(3), { resumed: false, verifyResult: 'NO_CERTIFICATE' }, 'nor a wallet');
    }
  },
);

t.test(
  'an RSA certificate serves, in TLS 1.2 with its own suites; the hybrid group is chosen where both know it',
  async (t) => {
    const authority = await createAuthority({ keyType: 'rsa' });
    const { transport } = security(await makeWallet(t.testdir({}), { authority, keyType: 'rsa' }));
    const port = await securedPort(t, (socket) => transport.secureSqlInbound(socket));
    const cases: readonly [ConnectionOptions, object][] = [
      [{ maxVersion: 'TLSv1.2' }, { protocol: 'TLSv1.2', cipher: /^ECDHE-RSA-/ }],
      [
        { maxVersion: 'TLSv1.2', ciphers: 'DHE-RSA-AES256-GCM-SHA384' },
        { cipher: 'DHE-RSA-AES256-GCM-SHA384' },
      ],
      [{ ecdhCurve: 'X25519MLKEM768:X25519' }, { protocol: 'TLSv1.3', keyExchange: 'X25519MLKEM768' }],
      [{ ecdhCurve: 'X25519' }, { protocol: 'TLSv1.3', keyExchange: 'X25519' }],
    ];
    for (const [index, [options, facts]] of cases.entries()) {
      const tls = connectTls({ socket: await port.dial(), rejectUnauthorized: false, ...options });
      tls.on('error', () => undefined);
      t.match(await port.outcome(index), facts);
    }
  },
);

t.test('a revoked certificate is refused on both ports', async (t) => {
  const authority = await createAuthority();
  const directory = await makeWallet(t.testdir({}), { authority });
  const app = await issueCertificate(authority, { commonName: 'app', addresses: [], use: ['client'] });
  const other = await issueCertificate(authority, { commonName: 'other', addresses: [], use: ['client'] });
  const list = await createRevocationList(authority, {
    number: 3n,
    revoked: [{ serialNumber: new X509Certificate(app.certificate).serialNumber, revokedAt: new Date() }],
    thisUpdate: new Date(Date.now() - 1_000),
    nextUpdate: new Date(Date.now() + 86_400_000),
  });
  writeFileSync(join(directory, 'crl.pem'), list);
  const { transport } = security(directory);
  t.strictSame(transport.status.loaded?.crlNumbers, ['3']);
  const ports = [
    await securedPort(t, (socket) => transport.secureInbound(socket)),
    await securedPort(t, (socket) => transport.secureSqlInbound(socket)),
  ];
  for (const port of ports) {
    for (const shown of [app, other])
      connectTls({
        socket: await port.dial(),
        rejectUnauthorized: false,
        cert: shown.certificate,
        key: shown.key,
      }).on('error', () => undefined);
    const verdicts = [await port.outcome(0), await port.outcome(1)];
    t.match(
      verdicts.find((each) => each instanceof Error),
      { message: /CN=app .*CERT_REVOKED/ },
    );
    t.match(
      verdicts.find((each) => !(each instanceof Error)),
      { peerCertificate: { commonName: 'other' } },
    );
  }
});

t.test('an exchange file by file loads when all files fit, and never a mixed pair', async (t) => {
  const authority = await createAuthority();
  const base = t.testdir({});
  const directory = await makeWallet(join(base, 'wallet'), { authority });
  const next = await makeWallet(join(base, 'next'), { authority });
  const { transport, log } = security(directory);
  const seen: string[] = [];
  const watch = new WalletWatch({
    directory,
    logger: { warn: () => undefined },
    quietMs: 20,
    settleMs: 200,
    reload: (occasion) => {
      const outcome = transport.reload(ON, occasion);
      seen.push(`${occasion} ${outcome}`);
      return outcome;
    },
  });
  watch.start();
  t.teardown(() => watch.stop());
  const before = transport.localCertificate?.sha256;

  cpSync(join(next, 'server-cert.pem'), join(directory, 'server-cert.pem'));
  await until(() => seen.includes('change failed'));
  t.equal(transport.localCertificate?.sha256, before);
  t.match(transport.status.lastReload, { result: 'FAILED', reason: /key and cert not match/ });
  t.equal(log.filter((line) => line.startsWith('reload_ssl_config failed')).length, 1, 'once, and late');

  cpSync(join(next, 'server-key.pem'), join(directory, 'server-key.pem'));
  await until(() => seen.some((each) => each.endsWith('loaded')));
  t.not(transport.localCertificate?.sha256, before);
  t.match(transport.status.lastReload, { result: 'LOADED', reason: '' });

  const third = await makeWallet(join(base, 'third'), { authority });
  const second = transport.localCertificate?.sha256;
  seen.length = 0;
  renameSync(directory, join(base, 'old'));
  renameSync(third, directory);
  await until(() => seen.some((each) => each.endsWith('loaded')));
  t.not(transport.localCertificate?.sha256, second, 'the whole directory may be another one');
});

t.test(
  'a statement hears why; without rollback new MySQL clients get no TLS until a wallet loads',
  async (t) => {
    const directory = await makeWallet(t.testdir({}));
    const { transport } = security(directory);
    t.equal(transport.reload(ON, 'statement'), 'loaded', 'also when nothing has changed');
    const key = readFileSync(join(directory, 'server-key.pem'));
    writeFileSync(join(directory, 'server-key.pem'), 'nonsense');

    t.throws(() => transport.reload(ON, 'statement'), { errno: 4147, message: /^key and cert not match/ });
    t.equal(transport.enabled, true);
    t.equal(transport.reload({ ...ON, tlsProfile: 'strict' }, 'change'), 'failed');
    t.equal(transport.status.loaded?.sqlOptions.minVersion, 'TLSv1.3', 'new settings hold for the old files');
    transport.closeSql();
    t.equal(transport.enabled, false);
    t.ok(transport.wallet, 'links between nodes keep theirs');
    writeFileSync(join(directory, 'server-key.pem'), key);
    t.equal(transport.reload(ON, 'change'), 'loaded');
    t.equal(transport.enabled, true);
  },
);

t.test('what one thread has checked another uses', async (t) => {
  const directory = await makeWallet(t.testdir({}));
  const { transport } = security(directory);
  const other = new TransportSecurity({
    walletDirectory: '/nowhere',
    logger: { info: () => 0, warn: () => 0 },
  });
  t.equal(other.adopt(structuredClone(transport.wallet), ON), 'loaded');
  t.equal(other.adopt(structuredClone(transport.wallet), ON), 'kept');
  t.equal(other.localCertificate?.sha256, transport.localCertificate?.sha256);
  t.equal(other.adopt(undefined, OFF), 'closed');
  t.equal(other.adopt(undefined, OFF), 'kept');
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('nothing happened');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

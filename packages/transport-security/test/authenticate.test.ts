import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import t, { type Test } from 'tap';
import { authenticateInbound, authenticateOutbound } from '../src/authenticate.ts';
import {
  createAuthority,
  type Issued,
  issueCertificate,
  loadWallet,
  TransportSecurity,
} from '../src/index.ts';
import { RecordSplitter } from '../src/record-splitter.ts';
import { makeWallet } from './make-wallet.ts';

/** Hands on what it gets in pieces of its own making, so that records and clear text begin anywhere. */
async function chopper(t: Test, targetPort: number, pieceSize: number): Promise<number> {
  const server = createServer((front) => {
    const back = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [front, back],
      [back, front],
    ] as const) {
      let held = Buffer.alloc(0);
      from.on('data', (chunk: Buffer) => {
        held = Buffer.concat([held, chunk]);
        // Big pieces wait for more, for a moment.
        setTimeout(
          () => {
            for (; held.length > 0; held = held.subarray(pieceSize)) to.write(held.subarray(0, pieceSize));
          },
          pieceSize > 100 ? 5 : 0,
        );
      });
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  t.teardown(() => server.close());
  return listen(server);
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The first bytes in clear, as OB-RPC's frames begin. */
function clearText(size: number): Buffer {
  const text = randomBytes(size);
  Buffer.from('01dbdbce', 'hex').copy(text);
  return text;
}

async function readAll(socket: Socket, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let read = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    read += chunk.length;
  });
  socket.resume();
  while (read < size) await new Promise((resolve) => setTimeout(resolve, 2));
  return Buffer.concat(chunks);
}

function contextOf(ca: Issued, leaf: Issued, version: 'TLSv1.2' | 'TLSv1.3'): SecureContext {
  const { certificate: cert, key } = leaf;
  return createSecureContext({ ca: ca.certificate, cert, key, minVersion: version, maxVersion: version });
}

t.test('after the handshake every byte in clear arrives once, wherever the pieces are cut', async (t) => {
  const ca = await createAuthority();
  const leaf = await issueCertificate(ca, {
    commonName: 'node',
    addresses: ['127.0.0.1'],
    use: ['server', 'client'],
  });
  const localCertificate = loadWallet(await makeWallet(t.testdir())).facts;
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const pieceSize of [1, 7, 1_000_000]) {
      const context = contextOf(ca, leaf, version);
      const [up, down] = [clearText(5_000), clearText(7_000)];
      const { promise: received, resolve } = Promise.withResolvers<Buffer>();
      const server = createServer({ noDelay: true }, (socket) => {
        void (async () => {
          const options = { context, localCertificate, peerCertificateRequired: true };
          const { facts } = await authenticateInbound(socket, options);
          t.match(facts, { protocol: version, verifyResult: 'OK' });
          socket.write(down);
          resolve(await readAll(socket, up.length));
        })();
      });
      t.teardown(() => server.close());
      const port = await chopper(t, await listen(server), pieceSize);
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      await once(socket, 'connect');
      const options = { context, localCertificate, host: '127.0.0.1' };
      const { facts } = await authenticateOutbound(socket, options);
      socket.write(up);

      const name = `${version} in pieces of ${pieceSize}`;
      t.match(facts, { protocol: version, verifyResult: 'OK' });
      t.ok((await readAll(socket, down.length)).equals(down), `${name}: down`);
      t.ok((await received).equals(up), `${name}: up`);
      socket.destroy();
    }
  }
});

t.test('who is refused, or goes on without saying goodbye, never gets to clear text', async (t) => {
  const base = t.testdir({});
  const wallets = [await makeWallet(`${base}/own`), await makeWallet(`${base}/other`)];
  const [own, other] = wallets.map((walletDirectory) => {
    const security = new TransportSecurity({ walletDirectory, logger: { info() {}, warn() {} } });
    security.reload({ sslClientAuthentication: true, sqlMinTlsVersion: 'none' }, 'start');
    return security;
  });
  if (own === undefined || other === undefined) throw new Error('no wallets');
  const verdicts: unknown[] = [];
  const server = createServer((socket) => {
    t.teardown(() => socket.destroy());
    own.authenticateInbound(socket).catch((error: unknown) => verdicts.push(error));
  });
  t.teardown(() => server.close());
  const port = await listen(server);
  const dial = async (): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return socket;
  };

  await t.rejects(other.authenticateOutbound(await dial(), { host: '127.0.0.1' }), {
    message: /the peer's certificate .* is refused: /,
  });
  await t.rejects(own.authenticateOutbound(await dial(), { host: '10.0.0.7' }), {
    message: /does not name 10\.0\.0\.7/,
  });
  const rude = await dial();
  rude.write(Buffer.from('01dbdbce00000000', 'hex'));
  await once(rude, 'close');
  t.ok(verdicts.length >= 1);
  for (const verdict of verdicts) t.match(verdict, { name: 'OB_CONNECT_ERROR' });
});

t.test('records end where something else begins, and none is longer than TLS allows', (t) => {
  const record = (type: number, size: number): Buffer =>
    Buffer.concat([Buffer.from([type, 3, 3, size >> 8, size & 0xff]), Buffer.alloc(size, 1)]);
  const splitter = new RecordSplitter();
  const bytes = Buffer.concat([record(22, 5), record(23, 0), record(21, 2), Buffer.from('01dbdbce')]);
  const { records, clear } = splitter.push(bytes);
  t.equal(records.length, 5 * 3 + 7);
  t.same(clear, Buffer.from('01dbdbce'));
  t.throws(() => new RecordSplitter().push(record(23, 20_000)), { name: 'OB_RPC_PACKET_INVALID' });
  t.end();
});

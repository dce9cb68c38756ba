import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ObError } from '@sealane/errors';
import { makeCertificates, TransportSecurity } from '@sealane/transport-security';
import t from 'tap';
import { hearClient } from '../src/front/client-login.ts';
import type { ServerStream } from '../src/server/server-link.ts';

/** CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH. */
const CAPABILITIES = 0x0200 | 0x0800 | 0x8000 | 0x80000;
const TIMEOUT_MS = 10_000;

t.test('a client whose first TLS record comes in one piece with its request for TLS gets in', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-client-tls-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const wallet = join(directory, 'wallet');
  await makeCertificates({ directory, nodes: [{ name: 'proxy', ip: '127.0.0.1', wallet }] });
  const security = new TransportSecurity({ walletDirectory: wallet, logger: { info() {}, warn() {} } });
  security.reload({ sslClientAuthentication: true, sqlMinTlsVersion: 'none' }, 'start');
  const port = await listen(t, (socket) => hear(socket, security));

  for (let turn = 0; turn < 5; turn += 1) {
    const socket = connect({ host: '127.0.0.1', port });
    t.teardown(() => socket.destroy());
    await new Promise((resolve) => socket.once('data', resolve)); // The greeting.
    const tls = await secureInOnePiece(socket);
    tls.write(packet(2, Buffer.concat([head(), Buffer.from('root@test\0\0', 'latin1')])));
    const said = await new Promise<Buffer>((resolve) => tls.once('data', resolve));
    t.match(said.toString('latin1'), /heard root@test over TLS/);
  }
});

async function hear(socket: Socket, security: TransportSecurity): Promise<void> {
  const candidate = await hearClient(socket, {
    connectionId: 1,
    scramble: new Uint8Array(20).fill(65),
    serverVersion: '5.7.25',
    packetSizeMax: 1024,
    secure: async () => (await security.secureSqlInbound(socket)).stream as ServerStream,
    timeoutMs: TIMEOUT_MS,
  });
  const how = candidate.encrypted ? 'over TLS' : 'in clear';
  const message = `heard ${candidate.response.user} ${how}`;
  candidate.refuse(new ObError('OB_OP_NOT_ALLOW', [], { message }));
}

/** The request and the ClientHello in one write, as a client that doesn't wait sends them. */
function secureInOnePiece(socket: Socket): Promise<TLSSocket> {
  const [ours, theirs] = duplexPair();
  const tls = connectTls({ socket: ours, rejectUnauthorized: false });
  theirs.once('data', (hello: Buffer) => {
    socket.write(Buffer.concat([packet(1, head()), hello]));
    theirs.pipe(socket).pipe(theirs);
  });
  return new Promise((resolve, reject) => {
    tls.once('secureConnect', () => resolve(tls));
    tls.once('error', reject);
    setTimeout(() => reject(new Error('no handshake')), TIMEOUT_MS).unref();
  });
}

/** The beginning of a handshake response, which alone is a request for TLS. */
function head(): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32LE(CAPABILITIES, 0);
  bytes.writeUInt32LE(1024, 4);
  bytes.writeUInt8(45, 8);
  return bytes;
}

function packet(sequenceId: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header.writeUInt8(sequenceId, 3);
  return Buffer.concat([header, payload]);
}

function listen(
  test: { teardown(undo: () => void): void },
  accept: (socket: Socket) => Promise<void>,
): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    accept(socket).catch(() => socket.destroy());
  });
  test.teardown(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

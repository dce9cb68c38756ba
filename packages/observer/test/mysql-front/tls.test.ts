import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type ByteStream, ClientSession, flagsOf } from '@sealane/mysql-protocol';
import { startRelay } from '@sealane/testkit';
import mysql from 'mysql2/promise';
import t, { type Test } from 'tap';
import { makeTestCertificates } from './certificates.ts';
import { secureWith } from './fake-session.ts';
import { eventually, RawClient, type Served, serve } from './serve.ts';

t.setTimeout(60_000);
const certificates = makeTestCertificates(t.testdir({}));
const marker = 'marker-7f3a91c4';

async function serveTls(t: Test): Promise<Served> {
  const served = await serve(t);
  served.fake.secureInbound = secureWith(certificates);
  return served;
}

async function session(t: Test, port: number, tls: 'off' | 'preferred' | 'required'): Promise<ClientSession> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const secure = async (stream: ByteStream): Promise<ByteStream> => {
    const secured = connectTls({ socket: stream as Socket, ca: certificates.ca, host: '127.0.0.1' });
    await once(secured, 'secureConnect');
    return secured;
  };
  const opened = await ClientSession.open(socket, {
    user: 'root@test',
    password: 'secret',
    tls,
    secure,
    timeoutMs: 5_000,
  });
  t.teardown(() => opened.close());
  return opened;
}

t.test(
  'a client that wants TLS gets it on the same port, and nothing of a statement is seen on the wire',
  async (t) => {
    const { port, fake } = await serveTls(t);
    const relay = await startRelay(t, { host: '127.0.0.1', port });
    const connection = await mysql.createConnection({
      host: '127.0.0.1',
      port: relay.port,
      user: 'root@test',
      password: 'secret',
      ssl: { ca: certificates.ca },
    });
    t.teardown(() => connection.destroy());

    await connection.query(`select digest ${marker}`);

    t.match(fake.links[0]?.tls, { protocol: 'TLSv1.3' });
    t.match(fake.log.find(({ message }) => message === 'MySQL LOGIN')?.fields, {
      use_ssl: true,
      cipher: /AES|CHACHA/,
    });
    t.equal(fake.sessions[0]?.request.tls?.protocol, 'TLSv1.3');
    t.notOk(relay.fromClients().includes(marker));
    t.notOk(relay.fromClients().includes('root@test'), 'not even the user');
  },
);

t.test('the figures of the ledger are those of the wire', async (t) => {
  const { port, fake } = await serveTls(t);
  const relay = await startRelay(t, { host: '127.0.0.1', port });

  const encrypted = await session(t, relay.port, 'required');
  await encrypted.query(`select digest ${marker}`);
  await eventually('the relay has seen all', () => relay.fromClients().length === bytesIn(fake.links[0]));

  const figures = fake.links[0]?.traffic();
  const greeting = 4 + relay.fromServer().readUIntLE(0, 3);
  t.equal(figures?.negotiationBytesIn, 36, 'an SSLRequest and nothing else');
  t.equal(figures?.negotiationBytesOut, greeting, 'the greeting and nothing else');
  t.equal(figures?.encryptedBytesIn, relay.fromClients().length - 36);
  t.equal(figures?.encryptedBytesOut, relay.fromServer().length - greeting);
  t.equal(figures?.lastClearAt, undefined, 'no byte of anybody went in clear');
  encrypted.close();
  await eventually('the link is closed', () => fake.links[0]?.closed === 'quit');
  t.ok(
    (fake.links[0]?.traffic().encryptedBytesIn ?? 0) > (figures?.encryptedBytesIn ?? 0),
    'the last bytes count too',
  );
});

function bytesIn(link: Served['fake']['links'][number] | undefined): number {
  const figures = link?.traffic();
  const { negotiationBytesIn = 0, clearBytesIn = 0, encryptedBytesIn = 0 } = figures ?? {};
  return negotiationBytesIn + clearBytesIn + encryptedBytesIn;
}

t.test('turning TLS on concerns connections accepted from then on, and no other', async (t) => {
  const { port, fake } = await serve(t);
  const before = await session(t, port, 'preferred');

  fake.secureInbound = secureWith(certificates);
  const after = await session(t, port, 'preferred');
  const plain = await session(t, port, 'off');
  fake.secureInbound = undefined;
  for (const each of [before, after, plain]) await each.query('insert x');

  t.same(
    fake.links.map(({ tls }) => tls !== undefined),
    [false, true, false],
  );
  await t.rejects(session(t, port, 'required'), {
    name: 'ER_HANDSHAKE_ERROR',
    message: /ssl_client_authentication/,
  });
  t.equal(fake.links[0]?.traffic().encryptedBytesIn, 0);
});

t.test('a ClientHello that comes in one piece with the TLS request is the beginning of TLS', async (t) => {
  const { port, fake } = await serveTls(t);
  const raw = await RawClient.connect(t, port);
  await raw.packet();
  raw.socket.removeAllListeners('data');
  const { stream, firstBytes } = held(raw.socket);
  const secured: TLSSocket = connectTls({ socket: stream, ca: certificates.ca, host: '127.0.0.1' });
  t.teardown(() => secured.destroy());

  raw.socket.write(Buffer.concat([sslRequest(), await firstBytes]));
  await once(secured, 'secureConnect');
  await eventually('the server has finished too', () => fake.links[0]?.tls !== undefined);

  t.match(fake.links[0]?.tls, { protocol: 'TLSv1.3' });
  t.equal(fake.links[0]?.traffic().negotiationBytesIn, 36);
});

t.test('bytes in clear text behind the TLS request end the connection', async (t) => {
  const { port, fake } = await serveTls(t);
  const raw = await RawClient.connect(t, port);
  await raw.packet();

  raw.socket.write(Buffer.concat([sslRequest(), Buffer.from('\x10\0\0\x02\x03select 1')]));

  t.match(await raw.verdict(), /^1043 /);
  t.equal(await raw.verdict(), 'closed');
  t.match(fake.links[0]?.closed, /bytes in clear text behind the TLS request/);
});

t.test('TLS asked for where it is not offered, or a broken handshake, ends the connection', async (t) => {
  const { port, fake } = await serve(t);
  const unoffered = await RawClient.connect(t, port);
  await unoffered.packet();
  unoffered.socket.write(sslRequest());
  t.match(await unoffered.verdict(), /^1043 Bad handshake/);

  fake.secureInbound = secureWith(certificates);
  const broken = await RawClient.connect(t, port);
  await broken.packet();
  broken.socket.write(sslRequest());
  await eventually(
    'the server waits for TLS',
    () => (fake.links[1]?.traffic().negotiationBytesIn ?? 0) === 36,
  );
  broken.socket.write('this is no ClientHello, and never will be one');
  await eventually('the connection is closed', () => fake.links[1]?.closed !== undefined);

  await (await session(t, port, 'required')).query('insert x');
});

t.test('a client that asks for TLS and says no more is closed after the login timeout', async (t) => {
  const fakeTls = await serve(t, { loginTimeoutMs: 150 });
  fakeTls.fake.secureInbound = secureWith(certificates);
  const raw = await RawClient.connect(t, fakeTls.port);
  await raw.packet();

  raw.socket.write(sslRequest());

  await eventually('the link is closed', () => fakeTls.fake.links[0]?.closed !== undefined);
  t.match(fakeTls.fake.links[0]?.closed, /no TLS handshake in time/);
});

function sslRequest(): Buffer {
  const packet = Buffer.alloc(36);
  packet.writeUIntLE(32, 0, 3);
  packet.writeUInt8(1, 3);
  packet.writeUInt32LE(flagsOf('PROTOCOL_41', 'SSL', 'SECURE_CONNECTION', 'PLUGIN_AUTH'), 4);
  packet.writeUInt32LE(1 << 24, 8);
  packet.writeUInt8(45, 12);
  return packet;
}

/** A stream over a socket that holds the first write back and shows it. */
function held(socket: Socket): { stream: Duplex; firstBytes: Promise<Buffer> } {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  let first = true;
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      if (first) resolve(chunk);
      else socket.write(chunk);
      first = false;
      done();
    },
  });
  socket.on('data', (chunk) => stream.push(chunk));
  return { stream, firstBytes: promise };
}

import {
  capabilityAttribute,
  commandCode,
  decodeErr,
  decodeHandshake,
  decodeOk,
  encodeHandshakeResponse,
  flagsOf,
  Ob20Link,
  PacketDecoder,
  PacketWriter,
} from '@sealane/mysql-protocol';
import t, { type Test } from 'tap';
import { RawClient, type Served, serve } from './serve.ts';

/** The OceanBase 2.0 protocol at the SQL port: agreed in the login, spoken behind it. */

const capabilities = flagsOf(
  'PROTOCOL_41',
  'SECURE_CONNECTION',
  'PLUGIN_AUTH',
  'CONNECT_ATTRS',
  'SESSION_TRACK',
  'DEPRECATE_EOF',
);

t.test('a driver of OceanBase’s that asks for frames is answered in frames', async (t) => {
  const served = await serve(t);
  const { client, flag, link } = await logIn(t, served, '__ob_libobclient', '16777215');
  t.equal(flag, '262', 'what both have');
  t.same(await exchange(client, link, Buffer.of(commandCode.COM_PING)), ['ok']);
  const rows = await exchange(client, link, queryOf('SELECT many 30000'));
  t.ok(rows.length > 30_000, 'a long answer, in several frames');
  t.equal(rows.at(-1), 'end');
  client.socket.write(link.request(packetOf(Buffer.of(commandCode.COM_QUIT))));
  t.equal(await client.packet().catch(() => undefined), undefined, 'closed');
});

t.test('a damaged frame is told and ends the connection', async (t) => {
  const served = await serve(t);
  for (const [at, errno] of [
    [8, 1047],
    [12, 4103],
    [33, 4103],
  ] as const) {
    const { client, link } = await logIn(t, served, '__ob_jdbc_client', '256');
    const frame = Buffer.from(link.request(packetOf(queryOf('SELECT 1'))));
    frame.writeUInt8(frame.readUInt8(at) ^ 1, at);
    const { bytes, closed } = await rawAnswer(client, frame);
    t.equal(closed, true, `byte ${at}`);
    link.push(bytes);
    const told = new PacketDecoder(1000);
    told.push(link.next() ?? new Uint8Array());
    t.equal(decodeErr(told.next()?.payload ?? new Uint8Array()).errno, errno);
  }
  t.equal(served.listener.connectionCount, 0, 'nobody is left');
});

t.test('whoever doesn’t ask, or isn’t of OceanBase, goes on as ever', async (t) => {
  const served = await serve(t);
  for (const [type, flags, expected] of [
    ['libmysql', '256', undefined],
    ['__ob_java_client', '6', '6'],
  ] as const) {
    const { client, flag } = await logIn(t, served, type, flags);
    t.equal(flag, expected, type);
    client.query('SELECT 1');
    t.not((await client.packet())?.payload.length, 0);
  }
});

async function logIn(
  t: Test,
  { port }: Served,
  type: string,
  flags: string,
): Promise<{ client: RawClient; flag: string | undefined; link: Ob20Link }> {
  const client = await RawClient.connect(t, port);
  const greeting = await client.packet();
  const { connectionId } = decodeHandshake(greeting?.payload ?? new Uint8Array());
  const writer = new PacketWriter(1);
  encodeHandshakeResponse(writer, {
    capabilities,
    packetSizeMax: 1 << 24,
    charset: 45,
    user: 'root@sys',
    authResponse: new Uint8Array(),
    database: undefined,
    plugin: 'mysql_native_password',
    attributes: new Map([
      ['__mysql_client_type', type],
      [capabilityAttribute, flags],
    ]),
  });
  client.socket.write(writer.take());
  const ok = decodeOk((await client.packet())?.payload ?? new Uint8Array(), capabilities);
  const change = ok.changes.find((each) => each.name === 'ob_capability_flag');
  const flag = change?.kind === 'variable' ? change.value : undefined;
  return { client, flag, link: new Ob20Link(connectionId, 'client') };
}

/** @returns the packets of an answer, in a word each */
async function exchange(client: RawClient, link: Ob20Link, command: Uint8Array): Promise<string[]> {
  const packets = new PacketDecoder(1 << 24);
  const words: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), 10_000);
  client.socket.removeAllListeners('data');
  client.socket.on('data', (chunk: Buffer) => {
    link.push(chunk);
    for (let bytes = link.next(); bytes !== undefined; bytes = link.next()) packets.push(bytes);
    for (let packet = packets.next(); packet !== undefined; packet = packets.next()) {
      const [first] = packet.payload;
      words.push(first === 0 && words.length === 0 ? 'ok' : first === 0xfe ? 'end' : 'row');
      if (first === 0xfe || words[0] === 'ok') resolve(words);
    }
  });
  client.socket.write(link.request(packetOf(command)));
  return promise.finally(() => clearTimeout(timer));
}

async function rawAnswer(client: RawClient, bytes: Uint8Array): Promise<{ bytes: Buffer; closed: boolean }> {
  const chunks: Buffer[] = [];
  client.socket.removeAllListeners('data');
  client.socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<boolean>((resolve) => client.socket.once('close', () => resolve(true)));
  client.socket.write(bytes);
  return { closed: await closed, bytes: Buffer.concat(chunks) };
}

function queryOf(text: string): Uint8Array {
  return Buffer.concat([Buffer.of(commandCode.COM_QUERY), Buffer.from(text)]);
}

function packetOf(payload: Uint8Array): Uint8Array {
  const writer = new PacketWriter();
  writer.begin().bytes(payload).end();
  return writer.take();
}

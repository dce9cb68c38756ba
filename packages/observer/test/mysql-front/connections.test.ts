import { commandCode } from '@sealane/mysql-protocol';
import type mysql from 'mysql2/promise';
import t from 'tap';
import { digest } from './fake-session.ts';
import { client, eventually, failure, RawClient, serve } from './serve.ts';

t.setTimeout(60_000);

t.test('a client that reads slowly holds up its own answer, and memory stays bounded', async (t) => {
  const served = await serve(t);
  const raw = await RawClient.loggedIn(t, served.port);

  raw.socket.pause();
  raw.query('select many 300000');
  await eventually(
    'the answer waits for the client',
    () => served.listener.processes.rows()[0]?.command === 'Query',
  );
  const other = await client(t, served);
  await other.query('insert x');
  t.equal(served.listener.processes.rows()[0]?.command, 'Query', 'it still waits while others are served');
  raw.socket.resume();
  let rows = -5;
  for (let end = false; !end; rows++) {
    const packet = await raw.packet();
    end = packet === undefined || (rows > 0 && packet.payload[0] === 0xfe);
  }

  t.equal(rows, 300_000 - 1);
});

t.test('a client that never reads is closed after the write timeout', async (t) => {
  const served = await serve(t, { writeTimeoutMs: 100 });
  const raw = await RawClient.loggedIn(t, served.port);

  raw.socket.pause();
  raw.query('select many 300000');

  await eventually('the connection is closed', () => served.fake.links[0]?.closed !== undefined);
  t.match(served.fake.links[0]?.closed, /ER_NET_WRITE_INTERRUPTED/);
});

t.test('who does not log in in time, or says nothing for wait_timeout, is closed', async (t) => {
  const served = await serve(t, { loginTimeoutMs: 100, readTimeoutMs: 50 });
  const silent = await RawClient.connect(t, served.port);
  await silent.packet();

  t.match(await silent.verdict(), /^1159 /);
  t.equal(await silent.verdict(), 'closed');
  const idle = await RawClient.loggedIn(t, served.port);
  idle.query('set wait_timeout');
  t.equal(await idle.verdict(), 'OK');
  t.equal(await idle.verdict(), 'closed');
  t.equal(served.fake.links[1]?.closed, 'idle too long');
  const half = await RawClient.loggedIn(t, served.port);
  half.socket.write(Buffer.of(9, 0, 0, 0, commandCode.COM_QUERY));
  t.match(await half.verdict(), /^1159 /);
});

t.test('one connection too many is told so instead of being greeted', async (t) => {
  const served = await serve(t, { connectionsMax: 2 });
  await RawClient.loggedIn(t, served.port);
  const second = await client(t, served);

  t.match(await failure(client(t, served)), { errno: 1040, message: /Too many connections/ });
  await second.end();
  await eventually('there is room again', () => served.listener.connectionCount === 1);
  await client(t, served);
});

t.test('half-open connections never keep a client out', async (t) => {
  const served = await serve(t, { loggingInMax: 5 });
  const silent = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(t, served.port)));

  const connection = await client(t, served);
  await connection.query('insert x');

  await eventually('the oldest were pushed out', () => served.listener.connectionCount <= 6);
  t.equal(silent.length, 20);
});

t.test('KILL QUERY ends the statement, KILL the connection', async (t) => {
  const served = await serve(t);
  const connection = await client(t, served);
  const id = connection.threadId;
  const busy = (): boolean => served.listener.processes.rows().some(({ command }) => command === 'Query');

  const sleeping = failure(connection.query('select sleep'));
  await eventually('it sleeps', busy);
  t.match(served.listener.processes.rows(), [{ connectionId: id, info: 'select sleep', state: 'ACTIVE' }]);
  served.listener.processes.kill(id, 'query');
  t.match(await sleeping, { errno: 1317, sqlState: '70100' });

  const again = failure(connection.query('select sleep'));
  await eventually('it sleeps', busy);
  served.listener.processes.kill(id, 'connection');
  t.match(await again, { errno: 5066 });
  await eventually('the connection is closed', () => served.listener.connectionCount === 0);
  t.throws(() => served.listener.processes.kill(id, 'query'), { name: 'OB_UNKNOWN_CONNECTION' });
});

t.test('a client that goes away takes its statement along', async (t) => {
  const served = await serve(t);
  const raw = await RawClient.loggedIn(t, served.port);
  raw.query('select sleep');
  await eventually('it sleeps', () => served.listener.processes.rows()[0]?.command === 'Query');

  raw.socket.destroy();

  await eventually('the session is closed', () => served.fake.sessions[0]?.closed === true);
  t.equal(served.listener.processes.size, 0);
});

t.test('a stop closes idle connections at once and lets a running statement finish', async (t) => {
  const served = await serve(t);
  const idle = await RawClient.loggedIn(t, served.port);
  const busy = await client(t, served);
  const sleeping = failure(busy.query('select sleep'));
  await eventually('it sleeps', () =>
    served.listener.processes.rows().some(({ command }) => command === 'Query'),
  );

  const stopped = served.listener.stop(5_000);
  t.equal(await idle.verdict(), 'closed');
  served.fake.sessions.at(-1)?.kill('query');

  t.match(await sleeping, { errno: 1317 });
  await stopped;
  t.equal(served.listener.connectionCount, 0);
});

t.test('a taken port is a clear error', async (t) => {
  const { MysqlListener } = await import('../../src/mysql-front/index.ts');
  const { port, fake } = await serve(t);
  const second = new MysqlListener({ host: '127.0.0.1', port, ports: fake.ports, serverId: () => 1 });

  await t.rejects(second.start(), {
    name: 'OB_CONNECT_ERROR',
    message: new RegExp(`127.0.0.1:${port}: EADDRINUSE`),
  });
});

t.test('rubbish ends nothing but its own connection', async (t) => {
  const served = await serve(t);
  const seed = Date.now() & 0xffff;
  t.comment(`seed ${seed}`);
  let state = seed;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };

  for (let round = 0; round < 60; round++) {
    const raw =
      round % 3 === 0 ? await RawClient.loggedIn(t, served.port) : await RawClient.connect(t, served.port);
    const noise = Buffer.from(Array.from({ length: 1 + random(300) }, () => random(256)));
    if (round % 2 === 0) raw.send(noise, random(3));
    else raw.socket.write(noise);
    raw.socket.end();
  }

  const connection = await client(t, served);
  const [rows] = await connection.query<mysql.RowDataPacket[]>('select digest alive');
  t.equal(rows[0]?.['digest'], digest('alive'));
  t.notOk(served.fake.log.some(({ message }) => message === 'internal error'));
});

t.test('who drips its login byte by byte gains no time by it', async (t) => {
  const served = await serve(t, { loginTimeoutMs: 200 });
  const raw = await RawClient.connect(t, served.port);
  const started = Date.now();
  raw.socket.write(Buffer.of(60, 0, 0, 1));
  const drip = setInterval(() => raw.socket.write(Buffer.of(0)), 10);
  t.teardown(() => clearInterval(drip));
  raw.socket.on('close', () => clearInterval(drip));

  await eventually('the connection is closed', () => served.fake.links[0]?.closed !== undefined);
  t.match(served.fake.links[0]?.closed, /ER_NET_READ_INTERRUPTED/);
  t.ok(Date.now() - started < 4_000);
});

t.test('half-open connections give way where the limit of all is reached', async (t) => {
  const served = await serve(t, { connectionsMax: 3 });
  await client(t, served);
  await RawClient.connect(t, served.port);
  await RawClient.connect(t, served.port);

  const late = await client(t, served);
  await late.query('insert x');
  await (await client(t, served)).query('insert x');
  t.match(await failure(client(t, served)), { errno: 1040 });
});

t.test('a killed connection that waits for its client to read ends all the same', async (t) => {
  const served = await serve(t);
  const raw = await RawClient.loggedIn(t, served.port);
  raw.socket.pause();
  raw.query('select many 300000');
  await eventually(
    'the answer waits for the client',
    () => served.listener.processes.rows()[0]?.command === 'Query',
  );

  served.listener.processes.kill(served.listener.processes.rows()[0]?.connectionId ?? 0, 'connection');

  await eventually('the connection is gone', () => served.listener.connectionCount === 0);
  t.ok(served.fake.sessions[0]?.closed);
});

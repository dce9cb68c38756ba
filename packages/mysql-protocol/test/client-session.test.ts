import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import {
  type ByteStream,
  ClientSession,
  type ClientSessionOptions,
  type Column,
  ServerConnection,
} from '../src/index.ts';

const text: Column = {
  database: '',
  table: '',
  originalTable: '',
  name: 'answer',
  originalName: '',
  type: { name: 'varchar', length: 20 },
  nullable: true,
};

/** A server that answers by the statement's text, over a real socket. */
async function serve(t: Test): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const scramble = new Uint8Array(20).fill(65);
    const connection = new ServerConnection({
      connectionId: 1,
      scramble,
      tls: false,
      serverVersion: '5.7.25',
      maxAllowedPacket: 1_000,
    });
    connection.greet();
    socket.write(connection.take());
    socket.on('data', (chunk: Buffer) => {
      connection.receive(chunk);
      for (let event = connection.next(); event !== undefined; event = connection.next()) {
        if (event.kind === 'login' && event.response.user === 'wrong') connection.error(new Error('no'));
        else if (event.kind === 'login') connection.admit({});
        else if (event.kind === 'command' && event.command.name === 'COM_QUERY')
          answer(connection, socket, event.command.text);
        else if (event.kind === 'command' && event.command.name === 'COM_STMT_PREPARE') {
          connection.prepared({ id: 4, parameterCount: 1, columns: [text] }, outcome);
        } else if (event.kind === 'command' && event.command.name === 'COM_STMT_EXECUTE') {
          connection.columns([text], outcome);
          connection.binaryRow([event.command.parameters[0] ?? null]);
          connection.endOfRows(outcome);
        } else if (event.kind === 'command' && event.command.name === 'COM_PING') connection.ok({});
      }
      socket.write(connection.take());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

const outcome = { status: 0, warningCount: 0 };

function answer(connection: ServerConnection, socket: Socket, statement: string): void {
  if (statement === 'silence') return;
  if (statement === 'hang up') socket.destroy();
  else if (statement === 'fail') connection.error(new Error('ours'));
  else if (statement === 'two') {
    connection.ok({ status: 8, affectedRows: 1n });
    connection.ok({ affectedRows: 2n });
  } else {
    connection.columns([text], outcome);
    connection.textRow([statement]);
    connection.textRow([null]);
    connection.endOfRows(outcome);
  }
}

async function open(port: number, options: Partial<ClientSessionOptions> = {}): Promise<ClientSession> {
  const socket: ByteStream = connect({ port, host: '127.0.0.1' });
  return ClientSession.open(socket, {
    user: 'root@sys',
    password: '',
    tls: 'off',
    timeoutMs: 5_000,
    ...options,
  });
}

t.test('a session runs statements, prepared ones too, one after the other', async (t) => {
  const session = await open(await serve(t));

  const first = await session.query('grüße');
  const results = await session.queryAll('two');
  const prepared = await session.execute('select ?', ['wert']);
  await session.ping();

  t.same(first.rows, [['grüße'], [null]]);
  t.equal(first.columns[0]?.name, 'answer');
  t.same(
    results.map(({ ok }) => ok.affectedRows),
    [1n, 2n],
  );
  t.same(prepared.rows, [['wert']]);
  session.close();
  t.notOk(session.usable);
  await t.rejects(session.query('x'), { name: 'OB_CONNECT_ERROR', message: 'the session is closed' });
});

t.test('a failed statement leaves the session usable, a refused login does not open one', async (t) => {
  const port = await serve(t);
  const session = await open(port);

  await t.rejects(session.query('fail'), { name: 'OB_ERR_UNEXPECTED', message: 'Internal error' });
  t.same((await session.query('on')).rows[0], ['on']);
  await t.rejects(open(port, { user: 'wrong' }), { message: 'Internal error' });
  session.close();
});

t.test(
  'a server that says nothing costs no more than the deadline, and one that hangs up is told',
  async (t) => {
    const port = await serve(t);
    const silent = await open(port, { timeoutMs: 50 });
    await t.rejects(silent.query('silence'), {
      name: 'OB_TIMEOUT',
      message: /no answer within 50 ms: could not run a statement/,
    });
    t.notOk(silent.usable);

    const cut = await open(port);
    await t.rejects(cut.query('hang up'), { name: 'OB_CONNECT_ERROR' });
    t.notOk(cut.usable);
    await t.rejects(open(1), { name: 'OB_CONNECT_ERROR', message: /ECONNREFUSED/ });
  },
);

import { generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { isObError } from '@sealane/errors';
import fc from 'fast-check';
import t from 'tap';
import {
  type CellValue,
  ClientConnection,
  type ClientConnectionOptions,
  type ClientEvent,
  type Column,
  cachingSha2FastMatches,
  cachingSha2Masked,
  cachingSha2Memory,
  fastAuthSuccess,
  nativePasswordHash,
  nativePasswordMatches,
  performFullAuthentication,
  requestPublicKey,
  ServerConnection,
  type ServerEvent,
  serverStatus,
} from '../src/index.ts';
import { PacketDecoder } from '../src/packet-stream.ts';
import { PacketWriter } from '../src/packet-writer.ts';
import { decodeHandshake, encodeHandshake } from '../src/packets/handshake.ts';

const scramble = Uint8Array.from({ length: 20 }, (_, index) => index + 65);

interface Pair {
  readonly server: ServerConnection;
  readonly client: ClientConnection;
}

type PairOptions = Partial<ClientConnectionOptions> & {
  readonly offerTls?: boolean;
  readonly maxAllowedPacket?: number;
};

function pair({ offerTls = false, maxAllowedPacket = 1_000_000, ...options }: PairOptions = {}): Pair {
  const server = new ServerConnection({
    connectionId: 5,
    scramble,
    tls: offerTls,
    serverVersion: '5.7.25',
    maxAllowedPacket,
  });
  return {
    server,
    client: new ClientConnection({ user: 'root@sys', password: 'secret', tls: 'off', ...options }),
  };
}

/** Carries bytes to the server and gives its events. */
function toServer({ server, client }: Pair): ServerEvent[] {
  server.receive(client.take());
  const events: ServerEvent[] = [];
  for (let event = server.next(); event !== undefined; event = server.next()) events.push(event);
  return events;
}

function toClient({ server, client }: Pair): ClientEvent[] {
  client.receive(server.take());
  const events: ClientEvent[] = [];
  for (let event = client.next(); event !== undefined; event = client.next()) events.push(event);
  return events;
}

/** The greeting as a server without DEPRECATE_EOF would send it. */
function withoutDeprecateEof(greeting: Uint8Array): Uint8Array {
  const decoder = new PacketDecoder(1_000);
  decoder.push(greeting);
  const handshake = decodeHandshake(decoder.next()?.payload ?? new Uint8Array(0));
  const writer = new PacketWriter();
  encodeHandshake(writer, { ...handshake, capabilities: handshake.capabilities & ~(1 << 24) });
  return writer.take();
}

function loggedIn(options: PairOptions & { readonly eof?: boolean } = {}): Pair {
  const { eof = false, ...rest } = options;
  const both = pair(rest);
  both.server.greet();
  both.client.receive(eof ? withoutDeprecateEof(both.server.take()) : both.server.take());
  both.client.next();
  toServer(both);
  both.server.admit({ status: serverStatus.AUTOCOMMIT });
  toClient(both);
  return both;
}

function column(name: string, type: string): Column {
  return {
    database: 'd',
    table: 't',
    originalTable: 't',
    name,
    originalName: name,
    type: { name: type, length: 100 },
    nullable: true,
  };
}

t.test('a login: greeting, response, OK', (t) => {
  const both = pair({ database: 'd1', attributes: new Map([['_client_name', 'sealane']]) });
  both.server.greet();
  t.same(toClient(both), []);
  const [event] = toServer(both);

  t.match(event, {
    kind: 'login',
    response: { user: 'root@sys', database: 'd1', plugin: 'mysql_native_password' },
  });
  if (event?.kind !== 'login') throw new Error('no login');
  t.equal(event.response.attributes.get('_client_name'), 'sealane');
  t.ok(
    nativePasswordMatches(nativePasswordHash('secret'), { scramble, response: event.response.authResponse }),
  );
  both.server.admit({ status: serverStatus.AUTOCOMMIT });
  t.match(toClient(both), [{ kind: 'admitted', ok: { status: serverStatus.AUTOCOMMIT } }]);
  t.ok(both.client.idle);
  t.end();
});

t.test('an auth switch asks once more, with another scramble', (t) => {
  const both = pair();
  both.server.greet();
  toClient(both);
  toServer(both);
  const other = scramble.toReversed();
  both.server.authSwitch('mysql_native_password', other);
  t.same(toClient(both), []);

  const [event] = toServer(both);
  t.equal(event?.kind, 'auth-response');
  if (event?.kind !== 'auth-response') throw new Error('no answer');
  t.ok(nativePasswordMatches(nativePasswordHash('secret'), { scramble: other, response: event.response }));
  both.server.admit({});
  t.match(toClient(both), [{ kind: 'admitted' }]);
  t.end();
});

t.test(
  'caching_sha2_password: short where the server remembers, the whole password only under TLS or RSA',
  (t) => {
    const sha2 = 'caching_sha2_password';
    const asked = (options: Partial<ClientConnectionOptions>) => {
      const both = pair(options);
      both.server.greet();
      toClient(both);
      toServer(both);
      both.server.authSwitch(sha2, scramble);
      toClient(both);
      const [answer] = toServer(both);
      if (answer?.kind !== 'auth-response') throw new Error('no answer');
      return { both, response: answer.response };
    };
    const { both, response } = asked({});
    t.ok(cachingSha2FastMatches(cachingSha2Memory('secret'), { scramble, response }));
    both.server.authMoreData(Uint8Array.of(fastAuthSuccess));
    both.server.admit({});
    t.match(toClient(both), [{ kind: 'admitted' }]);

    const plain = asked({}).both;
    plain.server.authMoreData(Uint8Array.of(performFullAuthentication));
    t.throws(() => toClient(plain), { name: 'ER_NOT_SUPPORTED_AUTH_MODE', message: /use TLS/ });

    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const serverPublicKey of [pem, 'ask']) {
      const { both } = asked({ serverPublicKey });
      both.server.authMoreData(Uint8Array.of(performFullAuthentication));
      toClient(both);
      let [answer] = toServer(both);
      if (serverPublicKey === 'ask') {
        t.match(answer, { response: [requestPublicKey] });
        both.server.authMoreData(Buffer.from(pem));
        toClient(both);
        [answer] = toServer(both);
      }
      if (answer?.kind !== 'auth-response') throw new Error('no password');
      const masked = privateDecrypt({ key: privateKey, oaepHash: 'sha1' }, answer.response);
      t.equal(Buffer.from(cachingSha2Masked(masked, scramble)).toString(), 'secret\0');
      both.server.admit({});
      t.match(toClient(both), [{ kind: 'admitted' }]);
    }
    t.end();
  },
);

t.test('a plugin that would send the password in clear is not known', (t) => {
  const both = pair();
  both.server.greet();
  toClient(both);
  toServer(both);
  both.server.authSwitch('mysql_clear_password', scramble);
  t.throws(() => toClient(both), { name: 'ER_NOT_SUPPORTED_AUTH_MODE' });
  t.end();
});

t.test(
  'a TLS upgrade: nothing but the request is read before, and the response needs the SSL flag again',
  (t) => {
    const both = pair({ offerTls: true, tls: 'required' });
    const { server, client } = both;
    server.greet();
    t.match(toClient(both), [{ kind: 'start-tls' }]);
    server.receive(Buffer.concat([client.take(), Buffer.from('\x16\x03\x01')]));
    t.match(server.next(), { kind: 'tls-request' });
    t.equal(server.next(), undefined, 'nothing is read until TLS is up');
    t.same([...server.takeRest()], [0x16, 3, 1]);

    server.secured();
    client.secured();
    t.match(toServer(both), [{ kind: 'login', response: { user: 'root@sys' } }]);
    server.admit({});
    t.match(toClient(both), [{ kind: 'admitted' }]);
    t.end();
  },
);

t.test('TLS that was not offered is refused by both ends', (t) => {
  const both = pair({ tls: 'required' });
  both.server.greet();
  t.throws(() => toClient(both), { name: 'ER_HANDSHAKE_ERROR', message: /TLS is required/ });

  const offering = pair({ offerTls: true, tls: 'preferred' });
  offering.server.greet();
  toClient(offering);
  const plain = new ServerConnection({
    connectionId: 1,
    scramble,
    tls: false,
    serverVersion: 'x',
    maxAllowedPacket: 100,
  });
  plain.greet();
  plain.receive(offering.client.take());
  t.throws(() => plain.next(), { name: 'ER_HANDSHAKE_ERROR' });
  t.end();
});

for (const eof of [false, true]) {
  const how = eof ? 'with EOF packets' : 'without EOF packets';

  t.test(`results of several statements, ${how}`, (t) => {
    const both = loggedIn({ eof });
    both.client.query('select 1; insert');
    t.match(toServer(both), [{ kind: 'command', command: { name: 'COM_QUERY', text: 'select 1; insert' } }]);
    const { server } = both;
    server.columns([column('a', 'bigint'), column('b', 'varchar')], {
      status: serverStatus.MORE_RESULTS_EXIST,
      warningCount: 0,
    });
    server.textRow([1n, 'one']);
    server.textRow([null, '']);
    server.endOfRows({ status: serverStatus.MORE_RESULTS_EXIST, warningCount: 1 });
    server.ok({ affectedRows: 2n, status: 0, info: 'info' });

    const events = toClient(both);
    t.same(
      events.map(({ kind }) => kind),
      ['columns', 'row', 'row', 'result-end', 'result-end'],
    );
    t.match(events[1], { cells: [Buffer.from('1'), Buffer.from('one')] });
    t.match(events[2], { cells: [null, Buffer.from('')] });
    t.match(events[3], { more: true, ok: { warningCount: 1 } });
    t.match(events[4], { more: false, ok: { affectedRows: 2n, info: 'info' } });
    t.ok(both.client.idle);
    t.end();
  });

  t.test(`prepare, execute, close, ${how}`, (t) => {
    const both = loggedIn({ eof });
    both.client.prepare('select ?, ?');
    t.match(toServer(both), [
      { kind: 'command', command: { name: 'COM_STMT_PREPARE', text: 'select ?, ?' } },
    ]);
    const columns = [column('a', 'bigint'), column('b', 'varchar'), column('c', 'blob')];
    both.server.prepared({ id: 3, parameterCount: 2, columns }, { status: 0, warningCount: 0 });
    t.match(toClient(both), [
      { kind: 'prepared', statement: { statementId: 3, parameterCount: 2, columnCount: 3 } },
    ]);

    const parameters: CellValue[] = [-5n, 'fünf'];
    both.client.execute(3, parameters);
    t.match(toServer(both), [
      { kind: 'command', command: { name: 'COM_STMT_EXECUTE', statementId: 3, parameters } },
    ]);
    both.server.columns(columns, { status: 0, warningCount: 0 });
    both.server.binaryRow([-5n, 'fünf', Uint8Array.of(0)]);
    both.server.endOfRows({ status: 0, warningCount: 0 });
    t.match(toClient(both), [
      { kind: 'columns' },
      { kind: 'row', cells: [-5n, 'fünf', Uint8Array.of(0)] },
      { kind: 'result-end' },
    ]);

    both.client.closePrepared(3);
    t.match(toServer(both), [{ kind: 'command', command: { name: 'COM_STMT_CLOSE', statementId: 3 } }]);
    both.client.execute(3, parameters);
    t.match(toServer(both), [{ kind: 'invalid', error: { name: 'OB_EER_UNKNOWN_STMT_HANDLER' } }]);
    t.end();
  });
}

t.test('a failed command leaves both ends ready for the next', (t) => {
  const both = loggedIn();
  both.client.query('nonsense');
  toServer(both);
  both.server.error(new Error('ours'));
  t.match(toClient(both), [
    { kind: 'failed', error: { name: 'OB_ERR_UNEXPECTED', message: 'Internal error' } },
  ]);
  both.client.ping();
  t.match(toServer(both), [{ kind: 'command', command: { name: 'COM_PING' } }]);
  both.server.ok({});
  t.match(toClient(both), [{ kind: 'result-end' }]);
  t.throws(
    () => {
      both.client.query('a');
      both.client.query('b');
    },
    { name: 'OB_STATE_NOT_MATCH' },
  );
  t.end();
});

t.test('commands that arrive together are handed out one by one', (t) => {
  const both = loggedIn();
  const bytes: Uint8Array[] = [];
  for (const text of ['first', 'second']) {
    const writer = new PacketWriter();
    writer.begin().u8(3).text(text).end();
    bytes.push(writer.take());
  }
  both.server.receive(Buffer.concat(bytes));

  t.match(both.server.next(), { command: { text: 'first' } });
  both.server.ok({});
  t.match(both.server.next(), { command: { text: 'second' } });
  t.end();
});

t.test('a command with a wrong sequence id, or one too large, ends the connection', (t) => {
  const disordered = loggedIn();
  const writer = new PacketWriter(3);
  writer.begin().u8(0x0e).end();
  disordered.server.receive(writer.take());
  t.throws(() => disordered.server.next(), { name: 'ER_NET_PACKETS_OUT_OF_ORDER' });

  const large = loggedIn({ maxAllowedPacket: 100 });
  large.client.query('x'.repeat(100));
  t.throws(() => toServer(large), { name: 'OB_ERR_NET_PACKET_TOO_LARGE' });
  t.end();
});

t.test('before login a client gets little memory', (t) => {
  const both = pair();
  both.server.greet();
  both.server.receive(Uint8Array.of(0xff, 0xff, 0x02, 1));
  t.throws(() => both.server.next(), { name: 'OB_ERR_NET_PACKET_TOO_LARGE' });
  t.end();
});

t.test('noise at any point gives events or one of our errors', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom('greeted', 'ready', 'client', 'asked'),
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 8 }),
      (where, noise) => {
        const both = where === 'greeted' || where === 'client' ? pair() : loggedIn();
        if (where === 'greeted') both.server.greet();
        if (where === 'asked') both.client.query('x');
        const target = where === 'client' || where === 'asked' ? both.client : both.server;
        const writer = new PacketWriter(where === 'client' || where === 'ready' ? 0 : 1);
        for (const payload of noise) writer.begin().bytes(payload).end();
        try {
          target.receive(writer.take());
          for (let count = 0; count < 20 && target.next() !== undefined; count++);
        } catch (error) {
          if (!isObError(error)) throw error;
        }
      },
    ),
    { numRuns: 500 },
  );
  t.pass('no other error came');
  t.end();
});

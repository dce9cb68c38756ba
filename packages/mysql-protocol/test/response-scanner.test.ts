import fc from 'fast-check';
import t from 'tap';
import {
  type Column,
  capability,
  commandCode,
  type Outcome,
  type ResponsePiece,
  ResponseScanner,
  ServerConnection,
  serverCapabilities,
  serverStatus,
} from '../src/index.ts';
import { PacketWriter } from '../src/packet-writer.ts';
import { encodeHandshakeResponse } from '../src/packets/handshake-response.ts';

const modern = serverCapabilities({ tls: false });
const withEof = (modern & ~capability.DEPRECATE_EOF) >>> 0;
const outcome: Outcome = { status: serverStatus.AUTOCOMMIT, warningCount: 0 };
const more: Outcome = { ...outcome, status: outcome.status | serverStatus.MORE_RESULTS_EXIST };
const column: Column = {
  database: 'd',
  table: 't',
  originalTable: 't',
  name: 'c',
  originalName: 'c',
  type: { name: 'varchar', length: 20 },
  nullable: true,
};

/** A server that has let a client in. */
function server(capabilities: number): ServerConnection {
  const connection = new ServerConnection({
    connectionId: 1,
    scramble: Buffer.alloc(20, 7),
    tls: false,
    serverVersion: '5.7.25',
    maxAllowedPacket: 1 << 26,
  });
  connection.greet();
  const writer = new PacketWriter();
  writer.sequenceId = 1;
  encodeHandshakeResponse(writer, {
    capabilities,
    packetSizeMax: 1 << 26,
    charset: 45,
    user: 'u',
    authResponse: new Uint8Array(),
    database: undefined,
    plugin: 'mysql_native_password',
    attributes: new Map(),
  });
  connection.receive(writer.take());
  connection.next();
  connection.admit({});
  connection.take();
  return connection;
}

/** Answers of every shape, by the command that they answer. */
const answers: Record<string, { command: number; write(to: ServerConnection, size: number): void }> = {
  'an OK': { command: commandCode.COM_QUERY, write: (to) => to.ok(outcome) },
  'an error': { command: commandCode.COM_QUERY, write: (to) => to.error(new Error('no')) },
  rows: { command: commandCode.COM_QUERY, write: writeRows },
  'rows that end in an error': {
    command: commandCode.COM_QUERY,
    write: (to, size) => {
      to.columns([column], outcome);
      to.textRow(['x'.repeat(size)]);
      to.error(new Error('no'));
    },
  },
  'several results': {
    command: commandCode.COM_QUERY,
    write: (to, size) => {
      to.ok(more);
      writeRows(to, size, more);
      to.ok(outcome);
    },
  },
  'binary rows': {
    command: commandCode.COM_STMT_EXECUTE,
    write: (to, size) => {
      to.columns([column, column], outcome);
      to.binaryRow([null, 'y'.repeat(size)]);
      to.endOfRows(outcome);
    },
  },
  'a prepared statement': {
    command: commandCode.COM_STMT_PREPARE,
    write: (to, size) =>
      to.prepared(
        { id: 3, parameterCount: size % 4, columns: size % 3 === 0 ? [] : [column, column] },
        outcome,
      ),
  },
  'a list of fields': {
    command: commandCode.COM_FIELD_LIST,
    write: (to) => to.fieldList([column, column], outcome),
  },
  statistics: { command: commandCode.COM_STATISTICS, write: (to) => to.text('Uptime: 1') },
  'an option set': { command: commandCode.COM_SET_OPTION, write: (to) => to.endOfRows(outcome) },
  'no more fetched rows': {
    command: commandCode.COM_STMT_FETCH,
    write: (to) => to.endOfRows(outcome),
  },
};

function writeRows(to: ServerConnection, size: number, end = outcome): void {
  to.columns([column, column], outcome);
  // 254 bytes and more begin with 0xfc: nearly the mark of an end.
  for (const length of [0, 1, size, 254]) to.textRow(['a'.repeat(length), null]);
  to.endOfRows(end);
}

for (const [name, capabilities] of [
  ['with', withEof],
  ['without', modern],
] as const) {
  t.test(`every answer is followed to its end, however it is cut (${name} EOF packets)`, async (t) => {
    const parameters = { verbose: 1, seed: Date.now() % 2 ** 31 };
    t.comment(`seed ${parameters.seed}`);
    for (const [kind, { command, write }] of Object.entries(answers)) {
      fc.assert(
        fc.property(fc.nat({ max: 600 }), fc.array(fc.integer({ min: 1, max: 50 })), (size, cuts) => {
          const connection = server(capabilities);
          write(connection, size);
          const bytes = Buffer.from(connection.take());
          const scanner = new ResponseScanner(capabilities);
          scanner.begin(command);
          const pieces = pieced(bytes, cuts).flatMap((chunk) => copied(scanner.scan(chunk)));
          const whole = Buffer.concat(pieces.map((piece) => piece.bytes));
          return (
            whole.equals(bytes) && scanner.idle && pieces.findIndex(({ done }) => done) === pieces.length - 1
          );
        }),
        parameters,
      );
      t.pass(kind);
    }
  });
}

t.test('what the end of an answer says is told', async (t) => {
  const connection = server(modern);
  writeRows(connection, 3, { status: serverStatus.IN_TRANSACTION, warningCount: 2 });
  const scanner = new ResponseScanner(modern);
  t.equal(scanner.begin(commandCode.COM_QUERY), true);
  const last = scanner.scan(connection.take()).at(-1);
  t.match(last, { kind: 'ok', done: true, ok: { status: serverStatus.IN_TRANSACTION, warningCount: 2 } });
  t.equal(scanner.begin(commandCode.COM_STMT_CLOSE), false, 'nothing answers that');
});

t.test('a payload in several packets passes, whatever its parts begin with', async (t) => {
  const row = packet(Buffer.alloc(0xffffff, 0xfe));
  const rest = packet(Buffer.from([0xfe, 0, 0, 2, 0]));
  const connection = server(modern);
  connection.columns([column], outcome);
  const head = Buffer.from(connection.take());
  connection.endOfRows(outcome);
  const scanner = new ResponseScanner(modern);
  scanner.begin(commandCode.COM_QUERY);
  const kinds = [head, row, rest].flatMap((bytes) => scanner.scan(bytes).map(({ kind }) => kind));
  t.same(new Set(kinds), new Set(['raw']), 'the second part is no EOF');
  t.equal(scanner.idle, false);
  t.match(scanner.scan(connection.take()), [{ kind: 'ok', done: true }]);
});

t.test('an open cursor ends its answer behind the columns', async (t) => {
  const connection = server(withEof);
  connection.columns([column], { ...outcome, status: serverStatus.CURSOR_EXISTS });
  const scanner = new ResponseScanner(withEof);
  scanner.begin(commandCode.COM_STMT_EXECUTE);
  t.match(scanner.scan(connection.take()).at(-1), { kind: 'eof', done: true });
});

t.test('LOCAL INFILE hands over to the client, and its OK ends it', async (t) => {
  const scanner = new ResponseScanner(modern);
  scanner.begin(commandCode.COM_QUERY);
  t.match(scanner.scan(packet(Buffer.from('\xfbname', 'latin1'))), [{ kind: 'infile', done: false }]);
  t.match(scanner.scan(packet(Buffer.from([0, 0, 0, 2, 0, 0, 0]))), [{ kind: 'ok', done: true }]);
});

t.test('bytes that answer nothing, or nothing like it, are refused', async (t) => {
  t.throws(() => new ResponseScanner(modern).scan(packet(Buffer.from([0]))), { name: 'ER_MALFORMED_PACKET' });
  for (const [what, payload] of [
    ['a result without columns', Buffer.alloc(0)],
    ['an OK that is too short', Buffer.from([0])],
    ['an OK of two megabytes', Buffer.alloc(2_000_000)],
  ] as const) {
    const scanner = new ResponseScanner(modern);
    scanner.begin(commandCode.COM_QUERY);
    t.throws(() => scanner.scan(packet(payload)), { name: 'ER_MALFORMED_PACKET' }, what);
  }
  const busy = new ResponseScanner(modern);
  busy.begin(commandCode.COM_QUERY);
  t.throws(() => busy.begin(commandCode.COM_PING), { name: 'ER_MALFORMED_PACKET' });
});

function packet(payload: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  return Buffer.concat([head, payload]);
}

/** Cuts of these sizes in turn; the rest in one piece. */
function pieced(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) break;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return at < bytes.length ? [...chunks, bytes.subarray(at)] : chunks;
}

function copied(pieces: readonly ResponsePiece[]): ResponsePiece[] {
  return pieces.map((piece) => ({ ...piece, bytes: Uint8Array.from(piece.bytes) }));
}

import { isObError, ObError } from '@sealane/errors';
import fc from 'fast-check';
import t from 'tap';
import { decodeCommand } from '../src/command.ts';
import {
  type Column,
  capability,
  capabilityNames,
  commandCode,
  errorFromPacket,
  errorPacket,
  flagsOf,
  PacketWriter,
  serverCapabilities,
  serverStatus,
  typeCode,
} from '../src/index.ts';
import { decodeAuthSwitch, encodeAuthSwitch } from '../src/packets/auth-switch.ts';
import { decodeBinaryRow, encodeBinaryRow } from '../src/packets/binary-row.ts';
import { decodeChangeUser, encodeChangeUser } from '../src/packets/change-user.ts';
import {
  columnDefinition,
  decodeColumnDefinition,
  encodeColumnDefinition,
} from '../src/packets/column-definition.ts';
import { decodeEof, encodeEof, isEof } from '../src/packets/eof.ts';
import { decodeErr, encodeErr } from '../src/packets/err.ts';
import { decodeFieldList, encodeFieldList } from '../src/packets/field-list.ts';
import { decodeHandshake, encodeHandshake } from '../src/packets/handshake.ts';
import {
  decodeHandshakeResponse,
  decodeSslRequest,
  encodeHandshakeResponse,
  encodeSslRequest,
  type HandshakeResponse,
} from '../src/packets/handshake-response.ts';
import { decodeOk, encodeOk, type Ok } from '../src/packets/ok.ts';
import { decodePrepareOk, encodePrepareOk } from '../src/packets/prepare-ok.ts';
import { decodeStmtExecute, encodeStmtExecute } from '../src/packets/stmt-execute.ts';
import { decodeTextRow, encodeTextRow } from '../src/packets/text-row.ts';

/** The payload of the one packet that `write` writes. */
function payload(write: (writer: PacketWriter) => void): Uint8Array {
  const writer = new PacketWriter();
  write(writer);
  return writer.take().subarray(4);
}

const response: HandshakeResponse = {
  capabilities: flagsOf(
    'PROTOCOL_41',
    'SECURE_CONNECTION',
    'PLUGIN_AUTH',
    'CONNECT_ATTRS',
    'CONNECT_WITH_DB',
  ),
  packetSizeMax: 1 << 24,
  charset: 45,
  user: 'root@test',
  authResponse: Uint8Array.from({ length: 20 }, (_, index) => index),
  database: 'd1',
  plugin: 'mysql_native_password',
  attributes: new Map([
    ['_client_name', 'libmariadb'],
    ['long', 'x'.repeat(300)],
  ]),
};

t.test('the handshake is byte for byte what MySQL clients expect', (t) => {
  const value = {
    serverVersion: '5.7.25',
    connectionId: 0x80040001,
    scramble: Uint8Array.from({ length: 20 }, (_, index) => index + 65),
    capabilities: serverCapabilities({ tls: true }),
    charset: 46,
    status: 0,
    plugin: 'mysql_native_password',
  };
  const bytes = payload((writer) => encodeHandshake(writer, value));

  t.equal(
    Buffer.from(bytes).toString('hex'),
    '0a352e372e3235000100048041424344454647480' +
      '0dfff2e0000ff311500000000000000000000494a4b4c4d4e4f505152535400' +
      '6d7973716c5f6e61746976655f70617373776f726400',
  );
  const decoded = decodeHandshake(bytes);
  t.same({ ...decoded, scramble: [...decoded.scramble] }, { ...value, scramble: [...value.scramble] });
  t.end();
});

t.test('what is offered: the low half without COMPRESS, SSL only with TLS', (t) => {
  const plain = serverCapabilities({ tls: false });
  const secure = serverCapabilities({ tls: true });

  t.equal(plain & 0xffff, 0xffff & ~capability.COMPRESS & ~capability.SSL);
  t.equal(secure & 0xffff, 0xffff & ~capability.COMPRESS);
  t.ok(capabilityNames(secure).includes('RETURN_HIDDEN_ROWID'));
  t.equal(plain >>> 16, secure >>> 16);
  t.end();
});

t.test('a handshake response survives in each form of its auth response', (t) => {
  for (const capabilities of [
    response.capabilities,
    response.capabilities | capability.PLUGIN_AUTH_LENENC_CLIENT_DATA,
  ]) {
    const value = { ...response, capabilities };
    const decoded = decodeHandshakeResponse(payload((writer) => encodeHandshakeResponse(writer, value)));
    t.same(
      { ...decoded, authResponse: [...decoded.authResponse] },
      { ...value, authResponse: [...value.authResponse] },
    );
  }
  const old = { ...response, capabilities: flagsOf('PROTOCOL_41'), authResponse: Uint8Array.of(1, 2) };
  const decoded = decodeHandshakeResponse(payload((writer) => encodeHandshakeResponse(writer, old)));
  t.same([...decoded.authResponse], [1, 2]);
  t.same([decoded.database, decoded.plugin, decoded.attributes.size], [undefined, '', 0]);
  t.end();
});

t.test('a response cut at any byte is refused or lacks only optional fields', (t) => {
  const bytes = payload((writer) => encodeHandshakeResponse(writer, response));
  const optionalFrom = 32 + 'root@test'.length + 1 + 1 + 20;
  for (let size = 0; size < bytes.length; size++) {
    try {
      const decoded = decodeHandshakeResponse(bytes.subarray(0, size));
      t.ok(size >= optionalFrom && decoded.user === 'root@test', `${size}`);
    } catch (error) {
      if (!isObError(error, 'ER_MALFORMED_PACKET')) throw error;
    }
  }
  t.throws(() => decodeHandshakeResponse(new Uint8Array(40)), { name: 'ER_MALFORMED_PACKET' });
  t.end();
});

t.test('an SSLRequest is the first 32 bytes of a response', (t) => {
  const value = { capabilities: flagsOf('PROTOCOL_41', 'SSL'), packetSizeMax: 5, charset: 33 };
  const bytes = payload((writer) => encodeSslRequest(writer, value));

  t.equal(bytes.length, 32);
  t.same(decodeSslRequest(bytes), value);
  t.end();
});

t.test('OK carries info and session changes as the capabilities say', (t) => {
  const value: Ok = {
    affectedRows: 300n,
    lastInsertId: 18446744073709551615n,
    status: serverStatus.AUTOCOMMIT,
    warningCount: 2,
    info: 'Rows matched: 1',
    changes: [
      { kind: 'database', name: 'd2' },
      { kind: 'variable', name: 'autocommit', value: 'OFF' },
    ],
  };
  const tracking = flagsOf('SESSION_TRACK');

  const tracked = decodeOk(
    payload((writer) => encodeOk(writer, value, { capabilities: tracking })),
    tracking,
  );
  const plain = decodeOk(
    payload((writer) => encodeOk(writer, value, { capabilities: 0 })),
    0,
  );
  const quiet = payload((writer) =>
    encodeOk(
      writer,
      { ...value, info: '', changes: [], lastInsertId: 0n, affectedRows: 1n },
      { capabilities: tracking },
    ),
  );

  t.same(tracked, { ...value, status: value.status | serverStatus.SESSION_STATE_CHANGED });
  t.same(plain, { ...value, changes: [] });
  t.same([...quiet], [0, 1, 0, 2, 0, 2, 0], 'nothing follows when there is nothing to say');
  t.end();
});

t.test('ERR, EOF, auth switch, prepare OK, field list and change user survive', (t) => {
  const error = { errno: 1064, sqlState: '42000', message: 'naïve' };
  const withState = payload((writer) => encodeErr(writer, error, { sqlState: true }));
  const withoutState = payload((writer) => encodeErr(writer, error, { sqlState: false }));
  t.same(decodeErr(withState), error);
  t.same(decodeErr(withoutState), { ...error, sqlState: 'HY000' });

  const eof = payload((writer) => encodeEof(writer, { warningCount: 70_000, status: 2 }));
  t.ok(isEof(eof));
  t.same(decodeEof(eof), { warningCount: 65_535, status: 2 });
  t.notOk(isEof(Uint8Array.of(0xfe, 0, 0, 0, 0, 0, 0, 0, 1)), 'a long row may begin with 0xfe');

  const authSwitch = { plugin: 'mysql_native_password', scramble: new Uint8Array(20).fill(9) };
  const decoded = decodeAuthSwitch(payload((writer) => encodeAuthSwitch(writer, authSwitch)));
  t.same([decoded.plugin, [...decoded.scramble]], [authSwitch.plugin, [...authSwitch.scramble]]);

  const prepared = { statementId: 7, columnCount: 300, parameterCount: 2, warningCount: 1 };
  t.same(decodePrepareOk(payload((writer) => encodePrepareOk(writer, prepared))), prepared);
  const fields = { table: 't', wildcard: 'a%' };
  t.same(decodeFieldList(payload((writer) => encodeFieldList(writer, fields))), fields);

  const all = flagsOf('PLUGIN_AUTH', 'CONNECT_ATTRS');
  const user = {
    user: 'app',
    authResponse: Uint8Array.of(1),
    database: 'd',
    charset: 45,
    plugin: 'p',
    attributes: new Map([['a', 'b']]),
  };
  const again = decodeChangeUser(
    payload((writer) => encodeChangeUser(writer, user, all)),
    all,
  );
  t.same({ ...again, authResponse: [...again.authResponse] }, { ...user, authResponse: [1] });
  const short = { ...user, charset: undefined, plugin: '', attributes: new Map(), database: undefined };
  const shortAgain = decodeChangeUser(
    payload((writer) => encodeChangeUser(writer, short, all)),
    all,
  );
  t.same([shortAgain.charset, shortAgain.plugin, shortAgain.database], [undefined, '', undefined]);
  t.end();
});

t.test('a long message is cut between characters', (t) => {
  const message = 'ü'.repeat(600);
  const { message: cut } = decodeErr(
    payload((writer) => encodeErr(writer, { errno: 1, sqlState: 'HY000', message }, { sqlState: true })),
  );

  t.equal(cut, 'ü'.repeat(255));
  t.end();
});

t.test('OceanBase codes become numbers at the last step, and come back as errors', (t) => {
  const known = errorPacket(new ObError('OB_ERR_BAD_FIELD_ERROR', ['a', 'where clause']));
  const unknown = errorPacket(new TypeError('secret inside'));

  t.same(known, { errno: 1054, sqlState: '42S22', message: "Unknown column 'a' in 'where clause'" });
  t.same(unknown, { errno: 4016, sqlState: 'HY000', message: 'Internal error' });
  t.match(errorFromPacket(known), { name: 'OB_ERR_BAD_FIELD_ERROR', message: known.message });
  const timeout = { errno: 4012, sqlState: '25000', message: 'Transaction result is unknown' };
  t.equal(errorFromPacket(timeout).name, 'OB_TRANS_UNKNOWN');
  t.equal(errorFromPacket({ errno: 4012, sqlState: 'HY000', message: 'x' }).name, 'OB_TIMEOUT');
  t.match(errorFromPacket({ errno: 9999, sqlState: 'HY000', message: 'x' }), {
    name: 'OB_ERR_UNEXPECTED',
    details: { errno: 9999 },
  });
  t.end();
});

function column(name: string, length?: number): Column {
  const type = { name, ...(length === undefined ? {} : { length }) };
  return {
    database: 'd',
    table: 'a',
    originalTable: 't',
    name: 'x',
    originalName: 'y',
    type,
    nullable: true,
  };
}

t.test('a column definition survives, with and without a default behind it', (t) => {
  const definition = columnDefinition({ ...column('varchar', 10), nullable: false, primaryKey: true });

  for (const fieldList of [false, true]) {
    const bytes = payload((writer) => encodeColumnDefinition(writer, definition, { fieldList }));
    t.same(decodeColumnDefinition(bytes), definition);
    t.equal(bytes.at(-1), fieldList ? 0xfb : 0);
  }
  t.equal(definition.flags, 3);
  t.end();
});

t.test('rows survive in both forms', (t) => {
  const columns = [
    'tinyint',
    'bigint',
    'double',
    'varchar',
    'blob',
    'datetime',
    'time',
    'date',
    'decimal',
    'year',
  ].map((name) => columnDefinition(column(name, name === 'varchar' ? 100 : undefined)));
  fc.assert(
    fc.property(
      fc.tuple(
        fc.option(fc.bigInt({ min: -128n, max: 127n })),
        fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
        fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
        fc.option(fc.string({ unit: 'grapheme', maxLength: 200 })),
        fc.option(fc.uint8Array({ maxLength: 400 })),
        fc.option(
          fc.constantFrom(
            '0000-00-00 00:00:00',
            '2026-11-24 00:00:00',
            '2026-11-24 07:44:04',
            '9999-12-31 23:59:59.999999',
          ),
        ),
        fc.option(fc.constantFrom('00:00:00', '-838:59:59', '838:59:58.000001', '-00:00:00.500000')),
        fc.option(fc.constantFrom('0000-00-00', '2026-11-24')),
        fc.option(fc.constantFrom('-1.50', '99999999999999999999.123')),
        fc.option(fc.bigInt({ min: 1901n, max: 2155n })),
      ),
      (cells) => {
        const binary = decodeBinaryRow(
          payload((writer) => encodeBinaryRow(writer, columns, cells)),
          columns,
        );
        const text = decodeTextRow(
          payload((writer) => encodeTextRow(writer, columns, cells)),
          columns.length,
        );
        for (const [index, cell] of cells.entries()) {
          const there = binary[index];
          if (cell instanceof Uint8Array) t.same(there instanceof Uint8Array && [...there], [...cell]);
          else if (typeof cell === 'number') t.ok(there === cell || Object.is(there, cell + 0));
          else if (there !== cell) t.equal(there, cell);
          const shown = text[index];
          if (cell === null) t.equal(shown, null);
          else if (typeof cell === 'number') t.equal(Number(Buffer.from(shown ?? []).toString()), cell);
        }
      },
    ),
    { numRuns: 200 },
  );
  t.end();
});

t.test('a cell that does not fit its column goes as MySQL would convert it, and breaks no packet', (t) => {
  const columns = ['int', 'bigint', 'double', 'date', 'time', 'varchar'].map((name) =>
    columnDefinition(column(name)),
  );
  const cells = ['17', 'no number', '2.5', 'no date', 'no time', 42n];
  const back = decodeBinaryRow(
    payload((writer) => encodeBinaryRow(writer, columns, cells)),
    columns,
  );

  t.same(back, [17n, 0n, 2.5, '0000-00-00', '00:00:00', '42']);
  const missing = decodeBinaryRow(
    payload((writer) => encodeBinaryRow(writer, columns, [])),
    columns,
  );
  t.same(missing, [null, null, null, null, null, null]);
  t.end();
});

t.test('parameters survive, long ones sent ahead, types remembered', (t) => {
  const value = fc.oneof(
    fc.constant(null),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.double({ noNaN: true }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.uint8Array({ maxLength: 100 }),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), (parameters) => {
      const bytes = payload((writer) => encodeStmtExecute(writer, { statementId: 9, parameters }));
      const shape = { parameterCount: parameters.length, types: undefined, longData: new Map() };
      const decoded = decodeStmtExecute(bytes, shape);
      if (decoded.statementId !== 9 || decoded.parameters.length !== parameters.length) return false;
      return parameters.every((parameter, index) => {
        const there = decoded.parameters[index];
        if (parameter instanceof Uint8Array)
          return there instanceof Uint8Array && Buffer.from(there).equals(parameter);
        return Object.is(there, parameter);
      });
    }),
    { numRuns: 300 },
  );
  const first = payload((writer) => encodeStmtExecute(writer, { statementId: 9, parameters: ['a', null] }));
  const longData = new Map([[1, Buffer.from('ahead')]]);
  const types = [
    { code: typeCode.VAR_STRING, unsigned: false },
    { code: typeCode.BLOB, unsigned: false },
  ];
  t.same(
    decodeStmtExecute(first, {
      parameterCount: 2,
      types: undefined,
      longData: new Map([[1, Buffer.from('ahead')]]),
    }).parameters[1],
    'ahead',
  );
  const again = Uint8Array.of(commandCode.COM_STMT_EXECUTE, 9, 0, 0, 0, 0, 1, 0, 0, 0, 0b01, 0);
  t.same(decodeStmtExecute(again, { parameterCount: 2, types, longData }).parameters, [
    null,
    Buffer.from('ahead'),
  ]);
  t.throws(() => decodeStmtExecute(again, { parameterCount: 2, types: undefined, longData }), {
    name: 'ER_MALFORMED_PACKET',
  });
  t.end();
});

t.test('noise makes every decoder throw our error or give a value, and nothing else', (t) => {
  const shape = { parameterCount: 3, types: undefined, longData: new Map() };
  const columns = ['int', 'varchar', 'datetime', 'time', 'double'].map((name) =>
    columnDefinition(column(name)),
  );
  const decoders: readonly ((bytes: Uint8Array) => unknown)[] = [
    decodeHandshake,
    decodeHandshakeResponse,
    decodeSslRequest,
    (bytes) => decodeOk(bytes, 0),
    (bytes) => decodeOk(bytes, flagsOf('SESSION_TRACK')),
    decodeErr,
    decodeEof,
    decodeAuthSwitch,
    decodePrepareOk,
    decodeFieldList,
    decodeColumnDefinition,
    (bytes) => decodeChangeUser(bytes, flagsOf('PLUGIN_AUTH', 'CONNECT_ATTRS')),
    (bytes) => decodeTextRow(bytes, 3),
    (bytes) => decodeBinaryRow(bytes, columns),
    (bytes) => decodeStmtExecute(bytes, shape),
    (bytes) => (bytes.length > 0 ? decodeCommand(bytes, { capabilities: 0xffffffff }) : undefined),
  ];
  const start = fc.constantFrom([], [0x0a], [0xfe], [0xff], [0x00], [0x11], [0x17], [0x00, 0x02, 0x08, 0x00]);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
      const bytes = Uint8Array.from([...head, ...tail]);
      for (const decode of decoders) {
        try {
          decode(bytes);
        } catch (error) {
          if (!isObError(error)) throw error;
        }
      }
    }),
    { numRuns: 500 },
  );
  t.pass('no other error came');
  t.end();
});

t.test('the numbers on the wire are pinned', (t) => {
  t.matchOnly(commandCode, {
    ...commandCode,
    COM_QUERY: 3,
    COM_STMT_PREPARE: 22,
    COM_STMT_EXECUTE: 23,
    COM_RESET_CONNECTION: 31,
    COM_CHANGE_USER: 17,
  });
  t.equal(flagsOf('SSL'), 0x800);
  t.equal(flagsOf('PLUGIN_AUTH', 'CONNECT_ATTRS'), 0x180000);
  t.equal(flagsOf('SESSION_TRACK', 'DEPRECATE_EOF'), 0x1800000);
  t.equal(flagsOf('REMEMBER_OPTIONS'), 0x80000000);
  t.same(
    [typeCode.LONG, typeCode.LONGLONG, typeCode.NEWDECIMAL, typeCode.JSON, typeCode.VAR_STRING],
    [3, 8, 246, 245, 253],
  );
  t.end();
});

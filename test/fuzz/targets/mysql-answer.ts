import { isDeepStrictEqual } from 'node:util';
import {
  type Err,
  errorFromPacket,
  type Handshake,
  type Ok,
  type PacketWriter,
  typeCode,
} from '@sealane/mysql-protocol';
import {
  decodeAuthSwitch,
  encodeAuthSwitch,
} from '../../../packages/mysql-protocol/src/packets/auth-switch.ts';
import { decodeBinaryRow, encodeBinaryRow } from '../../../packages/mysql-protocol/src/packets/binary-row.ts';
import {
  type ColumnDefinition,
  decodeColumnDefinition,
  encodeColumnDefinition,
} from '../../../packages/mysql-protocol/src/packets/column-definition.ts';
import { decodeEof, encodeEof } from '../../../packages/mysql-protocol/src/packets/eof.ts';
import { decodeErr, encodeErr } from '../../../packages/mysql-protocol/src/packets/err.ts';
import { decodeHandshake, encodeHandshake } from '../../../packages/mysql-protocol/src/packets/handshake.ts';
import { decodeOk, encodeOk } from '../../../packages/mysql-protocol/src/packets/ok.ts';
import { decodePrepareOk, encodePrepareOk } from '../../../packages/mysql-protocol/src/packets/prepare-ok.ts';
import { decodeTextRow, encodeTextRow } from '../../../packages/mysql-protocol/src/packets/text-row.ts';
import type { Chance } from '../../simulation/random.ts';
import { must, outcomeOf, type Target } from '../target.ts';
import { listOf, someBytes, someCell, someCount, someInteger, someText } from '../values.ts';
import { capabilitiesOf, payloadOf, someCapabilities } from './mysql-values.ts';

/** What a server says, as our client reads it: byte 0 says which packet, bytes 1 to 4 are the capabilities. */
export const mysqlAnswer: Target = {
  name: 'mysql-answer',
  inputSizeMax: 128 * 1024,
  generate(chance: Chance): Uint8Array {
    const kind = chance.below(kinds.length);
    const flags = someCapabilities(chance);
    const head = [kind, flags & 0xff, (flags >>> 8) & 0xff, (flags >>> 16) & 0xff, flags >>> 24];
    return Uint8Array.from([...head, ...payloadOf((writer) => kinds[kind]?.write(writer, chance, flags))]);
  },
  run(input) {
    const kind = kinds[(input[0] ?? 0) % kinds.length] as Kind;
    return `${kind.name} ${outcomeOf(() => kind.read(input.subarray(5), capabilitiesOf(input, 1)))}`;
  },
};

interface Kind {
  readonly name: string;
  write(writer: PacketWriter, chance: Chance, capabilities: number): void;
  read(payload: Uint8Array, capabilities: number): string;
}

const kinds: readonly Kind[] = [
  {
    name: 'handshake',
    write: (writer, chance, capabilities) => encodeHandshake(writer, someHandshake(chance, capabilities)),
    read: (payload) => rereads(decodeHandshake, encodeHandshake, payload),
  },
  {
    name: 'ok',
    write: (writer, chance, capabilities) => encodeOk(writer, someOk(chance), { capabilities }),
    read: (payload, capabilities) =>
      rereads(
        (bytes) => decodeOk(bytes, capabilities),
        (writer, value) => encodeOk(writer, value, { capabilities }),
        payload,
      ),
  },
  {
    name: 'err',
    write: (writer, chance) => encodeErr(writer, someErr(chance), { sqlState: chance.happens(0.8) }),
    read: (payload) => String(errorFromPacket(decodeErr(payload)).errno > 0),
  },
  {
    name: 'eof',
    write: (writer, chance) =>
      encodeEof(writer, { warningCount: someCount(chance), status: chance.below(65_536) }),
    read: (payload) => rereads(decodeEof, encodeEof, payload),
  },
  {
    name: 'prepare-ok',
    write: (writer, chance) =>
      encodePrepareOk(writer, {
        statementId: 1,
        columnCount: someCount(chance),
        parameterCount: 2,
        warningCount: 0,
      }),
    read: (payload) => rereads(decodePrepareOk, encodePrepareOk, payload),
  },
  {
    name: 'auth-switch',
    write: (writer, chance) =>
      encodeAuthSwitch(writer, { plugin: 'mysql_native_password', scramble: someBytes(chance, 20) }),
    read: (payload) => String(decodeAuthSwitch(payload).scramble.length > 0),
  },
  {
    name: 'column',
    write: (writer, chance) => encodeColumnDefinition(writer, someColumn(chance)),
    read: (payload) => rereads(decodeColumnDefinition, encodeColumnDefinition, payload),
  },
  {
    name: 'text-row',
    write: (writer, chance) =>
      encodeTextRow(
        writer,
        columnsOf(7),
        listOf(chance, 7, () => someCell(chance)),
      ),
    read: (payload, count) => String(decodeTextRow(payload, count & 0x1f).length),
  },
  {
    name: 'binary-row',
    write: (writer, chance) =>
      encodeBinaryRow(
        writer,
        columnsOf(20),
        listOf(chance, 20, () => someCell(chance)),
      ),
    read: (payload, count) => rowAgain(payload, columnsOf(count & 0x1f)),
  },
];

/** Read, written and read again it is the same. */
function rereads<Value>(
  decode: (payload: Uint8Array) => Value,
  encode: (writer: PacketWriter, value: Value) => void,
  payload: Uint8Array,
): string {
  const value = decode(payload);
  must(
    isDeepStrictEqual(decode(payloadOf((writer) => encode(writer, value))), value),
    'it differs when written again',
  );
  return 'read';
}

function rowAgain(payload: Uint8Array, columns: readonly ColumnDefinition[]): string {
  const cells = decodeBinaryRow(payload, columns);
  payloadOf((writer) => encodeBinaryRow(writer, columns, cells));
  return String(cells.length);
}

export function someHandshake(chance: Chance, capabilities: number): Handshake {
  return {
    serverVersion: chance
      .pick(['5.7.25', '8.4.0', '5.5.5-10.11.6-MariaDB', someText(chance)])
      .replaceAll('\0', ''),
    connectionId: someCount(chance),
    scramble: Uint8Array.from({ length: 20 }, () => 1 + chance.below(127)),
    capabilities,
    charset: chance.below(256),
    status: chance.below(65_536),
    plugin: chance.pick(['mysql_native_password', 'caching_sha2_password']),
  };
}

export function someOk(chance: Chance): Ok {
  return {
    affectedRows: BigInt.asUintN(64, someInteger(chance)),
    lastInsertId: BigInt.asUintN(64, someInteger(chance)),
    status: chance.below(65_536),
    warningCount: chance.below(65_536),
    info: someText(chance),
    changes: listOf(chance, 3, () =>
      chance.happens(0.5)
        ? { kind: 'variable' as const, name: 'autocommit', value: someText(chance, 9) }
        : { kind: 'database' as const, name: someText(chance, 9) },
    ),
  };
}

export function someErr(chance: Chance): Err {
  return {
    errno: chance.pick([1045, 1064, 1146, 4012, chance.below(65_536)]),
    sqlState: '42000',
    message: someText(chance, 700),
  };
}

function someColumn(chance: Chance): ColumnDefinition {
  return {
    ...column(chance.pick(Object.values(typeCode))),
    name: someText(chance),
    database: someText(chance),
  };
}

export function columnsOf(count: number): ColumnDefinition[] {
  const codes = Object.values(typeCode);
  return Array.from({ length: count }, (_, index) => column(codes[index % codes.length] ?? 0));
}

function column(code: number): ColumnDefinition {
  const names = { database: 'd', table: 't', originalTable: 't', name: 'c', originalName: 'c' };
  return {
    ...names,
    code,
    flags: code & 1 ? 0x20 : 0,
    charset: code % 3 === 0 ? 63 : 45,
    length: 255,
    decimals: 31,
  };
}

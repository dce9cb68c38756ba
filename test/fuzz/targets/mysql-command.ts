import { isDeepStrictEqual } from 'node:util';
import { commandCode } from '@sealane/mysql-protocol';
import { charsetByName, utf8mb4 } from '../../../packages/mysql-protocol/src/charset.ts';
import { decodeCommand } from '../../../packages/mysql-protocol/src/command.ts';
import { encodeFieldList } from '../../../packages/mysql-protocol/src/packets/field-list.ts';
import {
  decodeStmtExecute,
  encodeStmtExecute,
} from '../../../packages/mysql-protocol/src/packets/stmt-execute.ts';
import { PreparedShapes } from '../../../packages/mysql-protocol/src/prepared-shapes.ts';
import type { Chance } from '../../simulation/random.ts';
import { must, outcomeOf, type Target } from '../target.ts';
import { listOf, someBytes, someCell, someText } from '../values.ts';
import { capabilitiesOf, payloadOf, someCapabilities } from './mysql-values.ts';

/** A command: bytes 0 to 3 have the capabilities, byte 4 the number of parameters, byte 5 the character set, then its packet. */
export const mysqlCommand: Target = {
  name: 'mysql-command',
  inputSizeMax: 128 * 1024,
  tokens: Object.values(commandCode).map((code) => Uint8Array.of(code)),
  generate(chance: Chance): Uint8Array {
    const flags = someCapabilities(chance);
    const head = [flags & 0xff, (flags >>> 8) & 0xff, (flags >>> 16) & 0xff, flags >>> 24];
    return Uint8Array.from([...head, chance.below(12), chance.below(4), ...somePayload(chance)]);
  },
  run(input) {
    const payload = input.subarray(6);
    const charset = charsets[(input[5] ?? 0) % charsets.length] ?? utf8mb4;
    return outcomeOf(() => {
      const command = decodeCommand(payload, { capabilities: capabilitiesOf(input, 0), charset });
      if (command === undefined) return 'unknown';
      if (command.name === 'COM_STMT_EXECUTE') return execute(payload, input[4] ?? 0, charset);
      if (command.name === 'COM_STMT_SEND_LONG_DATA') return sendLongData(command, charset);
      return command.name;
    });
  },
  property(chance) {
    const parameters = listOf(chance, 20, () => someCell(chance));
    const payload = payloadOf((writer) => encodeStmtExecute(writer, { statementId: 3, parameters }));
    const shape = { parameterCount: parameters.length, types: undefined, longData: new Map() };
    const read = decodeStmtExecute(payload, shape);
    must(
      read.parameters.every((cell, index) => sameCell(cell, parameters[index])),
      'parameters come back as others',
    );
  },
};

const charsets = [utf8mb4, charsetByName('latin1'), charsetByName('gbk'), charsetByName('utf16')];
const longDataMax = 32 * 1024;

export function somePayload(chance: Chance): Uint8Array {
  const { COM_QUERY, COM_STMT_PREPARE, COM_INIT_DB, COM_STMT_SEND_LONG_DATA } = commandCode;
  switch (chance.below(7)) {
    case 0:
      return Uint8Array.from([
        chance.pick([COM_QUERY, COM_STMT_PREPARE, COM_INIT_DB]),
        ...Buffer.from(someText(chance, 200)),
      ]);
    case 1:
      return payloadOf((writer) => encodeFieldList(writer, { table: 't', wildcard: someText(chance, 8) }));
    case 2: {
      const parameters = listOf(chance, 12, () => someCell(chance));
      return payloadOf((writer) =>
        encodeStmtExecute(writer, { statementId: 1 + chance.below(3), parameters }),
      );
    }
    case 3:
      return Uint8Array.from([
        COM_STMT_SEND_LONG_DATA,
        1,
        0,
        0,
        0,
        chance.below(4),
        0,
        ...someBytes(chance, 200),
      ]);
    case 4:
      return Uint8Array.from([COM_STMT_PREPARE, ...Buffer.from(`SELECT ${'?,'.repeat(chance.below(9))}?`)]);
    default:
      return Uint8Array.from([chance.pick(Object.values(commandCode)), ...someBytes(chance, 12)]);
  }
}

function execute(payload: Uint8Array, parameterCount: number, charset: typeof utf8mb4): string {
  const shape = {
    parameterCount,
    types: undefined,
    longData: new Map([[1, Uint8Array.of(1, 2, 3)]]),
    charset,
  };
  const first = decodeStmtExecute(payload, shape);
  must(first.parameters.length === (parameterCount === 0 ? 0 : parameterCount), 'parameters are missing');
  must(
    isDeepStrictEqual(decodeStmtExecute(payload, { ...shape, types: first.types }), first),
    'a second execution differs',
  );
  return `COM_STMT_EXECUTE ${[...new Set(first.types.map(({ code }) => code))].slice(0, 2).join()}`;
}

function sendLongData(
  command: Parameters<PreparedShapes['addLongData']>[0],
  charset: typeof utf8mb4,
): string {
  const shapes = new PreparedShapes();
  shapes.add(command.statementId, 2);
  for (let round = 0; round < 3; round++) shapes.addLongData(command, longDataMax);
  return `${command.name} ${outcomeOf(() => {
    const bound = [0, 1, 252, 0, 252, 0, 0];
    const id = Buffer.alloc(4);
    id.writeUInt32LE(command.statementId);
    const read = shapes.decodeExecute(Uint8Array.from([0x17, ...id, 0, 1, 0, 0, 0, ...bound]), charset);
    return String(read.parameters.length);
  })}`;
}

function sameCell(a: unknown, b: unknown): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : Object.is(a, b);
}

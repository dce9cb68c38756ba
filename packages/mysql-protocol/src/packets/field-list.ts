import { ByteReader } from '../byte-reader.ts';
import { commandCode } from '../commands.ts';
import type { PacketWriter } from '../packet-writer.ts';

/**
 * COM_FIELD_LIST.
 *
 *  offset size type  field     meaning
 *       0    1 u8    command   0x04
 *       1    … NUL   table
 *       …    … text  wildcard  a LIKE pattern, empty for all; to the end
 *
 * The answer: a column definition for each column, with its default value behind it, then EOF.
 * Source: docs/protocol/mysql.md#com_field_list
 */
export interface FieldList {
  readonly table: string;
  readonly wildcard: string;
}

export function encodeFieldList(writer: PacketWriter, value: FieldList): void {
  writer.begin().u8(commandCode.COM_FIELD_LIST).textNul(value.table).text(value.wildcard).end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeFieldList(payload: Uint8Array): FieldList {
  const reader = new ByteReader(payload, 1);
  const table = reader.textUntilNul();
  return { table, wildcard: reader.restText().replace(/\0.*$/s, '') };
}

import { ByteReader } from '../byte-reader.ts';
import { type Charset, utf8mb4 } from '../charset.ts';
import type { Column } from '../column.ts';
import { type ResultCharset, type WireType, wireType } from '../column-type.ts';
import type { PacketWriter } from '../packet-writer.ts';

/**
 * Column definition.
 *
 *  offset size type    field           meaning
 *       0    … lenenc  catalog         `def`
 *       …    … lenenc  database
 *       …    … lenenc  table           alias
 *       …    … lenenc  original table
 *       …    … lenenc  name            alias
 *       …    … lenenc  original name
 *       …    1 u8      size            12: of what follows
 *       …    2 u16     character set
 *       …    4 u32     length          bytes a client may need to show a value
 *       …    1 u8      type
 *       …    2 u16     flags
 *       …    1 u8      decimals
 *       …    2 u16     filler          0
 *       …    … lenenc  default         in the answer to COM_FIELD_LIST only; 0xfb for none
 * Source: docs/protocol/mysql.md#column-definition
 */
export interface ColumnDefinition extends WireType {
  readonly database: string;
  readonly table: string;
  readonly originalTable: string;
  readonly name: string;
  readonly originalName: string;
}

const fixedSize = 12;

export function columnDefinition(column: Column, charset: ResultCharset = utf8mb4): ColumnDefinition {
  const { database, table, originalTable, name, originalName } = column;
  return { database, table, originalTable, name, originalName, ...wireType(column, charset) };
}

export interface ColumnDefinitionOptions {
  /** True in the answer to COM_FIELD_LIST, which carries a default value (we send none). */
  readonly fieldList?: boolean;
  /** Of names; UTF-8 where it is undefined. */
  readonly encode?: Charset['encode'];
}

export function encodeColumnDefinition(
  writer: PacketWriter,
  value: ColumnDefinition,
  { fieldList = false, encode }: ColumnDefinitionOptions = {},
): void {
  const { database, table, originalTable, name, originalName } = value;
  writer.begin().sizedText('def');
  for (const text of [database, table, originalTable, name, originalName]) {
    if (encode === undefined) writer.sizedText(text);
    else writer.sizedBytes(encode(text));
  }
  writer
    .size(fixedSize)
    .u16(value.charset)
    .u32(value.length)
    .u8(value.code)
    .u16(value.flags)
    .u8(value.decimals)
    .u16(0);
  if (fieldList) writer.null();
  writer.end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeColumnDefinition(payload: Uint8Array): ColumnDefinition {
  const reader = new ByteReader(payload);
  reader.sizedText();
  const database = reader.sizedText();
  const table = reader.sizedText();
  const originalTable = reader.sizedText();
  const name = reader.sizedText();
  const originalName = reader.sizedText();
  reader.size();
  const charset = reader.u16();
  const length = reader.u32();
  const code = reader.u8();
  const flags = reader.u16();
  const decimals = reader.u8();
  return { database, table, originalTable, name, originalName, charset, length, code, flags, decimals };
}

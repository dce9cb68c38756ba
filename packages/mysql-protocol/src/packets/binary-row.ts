import { ByteReader, malformed } from '../byte-reader.ts';
import type { CellValue } from '../cell-value.ts';
import type { Charset } from '../charset.ts';
import { columnFlag, typeCode, type WireType } from '../column-type.ts';
import { readFixedValue } from '../fixed-value.ts';
import type { PacketWriter } from '../packet-writer.ts';
import { writeDateTime, writeTime } from '../temporal.ts';
import { cellText } from './text-row.ts';

/**
 * A row of a binary result set (prepared statements).
 *
 *  offset size type   field        meaning
 *       0    1 u8     header       0x00
 *       1    … bytes  NULL bitmap  (columns + 9) / 8 bytes; bit column + 2 is set for NULL
 *       …    … values              of the other columns, in the form of their type
 * Source: docs/protocol/mysql.md#binary-row
 *
 * @param encode  of text cells; UTF-8 where it is undefined
 */
export function encodeBinaryRow(
  writer: PacketWriter,
  columns: readonly WireType[],
  cells: readonly CellValue[],
  encode?: Charset['encode'],
): void {
  writer.begin().u8(0).zeros(bitmapSize(columns.length));
  for (let index = 0; index < columns.length; index++) {
    const cell = cells[index] ?? null;
    if (cell === null) writer.setBit(1 + ((index + bitmapShift) >> 3), (index + bitmapShift) & 7);
    else writeCell(writer, columns[index] as WireType, cell, encode);
  }
  writer.end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeBinaryRow(payload: Uint8Array, columns: readonly WireType[]): CellValue[] {
  const reader = new ByteReader(payload);
  if (reader.u8() !== 0) throw malformed('a binary row that does not begin with 0');
  const bitmap = reader.bytes(bitmapSize(columns.length));
  return columns.map((column, index) => {
    const bit = index + bitmapShift;
    const isNull = ((bitmap[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
    return isNull ? null : readCell(reader, column);
  });
}

const bitmapShift = 2;

function bitmapSize(columnCount: number): number {
  return (columnCount + 7 + bitmapShift) >> 3;
}

function writeCell(
  writer: PacketWriter,
  column: WireType,
  cell: Exclude<CellValue, null>,
  encode: Charset['encode'],
): void {
  switch (column.code) {
    case typeCode.TINY:
      writer.u8(Number(BigInt.asUintN(8, toInteger(cell))));
      break;
    case typeCode.SHORT:
    case typeCode.YEAR:
      writer.u16(Number(BigInt.asUintN(16, toInteger(cell))));
      break;
    case typeCode.LONG:
    case typeCode.INT24:
      writer.u32(Number(BigInt.asUintN(32, toInteger(cell))));
      break;
    case typeCode.LONGLONG:
      writer.u64(toInteger(cell));
      break;
    case typeCode.FLOAT:
      writer.f32(Number(cell));
      break;
    case typeCode.DOUBLE:
      writer.f64(Number(cell));
      break;
    case typeCode.DATE:
    case typeCode.DATETIME:
    case typeCode.TIMESTAMP:
      writeDateTime(writer, String(cell));
      break;
    case typeCode.TIME:
      writeTime(writer, String(cell));
      break;
    default:
      if (cell instanceof Uint8Array) writer.sizedBytes(cell);
      else if (encode !== undefined && typeof cell === 'string') writer.sizedBytes(encode(cell));
      else writer.sizedText(cellText(cell, column));
  }
}

function readCell(reader: ByteReader, column: WireType): CellValue {
  const unsigned = (column.flags & columnFlag.UNSIGNED) !== 0;
  const fixed = readFixedValue(reader, column.code, unsigned);
  return fixed === undefined ? bytesOrText(reader.sizedBytes(), column) : fixed;
}

const binaryCharset = 63;

function bytesOrText(bytes: Uint8Array, column: WireType): CellValue {
  const text = column.charset !== binaryCharset || textAlways.has(column.code);
  return text ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : bytes;
}

/** These say "binary" of their character set, and are text nevertheless. */
const textAlways = new Set<number>([typeCode.NEWDECIMAL, typeCode.DECIMAL, typeCode.JSON]);

/** What a column of integers shows of a cell that is none: its whole part, 0 for what is no number. */
function toInteger(cell: Exclude<CellValue, null>): bigint {
  if (typeof cell === 'bigint') return cell;
  if (cell instanceof Uint8Array) return cell.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  if (typeof cell === 'string' && /^-?\d+$/.test(cell)) return BigInt(cell);
  const number = Math.trunc(Number(cell));
  return Number.isFinite(number) ? BigInt(number) : 0n;
}

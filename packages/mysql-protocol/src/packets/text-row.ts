import { ByteReader } from '../byte-reader.ts';
import type { CellValue } from '../cell-value.ts';
import type { Charset } from '../charset.ts';
import { columnFlag, typeCode, type WireType } from '../column-type.ts';
import { doubleText, floatText } from '../number-text.ts';
import type { PacketWriter } from '../packet-writer.ts';

/**
 * A row of a text result set: each cell as text with its size (length-encoded), NULL as 0xfb.
 * Source: docs/protocol/mysql.md#text-row
 *
 * @param encode  of text cells; UTF-8 where it is undefined
 */
export function encodeTextRow(
  writer: PacketWriter,
  columns: readonly WireType[],
  cells: readonly CellValue[],
  encode?: Charset['encode'],
): void {
  writer.begin();
  for (let index = 0; index < columns.length; index++) {
    const cell = cells[index] ?? null;
    if (cell === null) writer.null();
    else if (cell instanceof Uint8Array) writer.sizedBytes(cell);
    else if (encode !== undefined && typeof cell === 'string') writer.sizedBytes(encode(cell));
    else writer.sizedText(cellText(cell, columns[index] as WireType));
  }
  writer.end();
}

/** @returns a copy of each cell's bytes, null for NULL. @throws ObError ER_MALFORMED_PACKET */
export function decodeTextRow(payload: Uint8Array, columnCount: number): (Uint8Array | null)[] {
  const reader = new ByteReader(payload);
  return Array.from({ length: columnCount }, () => reader.sizedBytesOrNull());
}

/** The text of a cell as MySQL prints it: numbers by their column's type, zero-filled where the column is. */
export function cellText(cell: string | number | bigint, column: WireType): string {
  if (typeof cell === 'string') return cell;
  const text = typeof cell === 'number' ? numberText(cell, column) : String(cell);
  if ((column.flags & columnFlag.ZEROFILL) === 0) return text;
  return text.padStart(column.length, '0');
}

const fixedDecimalsMax = 30;

function numberText(value: number, column: WireType): string {
  const floating = column.code === typeCode.FLOAT || column.code === typeCode.DOUBLE;
  if (floating && column.decimals <= fixedDecimalsMax) return value.toFixed(column.decimals);
  if (column.code === typeCode.FLOAT) return floatText(value);
  return Number.isSafeInteger(value) && column.code !== typeCode.DOUBLE ? String(value) : doubleText(value);
}

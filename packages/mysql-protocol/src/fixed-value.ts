import type { ByteReader } from './byte-reader.ts';
import type { CellValue } from './cell-value.ts';
import { typeCode } from './column-type.ts';
import { readDateTime, readTime } from './temporal.ts';

/**
 * Reads a value of the binary protocol whose size follows from its type: the same for a column of a row and for a
 * parameter of a statement.
 *
 * @returns undefined for a type whose values bring their own length; nothing was read then
 * Source: docs/protocol/mysql.md#binary-row
 */
export function readFixedValue(reader: ByteReader, code: number, unsigned: boolean): CellValue | undefined {
  switch (code) {
    case typeCode.TINY:
      return BigInt(unsigned ? reader.u8() : reader.i8());
    case typeCode.SHORT:
    case typeCode.YEAR:
      return BigInt(unsigned ? reader.u16() : reader.i16());
    case typeCode.LONG:
    case typeCode.INT24:
      return BigInt(unsigned ? reader.u32() : reader.i32());
    case typeCode.LONGLONG:
      return unsigned ? reader.u64() : reader.i64();
    case typeCode.FLOAT:
      return reader.f32();
    case typeCode.DOUBLE:
      return reader.f64();
    case typeCode.DATE:
      return readDateTime(reader, true);
    case typeCode.DATETIME:
    case typeCode.TIMESTAMP:
      return readDateTime(reader, false);
    case typeCode.TIME:
      return readTime(reader);
    default:
      return undefined;
  }
}

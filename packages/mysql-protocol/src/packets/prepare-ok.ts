import { ByteReader } from '../byte-reader.ts';
import type { PacketWriter } from '../packet-writer.ts';

/**
 * The answer to COM_STMT_PREPARE; column definitions of the parameters and of the columns follow.
 *
 *  offset size type  field         meaning
 *       0    1 u8    header        0x00
 *       1    4 u32   statement id
 *       5    2 u16   columns       their count
 *       7    2 u16   parameters    their count
 *       9    1 u8    filler        0
 *      10    2 u16   warnings      their count
 * Source: docs/protocol/mysql.md#com_stmt_prepare
 */
export interface PrepareOk {
  readonly statementId: number;
  readonly columnCount: number;
  readonly parameterCount: number;
  readonly warningCount: number;
}

export function encodePrepareOk(writer: PacketWriter, value: PrepareOk): void {
  writer
    .begin()
    .u8(0)
    .u32(value.statementId)
    .u16(value.columnCount)
    .u16(value.parameterCount)
    .u8(0)
    .u16(Math.min(0xffff, value.warningCount))
    .end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodePrepareOk(payload: Uint8Array): PrepareOk {
  const reader = new ByteReader(payload, 1);
  const statementId = reader.u32();
  const columnCount = reader.u16();
  const parameterCount = reader.u16();
  reader.skip(1);
  return { statementId, columnCount, parameterCount, warningCount: reader.left >= 2 ? reader.u16() : 0 };
}

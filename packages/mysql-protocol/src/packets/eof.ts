import { ByteReader } from '../byte-reader.ts';
import type { PacketWriter } from '../packet-writer.ts';
import { eofHeader } from './ok.ts';

/**
 * EOF: the end of columns or rows, without DEPRECATE_EOF.
 *
 *  offset size type  field     meaning
 *       0    1 u8    header    0xfe; a payload of 9 bytes and more with it is something else
 *       1    2 u16   warnings  their count
 *       3    2 u16   status    server status
 * Source: docs/protocol/mysql.md#eof
 */
export interface Eof {
  readonly warningCount: number;
  readonly status: number;
}

const eofSizeMax = 9;

export function encodeEof(writer: PacketWriter, value: Eof): void {
  writer.begin().u8(eofHeader).u16(Math.min(0xffff, value.warningCount)).u16(value.status).end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeEof(payload: Uint8Array): Eof {
  const reader = new ByteReader(payload, 1);
  return { warningCount: reader.u16(), status: reader.u16() };
}

/** A row may begin with 0xfe too, but then it is longer. */
export function isEof(payload: Uint8Array): boolean {
  return payload[0] === eofHeader && payload.length < eofSizeMax;
}

import { malformed } from '../byte-reader.ts';
import type { PacketWriter } from '../packet-writer.ts';

/**
 * Auth more data: what a plugin says in the course of its exchange, from the server.
 *
 *  offset size type   field   meaning
 *       0    1 u8     header  0x01
 *       1    … bytes  data    the plugin's own
 * Source: docs/protocol/mysql.md#caching_sha2_password
 */
export const authMoreDataHeader = 0x01;

export function encodeAuthMoreData(writer: PacketWriter, data: Uint8Array): void {
  writer.begin().u8(authMoreDataHeader).bytes(data).end();
}

/** @throws ObError ER_MALFORMED_PACKET when there is no data */
export function decodeAuthMoreData(payload: Uint8Array): Uint8Array {
  if (payload.length < 2) throw malformed('an exchange without data');
  return payload.subarray(1);
}

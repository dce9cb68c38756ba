import { ByteReader } from '../byte-reader.ts';
import type { PacketWriter } from '../packet-writer.ts';

/**
 * ERR: the command failed.
 *
 *  offset size type   field     meaning
 *       0    1 u8     header    0xff
 *       1    2 u16    errno
 *       3    1 u8     marker    '#'; left out, with the SQLSTATE, before the client's capabilities are known
 *       4    5 text   SQLSTATE
 *       9    … text   message   to the end
 * Source: docs/protocol/mysql.md#err
 */
export interface Err {
  readonly errno: number;
  readonly sqlState: string;
  readonly message: string;
}

export const errHeader = 0xff;
const marker = 0x23;
const messageSizeMax = 512;

/** @param sqlState  false only instead of a handshake, when the client's end of the protocol is not known */
export function encodeErr(
  writer: PacketWriter,
  value: Err,
  { sqlState }: { readonly sqlState: boolean },
): void {
  writer.begin().u8(errHeader).u16(value.errno);
  if (sqlState) writer.u8(marker).text(value.sqlState);
  writer.text(shortened(value.message)).end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeErr(payload: Uint8Array): Err {
  const reader = new ByteReader(payload, 1);
  const errno = reader.u16();
  const rest = reader.restText();
  if (!rest.startsWith('#')) return { errno, sqlState: 'HY000', message: rest };
  return { errno, sqlState: rest.slice(1, 6), message: rest.slice(6) };
}

/** Clients keep 512 bytes of a message; a character is never cut in half. */
function shortened(message: string): string {
  if (message.length * 3 <= messageSizeMax) return message;
  const bytes = Buffer.from(message, 'utf8');
  if (bytes.length < messageSizeMax) return message;
  let end = messageSizeMax - 1;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

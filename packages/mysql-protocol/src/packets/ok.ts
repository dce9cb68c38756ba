import { ByteReader } from '../byte-reader.ts';
import { has, serverStatus } from '../capabilities.ts';
import type { PacketWriter } from '../packet-writer.ts';
import { decodeSessionTrack, encodeSessionTrack, type SessionChange } from './session-track.ts';

/**
 * OK: done, or (header 0xfe, with DEPRECATE_EOF) the end of the rows.
 *
 *  offset size type    field           meaning
 *       0    1 u8      header          0x00, or 0xfe at the end of rows
 *       1    … lenenc  affected rows
 *       …    … lenenc  last insert id
 *       …    2 u16     status          server status
 *       …    2 u16     warnings        their count
 *       …    … text    info            to the end; length-encoded with SESSION_TRACK
 *       …    … lenenc  session changes with SESSION_TRACK and status SESSION_STATE_CHANGED
 * Source: docs/protocol/mysql.md#ok
 */
export interface Ok {
  readonly affectedRows: bigint;
  readonly lastInsertId: bigint;
  readonly status: number;
  readonly warningCount: number;
  readonly info: string;
  readonly changes: readonly SessionChange[];
}

export const okHeader = 0x00;
export const eofHeader = 0xfe;

/** @param capabilities  the ones agreed: they decide about the last fields */
export function encodeOk(
  writer: PacketWriter,
  value: Ok,
  { capabilities, header = okHeader }: { readonly capabilities: number; readonly header?: number },
): void {
  const tracks = has(capabilities, 'SESSION_TRACK');
  const changes = tracks ? value.changes : [];
  const status = changes.length > 0 ? value.status | serverStatus.SESSION_STATE_CHANGED : value.status;
  writer
    .begin()
    .u8(header)
    .size(value.affectedRows)
    .size(value.lastInsertId)
    .u16(status)
    .u16(Math.min(0xffff, value.warningCount));
  if (!tracks) writer.text(value.info);
  else if (value.info !== '' || changes.length > 0) writer.sizedText(value.info);
  if (changes.length > 0) encodeSessionTrack(writer, changes);
  writer.end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeOk(payload: Uint8Array, capabilities: number): Ok {
  const reader = new ByteReader(payload, 1);
  const affectedRows = reader.sizeBig();
  const lastInsertId = reader.sizeBig();
  const status = reader.u16();
  const warningCount = reader.u16();
  const tracks = has(capabilities, 'SESSION_TRACK');
  const info = tracks ? (reader.left > 0 ? reader.sizedText() : '') : reader.restText();
  const changed = tracks && (status & serverStatus.SESSION_STATE_CHANGED) !== 0 && reader.left > 0;
  const changes = changed ? decodeSessionTrack(reader) : [];
  return { affectedRows, lastInsertId, status, warningCount, info, changes };
}

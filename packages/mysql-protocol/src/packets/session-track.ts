import { ByteReader } from '../byte-reader.ts';
import { PacketWriter } from '../packet-writer.ts';

/**
 * What changed in the session, told in an OK packet: a list of
 *
 *  offset size type    field   meaning
 *       0    1 u8      kind    0 a system variable, 1 the default database, 2 that something changed
 *       1    … lenenc  data    0: name and value, 1: name, 2: '1'; each with its size
 * Source: docs/protocol/mysql.md#session-changes
 */
export type SessionChange =
  | { readonly kind: 'variable'; readonly name: string; readonly value: string }
  | { readonly kind: 'database'; readonly name: string };

const kindCode = { variable: 0, database: 1 } as const;

/** Writes into the packet begun, behind its info. */
export function encodeSessionTrack(writer: PacketWriter, changes: readonly SessionChange[]): void {
  const list = new PacketWriter();
  for (const change of changes) {
    const data = new PacketWriter();
    if (change.kind === 'variable') data.sizedText(change.name).sizedText(change.value);
    else data.sizedText(change.name);
    list.u8(kindCode[change.kind]).sizedBytes(data.take());
  }
  writer.sizedBytes(list.take());
}

/** @returns the changes we know; other kinds are passed over */
export function decodeSessionTrack(reader: ByteReader): SessionChange[] {
  const list = new ByteReader(reader.sizedBytes());
  const changes: SessionChange[] = [];
  while (list.left > 0) {
    const kind = list.u8();
    const data = new ByteReader(list.sizedBytes());
    if (kind === kindCode.variable) {
      while (data.left > 0)
        changes.push({ kind: 'variable', name: data.sizedText(), value: data.sizedText() });
    } else if (kind === kindCode.database) changes.push({ kind: 'database', name: data.sizedText() });
  }
  return changes;
}

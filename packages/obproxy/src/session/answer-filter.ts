import { encodeOk, has, type Ok, PacketWriter, type SessionChange } from '@sealane/mysql-protocol';

/** What MySQL tells a client of by default; servers tell a proxy of everything. */
const toldToClients = new Set([
  'autocommit',
  'character_set_client',
  'character_set_connection',
  'character_set_results',
  'time_zone',
]);

/**
 * An OK as the client may have it: in its own capabilities, without what is the proxy's business.
 *
 * @param packet  with its header
 * @returns the same packet where nothing has to change
 */
export function okForClient(
  packet: Uint8Array,
  ok: Ok,
  capabilities: { readonly client: number; readonly server: number },
): Uint8Array {
  const tracks = has(capabilities.client, 'SESSION_TRACK');
  const changes = tracks ? ok.changes.filter(isForClient) : [];
  const same = tracks === has(capabilities.server, 'SESSION_TRACK') && changes.length === ok.changes.length;
  if (same) return packet;
  const writer = new PacketWriter();
  writer.sequenceId = packet[3] ?? 0;
  const status = changes.length > 0 ? ok.status : ok.status & ~sessionStateChanged;
  encodeOk(writer, { ...ok, status, changes }, { capabilities: capabilities.client, header: packet[4] ?? 0 });
  return writer.take();
}

const sessionStateChanged = 0x4000;

function isForClient(change: SessionChange): boolean {
  return change.kind === 'database' || toldToClients.has(change.name);
}

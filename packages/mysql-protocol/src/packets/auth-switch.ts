import { ByteReader } from '../byte-reader.ts';
import { scrambleSize } from '../native-password.ts';
import type { PacketWriter } from '../packet-writer.ts';
import { eofHeader } from './ok.ts';

/**
 * Auth switch request: the server asks for another plugin, with a scramble. The client answers with a packet that
 * holds the plugin's response and nothing else.
 *
 *  offset size type   field     meaning
 *       0    1 u8     header    0xfe
 *       1    … NUL    plugin
 *       …   20 bytes  scramble
 *       …    1 u8     end       0
 * Source: docs/protocol/mysql.md#auth-switch
 */
export interface AuthSwitch {
  readonly plugin: string;
  readonly scramble: Uint8Array;
}

export function encodeAuthSwitch(writer: PacketWriter, value: AuthSwitch): void {
  writer.begin().u8(eofHeader).textNul(value.plugin).bytes(value.scramble).u8(0).end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeAuthSwitch(payload: Uint8Array): AuthSwitch {
  const reader = new ByteReader(payload, 1);
  const plugin = reader.textUntilNul();
  return { plugin, scramble: reader.restBytes().subarray(0, scrambleSize) };
}

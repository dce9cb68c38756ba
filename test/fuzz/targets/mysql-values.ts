import { capability, clientCapabilities, flagsOf, PacketWriter } from '@sealane/mysql-protocol';
import type { Chance } from '../../simulation/random.ts';

/** The payload of the one packet that `write` writes. */
export function payloadOf(write: (writer: PacketWriter) => void): Uint8Array {
  const writer = new PacketWriter();
  write(writer);
  return writer.take().slice(4);
}

/** Those of a client, some of them taken away or added. */
export function someCapabilities(chance: Chance): number {
  let flags = chance.happens(0.5) ? clientCapabilities : flagsOf('PROTOCOL_41', 'SECURE_CONNECTION');
  for (const flag of Object.values(capability)) if (chance.happens(0.1)) flags ^= flag;
  return (flags | capability.PROTOCOL_41) >>> 0;
}

export function capabilitiesOf(bytes: Uint8Array, offset: number): number {
  let flags = 0;
  for (let index = 3; index >= 0; index--) flags = (flags << 8) | (bytes[offset + index] ?? 0);
  return flags >>> 0;
}

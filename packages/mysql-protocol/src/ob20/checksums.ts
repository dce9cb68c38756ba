/**
 * The two checksums of the OceanBase 2.0 protocol. Neither inverts anything: CRC-16/ARC of a header, and CRC-32C of a payload
 * with seed 0 and no final exclusive or.
 */

const polynomial16 = 0xa001;
const polynomial32c = 0x82f63b78;

/** CRC-16: x^16 + x^15 + x^2 + 1, reflected, seed 0. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table16[(crc ^ byte) & 0xff] as number);
  return crc;
}

/** CRC-32C (Castagnoli), reflected, eight bytes at a time. @param seed  what came before */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  const whole = bytes.length - (bytes.length % 8);
  let crc = seed;
  let at = 0;
  for (; at < whole; at += 8) {
    crc ^=
      byteAt(bytes, at) |
      (byteAt(bytes, at + 1) << 8) |
      (byteAt(bytes, at + 2) << 16) |
      (byteAt(bytes, at + 3) << 24);
    crc =
      entry(7, crc & 0xff) ^
      entry(6, (crc >>> 8) & 0xff) ^
      entry(5, (crc >>> 16) & 0xff) ^
      entry(4, crc >>> 24) ^
      entry(3, byteAt(bytes, at + 4)) ^
      entry(2, byteAt(bytes, at + 5)) ^
      entry(1, byteAt(bytes, at + 6)) ^
      entry(0, byteAt(bytes, at + 7));
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ entry(0, (crc ^ byteAt(bytes, at)) & 0xff);
  return crc >>> 0;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

/** For a byte that `followers` others follow. */
function entry(followers: number, byte: number): number {
  return table32c[(followers << 8) | byte] as number;
}

const table16 = Uint16Array.from({ length: 256 }, (_, byte) => reduced(byte, polynomial16));

/** Eight tables in one: this is read twice as fast as eight. */
const table32c = new Int32Array(8 * 256);
for (let at = 0; at < table32c.length; at += 1) {
  const before = table32c[at - 256] ?? 0;
  table32c[at] = at < 256 ? reduced(at, polynomial32c) : (before >>> 8) ^ (table32c[before & 0xff] as number);
}

/** One byte, bit by bit. */
function reduced(byte: number, polynomial: number): number {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial;
  return crc;
}

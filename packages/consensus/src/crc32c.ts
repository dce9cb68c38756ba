/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), the checksum of log entries.
 *
 * @param seed the result of an earlier call, to go on over a second piece of the same bytes
 * @returns unsigned 32 bits
 */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  let crc = ~seed;
  let offset = 0;
  const alignedEnd = bytes.length - (bytes.length % 4);
  while (offset < alignedEnd) {
    crc ^=
      at(bytes, offset) |
      (at(bytes, offset + 1) << 8) |
      (at(bytes, offset + 2) << 16) |
      (at(bytes, offset + 3) << 24);
    crc =
      at(tables, 768 + (crc & 0xff)) ^
      at(tables, 512 + ((crc >>> 8) & 0xff)) ^
      at(tables, 256 + ((crc >>> 16) & 0xff)) ^
      at(tables, crc >>> 24);
    offset += 4;
  }
  while (offset < bytes.length) crc = at(tables, (crc ^ at(bytes, offset++)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Four tables of 256: four bytes go through in one round ("slicing by four"). */
const tables = makeTables();

function makeTables(): Int32Array {
  const made = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    made[byte] = crc;
  }
  for (let index = 256; index < made.length; index++) {
    const previous = at(made, index - 256);
    made[index] = at(made, previous & 0xff) ^ (previous >>> 8);
  }
  return made;
}

function at(array: Uint8Array | Int32Array, index: number): number {
  return array[index] as number;
}

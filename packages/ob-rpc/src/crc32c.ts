/**
 * CRC-32C as OB-RPC uses it: reflected polynomial 0x82F63B78, start value 0, no final inversion.
 * (Node's zlib.crc32 is another polynomial.) Eight bytes a round, by eight tables.
 *
 * Source: docs/protocol/ob-rpc.md#checksum
 */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = seed;
  let at = 0;
  const wholeRounds = bytes.length - (bytes.length % 8);
  for (; at < wholeRounds; at += 8) {
    const low =
      crc ^
      (byte(bytes, at) |
        (byte(bytes, at + 1) << 8) |
        (byte(bytes, at + 2) << 16) |
        (byte(bytes, at + 3) << 24));
    crc =
      word(t7, low & 0xff) ^
      word(t6, (low >>> 8) & 0xff) ^
      word(t5, (low >>> 16) & 0xff) ^
      word(t4, low >>> 24) ^
      word(t3, byte(bytes, at + 4)) ^
      word(t2, byte(bytes, at + 5)) ^
      word(t1, byte(bytes, at + 6)) ^
      word(t0, byte(bytes, at + 7));
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ word(t0, (crc ^ byte(bytes, at)) & 0xff);
  return crc >>> 0;
}

const POLYNOMIAL = 0x82f63b78;

type Tables = readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** TABLES[k][b]: what byte b does to the register when k more bytes follow it in the round. */
const TABLES: Tables = buildTables();

function buildTables(): Tables {
  const first = Int32Array.from({ length: 256 }, (_, value) => eightShifts(value));
  const next = (table: Int32Array): Int32Array =>
    table.map((value) => (value >>> 8) ^ word(first, value & 0xff));
  const second = next(first);
  const third = next(second);
  const fourth = next(third);
  const fifth = next(fourth);
  const sixth = next(fifth);
  const seventh = next(sixth);
  return [first, second, third, fourth, fifth, sixth, seventh, next(seventh)];
}

function eightShifts(value: number): number {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
}

/** The index is always inside; the fallback only satisfies the compiler. */
function word(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

import type { Chance } from '../simulation/random.ts';

/** What mutations draw on. */
export interface Material {
  readonly tokens: readonly Uint8Array[];
  /** Another input, to splice with. */
  other(): Uint8Array;
}

/** One to eight small damages, one after the other; mostly few. */
export function mutate(input: Uint8Array, chance: Chance, material: Material): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(input);
  const count = 1 + Math.floor(chance.skewed(0, 8));
  for (let done = 0; done < count; done++) bytes = chance.pick(mutations)(bytes, chance, material);
  return bytes;
}

type Mutation = (bytes: Uint8Array, chance: Chance, material: Material) => Uint8Array;

const mutations: readonly Mutation[] = [
  flipBit,
  flipBit,
  replaceByte,
  replaceByte,
  writeInteger,
  writeInteger,
  shiftInteger,
  shiftInteger,
  truncate,
  remove,
  insertNoise,
  repeat,
  splice,
  overwriteWithToken,
  insertToken,
  move,
];

function flipBit(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.below(bytes.length);
  if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
  return bytes;
}

function replaceByte(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.below(bytes.length);
  if (at < bytes.length) bytes[at] = chance.happens(0.5) ? chance.pick(boundaryBytes) : chance.below(256);
  return bytes;
}

/** A boundary where a length, a count or an id may be. */
function writeInteger(bytes: Uint8Array, chance: Chance): Uint8Array {
  const width = chance.pick(widths);
  if (bytes.length < width) return bytes;
  const value = chance.happens(0.3) ? BigInt(bytes.length + chance.below(9) - 4) : chance.pick(boundaries);
  return putInteger(bytes, { at: chance.below(bytes.length - width + 1), width, value }, chance);
}

/** A length that is a little wrong. */
function shiftInteger(bytes: Uint8Array, chance: Chance): Uint8Array {
  const width = chance.pick(widths);
  if (bytes.length < width) return bytes;
  const at = chance.below(bytes.length - width + 1);
  const bigEndian = chance.happens(0.5);
  let value = 0n;
  for (let index = 0; index < width; index++) {
    const byte = BigInt(bytes[bigEndian ? at + index : at + width - 1 - index] ?? 0);
    value = (value << 8n) | byte;
  }
  const shifted = value + BigInt(chance.pick([-1, 1, -2, 2, 16, -16, 256]));
  return putInteger(bytes, { at, width, value: shifted }, bigEndian);
}

function truncate(bytes: Uint8Array, chance: Chance): Uint8Array {
  return bytes.subarray(0, chance.below(bytes.length + 1));
}

function remove(bytes: Uint8Array, chance: Chance): Uint8Array {
  const { from, to } = range(bytes, chance);
  return join(bytes.subarray(0, from), bytes.subarray(to));
}

function insertNoise(bytes: Uint8Array, chance: Chance): Uint8Array {
  const noise = Uint8Array.from({ length: 1 + Math.floor(chance.skewed(0, 64)) }, () => chance.below(256));
  return insert(bytes, noise, chance);
}

function repeat(bytes: Uint8Array, chance: Chance): Uint8Array {
  const { from, to } = range(bytes, chance);
  const piece = bytes.subarray(from, to);
  if (piece.length === 0) return bytes;
  const count = Math.min(1 + Math.floor(chance.skewed(0, 400)), Math.ceil(repeatedMax / piece.length));
  return join(bytes.subarray(0, to), ...Array.from({ length: count }, () => piece), bytes.subarray(to));
}

function splice(bytes: Uint8Array, chance: Chance, material: Material): Uint8Array {
  const other = material.other();
  const end = chance.below(bytes.length + 1);
  if (chance.happens(0.5))
    return join(bytes.subarray(0, end), other.subarray(chance.below(other.length + 1)));
  const { from, to } = range(other, chance);
  return join(bytes.subarray(0, end), other.subarray(from, to), bytes.subarray(end));
}

function overwriteWithToken(bytes: Uint8Array, chance: Chance, { tokens }: Material): Uint8Array {
  const token = chance.pick(tokens);
  if (token === undefined || token.length > bytes.length) return bytes;
  bytes.set(token, chance.below(bytes.length - token.length + 1));
  return bytes;
}

function insertToken(bytes: Uint8Array, chance: Chance, { tokens }: Material): Uint8Array {
  const token = chance.pick(tokens);
  return token === undefined ? bytes : insert(bytes, token, chance);
}

function move(bytes: Uint8Array, chance: Chance): Uint8Array {
  const { from, to } = range(bytes, chance);
  const piece = bytes.slice(from, to);
  return insert(join(bytes.subarray(0, from), bytes.subarray(to)), piece, chance);
}

function insert(bytes: Uint8Array, piece: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.below(bytes.length + 1);
  return join(bytes.subarray(0, at), piece, bytes.subarray(at));
}

function range(bytes: Uint8Array, chance: Chance): { readonly from: number; readonly to: number } {
  const from = chance.below(bytes.length + 1);
  const size = chance.happens(0.7) ? chance.below(17) : chance.below(bytes.length + 1);
  return { from, to: Math.min(bytes.length, from + size) };
}

function putInteger(
  bytes: Uint8Array,
  { at, width, value }: { readonly at: number; readonly width: number; readonly value: bigint },
  bigEndian: Chance | boolean,
): Uint8Array {
  const big = typeof bigEndian === 'boolean' ? bigEndian : bigEndian.happens(0.5);
  let left = BigInt.asUintN(width * 8, value);
  for (let index = 0; index < width; index++) {
    bytes[big ? at + width - 1 - index : at + index] = Number(left & 0xffn);
    left >>= 8n;
  }
  return bytes;
}

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

const widths = [1, 2, 3, 4, 8] as const;
/** Where lengths change their form, signs turn, and numbers cease to be exact. */
const boundaries = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xfan,
  0xfbn,
  0xfcn,
  0xfdn,
  0xfen,
  0xffn,
  0x100n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0xfffffen,
  0xffffffn,
  0x1000000n,
  0x4000000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
] as const;
const boundaryBytes = [0, 1, 0x7f, 0x80, 0xc0, 0xd4, 0xfb, 0xfc, 0xfd, 0xfe, 0xff] as const;
const repeatedMax = 64 * 1024;

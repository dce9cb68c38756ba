import { ObError } from '@sealane/errors';

/** How deep arrays and maps may stand in one another. Our own bodies need eight. */
export const DEPTH_MAX = 64;

/**
 * Looks through the bytes of one msgpack value before anything is built of them: only nil, booleans, numbers, strings, bytes,
 * arrays, maps, the time stamp (extension -1) and `undefined` (extension 0, our own end writes it) may be there; no more than
 * DEPTH_MAX levels; no more items than there are bytes; nothing missing and nothing behind it. The decoder knows more: records,
 * sets, typed arrays, errors, references, strings that lie elsewhere. Whoever sends those wants more than to be read.
 *
 * Source: https://github.com/msgpack/msgpack/blob/master/spec.md
 *
 * @throws ObError OB_RPC_PACKET_INVALID
 */
export function mustBePlain(bytes: Uint8Array): void {
  /** Values still to come at each level above. */
  const above: number[] = [];
  let left = 1;
  let at = 0;
  for (;;) {
    while (left === 0) {
      const next = above.pop();
      if (next === undefined) {
        if (at !== bytes.length) throw invalid('something follows the value', at);
        return;
      }
      left = next;
    }
    if (at >= bytes.length) throw invalid('it ends too early', at);
    left -= 1;
    const token = bytes[at] as number;
    const start = at;
    at += SIZES[token] || sizeOf(bytes, at, token);
    if (at > bytes.length) throw invalid('it ends too early', bytes.length);
    if (!isContainer(token)) continue;
    const count = itemsOf(bytes, start, token);
    if (count > bytes.length - at) throw invalid(`${count} items can't be in what is left`, at);
    if (above.push(left) > DEPTH_MAX) throw invalid(`more than ${DEPTH_MAX} levels`, at);
    left = count;
  }
}

function isContainer(token: number): boolean {
  return (token >= 0x80 && token < 0xa0) || (token >= 0xdc && token <= 0xdf);
}

/** @returns how many values belong to an array or a map */
function itemsOf(bytes: Uint8Array, at: number, token: number): number {
  if (token < 0x90) return (token & 0x0f) * 2;
  if (token < 0xa0) return token & 0x0f;
  const count = number(bytes, at + 1, token % 2 === 0 ? 2 : 4);
  return token >= 0xde ? count * 2 : count;
}

/** @returns bytes of a token that brings its length, with what belongs to it */
function sizeOf(bytes: Uint8Array, at: number, token: number): number {
  if (token >= 0xd4 && token <= 0xd8) return extensionSize(bytes, at + 1, 1 << (token - 0xd4)) + 1;
  if (token >= 0xc7 && token <= 0xc9) {
    const width = 1 << (token - 0xc7);
    return extensionSize(bytes, at + 1 + width, number(bytes, at + 1, width)) + 1 + width;
  }
  if (token === 0xc1) throw invalid('0xc1 is no value', at);
  const width = 1 << (token < 0xd9 ? token - 0xc4 : token - 0xd9);
  return 1 + width + number(bytes, at + 1, width);
}

/** @returns bytes of the type and the data */
function extensionSize(bytes: Uint8Array, at: number, size: number): number {
  const type = bytes[at];
  if (type === UNDEFINED && size === 1) return 2;
  if (type === TIME_STAMP && (size === 4 || size === 8 || size === 12)) return 1 + size;
  throw invalid(`extension type 0x${(type ?? 0).toString(16)} of ${size} bytes is refused`, at);
}

function number(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let index = 0; index < width; index++) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}

function invalid(why: string, at: number): ObError {
  return new ObError('OB_RPC_PACKET_INVALID', [], { message: `not plain msgpack at byte ${at}: ${why}` });
}

const UNDEFINED = 0;
/** -1 */
const TIME_STAMP = 0xff;

/** nil, booleans, numbers, and the heads of arrays and maps. */
const FIXED_SIZES: Readonly<Record<number, number>> = {
  192: 1,
  194: 1,
  195: 1,
  202: 5,
  203: 9,
  204: 2,
  205: 3,
  206: 5,
  207: 9,
  208: 2,
  209: 3,
  210: 5,
  211: 9,
  220: 3,
  221: 5,
  222: 3,
  223: 5,
};

/** Bytes of each token, and of what belongs to it where the token alone says so; 0 for one that brings its length. */
const SIZES = Uint8Array.from({ length: 256 }, (_, token) => {
  if (token < 0xa0 || token >= 0xe0) return 1;
  if (token < 0xc0) return 1 + (token & 0x1f);
  return FIXED_SIZES[token] ?? 0;
});

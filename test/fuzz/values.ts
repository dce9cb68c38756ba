import type { Chance } from '../simulation/random.ts';

/** Random values of everyday shapes, for well-formed inputs. */

export function someBytes(chance: Chance, sizeMax: number): Uint8Array {
  const size = Math.floor(chance.skewed(0, sizeMax + 1));
  return Uint8Array.from({ length: size }, () => chance.below(256));
}

export function someText(chance: Chance, lengthMax = 40): string {
  const length = Math.floor(chance.skewed(0, lengthMax + 1));
  return Array.from({ length }, () => chance.pick(characters)).join('');
}

export function someCount(chance: Chance): number {
  return chance.happens(0.2) ? chance.pick(counts) : Math.floor(chance.skewed(0, 1_000_000));
}

export function someInteger(chance: Chance): bigint {
  const bits = 1 + chance.below(64);
  const value = BigInt(Math.floor(chance.fraction() * 2 ** 32)) * 0x1_0000_0001n;
  const cut = BigInt.asUintN(bits, value);
  return chance.happens(0.3) ? -(cut >> 1n) : cut >> 1n;
}

export function someCell(chance: Chance): string | number | bigint | Uint8Array | null {
  switch (chance.below(5)) {
    case 0:
      return null;
    case 1:
      return someInteger(chance);
    case 2:
      return chance.fraction() * 10 ** chance.below(20);
    case 3:
      return someBytes(chance, 60);
    default:
      return someText(chance);
  }
}

export function listOf<Item>(chance: Chance, countMax: number, make: () => Item): Item[] {
  return Array.from({ length: Math.floor(chance.skewed(0, countMax + 1)) }, make);
}

const characters = [...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_ .,:;-+*/=<>()\'"`@#%$äöß漢字😀\n\t\\'];
const counts = [
  0,
  1,
  127,
  128,
  250,
  251,
  252,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
] as const;

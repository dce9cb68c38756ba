import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import { Chance } from '../simulation/random.ts';
import { Finding } from './target.ts';

/** The same bytes as they may arrive: in pieces that depend on nothing but the bytes. Each piece has memory of its own. */
export function pieces(bytes: Uint8Array): Uint8Array[] {
  const chance = new Chance(crc32(bytes));
  const sizeMax = chance.pick([1, 2, 5, 17, 64, 1000, 70_000]);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = Math.min(bytes.length - at, 1 + chance.below(sizeMax));
    parts.push(bytes.slice(at, at + size));
    at += size;
  }
  return parts;
}

/** @throws Finding when the way the bytes arrived makes a difference */
export function mustBeSame(whole: readonly unknown[], inPieces: readonly unknown[]): void {
  if (isDeepStrictEqual(whole, inPieces)) return;
  const at = whole.findIndex((value, index) => !isDeepStrictEqual(value, inPieces[index]));
  const shown = (value: unknown): string => (show(value) ?? 'nothing').slice(0, 200);
  throw new Finding(
    `in one piece: ${shown(whole[at])}, in several: ${shown(inPieces[at] ?? inPieces.at(-1))}`,
  );
}

function show(value: unknown): string | undefined {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each));
}

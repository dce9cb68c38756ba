import type { Chance } from './random.ts';

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number };

/** Bytes that grow. */
class Bytes {
  size = 0;
  #bytes = new Uint8Array(1024);

  read(into: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(into.length, this.size - position));
    into.set(this.#bytes.subarray(position, position + count));
    return count;
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(bytes, position);
    this.size = Math.max(this.size, end);
  }

  truncate(size: number): void {
    if (size > this.#bytes.length) this.#grow(size);
    if (size < this.size) this.#bytes.fill(0, size, this.size);
    this.size = size;
  }

  flip(position: number, mask: number): void {
    this.#bytes[position] = (this.#bytes[position] ?? 0) ^ mask;
  }

  copyFrom(other: Bytes): void {
    this.#bytes = other.#bytes.slice();
    this.size = other.size;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/**
 * One file: what a process reads from it, and what a loss of power leaves of it. Between the two lie the changes since
 * the last sync: of those any part may be on the disk, sector by sector.
 */
export class SimulatedFile {
  readonly #seen = new Bytes();
  readonly #durable = new Bytes();
  #changes: Change[] = [];
  /** Changes that have left the list, so that two syncs at a time take each what it may. */
  #settledCount = 0;

  get size(): number {
    return this.#seen.size;
  }

  get durableSize(): number {
    return this.#durable.size;
  }

  read(into: Uint8Array, position: number): number {
    return this.#seen.read(into, position);
  }

  write(bytes: Uint8Array, position: number): void {
    this.#seen.write(bytes, position);
    this.#changes.push({ kind: 'write', position, bytes });
  }

  truncate(size: number): void {
    this.#seen.truncate(size);
    this.#changes.push({ kind: 'truncate', size });
  }

  /** A sync takes what was changed before it began. @returns what makes that durable */
  beginSync(): () => void {
    const end = this.#settledCount + this.#changes.length;
    return () => {
      for (const change of this.#settle(end - this.#settledCount)) this.#apply(change);
    };
  }

  /** A sync that failed: the system takes the pages for clean, and no later sync writes them. */
  failSync(): void {
    this.#settle(this.#changes.length);
  }

  /** @returns whether unsynced changes were lost in part */
  losePower(chance: Chance): boolean {
    let torn = false;
    for (const change of this.#settle(this.#changes.length)) {
      if (change.kind === 'truncate') {
        if (chance.happens(0.5)) this.#durable.truncate(change.size);
      } else torn = this.#tear(change, chance) || torn;
    }
    this.#seen.copyFrom(this.#durable);
    return torn;
  }

  /** Damages a byte that is on disk. */
  flipBit(position: number, bit: number): void {
    this.#seen.flip(position, 1 << bit);
    this.#durable.flip(position, 1 << bit);
  }

  /** Some sectors reach the disk, in any order; the length may be that of the whole write even so. */
  #tear({ position, bytes }: { position: number; bytes: Uint8Array }, chance: Chance): boolean {
    const how = chance.fraction();
    if (how < 0.25) return bytes.length > 0;
    if (how < 0.5) {
      this.#durable.write(bytes, position);
      return false;
    }
    const inOrder = chance.happens(0.5);
    const lastSector = chance.between(0, 1) * bytes.length;
    for (let start = 0; start < bytes.length; ) {
      const end = Math.min(bytes.length, sectorEnd(position + start) - position);
      if (inOrder ? end <= lastSector : chance.happens(0.5)) {
        this.#durable.write(bytes.subarray(start, end), position + start);
      }
      start = end;
    }
    return true;
  }

  #settle(count: number): Change[] {
    if (count <= 0) return [];
    this.#settledCount += count;
    return this.#changes.splice(0, count);
  }

  #apply(change: Change): void {
    if (change.kind === 'write') this.#durable.write(change.bytes, change.position);
    else this.#durable.truncate(change.size);
  }
}

function sectorEnd(position: number): number {
  return position - (position % sectorSize) + sectorSize;
}

const sectorSize = 512;

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { ObError } from '@sealane/errors';
import type { Position } from './record.ts';

/** The ordinal of the last transaction of an LSN: whoever is there has all of it. */
export const wholeEntry = Number.MAX_SAFE_INTEGER;

/** Whether `position` lies before `other` in the same log. */
export function isBefore(position: Position, other: Position): boolean {
  return position.lsn < other.lsn || (position.lsn === other.lsn && position.ordinal < other.ordinal);
}

/** Where an output ends, and how much of it there was. */
export interface Bookmark {
  readonly positions: readonly Position[];
  /** Bytes of the output file; 0 where the output is no file. */
  readonly outputSize: number;
}

/** A bookmark in a file that is whole at any moment. */
export class PositionFile {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Empty before the first write. @throws ObError OB_INVALID_CONFIG for a file that isn't one */
  read(): Bookmark {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch {
      return { positions: [], outputSize: 0 };
    }
    const bookmark = parseBookmark(text);
    if (bookmark !== undefined) return bookmark;
    throw new ObError('OB_INVALID_CONFIG', [], {
      message: `${this.#file} holds no positions; move it away to begin anew, or give another file`,
    });
  }

  /** On disk when it returns. */
  write(bookmark: Bookmark): void {
    const aside = `${this.#file}.new`;
    const descriptor = openSync(aside, 'w', 0o600);
    try {
      writeSync(descriptor, `${JSON.stringify(bookmark)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(aside, this.#file);
  }
}

function parseBookmark(text: string): Bookmark | undefined {
  try {
    const { positions, outputSize } = JSON.parse(text) as Bookmark;
    return positions.every(isPosition) && isCount(outputSize) ? { positions, outputSize } : undefined;
  } catch {
    return undefined;
  }
}

function isPosition({ tenantId, lsn, ordinal }: Position): boolean {
  return [tenantId, lsn, ordinal].every(isCount);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

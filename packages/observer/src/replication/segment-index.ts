import type { EntryKind, MemberList } from '@sealane/consensus';
import { segmentHeaderSize } from '@sealane/consensus';
import { areCountPairs, areNames, isCount, isDigits, parsedObject } from './json-shape.ts';
import { memberListOf } from './member-lists.ts';
import { TermRuns } from './term-runs.ts';

/** What is to be known of an entry to find it again. */
export interface IndexedEntry {
  readonly lsn: number;
  readonly term: number;
  readonly scn: bigint;
  readonly kind: EntryKind;
  readonly payload: Uint8Array;
  /** Header and payload. */
  readonly entrySize: number;
}

/**
 * What a segment holds, without its entries: terms, member lists, and where about every 64 KiB an entry begins. The
 * entries in between are found by their sizes. Small enough to stay in memory for every segment.
 */
export class SegmentIndex {
  readonly firstLsn: number;
  readonly terms: TermRuns;
  readonly memberLists: MemberList[];
  readonly #places: Place[];
  #lastLsn: number;
  #lastScn: bigint | undefined;
  #endOffset: number;

  constructor(firstLsn: number, content?: Partial<IndexLine>) {
    this.firstLsn = firstLsn;
    this.terms = new TermRuns(content?.terms);
    this.memberLists = (content?.members ?? []).map(([lsn, members]) => ({ lsn, members }));
    this.#places = (content?.places ?? []).map(([lsn, offset]) => ({ lsn, offset }));
    this.#lastLsn = content?.lastLsn ?? firstLsn - 1;
    this.#lastScn = typeof content?.lastScn === 'string' ? BigInt(content.lastScn) : undefined;
    this.#endOffset = content?.endOffset ?? segmentHeaderSize;
  }

  /** @returns undefined for anything that `encode` didn't make */
  static decode(json: string): SegmentIndex | undefined {
    const line = parsedObject(json);
    return isIndexLine(line) ? new SegmentIndex(line.firstLsn, line) : undefined;
  }

  encode(): string {
    return JSON.stringify({
      firstLsn: this.firstLsn,
      lastLsn: this.#lastLsn,
      lastScn: this.#lastScn === undefined ? null : String(this.#lastScn),
      endOffset: this.#endOffset,
      terms: this.terms.pairs(),
      members: this.memberLists.map(({ lsn, members }): [number, readonly string[]] => [lsn, members]),
      places: this.#places.map(({ lsn, offset }): [number, number] => [lsn, offset]),
    } satisfies IndexLine);
  }

  /** firstLsn - 1 while it is empty. */
  get lastLsn(): number {
    return this.#lastLsn;
  }

  /** Of the last entry, if it was seen. */
  get lastScn(): bigint | undefined {
    return this.#lastScn;
  }

  /** Behind the last entry. */
  get endOffset(): number {
    return this.#endOffset;
  }

  append(entry: IndexedEntry, offset: number): void {
    this.terms.append(entry.lsn, entry.term);
    const list = memberListOf(entry);
    if (list !== undefined) this.memberLists.push(list);
    const last = this.#places.at(-1);
    if (last === undefined || offset - last.offset >= placeDistance) {
      this.#places.push({ lsn: entry.lsn, offset });
    }
    this.#lastLsn = entry.lsn;
    this.#lastScn = entry.scn;
    this.#endOffset = offset + entry.entrySize;
  }

  /** The last known place at or before an entry; the first one begins behind the segment's header. */
  placeBefore(lsn: number): Place {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle]?.lsn ?? 0) <= lsn) low = middle + 1;
      else high = middle;
    }
    return this.#places[low - 1] ?? { lsn: this.firstLsn, offset: segmentHeaderSize };
  }

  /** The same for a file in which everything lies that many bytes further on. */
  shifted(distance: number): SegmentIndex {
    return new SegmentIndex(this.firstLsn, {
      ...(JSON.parse(this.encode()) as IndexLine),
      places: this.#places.map(({ lsn, offset }) => [lsn, offset + distance]),
      endOffset: this.#endOffset + distance,
    });
  }

  truncateAfter(lsn: number, endOffset: number): void {
    this.terms.truncateAfter(lsn);
    while ((this.memberLists.at(-1)?.lsn ?? 0) > lsn) this.memberLists.pop();
    while ((this.#places.at(-1)?.lsn ?? 0) > lsn) this.#places.pop();
    this.#lastLsn = lsn;
    this.#lastScn = undefined;
    this.#endOffset = endOffset;
  }
}

export interface Place {
  /** The entry that begins here. */
  readonly lsn: number;
  readonly offset: number;
}

interface IndexLine {
  firstLsn: number;
  lastLsn: number;
  lastScn: string | null;
  endOffset: number;
  terms: [number, number][];
  members: [number, readonly string[]][];
  places: [number, number][];
}

function isIndexLine(line: object | undefined): line is IndexLine {
  const { firstLsn, lastLsn, lastScn, endOffset, terms, members, places } = (line ??
    {}) as Partial<IndexLine>;
  return (
    isCount(firstLsn) &&
    isCount(lastLsn) &&
    lastLsn >= firstLsn - 1 &&
    (lastScn === null || isDigits(lastScn)) &&
    isCount(endOffset) &&
    areCountPairs(terms) &&
    areCountPairs(places) &&
    Array.isArray(members) &&
    members.every((pair) => Array.isArray(pair) && isCount(pair[0]) && areNames(pair[1]))
  );
}

const placeDistance = 64 * 1024;

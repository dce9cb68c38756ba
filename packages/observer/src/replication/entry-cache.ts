import type { LogEntry } from '@sealane/consensus';

/** The newest entries, without a gap, at most `sizeMax` bytes of them (but always the last one). */
export class EntryCache {
  readonly #sizeMax: number;
  #entries: LogEntry[] = [];
  /** Index of the oldest one that is still kept. */
  #head = 0;
  #size = 0;
  /** Bytes in front of the head, not given back yet. */
  #droppedSize = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  append(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#size += entry.bytes.length;
    }
    while (this.#size > this.#sizeMax && this.#head < this.#entries.length - 1) {
      const size = this.#entries[this.#head++]?.bytes.length ?? 0;
      this.#size -= size;
      this.#droppedSize += size;
    }
    if (this.#head * 2 > this.#entries.length || this.#droppedSize > this.#sizeMax) this.#compact();
  }

  truncateAfter(lsn: number): void {
    while (this.#entries.length > this.#head && (this.#entries.at(-1)?.lsn ?? 0) > lsn) {
      this.#size -= this.#entries.pop()?.bytes.length ?? 0;
    }
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#size = 0;
    this.#droppedSize = 0;
  }

  /** @returns undefined if the first one asked for isn't kept */
  entries(range: { afterLsn: number; upToLsn: number; sizeMax: number }): readonly LogEntry[] | undefined {
    const oldest = this.#entries[this.#head];
    if (oldest === undefined || range.afterLsn + 1 < oldest.lsn) return undefined;
    const start = this.#head + (range.afterLsn + 1 - oldest.lsn);
    let end = start;
    let size = 0;
    for (; end < this.#entries.length; end++) {
      const entry = this.#entries[end] as LogEntry;
      size += entry.bytes.length;
      if (entry.lsn > range.upToLsn || (end > start && size > range.sizeMax)) break;
    }
    return end > start ? this.#entries.slice(start, end) : undefined;
  }

  #compact(): void {
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
    this.#droppedSize = 0;
  }
}

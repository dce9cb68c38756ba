/** How well commits share the disk, since the start. */
export interface SyncStatus {
  /** fsyncs of the log, and entries that they made durable: their quotient is the group commit. */
  readonly syncCount: number;
  readonly entryCount: number;
  /** From the beginning of the write to the end of the fsync. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Counts and times the writes of a log. Latencies go into buckets, each a sixth wider than the one before. */
export class SyncFigures {
  readonly #nowMs: () => number;
  readonly #counts = new Uint32Array(bucketCount);
  #syncCount = 0;
  #entryCount = 0;
  #maxMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  async measure(entryCount: number, write: () => Promise<void>): Promise<void> {
    const startMs = this.#nowMs();
    await write();
    const tookMs = this.#nowMs() - startMs;
    this.#syncCount += 1;
    this.#entryCount += entryCount;
    this.#maxMs = Math.max(this.#maxMs, tookMs);
    const bucket = bucketOf(tookMs);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  status(): SyncStatus {
    return {
      syncCount: this.#syncCount,
      entryCount: this.#entryCount,
      p50Ms: this.#quantile(0.5),
      p99Ms: this.#quantile(0.99),
      maxMs: Math.round(this.#maxMs * 1000) / 1000,
    };
  }

  /** The upper end of the bucket in which it lies; 0 without any. */
  #quantile(share: number): number {
    let left = Math.ceil(this.#syncCount * share);
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (count > 0 && left <= 0) return Math.min(upperMs(bucket), this.#maxMs);
    }
    return 0;
  }
}

function bucketOf(ms: number): number {
  const bucket = Math.ceil(Math.log(Math.max(ms, smallestMs) / smallestMs) / Math.log(growth));
  return Math.min(Math.max(0, bucket), bucketCount - 1);
}

function upperMs(bucket: number): number {
  return Math.round(smallestMs * growth ** bucket * 1000) / 1000;
}

/** From 10 µs to about 15 minutes. */
const bucketCount = 120;
const smallestMs = 0.01;
const growth = 7 / 6;

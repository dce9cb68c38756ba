/** The longest time between two moments at which something was seen to go on. */
export class LongestGap {
  #lastMs: number | undefined;
  #longestMs: number | undefined;
  #longestAt: number | undefined;
  #recentMs = 0;

  /**
   * @param nowMs  of a clock that only goes forward
   * @param at  milliseconds since 1970, to be told
   */
  seen(nowMs: number, at: number): void {
    if (this.#lastMs !== undefined) this.#note(nowMs - this.#lastMs, at);
    this.#lastMs = nowMs;
  }

  /** Nobody writes any more, or nobody looks: what follows is no gap. */
  pause(): void {
    this.#lastMs = undefined;
  }

  /** Undefined while nothing was seen. */
  currentMs(nowMs: number): number | undefined {
    return this.#lastMs === undefined ? undefined : nowMs - this.#lastMs;
  }

  /** The gap that is still open counts, too. */
  longest(nowMs: number, at: number): { readonly ms: number; readonly at: number } | undefined {
    const current = this.currentMs(nowMs);
    if (current !== undefined && current > (this.#longestMs ?? -1)) return { ms: current, at };
    if (this.#longestMs === undefined || this.#longestAt === undefined) return undefined;
    return { ms: this.#longestMs, at: this.#longestAt };
  }

  /** The longest that ended since the last call, or the open one if that is longer. */
  takeRecent(nowMs: number): number | undefined {
    const current = this.currentMs(nowMs);
    if (current === undefined) return undefined;
    const recent = Math.max(this.#recentMs, current);
    this.#recentMs = 0;
    return recent;
  }

  #note(ms: number, at: number): void {
    this.#recentMs = Math.max(this.#recentMs, ms);
    if (ms <= (this.#longestMs ?? -1)) return;
    this.#longestMs = ms;
    this.#longestAt = at;
  }
}

/** Without commits for longer than this, nobody writes: an idle cluster has no gap. */
export const IDLE_AFTER_MS = 10_000;

/**
 * The longest gap as the commit counters tell it: readings between which no node counted a commit. Off by at most two
 * intervals between readings; a pause of more than IDLE_AFTER_MS is taken for clients that have nothing to write.
 */
export class CommitGap {
  readonly #gap = new LongestGap();
  #commits = 0;

  /** @param commits  growth of all nodes' counters since the start */
  take(commits: number, nowMs: number, at: number): void {
    const current = this.#gap.currentMs(nowMs);
    if (commits > this.#commits) {
      if (current !== undefined && current > IDLE_AFTER_MS) this.#gap.pause();
      this.#gap.seen(nowMs, at);
    } else if (current !== undefined && current > IDLE_AFTER_MS) {
      this.#gap.pause();
    }
    this.#commits = commits;
  }

  currentMs(nowMs: number): number | undefined {
    return this.#gap.currentMs(nowMs);
  }

  longest(nowMs: number, at: number): { readonly ms: number; readonly at: number } | undefined {
    return this.#gap.longest(nowMs, at);
  }

  takeRecent(nowMs: number): number | undefined {
    return this.#gap.takeRecent(nowMs);
  }
}

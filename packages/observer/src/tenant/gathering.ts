/**
 * How many finished transactions the first entry of a round waits for. Clients that were answered together tend to ask again
 * together: then one entry carries all of them, where two would each cost a trip to a majority. What is expected is
 * the last round's number; when it doesn't come in time, nobody waits for some rounds, each time twice as many.
 */
export class Gathering {
  #expected = 1;
  #target = 1;
  #skipsLeft = 0;
  #skips = 1;

  /** A round begins. */
  begin(): void {
    this.#target = this.#skipsLeft > 0 ? 1 : this.#expected;
    if (this.#skipsLeft > 0) this.#skipsLeft -= 1;
  }

  /** Whether so many are worth the trip. */
  suffices(count: number): boolean {
    return count >= this.#target;
  }

  /** They were as many as expected. */
  reached(): void {
    if (this.#target > 1) this.#skips = 1;
  }

  /** They weren't, and time is up. */
  missed(): void {
    this.#skipsLeft = this.#skips;
    this.#skips = Math.min(this.#skips * 2, skipsMax);
    this.#target = 1;
  }

  /** A round was committed. */
  ended(count: number): void {
    this.#expected = Math.max(1, count);
  }
}

const skipsMax = 64;

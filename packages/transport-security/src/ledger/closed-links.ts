/** What is asked of a closed link here. */
export interface ClosedLink {
  /** Milliseconds since 1970. */
  readonly closedAt: number;
  /** Nothing was agreed with it. */
  readonly stranger: boolean;
}

export interface ClosedLinksOptions<Link> {
  readonly countMax: number;
  readonly ageMaxMs: number;
  /** Of strangers: a crowd of them must not push out what matters. */
  readonly strangersMax: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** Told of each link that is dropped. */
  forget(link: Link): void;
}

/** Links that are over, for a bounded time and in a bounded number. */
export class ClosedLinks<Link extends ClosedLink> {
  readonly #options: ClosedLinksOptions<Link>;
  /** Oldest first. */
  readonly #links: Link[] = [];
  readonly #strangers: Link[] = [];

  constructor(options: ClosedLinksOptions<Link>) {
    this.#options = options;
  }

  add(link: Link): void {
    (link.stranger ? this.#strangers : this.#links).push(link);
    this.expire();
  }

  newestFirst(): readonly Link[] {
    // The order of one millisecond stays.
    const links = [...this.#links.toReversed(), ...this.#strangers.toReversed()];
    return links.toSorted((a, b) => b.closedAt - a.closedAt);
  }

  /** Those that were closed since then. @param since  milliseconds since 1970 */
  since(since: number): readonly Link[] {
    return [this.#links, this.#strangers].flatMap((links) => {
      const older = links.findLastIndex((link) => link.closedAt < since);
      return links.slice(older + 1);
    });
  }

  expire(): void {
    const { countMax, strangersMax } = this.#options;
    this.#drop(this.#links, countMax);
    this.#drop(this.#strangers, strangersMax);
  }

  #drop(links: Link[], countMax: number): void {
    const oldest = this.#options.now() - this.#options.ageMaxMs;
    const fresh = links.findIndex((link) => link.closedAt > oldest);
    const count = Math.max(links.length - countMax, fresh === -1 ? links.length : fresh);
    if (count > 0) for (const link of links.splice(0, count)) this.#options.forget(link);
  }
}

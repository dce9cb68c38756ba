/** What the proxy counts since its start: SHOW PROXYSTAT. */
export const counterNames = [
  'client_connections',
  'client_connections_turned_away',
  'client_logins_failed',
  /** Of clients that are gone; see `showStatistics`. */
  'statements',
  'server_links',
] as const;

export type CounterName = (typeof counterNames)[number];

/** Counters that only grow. */
export class Statistics {
  readonly #counts = new Map<CounterName, number>(counterNames.map((name) => [name, 0]));

  count(name: CounterName, by = 1): void {
    this.#counts.set(name, this.of(name) + by);
  }

  of(name: CounterName): number {
    return this.#counts.get(name) ?? 0;
  }

  list(): readonly (readonly [CounterName, number])[] {
    return [...this.#counts];
  }
}

/** Connections that have not logged in yet, by the address they come from. */
export class HalfOpen<Connection> {
  readonly #addressOf = new Map<Connection, string>();
  /** The longest-waiting first. */
  readonly #byAddress = new Map<string, Set<Connection>>();

  get size(): number {
    return this.#addressOf.size;
  }

  add(connection: Connection, address: string): void {
    this.#addressOf.set(connection, address);
    const same = this.#byAddress.get(address);
    if (same === undefined) this.#byAddress.set(address, new Set([connection]));
    else same.add(connection);
  }

  delete(connection: Connection): void {
    const address = this.#addressOf.get(connection);
    if (address === undefined) return;
    this.#addressOf.delete(connection);
    const same = this.#byAddress.get(address);
    same?.delete(connection);
    if (same?.size === 0) this.#byAddress.delete(address);
  }

  /** Takes out the longest-waiting one of the address that has most; of addresses with as many, the first to come. */
  takeVictim(): Connection | undefined {
    let most: Set<Connection> | undefined;
    for (const same of this.#byAddress.values()) {
      if (most === undefined || same.size > most.size) most = same;
    }
    const [victim] = most ?? [];
    if (victim !== undefined) this.delete(victim);
    return victim;
  }
}

/** A connection on its way in. */
export interface Incoming {
  readonly remoteAddress?: string | undefined;
  destroy(): unknown;
}

/**
 * Clients that haven't logged in yet, in a bounded number. One more than that makes room: of the address that has most of them, the
 * one that waits longest goes, so that a crowd from one place keeps nobody else out.
 */
export class HalfOpen<Client extends Incoming> {
  readonly #countMax: () => number;
  /** By address, each in the order of their coming. */
  readonly #byAddress = new Map<string, Set<Client>>();
  readonly #addresses = new Map<Client, string>();

  constructor(countMax: () => number) {
    this.#countMax = countMax;
  }

  get size(): number {
    return this.#addresses.size;
  }

  add(client: Client): void {
    const address = client.remoteAddress ?? '';
    this.#addresses.set(client, address);
    const others = this.#byAddress.get(address);
    if (others === undefined) this.#byAddress.set(address, new Set([client]));
    else others.add(client);
    while (this.size > this.#countMax()) this.#turnOut();
  }

  delete(client: Client): void {
    const address = this.#addresses.get(client);
    if (address === undefined) return;
    this.#addresses.delete(client);
    const others = this.#byAddress.get(address);
    others?.delete(client);
    if (others?.size === 0) this.#byAddress.delete(address);
  }

  destroyAll(): void {
    for (const client of [...this.#addresses.keys()]) {
      this.delete(client);
      client.destroy();
    }
  }

  #turnOut(): void {
    let crowd: Set<Client> | undefined;
    for (const clients of this.#byAddress.values()) if (clients.size > (crowd?.size ?? 0)) crowd = clients;
    const [longest] = crowd ?? [];
    if (longest === undefined) return;
    this.delete(longest);
    longest.destroy();
  }
}

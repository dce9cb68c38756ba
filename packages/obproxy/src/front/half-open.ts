/** Clients that haven't logged in yet, in a bounded number: whoever waits longest makes room for one more. */
export class HalfOpen<Client extends { destroy(): unknown }> {
  readonly #clients = new Set<Client>();
  readonly #countMax: () => number;

  constructor(countMax: () => number) {
    this.#countMax = countMax;
  }

  get size(): number {
    return this.#clients.size;
  }

  add(client: Client): void {
    this.#clients.add(client);
    for (const oldest of this.#clients) {
      if (this.#clients.size <= this.#countMax()) return;
      this.#clients.delete(oldest);
      oldest.destroy();
    }
  }

  delete(client: Client): void {
    this.#clients.delete(client);
  }

  destroyAll(): void {
    for (const client of this.#clients) client.destroy();
    this.#clients.clear();
  }
}

import type { ProxySession } from './proxy-session.ts';

/** All sessions of the proxy: by the number that their clients know, and by those of their server links. */
export class SessionDirectory {
  readonly #byId = new Map<number, ProxySession>();
  readonly #byServerId = new Map<number, ProxySession>();

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): Iterator<ProxySession> {
    return this.#byId.values();
  }

  add(session: ProxySession): void {
    this.#byId.set(session.id, session);
  }

  /** The servers of a cluster give each connection a number of its own. */
  linked(serverId: number, session: ProxySession): void {
    this.#byServerId.set(serverId, session);
  }

  unlinked(serverId: number): void {
    this.#byServerId.delete(serverId);
  }

  delete(session: ProxySession): void {
    this.#byId.delete(session.id);
  }

  /** @param id  as KILL names it: from the greeting, or from CONNECTION_ID() */
  find(id: number): ProxySession | undefined {
    return this.#byId.get(id) ?? this.#byServerId.get(id);
  }
}

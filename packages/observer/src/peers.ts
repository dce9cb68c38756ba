import { setTimeout as delay } from 'node:timers/promises';
import { isObError, ObError } from '@sealane/errors';
import {
  type CallOptions,
  DialledLink,
  type DialledLinkStatus,
  type DialPlan,
  type Encrypter,
  type Identification,
  type LinkTimings,
  type LinkWatcher,
} from '@sealane/ob-rpc';
import { type LinkLedger, type MeshParameters, meshPolicy } from '@sealane/transport-security';
import type { Logger } from './logger.ts';

export interface PeersOptions {
  readonly self: {
    readonly ip: string;
    readonly rpcPort: number;
    readonly clusterName: string;
    readonly clusterId: number;
  };
  /** `ip:rpc_port` of all servers; this one is left out by itself. */
  readonly servers: readonly string[];
  /** The parameters of this moment, asked for each new link. */
  readonly meshParameters: () => MeshParameters;
  /** The configuration that those parameters belong to. */
  readonly configEpoch: () => number;
  readonly encrypter: Encrypter;
  readonly ledger: LinkLedger;
  readonly logger: Logger;
  readonly timings?: Partial<LinkTimings>;
}

/** What became of one dialled link that was to be replaced. */
export interface LinkRenewal {
  /** `ip:rpc_port` of the server it leads to. */
  readonly server: string;
  /** Why the old link stays; undefined when a new one has taken its place. */
  readonly failure: string | undefined;
}

/** A few attempts: the peer may learn of new parameters a moment later. */
const RENEW_TIMEOUT_MS = 3_000;
/** How long a link that is replaced may wait for the answers it is owed. */
const RENEWED_LINK_DRAIN_MS = 600_000;
/** How long a renewal waits for the old link to be gone. */
const RENEW_WAITS_FOR_OLD_MS = 2_000;

/**
 * One dialled, persistent link for each other server of the cluster. A link's mode is chosen when
 * it opens, from the policy of that moment, and stays until it closes.
 */
export class Peers {
  readonly #options: PeersOptions;
  readonly #self: Identification;
  readonly #links = new Map<string, DialledLink>();
  /** Replaced, and still waiting for answers. */
  readonly #leaving = new Set<DialledLink>();
  /** The last renewal of each server's link: one goes after the other. */
  readonly #renewals = new Map<string, Promise<void>>();
  #started = false;
  #closed = false;

  constructor(options: PeersOptions) {
    const { ip, rpcPort, clusterName, clusterId } = options.self;
    this.#options = options;
    this.#self = { server: `${ip}:${rpcPort}`, identity: 'observer', clusterName, clusterId };
    this.setServers(options.servers);
  }

  /** Dials everybody; without it a link opens with its first call. */
  start(): void {
    this.#started = true;
    for (const link of this.#links.values()) link.start();
  }

  /** The servers dialled, without this one. */
  get servers(): readonly string[] {
    return [...this.#links.keys()];
  }

  setServers(servers: readonly string[]): void {
    const wanted = new Set(servers.filter((server) => server !== this.#self.server));
    for (const [server, link] of this.#links) {
      if (wanted.has(server)) continue;
      void link.close();
      this.#links.delete(server);
    }
    for (const server of wanted) {
      if (this.#links.has(server)) continue;
      const link = this.#dialledLink(server);
      this.#links.set(server, link);
      if (this.#started) link.start();
    }
  }

  /**
   * @returns what the server's handler gave
   * @throws ObError the server's own error; OB_TIMEOUT; OB_RPC_POST_ERROR (not sent) or
   *   OB_RPC_SEND_ERROR (sent, effect unknown), see `wasSent`
   */
  async call(server: string, pcode: number, body: unknown, options: CallOptions): Promise<unknown> {
    return this.#link(server).call(pcode, body, options);
  }

  /** `timeoutMs` is the longest wait for the next item. */
  stream(server: string, pcode: number, body: unknown, options: CallOptions): AsyncIterableIterator<unknown> {
    return this.#link(server).stream(pcode, body, options);
  }

  /** One way. @returns false when it was dropped here, because the server can't be reached */
  post(server: string, pcode: number, body: unknown, options: { readonly tenantId?: number } = {}): boolean {
    return this.#link(server).post(pcode, body, options);
  }

  state(server: string): DialledLinkStatus {
    return this.#link(server).status();
  }

  /** Drops the link and dials again under today's policy; without a server, all of them. */
  recycle(server?: string): void {
    const links = server === undefined ? [...this.#links.values()] : [this.#link(server)];
    for (const link of links) link.recycle('asked for');
  }

  /**
   * Replaces every link by a new one, under today's policy and with today's certificate. The new one carries calls
   * before the old one stops, so that none fails; the old one ends with its last answer. Where no new link opens,
   * the old one stays.
   */
  async renew(): Promise<readonly LinkRenewal[]> {
    return Promise.all(
      this.servers.map(async (server): Promise<LinkRenewal> => {
        try {
          await this.#renewInTurn(server);
          return { server, failure: undefined };
        } catch (error) {
          return { server, failure: isObError(error) ? error.message : String(error) };
        }
      }),
    );
  }

  /** Takes no new calls and waits for the answers of the old ones. */
  async drain(timeoutMs: number): Promise<void> {
    const links = [...this.#links.values(), ...this.#leaving];
    await Promise.all(links.map((link) => link.drain(timeoutMs)));
  }

  /** @returns when every socket is gone */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#links.values(), ...this.#leaving].map((link) => link.close()));
  }

  /** One that began earlier may have begun with an older wallet: this one is not spared by it. */
  #renewInTurn(server: string): Promise<void> {
    const before = this.#renewals.get(server) ?? Promise.resolve();
    const renewal = before.catch(() => undefined).then(() => this.#renewLink(server));
    this.#renewals.set(server, renewal);
    return renewal;
  }

  async #renewLink(server: string): Promise<void> {
    const old = this.#links.get(server);
    if (old === undefined || this.#closed) return;
    const next = this.#dialledLink(server);
    try {
      next.start();
      await next.accepted(RENEW_TIMEOUT_MS);
    } catch (error) {
      void next.close();
      throw error;
    }
    if (this.#links.get(server) !== old || this.#closed) return next.close();
    if (old.status().state === 'open') return this.#replace(server, old, next);
    // It was lost: it dials anew by itself, and must keep what is queued on it.
    void next.close();
    old.recycle('renewed');
    await old.accepted(RENEW_TIMEOUT_MS);
  }

  async #replace(server: string, old: DialledLink, next: DialledLink): Promise<void> {
    this.#links.set(server, next);
    this.#leaving.add(old);
    const gone = old
      .drain(RENEWED_LINK_DRAIN_MS, 'the link was renewed')
      .finally(() => this.#leaving.delete(old));
    await Promise.race([gone, delay(RENEW_WAITS_FOR_OLD_MS, undefined, { ref: false })]);
  }

  #link(server: string): DialledLink {
    const link = this.#links.get(server);
    if (link !== undefined) return link;
    throw new ObError('OB_SERVER_NOT_IN_WHITE_LIST', [], {
      message: `${server} is no other server of this cluster; known are ${this.servers.join(', ') || 'none'}`,
      details: { sent: false },
    });
  }

  #dialledLink(server: string): DialledLink {
    const peer = splitServer(server);
    // The epoch that the ledger shows must be the one whose policy chose the mode.
    let plannedUnder = 0;
    const watcher: LinkWatcher = {
      open: (facts) => this.#options.ledger.open({ ...facts, peerServer: server, configEpoch: plannedUnder }),
    };
    return new DialledLink({
      peer,
      self: this.#self,
      plan: () => {
        plannedUnder = this.#options.configEpoch();
        return this.#plan(peer.host);
      },
      encrypter: this.#options.encrypter,
      watcher,
      logger: this.#options.logger,
      ...(this.#options.timings === undefined ? {} : { timings: this.#options.timings }),
    });
  }

  #plan(peerIp: string): DialPlan {
    const ends = { ownIp: this.#options.self.ip, peerIp };
    const { dial } = meshPolicy(this.#options.meshParameters(), ends);
    if (dial.mode !== undefined) return { generation: dial.negotiation, method: methodOf[dial.mode] };
    throw new ObError('OB_CONNECT_ERROR', [], {
      message: `no link to ${peerIp} is opened: ${dial.reason}`,
    });
  }
}

const methodOf = { PLAIN: 'NONE', AUTHENTICATED: 'SSL_NO_ENCRYPT', ENCRYPTED: 'SSL_IO' } as const;

function splitServer(server: string): { readonly host: string; readonly port: number } {
  const colon = server.lastIndexOf(':');
  // An IPv6 address stands in brackets.
  return { host: server.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(server.slice(colon + 1)) };
}

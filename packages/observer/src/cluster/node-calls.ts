import { ObError } from '@sealane/errors';
import type { VirtualRows } from '@sealane/sql';
import type { StreamClient } from '../log-thread/stream-client.ts';
import type { LinkRenewal } from '../peers.ts';
import { nodePcodes } from '../rpc-front/pcodes.ts';
import type { KillRequest } from '../session/connection-killer.ts';
import { streamGroups } from '../views/log-stat.ts';
import { deadlineAfter, waitUntil } from '../wait.ts';
import type { GroupChange, StreamGroup } from './membership.ts';
import type { Rpc } from './ports.ts';
import type { HeartbeatReport } from './server-manager.ts';

export interface NodeCallsOptions {
  readonly self: string;
  readonly mesh: Rpc & { setServers(servers: readonly string[]): void };
  /** Those of the cluster, at this moment. */
  servers(): readonly string[];
  tenants(): readonly { readonly identity: { readonly id: number }; readonly stream: StreamClient }[];
  freeze(tenantId: number | undefined): Promise<void>;
  viewRows(name: string): Promise<VirtualRows>;
  /** Replaces the links that this node has dialled. */
  renewLinks(): Promise<readonly LinkRenewal[]>;
  /** Of the parameters that this node has loaded. */
  configVersion(): number;
  rpcTimeoutMs(): number;
  longTimeoutMs(): number;
}

/** What RootService has done by this node or by another one, whichever it is about. */
export class NodeCalls {
  readonly #options: NodeCallsOptions;
  /** Not in the table, and dialled nevertheless. */
  readonly #asked = new Set<string>();

  constructor(options: NodeCallsOptions) {
    this.#options = options;
  }

  async switchLeader(tenantId: number, from: string, to: string): Promise<void> {
    if (from === this.#options.self) return this.#stream(tenantId).transferTo(to);
    await this.#call(from, nodePcodes.switchLeader, { tenantId, to }, this.#options.rpcTimeoutMs() * 2);
  }

  /** @throws ObError why the leader doesn't */
  async changeGroup({ tenantId, leader }: StreamGroup, change: GroupChange): Promise<void> {
    if (change.kind === 'hand-over') return this.switchLeader(tenantId, leader, change.to);
    const body = change.kind === 'add' ? { add: change.server } : { remove: change.server };
    if (leader === this.#options.self) return this.#stream(tenantId).changeMembers(body);
    await this.#call(leader, nodePcodes.changeMembers, { tenantId, ...body }, this.#options.rpcTimeoutMs());
  }

  async freeze(server: string, tenantId: number | undefined): Promise<void> {
    if (server === this.#options.self) return this.#options.freeze(tenantId);
    const body = tenantId === undefined ? {} : { tenantId };
    await this.#call(server, nodePcodes.minorFreeze, body, this.#options.longTimeoutMs());
  }

  /** @returns whether that server had the connection */
  async killConnection(server: string, request: KillRequest): Promise<boolean> {
    return (
      (await this.#call(server, nodePcodes.killConnection, request, this.#options.rpcTimeoutMs())) === true
    );
  }

  /** Has a server replace the links that it has dialled; it waits for this node's parameters first. */
  async renewLinks(server: string): Promise<readonly LinkRenewal[]> {
    const { self, renewLinks, configVersion, longTimeoutMs } = this.#options;
    if (server === self) return renewLinks();
    const body = { configVersion: configVersion() };
    return (await this.#call(server, nodePcodes.renewLinks, body, longTimeoutMs())) as readonly LinkRenewal[];
  }

  /**
   * Another server asks for it.
   *
   * @throws ObError OB_TIMEOUT while this node hasn't applied the parameters that the other one has
   */
  async serveRenewLinks(configVersion: number): Promise<readonly LinkRenewal[]> {
    const { configVersion: own, renewLinks, rpcTimeoutMs } = this.#options;
    if (await waitUntil(() => own() >= configVersion, deadlineAfter(rpcTimeoutMs()), 20)) return renewLinks();
    throw new ObError('OB_TIMEOUT', [], {
      message: `its parameters are of version ${own()}, those of the server that asks of ${configVersion}; see GV$OB_LOG_STAT`,
    });
  }

  /** What the leaders of this node's log streams say of their groups; one that doesn't answer is missing. */
  async groups(): Promise<StreamGroup[]> {
    const leaders = new Set(this.#options.tenants().map(({ stream }) => stream.role().leader));
    const answers = [...leaders]
      .filter((leader) => leader !== undefined)
      .map((leader) => this.#logStat(leader).catch((): VirtualRows => []));
    return streamGroups((await Promise.all(answers)).flat());
  }

  /** Asks a server that doesn't belong to the cluster yet. */
  async askNewServer(server: string): Promise<HeartbeatReport> {
    const { mesh, self, servers } = this.#options;
    if (server === self) throw new ObError('OB_ENTRY_EXIST', [], { details: { server } });
    this.#asked.add(server);
    mesh.setServers([...servers(), ...this.#asked]);
    try {
      return (await mesh.call(
        server,
        nodePcodes.heartbeat,
        {},
        { timeoutMs: newServerTimeoutMs },
      )) as HeartbeatReport;
    } finally {
      // Once it is in the table, it is dialled for good; the table may have changed meanwhile.
      this.#asked.delete(server);
      mesh.setServers([...servers(), ...this.#asked]);
    }
  }

  async #logStat(server: string): Promise<VirtualRows> {
    if (server === this.#options.self) return this.#options.viewRows('V$OB_LOG_STAT');
    const body = { view: 'V$OB_LOG_STAT' };
    return (await this.#call(server, nodePcodes.viewRows, body, this.#options.rpcTimeoutMs())) as VirtualRows;
  }

  #call(server: string, pcode: number, body: unknown, timeoutMs: number): Promise<unknown> {
    return this.#options.mesh.call(server, pcode, body, { timeoutMs });
  }

  #stream(tenantId: number): StreamClient {
    const found = this.#options.tenants().find(({ identity }) => identity.id === tenantId);
    if (found === undefined) throw new ObError('OB_TENANT_NOT_IN_SERVER');
    return found.stream;
  }
}

const newServerTimeoutMs = 3_000;

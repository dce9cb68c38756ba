import { ObError } from '@sealane/errors';
import {
  type AcceptedFacts,
  Acceptor,
  type Encrypter,
  type Identification,
  pcodeName,
  type RpcHandler,
} from '@sealane/ob-rpc';
import {
  type LinkLedger,
  type MeshDecision,
  type MeshParameters,
  meshPolicy,
} from '@sealane/transport-security';
import type { Logger } from '../logger.ts';
import { refuseForeignName, refuseForTool } from './who-may-ask.ts';

export interface RpcListenerOptions {
  /** Address to listen on. */
  readonly host: string;
  readonly port: number;
  readonly self: {
    readonly ip: string;
    readonly rpcPort: number;
    readonly clusterName: string;
    readonly clusterId: number;
  };
  /** The parameters of this moment, asked for each new link. */
  readonly meshParameters: () => MeshParameters;
  readonly encrypter: Encrypter;
  readonly ledger: LinkLedger;
  readonly logger: Logger;
  readonly deadAfterMs?: number;
  /** `ip:rpc_port` of the other servers of the cluster; left out: nobody is unknown. */
  readonly servers?: () => readonly string[];
  /** `_ob_ssl_invited_tools`; left out: no tool has a certificate that counts. */
  readonly invitedTools?: () => string;
}

/** A node's RPC port: who gets in, and one handler for each packet code. */
export class RpcListener {
  readonly #options: RpcListenerOptions;
  readonly #handlers = new Map<number, RpcHandler>();
  readonly #acceptor: Acceptor;

  constructor(options: RpcListenerOptions) {
    const { host, port, self, encrypter, logger, ledger, deadAfterMs } = options;
    const { ip, rpcPort, clusterName, clusterId } = self;
    this.#options = options;
    this.#acceptor = new Acceptor({
      host,
      port,
      self: { server: `${ip}:${rpcPort}`, identity: 'observer', clusterName, clusterId },
      handlers: this.#handlers,
      admit: ({ address }) => this.#admit(address),
      encrypter,
      watcher: ledger,
      logger,
      onOpened: (link) => this.#logAccept(link),
      onIdentified: (peer, facts, { peerAddress }) => {
        if (facts !== undefined) refuseForeignName(peer, facts, this.#options.invitedTools?.() ?? 'NONE');
        this.#warnOfUnknown(peer, peerAddress);
      },
      ...(deadAfterMs === undefined ? {} : { deadAfterMs }),
    });
  }

  /** One handler for each packet code, before or while the port is open. */
  handle(pcode: number, handler: RpcHandler): void {
    if (this.#handlers.has(pcode))
      throw new ObError('OB_ENTRY_EXIST', [], { message: `${pcodeName(pcode)} has a handler already` });
    this.#handlers.set(pcode, (request) => {
      refuseForTool(request);
      return handler(request);
    });
  }

  /** @throws ObError OB_INVALID_CONFIG when the port can't be had */
  async listen(): Promise<{ readonly host: string; readonly port: number }> {
    return this.#acceptor.listen();
  }

  get connectionCount(): number {
    return this.#acceptor.connectionCount;
  }

  /** So that this server dials again, under today's policy. */
  closeLinksFrom(server: string): void {
    this.#acceptor.closeLinksFrom(server, `the link from ${server} is recycled`);
  }

  async drain(timeoutMs: number): Promise<void> {
    await this.#acceptor.drain(timeoutMs);
  }

  async close(): Promise<void> {
    await this.#acceptor.close();
  }

  #admit(address: string): MeshDecision['accept'] {
    const ends = { ownIp: this.#options.self.ip, peerIp: address };
    return meshPolicy(this.#options.meshParameters(), ends).accept;
  }

  /** As OceanBase does. It is let in: who is to be added must be able to talk. */
  #warnOfUnknown({ server }: Identification, peerAddress: string): void {
    const { servers } = this.#options;
    if (server === undefined || servers === undefined || servers().includes(server)) return;
    this.#options.logger.warn(
      { dest: peerAddress, server, servers: servers() },
      'rpc connection from a server that is not one of the cluster',
    );
  }

  /** OceanBase's line: what an operator greps for. */
  #logAccept({ localAddress, peerAddress, method }: AcceptedFacts): void {
    this.#options.logger.info(
      {
        local_addr: localAddress,
        dest: peerAddress,
        use_ssl: method === 'SSL_IO',
        auth_method: method,
        ssl_invited_nodes: this.#options.meshParameters().invitedNodes,
      },
      'rpc connection accept',
    );
  }
}

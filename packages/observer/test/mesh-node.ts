import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LinkTimings, pcodes } from '@sealane/ob-rpc';
import {
  createAuthority,
  type Issued,
  issueCertificate,
  LinkLedger,
  type MeshParameters,
  TransportSecurity,
  wrongMode,
} from '@sealane/transport-security';
import type { Test } from 'tap';
import { Peers } from '../src/peers.ts';
import { RpcListener } from '../src/rpc-front/listener.ts';

export const PLAIN: MeshParameters = {
  sslClientAuthentication: false,
  invitedNodes: 'NONE',
  rpcClientMethod: 'NONE',
  rpcServerMethod: 'ALL',
};
export const ENCRYPTED: MeshParameters = { ...PLAIN, sslClientAuthentication: true, invitedNodes: 'ALL' };

export const AUTHENTICATED: MeshParameters = {
  ...PLAIN,
  sslClientAuthentication: true,
  rpcClientMethod: 'SSL_NO_ENCRYPT',
};

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One node's RPC side with everything real: sockets, TLS, policy, ledger. */
export class MeshNode {
  readonly log: LogLine[] = [];
  readonly ledger: LinkLedger;
  readonly security: TransportSecurity;
  readonly self = { ip: '127.0.0.1', rpcPort: 0, clusterName: 'obcluster', clusterId: 1 };
  parameters: MeshParameters = PLAIN;
  epoch = 1;
  readonly #t: Test;

  constructor(t: Test, options: { wallet?: string; clusterName?: string } = {}) {
    this.#t = t;
    this.self.clusterName = options.clusterName ?? 'obcluster';
    this.ledger = new LinkLedger({
      configEpoch: () => this.epoch,
      judgeMode: ({ peerIp, mode }) => wrongMode(this.parameters, { ownIp: this.self.ip, peerIp }, mode),
    });
    this.security = new TransportSecurity({
      walletDirectory: options.wallet ?? '/nowhere',
      logger: this.logger(),
    });
    t.teardown(() => this.ledger.stop());
  }

  configure(parameters: MeshParameters): void {
    this.parameters = parameters;
    this.epoch += 1;
    this.security.reload(
      { sslClientAuthentication: parameters.sslClientAuthentication, sqlMinTlsVersion: 'none' },
      'start',
    );
  }

  async listen(port = 0): Promise<RpcListener & { readonly port: number }> {
    const listener = new RpcListener({ host: '127.0.0.1', port, ...this.#common() });
    const address = await listener.listen();
    this.#t.teardown(() => listener.close());
    return Object.assign(listener, { port: address.port });
  }

  peers(ports: readonly number[], timings: Partial<LinkTimings> = {}): Peers {
    const servers = ports.map((port) => `127.0.0.1:${port}`);
    const peers = new Peers({ servers, timings, configEpoch: () => this.epoch, ...this.#common() });
    this.#t.teardown(() => peers.close());
    return peers;
  }

  /** The log's reasons and messages, for matching. */
  logText(): string {
    return this.log.map((line) => `${line.level} ${line.message} ${JSON.stringify(line.fields)}`).join('\n');
  }

  #common() {
    return {
      self: this.self,
      meshParameters: () => this.parameters,
      encrypter: this.security,
      ledger: this.ledger,
      logger: this.logger(),
    };
  }

  logger() {
    const write = (level: string) => (fields: object, message: string) => {
      this.log.push({ level, message, fields: fields as Record<string, unknown> });
    };
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  }
}

/** Two nodes of one CA, and a question over a link in clear: whether the link is encrypted. */
export async function nodesInClear(t: Test) {
  const wallet = await makeWallet(t.testdir());
  const [server, client] = [new MeshNode(t, { wallet }), new MeshNode(t, { wallet })];
  const listener = await server.listen();
  listener.handle(pcodes.REMOTE_EXECUTE, ({ encrypted }) => encrypted);
  const peers = client.peers([listener.port]);
  const address = `127.0.0.1:${listener.port}`;
  const ask = (): Promise<unknown> => peers.call(address, pcodes.REMOTE_EXECUTE, null, { timeoutMs: 5_000 });
  return { server, client, listener, peers, address, ask };
}

export interface WalletRequest {
  readonly authority?: Issued;
  readonly commonName?: string;
  readonly use?: readonly ('server' | 'client')[];
  readonly addresses?: readonly string[];
  readonly validFrom?: Date;
  readonly days?: number;
}

/** Writes a server's wallet into a fresh directory. */
export async function makeWallet(directory: string, request: WalletRequest = {}): Promise<string> {
  const authority = request.authority ?? (await createAuthority());
  const issued = await issueCertificate(authority, {
    commonName: request.commonName ?? 'node',
    addresses: request.addresses ?? ['127.0.0.1'],
    use: request.use ?? ['server', 'client'],
    ...(request.validFrom === undefined ? {} : { validFrom: request.validFrom }),
    ...(request.days === undefined ? {} : { days: request.days }),
  });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'ca.pem'), authority.certificate);
  writeFileSync(join(directory, 'server-cert.pem'), issued.certificate);
  writeFileSync(join(directory, 'server-key.pem'), issued.key);
  return directory;
}

/** Waits for a condition, with a deadline. */
export async function until(condition: () => boolean, what: string, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

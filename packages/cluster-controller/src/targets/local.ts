import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { certificatesIn, sha256Of } from '../certs/certificate-report.ts';
import type { ProcessState, Server } from '../cluster-view.ts';
import { evidenceScript } from '../dialect/rpc-evidence.ts';
import { type ClusterFile, type ClusterFileProxy, pathsUnder, serverOf } from './cluster-file.ts';
import { lastWordsIn, processIn, startDetached, stopProcessIn } from './local-process.ts';
import { observerCommand } from './observer-command.ts';
import { proxyCommand } from './proxy-command.ts';
import { runToSuccess } from './run-command.ts';
import type { CompleteWallet, Member, Target, TargetNode, TargetProxy, WalletFiles } from './target.ts';
import { installWalletIn } from './wallet-files.ts';

const EVIDENCE_TIMEOUT_MS = 10_000;

/** A process of this machine and where it lies. */
interface Place {
  readonly directory: string;
  readonly program: 'observer' | 'obproxy';
  readonly command: readonly string[];
}

/** Observers and a proxy as processes of this machine, each in a directory of its own under the base directory. */
export class LocalTarget implements Target {
  readonly kind = 'local';
  readonly nodes: readonly TargetNode[];
  readonly proxies: readonly TargetProxy[];
  readonly #baseDirectory: string;
  readonly #places: ReadonlyMap<Member, Place>;

  constructor(baseDirectory: string, cluster: ClusterFile) {
    this.#baseDirectory = baseDirectory;
    this.nodes = cluster.nodes.map((node) => ({
      name: node.name,
      server: serverOf(node),
      zone: node.zone,
      sqlPort: node.sqlPort,
      reach: { host: node.ip, port: node.sqlPort },
    }));
    this.proxies = proxiesOf(cluster).map(({ name, ip, sqlPort }) => ({
      name,
      reach: { host: ip, port: sqlPort },
      identity: ip,
    }));
    this.#places = placesOf(baseDirectory, cluster);
  }

  get ca(): string | undefined {
    return readIfThere(pathsUnder(this.#baseDirectory).ca);
  }

  trustedHere(): readonly string[] {
    return certificatesIn(this.ca).map(sha256Of);
  }

  async processOf(member: Member): Promise<ProcessState> {
    return processIn(this.directoryOf(member));
  }

  async stop(member: Member): Promise<void> {
    await stopProcessIn(this.directoryOf(member));
  }

  async start(member: Member): Promise<void> {
    const { directory, program, command } = this.#placeOf(member);
    if (!processIn(directory).running) startDetached(directory, program, command);
  }

  async lastWords(member: Member): Promise<string> {
    const { directory, program } = this.#placeOf(member);
    return lastWordsIn(directory, program);
  }

  async rpcEvidence(server: Server): Promise<string> {
    const input = evidenceScript(join(this.directoryOf(server), 'log', 'observer.log'));
    const command = ['sh', '-s'];
    return runToSuccess({ what: `connections of ${server}`, command, input, timeoutMs: EVIDENCE_TIMEOUT_MS });
  }

  async walletOf(member: Member): Promise<WalletFiles> {
    const wallet = join(this.directoryOf(member), 'wallet');
    return {
      ca: readIfThere(join(wallet, 'ca.pem')),
      certificate: readIfThere(join(wallet, 'server-cert.pem')),
      key: readIfThere(join(wallet, 'server-key.pem')),
      crl: readIfThere(join(wallet, 'crl.pem')),
    };
  }

  async installWallet(member: Member, files: CompleteWallet): Promise<void> {
    installWalletIn(join(this.directoryOf(member), 'wallet'), files);
  }

  directoryOf(member: Member): string {
    return this.#placeOf(member).directory;
  }

  #placeOf(member: Member): Place {
    const place = this.#places.get(member);
    if (place !== undefined) return place;
    throw new ObError('OB_ERR_UNEXPECTED', [], { message: `no server or proxy ${member} here` });
  }
}

function placesOf(baseDirectory: string, cluster: ClusterFile): ReadonlyMap<Member, Place> {
  const { node: directoryOf } = pathsUnder(baseDirectory);
  const nodes = cluster.nodes.map((node): [Member, Place] => {
    const directory = directoryOf(node.name);
    return [
      serverOf(node),
      { directory, program: 'observer', command: observerCommand(cluster, node, directory) },
    ];
  });
  const proxies = proxiesOf(cluster).map((proxy): [Member, Place] => {
    const directory = directoryOf(proxy.name);
    return [proxy.name, { directory, program: 'obproxy', command: proxyCommand(cluster, proxy, directory) }];
  });
  return new Map([...nodes, ...proxies]);
}

function proxiesOf({ proxy }: ClusterFile): readonly ClusterFileProxy[] {
  return proxy === undefined ? [] : [proxy];
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

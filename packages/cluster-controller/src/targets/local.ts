import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { certificatesIn, sha256Of } from '../certs/certificate-report.ts';
import type { ProcessState, Server } from '../cluster-view.ts';
import { type ClusterFile, type ClusterFileNode, pathsUnder, serverOf } from './cluster-file.ts';
import { lastWordsIn, processIn, startDetached, stopProcessIn } from './local-process.ts';
import { observerCommand } from './observer-command.ts';
import type { CompleteWallet, Target, TargetNode, WalletFiles } from './target.ts';
import { installWalletIn } from './wallet-files.ts';

/** Observers as processes of this machine, each in a directory of its own under the base directory. */
export class LocalTarget implements Target {
  readonly kind = 'local';
  readonly nodes: readonly TargetNode[];
  readonly #baseDirectory: string;
  readonly #cluster: ClusterFile;

  constructor(baseDirectory: string, cluster: ClusterFile) {
    this.#baseDirectory = baseDirectory;
    this.#cluster = cluster;
    this.nodes = cluster.nodes.map((node) => ({
      name: node.name,
      server: serverOf(node),
      zone: node.zone,
      sqlPort: node.sqlPort,
      reach: { host: node.ip, port: node.sqlPort },
    }));
  }

  get ca(): string | undefined {
    return readIfThere(pathsUnder(this.#baseDirectory).ca);
  }

  trustedHere(): readonly string[] {
    return certificatesIn(this.ca).map(sha256Of);
  }

  async processOf(server: Server): Promise<ProcessState> {
    return processIn(this.directoryOf(server));
  }

  async stop(server: Server): Promise<void> {
    await stopProcessIn(this.directoryOf(server));
  }

  async start(server: Server): Promise<void> {
    const directory = this.directoryOf(server);
    if (processIn(directory).running) return;
    startDetached(directory, observerCommand(this.#cluster, this.#nodeOf(server), directory));
  }

  async lastWords(server: Server): Promise<string> {
    return lastWordsIn(this.directoryOf(server));
  }

  async walletOf(server: Server): Promise<WalletFiles> {
    const wallet = join(this.directoryOf(server), 'wallet');
    return {
      ca: readIfThere(join(wallet, 'ca.pem')),
      certificate: readIfThere(join(wallet, 'server-cert.pem')),
      key: readIfThere(join(wallet, 'server-key.pem')),
      crl: readIfThere(join(wallet, 'crl.pem')),
    };
  }

  async installWallet(server: Server, files: CompleteWallet): Promise<void> {
    installWalletIn(join(this.directoryOf(server), 'wallet'), files);
  }

  directoryOf(server: Server): string {
    return pathsUnder(this.#baseDirectory).node(this.#nodeOf(server).name);
  }

  #nodeOf(server: Server): ClusterFileNode {
    const node = this.#cluster.nodes.find((candidate) => serverOf(candidate) === server);
    if (node === undefined)
      throw new ObError('OB_ERR_UNEXPECTED', [], { message: `no server ${server} here` });
    return node;
  }
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

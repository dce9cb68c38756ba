import type { ProcessState, Server } from '../cluster-view.ts';

/** A node as the target knows it, running or not. */
export interface TargetNode {
  readonly name: string;
  readonly server: Server;
  readonly zone: string;
  /** The node's own SQL port, as DBA_OB_SERVERS shows it. */
  readonly sqlPort: number;
  /** Where that port is reached from here. */
  readonly reach: { readonly host: string; readonly port: number };
}

/** PEM texts of a wallet; undefined for a file that isn't there. */
export interface WalletFiles {
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** Certificate revocation lists; most wallets have none. */
  readonly crl?: string | undefined;
}

/** A wallet that can be installed. */
export interface CompleteWallet {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly crl?: string | undefined;
}

/** How a node's process is found, stopped and started. Everything else about a node is asked over SQL. */
export interface Target {
  readonly kind: 'local' | 'compose';
  readonly nodes: readonly TargetNode[];
  /** The CA that the nodes' certificates are checked against, PEM; undefined when there is none yet. */
  readonly ca: string | undefined;
  /**
   * SHA-256 of the CAs in the file that local clients and this program trust, where the target has such a file of its own
   * (otherwise they trust what lies in the nodes' wallets).
   */
  trustedHere?(): readonly string[];
  processOf(server: Server): Promise<ProcessState>;
  /** Asks the process to end, makes sure after a deadline, and returns when it is gone. */
  stop(server: Server): Promise<void>;
  /** Returns when the process was started, not when it serves. */
  start(server: Server): Promise<void>;
  /** The last lines that the process wrote before it ended, for a message; empty when there are none. */
  lastWords(server: Server): Promise<string>;
  walletOf(server: Server): Promise<WalletFiles>;
  /** Replaces the files of a node's wallet, each whole; an undefined crl takes crl.pem away. The node isn't told. */
  installWallet(server: Server, files: CompleteWallet): Promise<void>;
}

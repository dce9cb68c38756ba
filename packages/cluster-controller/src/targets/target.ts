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

/** A proxy as the target knows it, running or not. */
export interface TargetProxy {
  readonly name: string;
  /** Where clients reach it from here. */
  readonly reach: { readonly host: string; readonly port: number };
  /** The address that its certificate names. */
  readonly identity: string;
  /** Of root@proxysys, where the target knows it; what the environment says goes before. */
  readonly password?: string;
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

/** What runs as a process and has a wallet: a server, by its `ip:rpc_port`, or a proxy, by its name. */
export type Member = Server | string;

/** How a process is found, stopped and started. Everything else about it is asked over SQL. */
export interface Target {
  readonly kind: 'local' | 'compose' | 'hosts';
  readonly nodes: readonly TargetNode[];
  /** Empty where clients come to the nodes themselves. */
  readonly proxies: readonly TargetProxy[];
  /** The CA that the nodes' certificates are checked against, PEM; undefined when there is none yet. */
  readonly ca: string | undefined;
  /**
   * SHA-256 of the CAs in the file that local clients and this program trust, where the target has such a file of its own
   * (otherwise they trust what lies in the nodes' wallets).
   */
  trustedHere?(): readonly string[];
  processOf(member: Member): Promise<ProcessState>;
  /** Asks the process to end, makes sure after a deadline, and returns when it is gone. */
  stop(member: Member): Promise<void>;
  /** Returns when the process was started, not when it serves. */
  start(member: Member): Promise<void>;
  /** The last lines that the process wrote before it ended, for a message; empty when there are none. */
  lastWords(member: Member): Promise<string>;
  /**
   * Established connections of a server's machine, and the log lines of those that the server has accepted, as the script of
   * dialect/rpc-evidence.ts prints them.
   */
  rpcEvidence(server: Server): Promise<string>;
  walletOf(member: Member): Promise<WalletFiles>;
  /** Replaces the files of a wallet, each whole; an undefined crl takes crl.pem away. The process isn't told. */
  installWallet(member: Member, files: CompleteWallet): Promise<void>;
}

export interface NamedMember {
  readonly name: string;
  readonly member: Member;
  /** The address that its certificate must name. */
  readonly identity: string;
}

/** Everything that runs and has a wallet: servers first, then proxies. */
export function membersOf(target: Pick<Target, 'nodes' | 'proxies'>): readonly NamedMember[] {
  return [
    ...target.nodes.map(({ name, server }) => ({
      name,
      member: server,
      identity: server.slice(0, server.lastIndexOf(':')),
    })),
    ...target.proxies.map(({ name, identity }) => ({ name, member: name, identity })),
  ];
}

/** The ways between the nodes, and how to cut them. Clients reach every node all the time. */
export interface Network {
  /** In words, for the report. */
  readonly kind: string;
  /** One address for each node; ports are chosen by whoever lays the cluster out. */
  readonly addresses: readonly string[];
  /** What the observers' hooks must know. */
  hooks(nodes: readonly NetworkNode[]): Promise<Record<string, unknown>>;
  /** From now on nothing that `from` sends reaches `to`; nobody is told. */
  cut(from: string, to: string): Promise<void>;
  /** Packets that `node` sends are lost now and then. @returns false where this network can't do that */
  lose(node: string, percent: number): Promise<boolean>;
  heal(): Promise<void>;
  close(): Promise<void>;
}

export interface NetworkNode {
  readonly name: string;
  readonly ip: string;
  readonly rpcPort: number;
}

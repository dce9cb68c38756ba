/** What forwarding needs of the RPC mesh; `Peers` is one. Servers are named `ip:rpc_port`. */
export interface Mesh {
  /** @throws ObError; its `retry` says whether the call may have arrived */
  call(server: string, pcode: number, body: unknown, options: CallOptions): Promise<unknown>;
  /** The pieces of an answer, in order. Throws as `call` does, also between pieces. */
  stream(server: string, pcode: number, body: unknown, options: CallOptions): AsyncIterable<unknown>;
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly tenantId: number;
}

/** A request as it is handed to whoever answers it. */
export interface MeshRequest {
  /** `ip:rpc_port` of the server that asks, as it said when its link opened; undefined for a tool. */
  readonly from: string | undefined;
  /** What kind of program asks, and from where. */
  readonly identity: string;
  readonly remoteAddress: string;
  readonly tenantId: number;
  /** Unchecked. */
  readonly body: unknown;
  /** How long it waited until somebody had time for it: that is gone from the time it may take. */
  readonly waitedMs: number;
}

export type MeshHandler = (request: MeshRequest) => Promise<unknown> | AsyncIterable<unknown>;

/** Packet codes of statements that go to another server. Source: docs/protocol, OB-RPC packet codes. */
export const statementPcodes = {
  remoteExecute: 0x502,
  killSession: 0x509,
  remoteSyncExecute: 0x51c,
} as const;

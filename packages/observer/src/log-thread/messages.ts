import type { Install } from '@sealane/consensus';
import type { RpcRequest } from '@sealane/ob-rpc';
import type { VirtualRows } from '@sealane/sql';
import type { HandshakeCount, MeshParameters, SecurityParameters, Wallet } from '@sealane/transport-security';
import type { HeartbeatReport } from '../cluster/server-manager.ts';
import type { ThreadFigures } from '../metrics/thread-families.ts';
import type { NodeConfig } from '../node-config.ts';
import type { LinkRenewal } from '../peers.ts';
import type {
  AppliedEntry,
  DiskEvent,
  LogStreamStatus,
  ProposalOrder,
  RoleReport,
} from '../replication/index.ts';
import type { LogPosition } from '../snapshot/log-position.ts';
import type { ExchangeMessage } from './exchange.ts';
import type { PlainError } from './plain-error.ts';

/** A log stream, by the tenant whose it is. */
export interface StreamAddress {
  readonly tenantId: number;
}

/** What the SQL thread tells the log thread. */
export type ToLogThread =
  | ExchangeMessage
  | {
      readonly kind: 'propose';
      readonly tenantId: number;
      readonly id: number;
      /** The term in which it was executed; in another one nothing is appended. */
      readonly term: number;
      readonly order: ProposalOrder | undefined;
      readonly payload: Uint8Array;
    }
  /** So many bytes of entries are applied. */
  | { readonly kind: 'applied'; readonly tenantId: number; readonly size: number }
  | { readonly kind: 'priority'; readonly tenantId: number; readonly stopping: boolean }
  | { readonly kind: 'parameters'; readonly parameters: LogThreadParameters }
  /** What a heartbeat is answered from now on. */
  | { readonly kind: 'report'; readonly report: HeartbeatReport }
  | { readonly kind: 'servers'; readonly servers: readonly string[] }
  /** Close the links and the port, and end. */
  | { readonly kind: 'close' }
  /** A packet that nobody answers. */
  | {
      readonly kind: 'packet';
      readonly server: string;
      readonly pcode: number;
      readonly tenantId: number | undefined;
      readonly body: Uint8Array;
    };

/** What the log thread tells the SQL thread. Of one stream, everything comes in the order in which it happened. */
export type ToSqlThread =
  | ExchangeMessage
  | StreamEvent
  | { readonly kind: 'fatal'; readonly error: PlainError };

export type StreamEvent =
  | {
      readonly kind: 'role';
      readonly tenantId: number;
      /** `serving` as far as the log thread knows: it doesn't know what is applied. */
      readonly report: RoleReport;
      readonly termStartLsn: number | undefined;
    }
  /** Committed. */
  | { readonly kind: 'entry'; readonly tenantId: number; readonly entry: AppliedEntry }
  /** A proposal is committed, and this is its entry. */
  | {
      readonly kind: 'own';
      readonly tenantId: number;
      readonly id: number;
      readonly lsn: number;
      readonly term: number;
      readonly scn: bigint;
    }
  /** A proposal is committed; its entry went before. */
  | {
      readonly kind: 'proposed';
      readonly tenantId: number;
      readonly id: number;
      readonly lsn: number;
      readonly scn: bigint;
    }
  /** The log needs a snapshot of another node. */
  | { readonly kind: 'install'; readonly tenantId: number; readonly request: Install }
  | { readonly kind: 'disk'; readonly tenantId: number; readonly event: DiskEvent }
  | {
      readonly kind: 'rejected';
      readonly tenantId: number;
      readonly id: number;
      readonly error: PlainError;
    };

/** The parameters that the log thread follows. */
export interface LogThreadParameters {
  readonly mesh: MeshParameters;
  /** `_ob_ssl_invited_tools`. */
  readonly invitedTools: string;
  readonly security: SecurityParameters;
  /** As the SQL thread has read and checked it, its key included; undefined while TLS is off. */
  readonly wallet: Wallet | undefined;
  readonly configVersion: number;
  /** `syslog_level`. */
  readonly logLevel: string;
  /** `_election_timings`; counts at the start only. */
  readonly electionTimings: string;
}

/** What the log thread needs to begin with; cloned on its way. */
export interface LogThreadData {
  readonly config: NodeConfig;
  readonly leases: SharedArrayBuffer;
  readonly linkIds: SharedArrayBuffer;
  /** Of KillBoard. */
  readonly kills: SharedArrayBuffer;
  readonly logLevel: string;
}

export interface HostedStreamFacts {
  readonly tenantId: number;
  readonly lsId: number;
  readonly directory: string;
  /** The servers that its group begins with. */
  readonly members: readonly string[];
}

/** A log stream as the log thread is to open it. */
export interface StreamStart {
  readonly facts: HostedStreamFacts;
  /** Its place among the leases. */
  readonly leaseIndex: number;
  readonly appliedLsn: number;
  /** Where the log must begin, whatever a crash has left. */
  readonly installed: LogPosition | undefined;
}

/** One of both. */
export interface MemberChange {
  readonly add?: string;
  readonly remove?: string;
}

export interface CallArgument {
  readonly server: string;
  readonly pcode: number;
  readonly tenantId: number | undefined;
  readonly timeoutMs: number;
  readonly body: Uint8Array;
}

/** A request of another node, or of a tool, for the SQL thread. */
export interface RequestArgument
  extends Pick<RpcRequest, 'pcode' | 'from' | 'identity' | 'remoteAddress' | 'tenantId'> {
  /** When it came, on the clock of `process.hrtime`, and what was left of its time then; Infinity without a deadline. */
  readonly receivedAtNs: bigint;
  readonly leftMs: number;
  readonly body: Uint8Array;
}

export interface LogThreadFigures extends ThreadFigures {
  readonly handshakes: readonly HandshakeCount[];
}

/** What the SQL thread asks of the log thread, with the answers. */
export interface LogThreadQuestions {
  /** Listens and recovers the logs. Fails as LogStream.start and RpcListener.listen do. */
  start: {
    argument: {
      readonly parameters: LogThreadParameters;
      readonly report: HeartbeatReport;
      readonly streams: readonly StreamStart[];
      /** Packet codes that the SQL thread answers. */
      readonly pcodes: readonly number[];
    };
    answer: unknown;
  };
  /** Of a tenant that came later. Fails as LogStream.start does. */
  'open-stream': { argument: StreamStart; answer: unknown };
  /** Its tenant was dropped. */
  'close-stream': { argument: StreamAddress; answer: unknown };
  /** Dials the other servers. */
  dial: { argument: undefined; answer: unknown };
  call: { argument: CallArgument; answer: Uint8Array };
  status: { argument: StreamAddress; answer: LogStreamStatus };
  transfer: { argument: StreamAddress & { readonly to: string }; answer: unknown };
  position: { argument: StreamAddress & { readonly lsn: number }; answer: LogPosition };
  /** The state machine has a snapshot up to here: the log begins anew behind it. */
  reset: { argument: StreamAddress & { readonly position: LogPosition }; answer: unknown };
  'install-failed': { argument: StreamAddress; answer: unknown };
  truncate: { argument: StreamAddress & { readonly lsn: number }; answer: unknown };
  'change-members': { argument: StreamAddress & MemberChange; answer: unknown };
  /** Rows of V$OB_LINKS after SVR_IP and SVR_PORT, of links between nodes. */
  links: { argument: undefined; answer: VirtualRows };
  /** Rows of V$OB_LINK_SUMMARY after SVR_IP and SVR_PORT, of links between nodes. */
  'link-summary': { argument: undefined; answer: VirtualRows };
  /** Of the log thread and its TLS. */
  figures: { argument: undefined; answer: LogThreadFigures };
  /** The servers to which a link is open. */
  'open-links': { argument: undefined; answer: readonly string[] };
  /** See Peers.renew. */
  'renew-links': { argument: undefined; answer: readonly LinkRenewal[] };
  /** Ends the streams, each with what it has on its disk. */
  'stop-streams': { argument: undefined; answer: unknown };
}

export type QuestionName = keyof LogThreadQuestions;

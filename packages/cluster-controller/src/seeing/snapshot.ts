/**
 * What a screen shows of a cluster at one moment: plain data without bigints and Dates, so that it goes through JSON as it is. The
 * terminal and the browser draw the same.
 */
export interface Snapshot {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `127.0.0.1:2882, …` shortened, or the directory: which cluster this is. */
  readonly cluster: string;
  readonly nodes: readonly NodePicture[];
  readonly proxies: readonly ProxyPicture[];
  /** Ordered pairs of nodes: each one link, or one that is missing. */
  readonly links: readonly LinkPicture[];
  readonly summary: Summary;
  readonly streams: readonly StreamPicture[];
  readonly rates: Rates;
  readonly gap: GapPicture;
  /** What ends first, the first first. */
  readonly horizon: readonly HorizonEntry[];
  readonly rungs: readonly RungPicture[];
  /** The newest run; null when none was ever begun. */
  readonly run: RunPicture | null;
  /** The newest first. */
  readonly events: readonly SeenEvent[];
}

export type LinkState = 'PLAIN' | 'AUTHENTICATED' | 'ENCRYPTED' | 'MISSING';

/**
 * `silent`: its process runs and says nothing; `starting`: it answers and doesn't serve yet; `stopped`: after STOP SERVER, still
 * answering; `inactive`: the cluster has not heard of it lately.
 */
export type NodeState = 'active' | 'stopped' | 'inactive' | 'starting' | 'silent' | 'down';

export interface NodePicture {
  readonly name: string;
  /** `ip:rpc_port`. */
  readonly server: string;
  readonly zone: string;
  /** Where SQL is spoken. */
  readonly sqlAddress: string;
  readonly pid: number | null;
  readonly state: NodeState;
  /** For people; why it doesn't answer, if it doesn't. */
  readonly stateText: string;
  /** Tenants whose log stream it leads. */
  readonly leads: readonly number[];
  readonly gapMs: number | null;
  /** Of clients on this node. */
  readonly sessions: SessionCounts;
  /** Of clients, by this node; null while there is no second reading. */
  readonly statementsPerSecond: number | null;
  /** ISO 8601; null while no certificate is in use. */
  readonly certificateExpiresAt: string | null;
  readonly tlsEnabled: boolean;
  /** What the last attempt to load the wallet has to say. */
  readonly walletTrouble: string | null;
  /** How long ago the node was heard, in milliseconds; null when it never was. */
  readonly heardMsAgo: number | null;
}

export interface SessionCounts {
  readonly plain: number;
  readonly encrypted: number;
}

export interface ProxyPicture {
  readonly name: string;
  readonly address: string;
  readonly pid: number | null;
  readonly running: boolean;
  /** Links to clients, and to servers; null while the proxy doesn't tell. */
  readonly front: SessionCounts | null;
  readonly back: SessionCounts | null;
  /** The latter by server, `ip:rpc_port`; those without a link are missing. */
  readonly servers: Readonly<Record<string, SessionCounts>>;
  readonly trouble: string | null;
}

export interface LinkPicture {
  readonly id: string;
  /** Names of nodes: who dialled, who accepted. */
  readonly from: string;
  readonly to: string;
  readonly state: LinkState;
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly openedAt: string | null;
  /** Under which configuration its mode was chosen. */
  readonly epoch: number | null;
  readonly clearBytes: number;
  readonly encryptedBytes: number;
  /** Only one end has it in its ledger. */
  readonly seenByBoth: boolean;
}

export interface Summary {
  readonly pairs: number;
  readonly encrypted: number;
  readonly authenticated: number;
  readonly plain: number;
  readonly missing: number;
  readonly clients: SessionCounts;
}

export interface StreamPicture {
  readonly tenantId: number;
  readonly lsId: number;
  /** Name of a node. */
  readonly leader: string | null;
  readonly gapMs: number;
}

/** Of user tenants, all nodes together, over the last two readings; null while there is no second reading. */
export interface Rates {
  readonly statements: number | null;
  readonly failed: number | null;
  readonly commits: number | null;
  /** Failed statements since the screen was opened. */
  readonly failedSinceStart: number;
}

export interface GapPicture {
  /**
   * `probe`: a row is written every few milliseconds by this program, and what is told is the longest time between two answers;
   * `counters`: the longest time in which no node counted a commit, as far as readings twice a second can tell.
   */
  readonly how: 'probe' | 'counters';
  /** Null while nothing was written. */
  readonly longestMs: number | null;
  /** Milliseconds since 1970. */
  readonly longestAt: number | null;
  /** Time since the last commit or answer; null while nothing was written. */
  readonly currentMs: number | null;
  /** The longest that ended since the snapshot before, or the open one. */
  readonly recentMs: number | null;
  /** How far off it may be, in milliseconds. */
  readonly precisionMs: number;
  /** Why the probe doesn't write; null while it does. */
  readonly trouble: string | null;
  /** Answers of the probe, and writes that failed. */
  readonly writes: number;
  readonly failed: number;
}

export interface HorizonEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly daysLeft: number;
  readonly what: string;
  /** Links that can't be made any more from then on. */
  readonly links: number;
}

export interface RungPicture {
  readonly id: string;
  readonly title: string;
  /** As the nodes show it now, whoever brought it about; null while nobody answers. */
  readonly holds: boolean | null;
  /** `2 of 3 nodes`. */
  readonly detail: string;
  /** The running controller is at it. */
  readonly current: boolean;
}

export type RunState = 'running' | 'done' | 'failed' | 'interrupted';

export interface RunPicture {
  readonly id: string;
  readonly goal: string;
  readonly state: RunState;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly nodesDone: number;
  readonly nodesToDo: number;
  /** Name or address of the node in hand. */
  readonly node: string | null;
  /** The step it is at; null between two. */
  readonly step: string | null;
  readonly waitsFor: string | null;
  /** Why it ended, if it failed. */
  readonly reason: string | null;
}

export interface SeenEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: 'run' | 'link' | 'node' | 'leader' | 'proxy' | 'failure';
  readonly tone: 'good' | 'plain' | 'bad';
  readonly text: string;
}

/** One point of the charts. */
export interface HistoryPoint {
  readonly at: number;
  readonly statements: number | null;
  readonly failed: number | null;
  readonly commits: number | null;
  readonly logGapMs: number | null;
  readonly writeGapMs: number | null;
}

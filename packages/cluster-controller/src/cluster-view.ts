/** What was seen of a cluster at one moment, node by node. Plain data: plan.ts decides on nothing else. */

/** `ip:rpc_port`, the name of a server everywhere. */
export type Server = string;

export type LinkMode = 'PLAIN' | 'AUTHENTICATED' | 'ENCRYPTED';

/** A row of DBA_OB_SERVERS, as the asked node sees it. */
export interface ServerRow {
  readonly server: Server;
  readonly zone: string;
  readonly sqlPort: number;
  /** ACTIVE, INACTIVE or DELETING. */
  readonly status: string;
  /** Null until the server serves. */
  readonly startServiceTime: string | null;
  /** Not null from STOP SERVER to START SERVER. */
  readonly stopTime: string | null;
}

/** A row of V$OB_LOG_STAT: one replica of one log stream, on the node that holds it. */
export interface StreamRow {
  readonly tenantId: number;
  readonly lsId: number;
  readonly role: 'LEADER' | 'FOLLOWER';
  readonly inSync: boolean;
  readonly endLsn: number;
  /** Nanoseconds; a leader's minus a follower's is how far that follower is behind. */
  readonly endScn: bigint;
  /** Members of the replica's group. */
  readonly members: readonly Server[];
}

/** A live row of V$OB_LINKS, on the node that holds this end. */
export interface LinkRow {
  readonly linkId: string;
  /** RPC between nodes, SQL from clients, and whatever kinds come later. */
  readonly kind: string;
  /** OUT on the end that dialled. */
  readonly direction: 'IN' | 'OUT';
  readonly peerAddress: string;
  /** Undefined when the other end is not a node. */
  readonly peerServer: Server | undefined;
  readonly mode: LinkMode;
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly epoch: number;
  readonly openedAt: string;
  readonly clearBytesIn: number;
  readonly clearBytesOut: number;
  readonly encryptedBytesIn: number;
  readonly encryptedBytesOut: number;
  /** Of this end; undefined on a link that has no TLS. */
  readonly localCertificate: LinkCertificate | undefined;
  /** Of the other end; undefined where it showed none. */
  readonly peerCertificate: LinkCertificate | undefined;
  /** The other end's subject, or what else is known of it. */
  readonly peerIdentity: string | null;
}

/** A certificate as the ledger shows it. */
export interface LinkCertificate {
  /** 64 hex digits, lower case. */
  readonly sha256: string;
  readonly expiresAt: Date;
}

/** The row of V$OB_TLS_STATUS: what the node's TLS is made of now. */
export interface TlsRow {
  /** Whether a wallet is loaded and TLS offered. */
  readonly enabled: boolean;
  /** SHA-256 of the certificate in use. */
  readonly leaf: string | undefined;
  readonly expiresAt: Date | undefined;
  /** SHA-256 of each certificate in ca.pem as it was loaded. */
  readonly authorities: readonly string[];
  /** As the node writes it, to be compared with its own `openedAt`. */
  readonly loadedAt: string;
  readonly crlNumber: string | null;
  readonly lastReloadResult: string | null;
  readonly lastReloadReason: string | null;
}

/** Everything one node said over its own SQL port. */
export interface NodeAnswer {
  readonly servers: readonly ServerRow[];
  /** This node's own values of the parameters in `watchedParameters`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly streams: readonly StreamRow[];
  readonly links: readonly LinkRow[];
  readonly tls: TlsRow;
  /** Null while the node has no certificate in use. */
  readonly certificateExpiresAt: string | null;
  /** Whether the connection that asked is encrypted: opened anew after a parameter was set, it shows what is offered. */
  readonly askedEncrypted: boolean;
  /** Whether users get in, not only root of sys. */
  readonly tenantsServe: boolean;
  /** What this node has applied of the tenants' settings; undefined when the look was not to read it. */
  readonly tenants?: readonly TenantRow[];
}

/** A tenant, as the asked node has it. */
export interface TenantRow {
  readonly name: string;
  /** Its require_secure_transport. */
  readonly requiresTls: boolean;
}

export interface ProcessState {
  readonly running: boolean;
  readonly pid: number | undefined;
  /** Another value for each start of the process; undefined when it doesn't run. */
  readonly instance: string | undefined;
}

export interface NodeView {
  readonly name: string;
  readonly server: Server;
  readonly zone: string;
  /** Where its SQL port is reached from here. */
  readonly sqlHost: string;
  readonly sqlPort: number;
  readonly process: ProcessState;
  /** Undefined when it did not answer; `unreachable` then says why. */
  readonly answer: NodeAnswer | undefined;
  readonly unreachable: string | undefined;
}

/** What a proxy said over its own port. */
export interface ProxyAnswer {
  readonly config: Readonly<Record<'enable_client_ssl' | 'enable_server_ssl', string>>;
  /** Its own links: IN from clients, OUT to servers. */
  readonly links: readonly LinkRow[];
}

export interface ProxyView {
  readonly name: string;
  /** Where clients, and this program, reach it. */
  readonly host: string;
  readonly port: number;
  /** The address that its certificate names. */
  readonly identity: string;
  readonly process: ProcessState;
  /** Undefined when it did not answer; `unreachable` then says why. */
  readonly answer: ProxyAnswer | undefined;
  readonly unreachable: string | undefined;
}

export interface ClusterView {
  readonly nodes: readonly NodeView[];
  readonly proxies: readonly ProxyView[];
  /** Who comes in clear and would be locked out if encryption were required, each with the reason; undefined when not asked for. */
  readonly lockedOut?: readonly string[];
}

/** One direction between two nodes, or one client's connection, with both ends' words put together. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly betweenNodes: boolean;
  /** The worse of what both ends say. */
  readonly mode: LinkMode;
  /** False when only one end has the link in its ledger. */
  readonly seenByBoth: boolean;
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly epoch: number;
  readonly openedAt: string;
  /** Seen from the end that dialled (for a client: from the node). */
  readonly bytes: {
    readonly clearIn: number;
    readonly clearOut: number;
    readonly encryptedIn: number;
    readonly encryptedOut: number;
  };
}

export const watchedParameters = [
  'ssl_client_authentication',
  '_ob_ssl_invited_nodes',
  'rpc_server_authentication_method',
] as const;
export type WatchedParameter = (typeof watchedParameters)[number];

const MODE_ORDER: readonly LinkMode[] = ['PLAIN', 'AUTHENTICATED', 'ENCRYPTED'];

export function majorityOf(size: number): number {
  return Math.floor(size / 2) + 1;
}

export function nodeOf(view: ClusterView, server: Server): NodeView | undefined {
  return view.nodes.find((node) => node.server === server);
}

/** The row that the node has about itself; undefined while it doesn't answer or doesn't list itself. */
export function ownRow(node: NodeView): ServerRow | undefined {
  return node.answer?.servers.find((row) => row.server === node.server);
}

/** Servers of the cluster that this program doesn't know: started by somebody else, and added. */
export function otherServers(view: ClusterView): readonly ServerRow[] {
  const rows = new Map<Server, ServerRow>();
  for (const row of view.nodes.flatMap((node) => node.answer?.servers ?? [])) {
    if (nodeOf(view, row.server) === undefined) rows.set(row.server, row);
  }
  return [...rows.values()];
}

/** For people: a node's name and its address. */
export function nodeLabel(node: NodeView): string {
  return `${node.name} ${node.server}`;
}

/** The streams that this node leads, by its own word. */
export function ledStreams(node: NodeView): readonly StreamRow[] {
  return node.answer?.streams.filter((stream) => stream.role === 'LEADER') ?? [];
}

/** Every live link of the cluster: node-to-node first, each direction once for each connection, then clients'. */
export function linksOf(view: ClusterView): readonly Link[] {
  return [...meshLinks(view), ...clientLinks(view)];
}

/** Ordered pairs of nodes, `n·(n−1)` of them, that have no live link. */
export function missingPairs(view: ClusterView): readonly { from: Server; to: Server }[] {
  const linked = new Set(meshLinks(view).map((link) => `${link.from} ${link.to}`));
  return orderedPairs(view).filter((pair) => !linked.has(`${pair.from} ${pair.to}`));
}

/** Ordered pairs of nodes with at least one link that is not encrypted. */
export function plainPairs(view: ClusterView): readonly { from: Server; to: Server }[] {
  const plain = meshLinks(view).filter((link) => link.mode !== 'ENCRYPTED');
  return orderedPairs(view).filter((pair) =>
    plain.some((link) => link.from === pair.from && link.to === pair.to),
  );
}

function orderedPairs(view: ClusterView): { from: Server; to: Server }[] {
  return view.nodes.flatMap((from) =>
    view.nodes.filter((to) => to !== from).map((to) => ({ from: from.server, to: to.server })),
  );
}

function meshLinks(view: ClusterView): Link[] {
  return orderedPairs(view).flatMap(({ from, to }) => {
    const dialled = rows(view, from).filter((row) => row.direction === 'OUT' && row.peerServer === to);
    const accepted = rows(view, to).filter((row) => row.direction === 'IN' && row.peerServer === from);
    const primary = dialled.length > 0 ? dialled : accepted;
    return primary.map((row) => meshLink(from, to, row, dialled.length > 0 ? accepted : []));
  });
}

function meshLink(from: Server, to: Server, row: LinkRow, otherEnd: readonly LinkRow[]): Link {
  return {
    from,
    to,
    kind: row.kind,
    betweenNodes: true,
    mode: worst([row.mode, ...otherEnd.map((other) => other.mode)]),
    seenByBoth: otherEnd.length > 0,
    ...facts(row),
  };
}

function clientLinks(view: ClusterView): Link[] {
  return view.nodes.flatMap((node) =>
    rows(view, node.server)
      .filter((row) => row.peerServer === undefined)
      .map((row) => ({
        from: row.direction === 'IN' ? row.peerAddress : node.server,
        to: row.direction === 'IN' ? node.server : row.peerAddress,
        kind: row.kind,
        betweenNodes: false,
        mode: row.mode,
        seenByBoth: false,
        ...facts(row),
      })),
  );
}

function facts(row: LinkRow): Pick<Link, 'protocol' | 'cipher' | 'epoch' | 'openedAt' | 'bytes'> {
  return {
    protocol: row.protocol,
    cipher: row.cipher,
    epoch: row.epoch,
    openedAt: row.openedAt,
    bytes: {
      clearIn: row.clearBytesIn,
      clearOut: row.clearBytesOut,
      encryptedIn: row.encryptedBytesIn,
      encryptedOut: row.encryptedBytesOut,
    },
  };
}

function rows(view: ClusterView, server: Server): readonly LinkRow[] {
  return nodeOf(view, server)?.answer?.links ?? [];
}

function worst(modes: readonly LinkMode[]): LinkMode {
  const index = Math.min(...modes.map((mode) => MODE_ORDER.indexOf(mode)));
  return MODE_ORDER[index] ?? 'PLAIN';
}

import type { LinkMode } from '../policy.ts';
import { ClosedLinks } from './closed-links.ts';
import { type LedgerRow, linkColumnNames, timestampText } from './ledger-row.ts';
import { LinkTotals } from './link-totals.ts';
import { type ByteCounter, type LinkTraffic, SocketTraffic } from './link-traffic.ts';

export type LinkKind = 'RPC' | 'SQL' | 'PROXY' | 'CDC' | 'ADMIN';

export interface LedgerCertificate {
  readonly subject: string;
  readonly subjectAltName?: string;
  readonly sha256: string;
  readonly expiresAt: Date;
}

/** What a finished TLS handshake says. */
export interface LinkSecurity {
  readonly protocol: string;
  readonly cipher: string;
  readonly keyExchange?: string | undefined;
  readonly localCertificate?: LedgerCertificate | undefined;
  readonly peerCertificate?: LedgerCertificate | undefined;
  readonly verifyResult?: string | undefined;
}

export interface LinkFacts {
  readonly kind: LinkKind;
  readonly direction: 'IN' | 'OUT';
  /** `ip:port`. */
  readonly localAddress: string;
  readonly peerAddress: string;
  /** `ip:rpc_port` of the node at the other end, where that is known already. */
  readonly peerServer?: string;
  /** The socket itself, whose counters are those of the wire; or figures that somebody else keeps. */
  readonly counter: ByteCounter | (() => LinkTraffic);
  /** The configuration under which the mode was chosen; by default the one of this moment. */
  readonly configEpoch?: number;
}

export interface LinkLedgerOptions {
  /** Grows with each change of the cluster's parameters. */
  readonly configEpoch: () => number;
  /** 1, 2, 3 … by default; shared by the ledgers of a node. */
  readonly nextLinkId?: () => number;
  /** Closed links that are remembered, newest first. */
  readonly closedCountMax?: number;
  /** How long they are. */
  readonly closedAgeMaxMs?: number;
  /** Kinds that the totals name even while there is no such link. */
  readonly kinds?: readonly LinkKind[];
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly judgeMode?: JudgeMode;
}

/** Says why a live link is in another mode than a new one would be; undefined when it isn't. */
export type JudgeMode = (link: {
  readonly kind: LinkKind;
  readonly direction: 'IN' | 'OUT';
  readonly peerIp: string;
  readonly mode: LinkMode;
}) => string | undefined;

/** One link as a person or a program reads it. */
export interface LinkSnapshot extends LinkTraffic {
  readonly linkId: number;
  readonly kind: LinkKind;
  readonly direction: 'IN' | 'OUT';
  readonly localAddress: string;
  readonly peerAddress: string;
  readonly peerServer: string | undefined;
  readonly openedAt: number;
  readonly configEpoch: number;
  readonly mode: LinkMode;
  /** Why a new link would have another mode today, and what to do; undefined while it would not, and once it is closed. */
  readonly modeReason: string | undefined;
  readonly secure: LinkSecurity | undefined;
  readonly closedAt: number | undefined;
  readonly closeReason: string | undefined;
}

const toolKinds: ReadonlyMap<string, LinkKind> = new Map([
  ['obcdc', 'CDC'],
  ['ob_admin', 'ADMIN'],
]);

const CLOSED_COUNT_MAX_DEFAULT = 1_000;
const CLOSED_STRANGERS_MAX = 100;
const CLOSED_AGE_MAX_MS_DEFAULT = 24 * 3_600_000;
/** How late LAST_CLEAR_AT may be, and how long a closed link is looked at for its last bytes. */
const SAMPLE_EVERY_MS = 1_000;
/** So long the last bytes of a closed link may take. */
const LAST_BYTES_MS = 2 * SAMPLE_EVERY_MS;
const REASON_SIZE_MAX = 256;

/** Every link of this node, live and recently closed, with its mode and its bytes: `GV$OB_LINKS`. */
export class LinkLedger {
  readonly #options: LinkLedgerOptions;
  readonly #now: () => number;
  readonly #live = new Set<LinkHandle>();
  readonly #closed: ClosedLinks<LinkHandle>;
  readonly #totals: LinkTotals;
  readonly #nextLinkId: () => number;
  #lastLinkId = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LinkLedgerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#totals = new LinkTotals(this.#now(), options.kinds ?? []);
    this.#closed = new ClosedLinks({
      countMax: options.closedCountMax ?? CLOSED_COUNT_MAX_DEFAULT,
      ageMaxMs: options.closedAgeMaxMs ?? CLOSED_AGE_MAX_MS_DEFAULT,
      strangersMax: CLOSED_STRANGERS_MAX,
      now: this.#now,
      forget: (link) => this.#totals.forget(link.snapshot(), link.stranger),
    });
    this.#nextLinkId = options.nextLinkId ?? (() => ++this.#lastLinkId);
  }

  open(facts: LinkFacts): LinkHandle {
    const link = new LinkHandle({
      facts,
      linkId: this.#nextLinkId(),
      configEpoch: facts.configEpoch ?? this.#options.configEpoch(),
      now: this.#now,
      judge: this.#options.judgeMode ?? (() => undefined),
      onClosed: () => this.#retire(link),
    });
    this.#live.add(link);
    this.#timer ??= setInterval(() => this.#sample(), SAMPLE_EVERY_MS).unref();
    return link;
  }

  /** Live links, then closed ones, newest first. A link that is dialled shows up when its mode is settled. */
  list(): readonly LinkSnapshot[] {
    const live = [...this.#live].filter((link) => link.settled);
    return [...live, ...this.#closed.newestFirst()].map((link) => link.snapshot());
  }

  /** Rows of V$OB_LINKS after SVR_IP and SVR_PORT. */
  rows(): readonly LedgerRow[] {
    return this.list().map(cells);
  }

  /** Rows of V$OB_LINK_SUMMARY after SVR_IP and SVR_PORT. */
  summaryRows(): readonly LedgerRow[] {
    const links = [...this.#live, ...this.#closed.newestFirst()];
    return this.#totals.rows(links.map((link) => link.snapshot()));
  }

  /** No more sampling; figures can still be read. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #retire(link: LinkHandle): void {
    this.#live.delete(link);
    this.#closed.add(link);
  }

  #sample(): void {
    this.#closed.expire();
    for (const link of this.#live) link.sample();
    for (const link of this.#closed.since(this.#now() - LAST_BYTES_MS - SAMPLE_EVERY_MS)) link.sample();
  }
}

/** Rows of several ledgers in the order of one: live links as they came, then closed ones, newest first. */
export function mergeLinkRows<Row extends readonly unknown[]>(
  ...ledgers: readonly (readonly Row[])[]
): readonly Row[] {
  const rows = ledgers.flat();
  const live = rows.filter((row) => row[closedAtColumn] === null);
  const closed = rows.filter((row) => row[closedAtColumn] !== null);
  return [
    ...live.toSorted((a, b) => Number(a[0]) - Number(b[0])),
    ...closed.toSorted((a, b) => String(b[closedAtColumn]).localeCompare(String(a[closedAtColumn]))),
  ];
}

/** In rows without SVR_IP and SVR_PORT. */
const closedAtColumn = linkColumnNames.indexOf('CLOSED_AT') - 2;

interface LinkHandleOptions {
  readonly facts: LinkFacts;
  readonly linkId: number;
  readonly configEpoch: number;
  readonly now: () => number;
  readonly judge: JudgeMode;
  onClosed(): void;
}

/** What whoever holds a link tells the ledger about it. */
export class LinkHandle {
  readonly #options: LinkHandleOptions;
  readonly #openedAt: number;
  /** Undefined once the figures are final. */
  #socket: SocketTraffic | undefined;
  #traffic: () => LinkTraffic;
  #final = false;
  #agreed = false;
  #peerServer: string | undefined;
  #kind: LinkKind;
  #mode: LinkMode = 'PLAIN';
  #secure: LinkSecurity | undefined;
  #closedAt: number | undefined;
  #closeReason: string | undefined;

  constructor(options: LinkHandleOptions) {
    const { facts, now } = options;
    this.#options = options;
    this.#openedAt = now();
    this.#peerServer = facts.peerServer;
    this.#kind = facts.kind;
    if (typeof facts.counter === 'function') {
      this.#traffic = facts.counter;
    } else {
      const socket = new SocketTraffic(facts.counter);
      this.#socket = socket;
      this.#traffic = () => socket.sample(now());
    }
  }

  get linkId(): number {
    return this.#options.linkId;
  }

  /** It came to the RPC port, and nothing was agreed. */
  get stranger(): boolean {
    const { kind, direction } = this.#options.facts;
    return kind === 'RPC' && direction === 'IN' && !this.#agreed;
  }

  /** Milliseconds since 1970; Infinity while it is open. */
  get closedAt(): number {
    return this.#closedAt ?? Infinity;
  }

  /** False while a dialled link still finds out how to talk. */
  get settled(): boolean {
    return this.#agreed || this.#options.facts.direction === 'IN';
  }

  /** From here on the bytes on the wire belong to TLS. @param unreadSize bytes given back to the socket for it */
  securing(unreadSize = 0): void {
    this.#socket?.switchTo('encrypted', unreadSize, this.#options.now());
  }

  /** The handshake is done. */
  secured(facts: LinkSecurity): void {
    this.#mode = 'ENCRYPTED';
    this.#secure = facts;
    this.written();
  }

  /** TLS was only used to authenticate (SSL_NO_ENCRYPT): what follows goes in clear. */
  authenticated(facts: LinkSecurity): void {
    this.#mode = 'AUTHENTICATED';
    this.#secure = facts;
    this.written();
  }

  /** The negotiation is over. @param unreadSize bytes read already that belong to what follows */
  established(unreadSize = 0): void {
    if (this.#mode !== 'ENCRYPTED') this.#socket?.switchTo('clear', unreadSize, this.#options.now());
    this.#agreed = true;
  }

  /** All that was written has left this process. */
  written(): void {
    this.#socket?.written();
  }

  /** The socket broke. */
  failed(): void {
    this.#socket?.failed();
  }

  /** @param peer  a server by its address; a tool by what it calls itself */
  identified(peer: { readonly server: string | undefined; readonly identity?: string }): void {
    this.#peerServer = peer.server;
    const kind = peer.server === undefined ? toolKinds.get(peer.identity ?? '') : undefined;
    if (kind !== undefined) this.#kind = kind;
  }

  /** What the other end says it is. */
  isOfKind(kind: LinkKind): void {
    this.#kind = kind;
  }

  closed(reason: string): void {
    if (this.#closedAt !== undefined) return;
    this.#closedAt = this.#options.now();
    // Whoever dials knows what it said; of what a stranger said nobody does.
    if (this.#options.facts.direction === 'IN') this.#socket?.neverAgreed();
    // Looked at now, its last byte isn't taken for one of the next look's time.
    this.#traffic();
    this.#closeReason = reason.slice(0, REASON_SIZE_MAX);
    this.#freezeIfOver();
    this.#options.onClosed();
  }

  /** Called by the ledger now and then. */
  sample(): void {
    if (this.#closedAt === undefined) this.#traffic();
    else this.#freezeIfOver();
  }

  snapshot(): LinkSnapshot {
    const { facts, linkId, configEpoch } = this.#options;
    if (this.#closedAt !== undefined) this.#freezeIfOver();
    return {
      linkId,
      kind: this.#kind,
      direction: facts.direction,
      localAddress: facts.localAddress,
      peerAddress: facts.peerAddress,
      peerServer: this.#peerServer,
      openedAt: this.#openedAt,
      configEpoch,
      mode: this.#mode,
      modeReason: this.#modeReason(),
      secure: this.#secure,
      ...this.#traffic(),
      closedAt: this.#closedAt,
      closeReason: this.#closeReason,
    };
  }

  #modeReason(): string | undefined {
    if (this.#closedAt !== undefined) return undefined;
    const { facts, judge } = this.#options;
    return judge({
      kind: this.#kind,
      direction: facts.direction,
      peerIp: hostOf(this.#peerServer ?? facts.peerAddress),
      mode: this.#mode,
    });
  }

  /** The last bytes (TLS says goodbye) may still be on their way when the link is closed. Then lets go of the socket. */
  #freezeIfOver(): void {
    const closedForMs = this.#options.now() - (this.#closedAt ?? 0);
    if (this.#final || (this.#socket?.over !== true && closedForMs < LAST_BYTES_MS)) return;
    const last = this.#traffic();
    this.#traffic = () => last;
    this.#socket = undefined;
    this.#final = true;
  }
}

/** In the order of the view's columns. */
function cells(link: LinkSnapshot): LedgerRow {
  const [peerIp, peerPort] = splitServer(link.peerServer);
  const { secure } = link;
  return [
    link.linkId,
    link.kind,
    link.direction,
    link.localAddress,
    link.peerAddress,
    peerIp,
    peerPort,
    identity(secure?.localCertificate),
    identity(secure?.peerCertificate),
    timestampText(link.openedAt),
    link.configEpoch,
    link.mode,
    link.modeReason ?? null,
    secure?.protocol ?? null,
    secure?.cipher ?? null,
    secure?.keyExchange ?? null,
    secure?.localCertificate?.sha256 ?? null,
    timestampText(secure?.localCertificate?.expiresAt.getTime()),
    secure?.peerCertificate?.sha256 ?? null,
    timestampText(secure?.peerCertificate?.expiresAt.getTime()),
    secure?.verifyResult ?? null,
    link.negotiationBytesIn,
    link.negotiationBytesOut,
    link.clearBytesIn,
    link.clearBytesOut,
    link.encryptedBytesIn,
    link.encryptedBytesOut,
    timestampText(link.lastClearAt),
    timestampText(link.closedAt),
    link.closeReason ?? null,
  ];
}

function splitServer(server: string | undefined): readonly [string | null, number | null] {
  if (server === undefined) return [null, null];
  const colon = server.lastIndexOf(':');
  return [server.slice(0, colon), Number(server.slice(colon + 1))];
}

/** The address without its port. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}

function identity(certificate: LedgerCertificate | undefined): string | null {
  if (certificate === undefined) return null;
  const { subject, subjectAltName } = certificate;
  return subjectAltName === undefined || subjectAltName === '' ? subject : `${subject} (${subjectAltName})`;
}

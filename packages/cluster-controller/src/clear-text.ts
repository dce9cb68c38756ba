/** Whether a byte went in clear since a moment, from what every node's ledger says. Pure. */

/** A row of V$OB_LINKS that had clear text; times in milliseconds since 1970. */
export interface ClearLink {
  readonly linkId: string;
  readonly kind: string;
  readonly direction: 'IN' | 'OUT';
  readonly peerAddress: string;
  /** Undefined when the other end is no server. */
  readonly peerServer: string | undefined;
  readonly mode: string;
  /** Why a new link would be in another mode today, in the node's words. */
  readonly modeReason: string | null;
  readonly clearBytesIn: number;
  readonly clearBytesOut: number;
  readonly lastClearAt: number;
  /** Undefined while it is open. */
  readonly closedAt: number | undefined;
}

/** A row of V$OB_LINK_SUMMARY. */
export interface LedgerSummary {
  readonly kind: string;
  /** When the ledger began: before it nothing is known. */
  readonly since: number;
  readonly liveLinks: number;
  readonly closedLinks: number;
  readonly forgottenLinks: number;
  readonly forgottenLastClearAt: number | undefined;
}

export interface LedgerReading {
  /** Name and address. */
  readonly node: string;
  readonly links: readonly ClearLink[];
  readonly summary: readonly LedgerSummary[];
}

export type NodeLedger = LedgerReading | { readonly node: string; readonly unreachable: string };

export interface Offender extends ClearLink {
  readonly node: string;
}

/** An attempt of this controller's own to get in without encryption, made to see it refused. */
export interface OwnProbe {
  /** Name and address, as in a reading. */
  readonly node: string;
  /** As the node's ledger has it. */
  readonly peerAddress: string;
  /** When it began and was over, in milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

export interface ClearTextVerdict {
  /** Links on which clear text went since then. */
  readonly offenders: readonly Offender[];
  /** Why it can't be known, a sentence each. */
  readonly unproven: readonly string[];
  /** Connections that spoke to the RPC port in clear and were answered nothing. */
  readonly strangers: number;
  /** Links that were this controller's own probes. */
  readonly probes: number;
  /** Links that the ledgers know of. */
  readonly linkCount: number;
}

/**
 * The earliest moment from which on all of these ledgers know everything.
 *
 * @returns undefined when one of them can't be read
 */
export function provableSince(ledgers: readonly NodeLedger[]): { node: string; at: number } | undefined {
  const begins = ledgers.map((ledger) =>
    'unreachable' in ledger ? undefined : { node: ledger.node, at: beginOf(ledger) },
  );
  return begins.reduce((latest, next) => {
    if (latest === undefined || next === undefined) return undefined;
    return next.at > latest.at ? next : latest;
  });
}

/**
 * @param since  milliseconds since 1970
 * @param kinds  of links that count; empty for all
 * @param ownProbes  what is set apart: it was sent to be refused
 */
export function judgeClearText(
  ledgers: readonly NodeLedger[],
  since: number,
  kinds: readonly string[] = [],
  ownProbes: readonly OwnProbe[] = [],
): ClearTextVerdict {
  const counts = ({ kind }: { readonly kind: string }): boolean => kinds.length === 0 || kinds.includes(kind);
  const known = ledgers.filter((ledger): ledger is LedgerReading => !('unreachable' in ledger));
  const clear = known
    .flatMap(({ node, links }) => links.map((link): Offender => ({ node, ...link })))
    .filter((link) => counts(link) && link.lastClearAt >= since);
  const others = clear.filter((link) => !ownProbes.some((probe) => isProbe(link, probe)));
  const offenders = others.filter((link) => !isStranger(link));
  return {
    offenders,
    unproven: ledgers.flatMap((ledger) => gapsOf(ledger, since, counts)),
    strangers: others.length - offenders.length,
    probes: clear.length - others.length,
    linkCount: known
      .flatMap(({ summary }) => summary.filter(counts))
      .reduce(
        (sum, { liveLinks, closedLinks, forgottenLinks }) => sum + liveLinks + closedLinks + forgottenLinks,
        0,
      ),
  };
}

/** A ledger may notice the last byte a second late. */
const LEDGER_LATE_MS = 2_000;

/** The same port may be somebody else's at another time. */
function isProbe(link: Offender, probe: OwnProbe): boolean {
  return (
    link.direction === 'IN' &&
    link.node === probe.node &&
    link.peerAddress === probe.peerAddress &&
    link.closedAt !== undefined &&
    link.lastClearAt >= probe.from - LEDGER_LATE_MS &&
    link.lastClearAt <= probe.until + LEDGER_LATE_MS
  );
}

/** Whoever was answered nothing got nothing of the cluster, and a port can't keep others from talking to it. */
function isStranger(link: ClearLink): boolean {
  return (
    link.kind === 'RPC' &&
    link.direction === 'IN' &&
    link.peerServer === undefined &&
    link.clearBytesOut === 0 &&
    link.closedAt !== undefined
  );
}

function gapsOf(
  ledger: NodeLedger,
  since: number,
  counts: (summary: LedgerSummary) => boolean,
): readonly string[] {
  if ('unreachable' in ledger) return [`${ledger.node} does not answer (${ledger.unreachable})`];
  const begin = beginOf(ledger);
  const late =
    begin > since
      ? [
          `${ledger.node} was started at ${time(begin)}: what went before is not known; --since that time or later`,
        ]
      : [];
  const forgotten = ledger.summary
    .filter((row) => counts(row) && (row.forgottenLastClearAt ?? -Infinity) >= since)
    .map(
      (row) =>
        `${ledger.node} had ${row.kind} links in clear that it no longer lists, the last at ${time(row.forgottenLastClearAt ?? 0)}`,
    );
  return [...late, ...forgotten];
}

function beginOf({ summary }: LedgerReading): number {
  return summary.length === 0 ? Infinity : Math.max(...summary.map((row) => row.since));
}

/** For a person. */
export function time(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : 'an unknown time';
}

/** A sentence on one link. */
export function describeOffender(link: Offender): string {
  const peer = link.peerServer ?? link.peerAddress;
  const way = link.direction === 'OUT' ? 'to' : 'from';
  const state = link.closedAt === undefined ? 'open' : `closed at ${time(link.closedAt)}`;
  const reason = link.modeReason === null ? '' : `; ${link.modeReason}`;
  return (
    `${link.node}: ${link.kind} link ${link.linkId} ${way} ${peer}, ${link.mode}, ${state}: ` +
    `${link.clearBytesIn} bytes in and ${link.clearBytesOut} out in clear, the last at ${time(link.lastClearAt)}${reason}`
  );
}

import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import {
  type ClearTextVerdict,
  describeOffender,
  judgeClearText,
  type NodeLedger,
  provableSince,
  time,
} from '../clear-text.ts';
import type { ClusterView } from '../cluster-view.ts';
import { readProbeLog } from '../evidence/probes/probe-log.ts';
import { goalName } from '../goal.ts';
import { Journal } from '../journal.ts';
import { readLedgers } from '../read-ledgers.ts';
import { statusJson } from '../report.ts';
import { describeLinkFaults } from '../safety.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { type Cluster, printJson, type Surroundings } from './surroundings.ts';

/** One good reading may be a stale one. */
export const LINK_READINGS = 3;
const READING_INTERVAL_MS = 150;
/** Lines for a person. */
const SHOWN_MAX = 50;

/** What the ledgers call them: tools come to the RPC port, a proxy's connections to the SQL port, too. */
const ledgerKinds: Readonly<Record<string, readonly string[]>> = {
  rpc: ['RPC', 'CDC', 'ADMIN'],
  sql: ['SQL', 'PROXY'],
};

export interface VerifyOptions {
  /** A time, or how long ago: `2026-05-01T10:00:00Z`, `10m`. */
  readonly since?: string | undefined;
  /** `rpc` or `sql`; both when not given. */
  readonly kind?: string | undefined;
}

export interface Since {
  readonly at: number;
  readonly reason: string;
}

/**
 * Two things must hold: every link between nodes is encrypted now, by both ends' ledgers, and no ledger knows of a byte in clear
 * since then. A node that can't be asked proves nothing. @returns the exit code
 */
export async function verifyEncryption(
  around: Surroundings,
  cluster: Cluster,
  options: VerifyOptions,
): Promise<number> {
  const { view, faults } = await readLinks(cluster);
  const ledgers = await readLedgers(view, cluster.sql);
  const since = sinceOf(around, ledgers, options.since);
  const kinds = options.kind === undefined ? [] : (ledgerKinds[options.kind] ?? []);
  const probes = readProbeLog(pathsUnder(around.baseDirectory).probes);
  const verdict = judgeClearText(ledgers, since.at, kinds, probes);
  const offenders = [...faults, ...verdict.unproven, ...verdict.offenders.map(describeOffender)];
  if (around.options.json === true) {
    printJson(around, {
      proven: offenders.length === 0,
      encrypted: faults.length === 0,
      offenders,
      clear_text: clearTextJson(verdict, since),
      ...statusJson(cluster.target, view),
    });
  } else {
    around.output.write(`${text(view, offenders, verdict, since, kinds)}\n`);
  }
  return offenders.length === 0 ? 0 : 1;
}

export async function readLinks({
  observe,
}: Cluster): Promise<{ view: ClusterView; faults: readonly string[] }> {
  let view = await observe();
  let faults = describeLinkFaults(view, 'ENCRYPTED');
  for (let reading = 1; reading < LINK_READINGS && faults.length === 0; reading += 1) {
    await delay(READING_INTERVAL_MS);
    view = await observe();
    faults = describeLinkFaults(view, 'ENCRYPTED');
  }
  return { view, faults };
}

/** By default the end of the last enable, or the start of the node that was started after it: what can be known. */
export function sinceOf(
  around: Surroundings,
  ledgers: readonly NodeLedger[],
  given: string | undefined,
): Since {
  if (given !== undefined) return { at: parseTime(given), reason: '--since' };
  const ended = lastEnable(new Journal(pathsUnder(around.baseDirectory).journal));
  const enabled = ended === undefined ? -Infinity : Date.parse(ended);
  const known = provableSince(ledgers);
  if (known !== undefined && known.at > enabled)
    return { at: known.at, reason: `the start of ${known.node}` };
  if (ended !== undefined) return { at: enabled, reason: 'the end of the last enable' };
  return { at: Date.now(), reason: 'now, since nothing more is known' };
}

function lastEnable(journal: Journal): string | undefined {
  const ends = ([undefined, 'recycle'] as const).flatMap(
    (strategy) =>
      journal.lastEnd(goalName({ kind: 'encrypt', ...(strategy === undefined ? {} : { strategy }) })) ?? [],
  );
  return ends.toSorted().at(-1);
}

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws ObError OB_INVALID_ARGUMENT */
export function parseTime(text: string, now = Date.now()): number {
  const ago = /^(\d+)([smhd])$/.exec(text.trim());
  if (ago !== null) return now - Number(ago[1]) * (unitsMs[ago[2] ?? ''] ?? 0);
  const iso = text.trim().replace(' ', 'T');
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`);
  // Nothing has happened since a time to come: that would prove anything.
  if (at > now) {
    throw new ObError('OB_INVALID_ARGUMENT', ['--since'], {
      message: `--since ${text} is still to come (a time without a zone is UTC); name a time that has passed`,
    });
  }
  if (!Number.isNaN(at)) return at;
  throw new ObError('OB_INVALID_ARGUMENT', ['--since'], {
    message: `--since wants a time (2026-05-01T10:00:00Z) or how long ago (90s, 10m, 2h, 1d), not ${text}`,
  });
}

export function clearTextJson(verdict: ClearTextVerdict, since: Since) {
  return {
    since: time(since.at),
    since_reason: since.reason,
    links: verdict.linkCount,
    strangers: verdict.strangers,
    probes: verdict.probes,
    unproven: verdict.unproven,
    offenders: verdict.offenders.map((link) => ({
      node: link.node,
      link_id: Number(link.linkId),
      kind: link.kind,
      direction: link.direction,
      peer: link.peerServer ?? link.peerAddress,
      mode: link.mode,
      mode_reason: link.modeReason,
      clear_bytes_in: link.clearBytesIn,
      clear_bytes_out: link.clearBytesOut,
      last_clear_at: time(link.lastClearAt),
      closed_at: link.closedAt === undefined ? null : time(link.closedAt),
    })),
  };
}

function text(
  view: ClusterView,
  offenders: readonly string[],
  verdict: ClearTextVerdict,
  since: Since,
  kinds: readonly string[],
): string {
  if (offenders.length > 0) {
    const more = offenders.length - SHOWN_MAX;
    const shown =
      more > 0 ? [...offenders.slice(0, SHOWN_MAX), `… and ${more} more; --json has all`] : offenders;
    return [`not proven since ${time(since.at)} (${since.reason}):`, ...shown].join('\n  ');
  }
  const nodes = view.nodes.length;
  const links = nodes * (nodes - 1);
  const strangers = verdict.strangers === 0 ? '' : `; ${verdict.strangers} strangers were answered nothing`;
  const probes = verdict.probes === 0 ? '' : `; ${verdict.probes} were probes of this controller's own`;
  return (
    `${links} of ${links} links encrypted, by the ledgers of both ends, in ${LINK_READINGS} readings\n` +
    `no byte in clear on any of ${verdict.linkCount} ${kinds.join(' ')}${kinds.length > 0 ? ' ' : ''}link ends since ` +
    `${time(since.at)} (${since.reason}), by the ledgers of ${nodes} nodes${strangers}${probes}`
  );
}

import { setTimeout as delay } from 'node:timers/promises';
import { daysUntil, type Expiry } from '../certs/horizon.ts';
import { readHorizon, walletsOf } from '../certs/read-horizon.ts';
import type { ClusterView, NodeView, ProxyView } from '../cluster-view.ts';
import { statusJson } from '../report.ts';
import type { SqlAccess } from '../sql-access.ts';
import type { Target, TargetNode } from '../targets/target.ts';
import { changesBetween } from './changes.ts';
import { CommitGap } from './commit-gap.ts';
import { History } from './history.ts';
import { linkPictures, summaryOf } from './link-picture.ts';
import { readCounters } from './node-counters.ts';
import { nodePicture } from './node-picture.ts';
import { proxyPicture } from './proxy-picture.ts';
import { RateMeter } from './rates.ts';
import type { RunFollower } from './run-follower.ts';
import { rungPictures } from './rungs.ts';
import type { GapPicture, HistoryPoint, HorizonEntry, SeenEvent, Snapshot } from './snapshot.ts';
import type { WriteProbe } from './write-probe.ts';

/** Twice a second. */
export const LOOK_INTERVAL_MS = 500;
/** Wallets are read seldom: certificates live for months. */
const HORIZON_INTERVAL_MS = 5_000;
const HORIZON_ENTRIES_MAX = 8;
const EVENTS_MAX = 200;
const EVENTS_SHOWN = 60;

export interface LookoutOptions {
  /** What to call the cluster. */
  readonly cluster: string;
  readonly target: Target;
  readonly sql: SqlAccess;
  /** Looks at one node; it doesn't throw. */
  readonly look: (node: TargetNode) => Promise<NodeView>;
  readonly lookAtProxies: () => Promise<readonly ProxyView[]>;
  readonly run: RunFollower;
  /** Undefined: the gap in writes is told from the nodes' counters. */
  readonly probe: WriteProbe | undefined;
}

/** Watches a cluster and changes nothing in it. Each node is looked at by itself, so that one that hangs keeps nobody waiting. */
export class Lookout {
  readonly #options: LookoutOptions;
  readonly #nodes = new Map<string, { view: NodeView; heardAtMs: number | undefined }>();
  readonly #rates = new RateMeter();
  readonly #gap = new CommitGap();
  readonly #history = new History();
  readonly #watchers = new Set<(snapshot: Snapshot) => void>();
  readonly #seen: SeenEvent[] = [];
  readonly #stopped = new AbortController();
  #proxies: readonly ProxyView[] = [];
  #horizon: readonly Expiry[] = [];
  #lookAheadAtMs = 0;
  #latest: Snapshot | undefined;
  #loops: readonly Promise<void>[] = [];

  constructor(options: LookoutOptions) {
    this.#options = options;
  }

  /** Undefined until every node was looked at once. */
  get latest(): Snapshot | undefined {
    return this.#latest;
  }

  get history(): readonly HistoryPoint[] {
    return this.#history.points;
  }

  /** Called with each new snapshot. @returns ends it */
  watch(watcher: (snapshot: Snapshot) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  start(): void {
    const { target, probe } = this.#options;
    probe?.start();
    this.#loops = [
      ...target.nodes.map((node) => this.#repeat(LOOK_INTERVAL_MS, () => this.#lookAt(node))),
      this.#repeat(LOOK_INTERVAL_MS, () => this.#lookAtProxies()),
      this.#repeat(LOOK_INTERVAL_MS, () => this.#lookAhead()),
      this.#repeat(LOOK_INTERVAL_MS, async () => this.#tell()),
    ];
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#options.probe?.stop();
    await Promise.all(this.#loops);
    this.#options.sql.close();
  }

  async #repeat(intervalMs: number, look: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const beganAt = performance.now();
      await look();
      const leftMs = Math.max(20, intervalMs - (performance.now() - beganAt));
      await delay(leftMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #lookAt(node: TargetNode): Promise<void> {
    const view = await this.#options.look(node);
    const heardAtMs = view.answer === undefined ? this.#nodes.get(node.server)?.heardAtMs : performance.now();
    this.#nodes.set(node.server, { view, heardAtMs });
    if (view.answer === undefined) {
      this.#rates.lost(node.server);
      return;
    }
    try {
      const counters = await readCounters(this.#options.sql, node.server);
      const { instance = '' } = view.process;
      this.#rates.take(node.server, { atMs: performance.now(), instance, counters });
    } catch {
      this.#rates.lost(node.server); // The next look says why.
    }
    this.#gap.take(this.#rates.grown.commits, performance.now(), Date.now());
  }

  async #lookAtProxies(): Promise<void> {
    this.#proxies = await this.#options.lookAtProxies();
  }

  async #lookAhead(): Promise<void> {
    const view = this.#view();
    if (view === undefined || performance.now() < this.#lookAheadAtMs) return;
    this.#lookAheadAtMs = performance.now() + HORIZON_INTERVAL_MS;
    try {
      this.#horizon = readHorizon(view, await walletsOf(this.#options.target));
    } catch {
      // Files in the middle of being exchanged: the next look reads them.
    }
  }

  /** Undefined until every node was looked at once. */
  #view(): ClusterView | undefined {
    const nodes = this.#options.target.nodes.flatMap(({ server }) => this.#nodes.get(server)?.view ?? []);
    return nodes.length < this.#options.target.nodes.length ? undefined : { nodes, proxies: this.#proxies };
  }

  #tell(): void {
    const view = this.#view();
    if (view === undefined) return;
    this.#options.run.look();
    const snapshot = this.#snapshot(view);
    if (this.#latest !== undefined) this.#note(changesBetween(this.#latest, snapshot));
    this.#latest = { ...snapshot, events: this.#events() };
    this.#history.add(pointOf(this.#latest));
    for (const watcher of this.#watchers) watcher(this.#latest);
  }

  #snapshot(view: ClusterView): Snapshot {
    const { cluster, target, run } = this.#options;
    const at = Date.now();
    const status = statusJson(target, view);
    const links = linkPictures(view);
    const proxies = view.proxies.map(proxyPicture);
    const summary = summaryOf(view, links);
    const total = this.#rates.total;
    const names = new Map(view.nodes.map(({ server, name }) => [server, name]));
    const picture = run.picture;
    const running = picture?.state === 'running' ? run.timedEvents : [];
    return {
      at,
      cluster,
      nodes: view.nodes.map((node, index) => this.#node(node, status.nodes[index]?.log_gap_ms ?? null)),
      proxies,
      links,
      summary,
      streams: status.streams.map(({ tenant_id: tenantId, ls_id: lsId, leader, gap_ms: gapMs }) => ({
        tenantId,
        lsId,
        leader: leader === null ? null : (names.get(leader) ?? leader),
        gapMs,
      })),
      rates: {
        statements: total?.statements ?? null,
        failed: total?.failed ?? null,
        commits: total?.commits ?? null,
        failedSinceStart: this.#rates.grown.failed,
      },
      gap: this.#gapPicture(at),
      horizon: this.#horizon
        .slice(0, HORIZON_ENTRIES_MAX)
        .map((expiry) => horizonEntry(expiry, new Date(at))),
      rungs: rungPictures({ view, summary, proxies, events: running }),
      run: picture,
      events: [],
    };
  }

  #node(node: NodeView, gapMs: number | null) {
    const heardAtMs = this.#nodes.get(node.server)?.heardAtMs;
    return nodePicture({
      node,
      gapMs,
      statementsPerSecond: this.#rates.of(node.server)?.statements ?? null,
      heardMsAgo: heardAtMs === undefined ? null : Math.round(performance.now() - heardAtMs),
    });
  }

  #gapPicture(at: number): GapPicture {
    const nowMs = performance.now();
    const { probe } = this.#options;
    if (probe !== undefined) return probe.picture(nowMs, at);
    const longest = this.#gap.longest(nowMs, at);
    return {
      how: 'counters',
      longestMs: longest?.ms ?? null,
      longestAt: longest?.at ?? null,
      currentMs: this.#gap.currentMs(nowMs) ?? null,
      recentMs: this.#gap.takeRecent(nowMs) ?? null,
      precisionMs: 2 * LOOK_INTERVAL_MS,
      trouble: null,
      writes: 0,
      failed: 0,
    };
  }

  #note(events: readonly SeenEvent[]): void {
    this.#seen.push(...events);
    if (this.#seen.length > EVENTS_MAX) this.#seen.splice(0, this.#seen.length - EVENTS_MAX);
  }

  #events(): readonly SeenEvent[] {
    return [...this.#options.run.events, ...this.#seen]
      .toSorted((a, b) => b.at - a.at)
      .slice(0, EVENTS_SHOWN);
  }
}

function pointOf({ at, rates, streams, gap }: Snapshot): HistoryPoint {
  return {
    at,
    statements: rates.statements,
    failed: rates.failed,
    commits: rates.commits,
    logGapMs: streams.length === 0 ? null : Math.max(...streams.map(({ gapMs }) => gapMs)),
    writeGapMs: gap.recentMs,
  };
}

function horizonEntry({ at, what, links }: Expiry, now: Date): HorizonEntry {
  return { at: at.toISOString(), daysLeft: daysUntil(at, now), what, links: links.length };
}

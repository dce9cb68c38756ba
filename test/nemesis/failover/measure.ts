import { setTimeout as delay } from 'node:timers/promises';
import { within } from '@sealane/testkit';
import type { ClusterNode, NemesisCluster } from '../cluster/nemesis-cluster.ts';
import { longestGapMs, longestWaitMs, type Span, type WriteEvent, WriteLoad } from './write-load.ts';

const WRITERS = 8;
const HOLDERS = 1;
const SETTLE_TIMEOUT_MS = 30_000;
/** Of the load before the change, and again after it. */
const WATCHED_MS = 1_500;
const SETTLED_ROWS = 200;
const STATEMENT_TIMEOUT_MS = 20_000;
/** So many acknowledged rows after a change count as "writes go again". */
const ROWS_AFTER = 10;
const KILL_GAP_MAX_MS = 8_000;
const PLANNED_GAP_MAX_MS = 200;
/** No statement fails, but those of transactions that are open on the old leader. */
const IS_CLEAN: Readonly<Record<Change, boolean>> = {
  none: true,
  switch: true,
  stop: true,
  restart: false,
  kill: false,
};

/** `none`: nothing changes. */
export type Change = 'none' | 'kill' | 'switch' | 'stop' | 'restart';

/** How writes stood still for a while. */
export interface Pauses {
  /** The longest time without an acknowledged row. */
  readonly gapMs: number;
  /** The longest time of one writer without one. */
  readonly waitMs: number;
}

/** One change of the leader under load. */
export interface Measured {
  readonly change: Change;
  /** Of the same load just before, when nothing changed: the machine's own. */
  readonly before: Pauses;
  /** From the change on. */
  readonly during: Pauses;
  /** Statements alone that failed, by error. */
  readonly failedStatements: readonly string[];
  /** Transactions that were open and failed. */
  readonly failedTransactions: readonly string[];
  readonly from: string;
  readonly to: string | undefined;
}

/** Changes the leader a number of times, each time in one way, while rows are written through all nodes. */
export async function measure(
  cluster: NemesisCluster,
  change: Change,
  times: number,
  writers = WRITERS,
): Promise<readonly Measured[]> {
  const results: Measured[] = [];
  for (let time = 0; time < times; time++) {
    await inSync(cluster);
    results.push(await measureOnce(cluster, change, writers));
  }
  return results;
}

export function measuredLines(results: readonly Measured[]): readonly string[] {
  const failed = results.flatMap(({ failedStatements }) => failedStatements);
  const transactions = results.flatMap(({ failedTransactions }) => failedTransactions);
  return [
    `${(results[0]?.change ?? '').padEnd(8)} ${results.length}×`,
    `  longest gap in writes     ${withBefore(results, ({ gapMs }) => gapMs)}`,
    `  longest wait of a writer  ${withBefore(results, ({ waitMs }) => waitMs)}`,
    `  failed statements ${countsText(failed)}; failed open transactions ${countsText(transactions)}`,
  ];
}

function withBefore(results: readonly Measured[], figure: (pauses: Pauses) => number): string {
  const during = figuresText(results.map((each) => figure(each.during)));
  return `${during}; just before ${figuresText(results.map((each) => figure(each.before)))}`;
}

function figuresText(valuesMs: readonly number[]): string {
  const sorted = valuesMs.map(Math.round).toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  return `median ${median} ms, max ${sorted.at(-1) ?? 0} ms [${sorted.join(' ')}]`;
}

/** What OceanBase says of itself for a dead leader, and what a planned change may cost. */
export function goalsMissed(results: readonly Measured[]): readonly string[] {
  return results.flatMap(({ change, during: { gapMs }, failedStatements, from, to }) => {
    const limitMs = change === 'kill' || change === 'restart' ? KILL_GAP_MAX_MS : PLANNED_GAP_MAX_MS;
    const what = `${change} of ${from} (now ${to ?? 'nobody'})`;
    if (change === 'none') return [];
    return [
      ...(gapMs > limitMs ? [`${what}: ${Math.round(gapMs)} ms without a write, more than ${limitMs}`] : []),
      ...(IS_CLEAN[change] && failedStatements.length > 0
        ? [`${what}: failed statements ${countsText(failedStatements)}`]
        : []),
    ];
  });
}

async function measureOnce(cluster: NemesisCluster, change: Change, writers: number): Promise<Measured> {
  const leader = await leaderOf(cluster);
  const load = await WriteLoad.start(cluster.nodes, writers, HOLDERS);
  const beginMs = performance.now();
  try {
    await within(SETTLE_TIMEOUT_MS, 'rows are written', () => load.acknowledgedSince(beginMs) > SETTLED_ROWS);
    const calmMs = performance.now();
    await delay(WATCHED_MS);
    const startMs = performance.now();
    await carryOut(cluster, change, leader);
    // What is planned is over when its statement has an answer.
    if (change === 'kill' || change === 'restart') {
      await within(SETTLE_TIMEOUT_MS, 'rows are written again', () => isOver(cluster, load, leader, startMs));
    }
    await delay(WATCHED_MS);
    const span = { fromMs: startMs, toMs: performance.now() };
    await load.stop();
    return {
      change,
      before: pauses(load.events, { fromMs: calmMs, toMs: startMs }),
      during: pauses(load.events, span),
      failedStatements: errorsOf(load.events, 'statement'),
      failedTransactions: errorsOf(load.events, 'transaction'),
      from: leader.name,
      to: (await cluster.leader())?.node.name,
    };
  } finally {
    await load.stop();
    await undo(cluster, change);
  }
}

function pauses(events: readonly WriteEvent[], span: Span): Pauses {
  return { gapMs: longestGapMs(events, span), waitMs: longestWaitMs(events, span) };
}

/** Looks at the nodes, which costs them something, only when rows come. */
async function isOver(
  cluster: NemesisCluster,
  load: WriteLoad,
  before: ClusterNode,
  sinceMs: number,
): Promise<boolean> {
  if (load.acknowledgedSince(sinceMs) <= ROWS_AFTER) return false;
  const now = await cluster.leader();
  return now !== undefined && now.node !== before;
}

async function carryOut(cluster: NemesisCluster, change: Change, leader: ClusterNode): Promise<void> {
  const server = `${leader.ip}:${leader.rpcPort}`;
  switch (change) {
    case 'none':
      return;
    case 'kill':
      cluster.signal(leader, 'SIGKILL');
      return;
    case 'restart':
      await cluster.end(leader, 'SIGTERM');
      return;
    case 'switch': {
      const target = cluster.nodes[(cluster.nodes.indexOf(leader) + 1) % cluster.nodes.length] ?? leader;
      const to = `${target.ip}:${target.rpcPort}`;
      await cluster.ask(target, `ALTER SYSTEM SWITCH REPLICA LEADER SERVER = '${to}'`, STATEMENT_TIMEOUT_MS);
      return;
    }
    case 'stop':
      await cluster.ask(leader, `ALTER SYSTEM STOP SERVER '${server}'`, STATEMENT_TIMEOUT_MS);
  }
}

async function undo(cluster: NemesisCluster, change: Change): Promise<void> {
  if (change === 'kill' || change === 'restart') await cluster.up();
  if (change !== 'stop') return;
  const [asked] = cluster.nodes;
  if (asked === undefined) return;
  for (const node of cluster.nodes) {
    await cluster.ask(asked, `ALTER SYSTEM START SERVER '${node.ip}:${node.rpcPort}'`, STATEMENT_TIMEOUT_MS);
  }
}

async function leaderOf(cluster: NemesisCluster): Promise<ClusterNode> {
  return within(SETTLE_TIMEOUT_MS, 'there is a leader', async () => (await cluster.leader())?.node);
}

/** Every node follows closely: as a planned change requires. */
async function inSync(cluster: NemesisCluster): Promise<void> {
  const leader = await leaderOf(cluster);
  await within(SETTLE_TIMEOUT_MS, 'every node is in sync', async () => {
    const rows = await cluster.ask(leader, 'SELECT IN_SYNC FROM oceanbase.GV$OB_LOG_STAT');
    return rows.length >= cluster.nodes.length && rows.every(([value]) => value === 'YES');
  });
}

function errorsOf(events: readonly WriteEvent[], kind: WriteEvent['kind']): readonly string[] {
  return events.flatMap((event) => (event.kind === kind && event.error !== undefined ? [event.error] : []));
}

function countsText(errors: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const error of errors) counts.set(error, (counts.get(error) ?? 0) + 1);
  if (counts.size === 0) return 'none';
  return `${errors.length} (${[...counts].map(([error, count]) => `${error} ${count}`).join(', ')})`;
}

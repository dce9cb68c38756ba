import type { Issued } from '@sealane/transport-security';
import { type ClusterView, type NodeView, nodeLabel } from '../../cluster-view.ts';
import { proxyLabel } from '../../link-rows.ts';
import type { SqlAccess } from '../../sql-access.ts';
import type { Member, Target, TargetProxy } from '../../targets/target.ts';
import type { Papers, ProbeAddress } from './dialer.ts';
import { type Expectation, judge, notMade, type ProbeResult } from './probe.ts';
import { type GivenPapers, makePapers, type ProbePapers } from './probe-papers.ts';
import { type Attempt, certificate, plainFrame } from './rpc-probes.ts';
import { type PortSettings, readProxySettings, readSettings } from './settings.ts';
import { certificateLogin, type Login } from './sql-probes.ts';
import { rpcTries, sqlTries, type Try } from './tries.ts';

export interface ProbeRun {
  readonly probes: readonly ProbeResult[];
  /** The same with good papers, before: a refusal behind a failed one proves nothing. */
  readonly controls: readonly ProbeControl[];
}

export interface ProbeControl {
  readonly node: string;
  readonly port: ProbeResult['port'];
  readonly address: string;
  readonly sent: string;
  readonly received: Attempt['received'];
}

export interface ProbeOptions {
  readonly target: Target;
  readonly sql: SqlAccess;
  /** Root of the tenant sys. */
  readonly login: Login;
  readonly authority: Issued | undefined;
  readonly given: GivenPapers;
}

/** One port of one program, and how it is tried. */
interface Door {
  readonly node: string;
  readonly port: ProbeResult['port'];
  readonly address: ProbeAddress;
}

/** Tries every port of every node and proxy in turn, nodes side by side. */
export async function runProbes(view: ClusterView, options: ProbeOptions): Promise<ProbeRun> {
  const nodes = await Promise.all(view.nodes.map((node) => probeNode(node, options)));
  const tenants = [
    ...new Set(
      nodes.flatMap(({ probes }) => probes.flatMap(({ probe }) => /^plain@(.+)$/.exec(probe)?.[1] ?? [])),
    ),
  ];
  const proxies = await Promise.all(
    options.target.proxies.map((proxy) => probeProxy(proxy, tenants, options)),
  );
  const runs = [...nodes, ...proxies];
  return {
    probes: runs.flatMap(({ probes }) => probes),
    controls: runs.flatMap(({ controls }) => controls),
  };
}

async function probeNode(node: NodeView, options: ProbeOptions): Promise<ProbeRun> {
  const colon = node.server.lastIndexOf(':');
  const ip = node.server.slice(0, colon);
  const label = nodeLabel(node);
  const rpc: Door = {
    node: label,
    port: 'RPC',
    address: { host: ip, port: Number(node.server.slice(colon + 1)) },
  };
  const sql: Door = { node: label, port: 'SQL', address: { host: node.sqlHost, port: node.sqlPort } };
  const settings = await settingsFor(node, options);
  if (typeof settings === 'string')
    return { probes: [unasked(rpc, settings), unasked(sql, settings)], controls: [] };
  const papers = await makePapers(ip, await options.target.walletOf(node.server), options);
  const rpcRun = await probeDoor(
    rpc,
    rpcControl(rpc, papers, settings),
    rpcTries(rpc.address, settings, papers),
  );
  const sqlRun = await probeDoor(
    sql,
    settings.tls
      ? () => certificateLogin(sql.address, options.login, goodOrNone(papers), 'good papers')
      : undefined,
    sqlTries(sql.address, settings, papers, options.login),
  );
  const run = {
    probes: [...rpcRun.probes, ...sqlRun.probes],
    controls: [...rpcRun.controls, ...sqlRun.controls],
  };
  return { ...run, probes: await withWords(run.probes, node.server, 'V$OB_LINKS', options.sql) };
}

async function settingsFor(node: NodeView, { sql }: ProbeOptions): Promise<PortSettings | string> {
  if (node.answer === undefined)
    return `${nodeLabel(node)} does not answer: ${node.unreachable ?? 'no reason given'}`;
  return orReason(() => readSettings(sql, node.server, node.sqlHost));
}

async function orReason(read: () => Promise<PortSettings>): Promise<PortSettings | string> {
  try {
    return await read();
  } catch (error) {
    return `its settings can't be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function rpcControl(
  { address }: Door,
  { good }: ProbePapers,
  { tls }: PortSettings,
): (() => Promise<Attempt>) | undefined {
  if (!tls) return () => plainFrame(address);
  return typeof good === 'string' ? undefined : () => certificate(address, good, 'good papers');
}

/** Clients speak to a proxy as to a node's SQL port. */
async function probeProxy(
  proxy: TargetProxy,
  tenants: readonly string[],
  options: ProbeOptions,
): Promise<ProbeRun> {
  const door: Door = { node: proxyLabel(proxy), port: 'PROXY', address: proxy.reach };
  const settings = await orReason(() => readProxySettings(options.sql, proxy.name, tenants));
  if (typeof settings === 'string') return { probes: [unasked(door, settings)], controls: [] };
  const papers = await makePapers(proxy.identity, await options.target.walletOf(proxy.name), options);
  const control = settings.tls
    ? () => certificateLogin(proxy.reach, options.login, goodOrNone(papers), 'good papers')
    : undefined;
  const run = await probeDoor(door, control, sqlTries(proxy.reach, settings, papers, options.login));
  return { ...run, probes: await withWords(run.probes, proxy.name, 'GV$OB_LINKS', options.sql) };
}

function goodOrNone({ good }: ProbePapers): Papers | undefined {
  return typeof good === 'string' ? undefined : good;
}

async function probeDoor(
  door: Door,
  control: (() => Promise<Attempt>) | undefined,
  tries: readonly Try[],
): Promise<ProbeRun> {
  const { node, port } = door;
  const address = `${door.address.host}:${door.address.port}`;
  const good = await control?.();
  const controlled = good?.received.outcome === 'ACCEPTED';
  const probes: ProbeResult[] = [];
  for (const { probe, title, expected, make } of tries) {
    const at = new Date().toISOString();
    const startedAt = performance.now();
    const { from, sent, sentHex, received } = typeof make === 'string' ? unmade(make) : await make();
    probes.push({
      ...{ node, port, address, probe, title, at, from, sent, received, expected },
      elapsed_ms: Math.round(performance.now() - startedAt),
      sent_hex: sentHex,
      node_says: null,
      ...judge(received, expected, controlled),
    });
  }
  const controls =
    good === undefined ? [] : [{ node, port, address, sent: good.sent, received: good.received }];
  return { probes, controls };
}

function unmade(why: string): Attempt {
  return { from: null, sent: 'nothing', sentHex: null, received: notMade(why) };
}

function unasked({ node, port, address }: Door, why: string): ProbeResult {
  const expected: Expectation = { outcome: 'UNKNOWN', because: why };
  const received = notMade(why);
  return {
    ...{
      node,
      port,
      address: `${address.host}:${address.port}`,
      probe: 'any',
      title: 'any attempt',
      expected,
      received,
    },
    ...{
      at: new Date().toISOString(),
      elapsed_ms: 0,
      from: null,
      sent: 'nothing',
      sent_hex: null,
      node_says: null,
    },
    ...judge(received, expected, false),
  };
}

/** A ledger keeps why a connection was closed: the program's own words for the refusal, found by this end's port. */
async function withWords(
  probes: readonly ProbeResult[],
  member: Member,
  ledger: 'V$OB_LINKS' | 'GV$OB_LINKS',
  sql: SqlAccess,
): Promise<readonly ProbeResult[]> {
  try {
    const rows = await sql.query(
      member,
      `SELECT PEER_ADDR, CLOSE_REASON FROM oceanbase.${ledger} WHERE CLOSED_AT IS NOT NULL AND DIRECTION = 'IN'`,
    );
    const words = new Map(rows.map(([peer, reason]) => [peer, reason ?? null]));
    return probes.map((probe) => ({ ...probe, node_says: words.get(probe.from) ?? null }));
  } catch {
    return probes; // What was seen from here stands without its word.
  }
}

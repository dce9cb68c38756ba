import type { ClientCounts } from './client-watch.ts';
import {
  type ClusterView,
  type Link,
  ledStreams,
  linksOf,
  missingPairs,
  type NodeView,
  nodeOf,
  otherServers,
  ownRow,
  plainPairs,
  type StreamRow,
} from './cluster-view.ts';
import { describeMesh, meshLines, type Paint } from './describe.ts';
import type { ExecutionResult } from './execute.ts';
import type { Goal, Rung } from './goal.ts';
import { goalName, ladderOf, renewLinksSql, requireTlsSql, setParameterSql, setProxySql } from './goal.ts';
import type { Finding } from './preflight/finding.ts';
import type { Preflight } from './preflight/preflight.ts';
import { describeLinkFaults } from './safety.ts';
import type { Target } from './targets/target.ts';

/** `status --json`: one object, the same keys whether the nodes answer or not. */
export function statusJson(target: Target, view: ClusterView) {
  return {
    target: target.kind,
    nodes: view.nodes.map((node) => nodeJson(target, view, node)),
    /** Of the cluster, but not started by this program. */
    other_servers: otherServers(view).map(({ server, zone, sqlPort, status }) => ({
      server,
      zone,
      sql_port: sqlPort,
      status,
    })),
    streams: streamsJson(view),
    links: linksOf(view).map(linkJson),
    /** Directed node-to-node pairs that have a link in clear. */
    plain_links: plainPairs(view).length,
    encrypted_links: pairsOf(view) - plainPairs(view).length - missingPairs(view).length,
    missing_links: missingPairs(view).length,
    parameters: view.nodes.find((node) => node.answer !== undefined)?.answer?.parameters ?? {},
  };
}

/** `status` for people. */
export function statusText(view: ClusterView, paint: Paint): string {
  const nodes = view.nodes.map((node) => nodeText(view, node, paint));
  const clients = linksOf(view).filter((link) => !link.betweenNodes);
  const plainClients = clients.filter((link) => link.mode !== 'ENCRYPTED').length;
  const streams = streamsJson(view).map(
    (stream) =>
      `  tenant ${stream.tenant_id} log stream ${stream.ls_id}: leader ${stream.leader ?? 'none'}, gap ${stream.gap_ms} ms`,
  );
  return [
    ...nodes,
    ...otherServers(view).map(
      ({ server, zone, sqlPort, status }) =>
        `${status === 'ACTIVE' ? paint.good('●') : paint.bad('○')} (started elsewhere)  ${server}  ${zone}  sql port ${sqlPort}  ${status}`,
    ),
    ...streams,
    `  ${describeMesh(view)}; ${clients.length} client connections, ${plainClients} of them in clear`,
    '',
    ...meshLines(view, paint).map((line) => `  ${line}`),
  ].join('\n');
}

/** `encryption plan`: what was looked at, and the ladder with the SQL of each rung. */
export function planText(goal: Goal, view: ClusterView, findings: readonly Finding[], paint: Paint): string {
  const looked = findings.flatMap((finding) => {
    const { where, what, next } = finding;
    const line = `  ${markOf(finding, paint)} ${where}: ${what}`;
    return next === undefined ? [line] : [line, `      ${paint.dim(`→ ${next}`)}`];
  });
  return ['Looked at (nothing was changed):', ...looked, '', ...ladderText(goal, view)].join('\n');
}

function markOf({ fits, watch }: Finding, paint: Paint): string {
  if (!fits) return paint.bad('✗');
  return watch === true ? paint.warn('!') : paint.good('✓');
}

function ladderText(goal: Goal, view: ClusterView): readonly string[] {
  const lines = ladderLines(goal, view);
  return lines.length === 0 ? ['Nothing is to be done.'] : ['The ladder:', ...lines];
}

export function planJson(goal: Goal, { view, findings, pairs }: Preflight) {
  return {
    ready: findings.every((finding) => finding.fits),
    findings,
    /** How every ordered pair of processes would shake hands. */
    handshakes: pairs,
    ladder: ladderLines(goal, view).map((line) => line.trim()),
    plain_links: plainPairs(view).length,
  };
}

/** What a run did and what was seen at its end. */
export function resultJson(target: Target, result: ExecutionResult, elapsedMs: number) {
  return {
    done: result.stopped === undefined,
    stopped: result.stopped?.reason ?? null,
    elapsed_ms: Math.round(elapsedMs),
    steps: result.taken.map(({ step, ms }) => ({ ...step, ms: Math.round(ms) })),
    ...statusJson(target, result.view),
  };
}

export function resultText(
  goal: Goal,
  result: ExecutionResult,
  { elapsedMs, clients, paint }: { elapsedMs: number; clients: ClientCounts | null; paint: Paint },
): string {
  const { taken, stopped, view } = result;
  const done = taken.length === 0 ? 'nothing was to be done' : `done in ${(elapsedMs / 1000).toFixed(1)} s`;
  const what = stopped === undefined ? done : `stopped, no node is down: ${stopped.reason}`;
  const mesh = meshLines(view, paint).map((line) => `   ${line}`);
  return [
    '',
    ...mesh,
    '',
    `${titleOf(goal)}: ${what}; ${describeMesh(view)}`,
    ...clientLines(clients),
    '',
  ].join('\n');
}

function clientLines(clients: ClientCounts | null): readonly string[] {
  if (clients === null || clients.statements === 0) return [];
  const { statements, failed, longestMs } = clients;
  return [
    `${statements} writes of the controller's own meanwhile: ${failed} failed, the longest took ${longestMs} ms`,
  ];
}

function titleOf(goal: Goal): string {
  if (goal.kind !== 'restart') return goalName(goal);
  return goal.servers.length === 1
    ? `restart of ${goal.servers[0]}`
    : `rolling restart of ${goal.servers.length} nodes`;
}

function ladderLines(goal: Goal, view: ClusterView): readonly string[] {
  const lines = ladderOf(goal).flatMap((rung) => {
    if (stands(rung, view)) return [];
    if (rung.kind !== 'roll' && rung.kind !== 'recycle') return settingLines(rung, view);
    const order = view.nodes.toSorted((a, b) => ledStreams(a).length - ledStreams(b).length);
    if (rung.kind === 'recycle') return order.map((node) => recycleLine(node, rung.mode));
    return order.flatMap((node) => rollLines(node, rung.mode));
  });
  return lines.map((line, index) => `  ${String(index + 1).padStart(2)}  ${line}`);
}

/** A rung that nothing has to be done for, as far as can be seen beforehand. */
function stands(rung: Rung, view: ClusterView): boolean {
  if (rung.kind === 'roll' || rung.kind === 'recycle')
    return rung.mode !== undefined && describeLinkFaults(view, rung.mode).length === 0;
  if (rung.kind !== 'parameter') return false;
  const wanted = rung.value.toLowerCase();
  return view.nodes.every((node) => node.answer?.parameters[rung.name]?.toLowerCase() === wanted);
}

function settingLines(
  rung: Exclude<Rung, { kind: 'roll' | 'recycle' }>,
  view: ClusterView,
): readonly string[] {
  const readBack = `-- read back on all ${view.nodes.length} nodes`;
  switch (rung.kind) {
    case 'parameter':
      return [`${setParameterSql(rung.name, rung.value)};  ${readBack}`];
    case 'proxy': {
      const { name, value } = rung;
      const wantedOf = (proxy: string) => (typeof value === 'string' ? value : value[proxy]);
      return view.proxies.flatMap((proxy) => {
        const wanted = wantedOf(proxy.name);
        const shown = proxy.answer?.config[name].toLowerCase();
        if (wanted === undefined || shown === wanted.toLowerCase()) return [];
        return [`${setProxySql(name, wanted)};  -- on ${proxy.name}, read back there`];
      });
    }
    case 'readiness':
      return ['SELECT … FROM oceanbase.DBA_OB_TLS_READINESS;  -- nobody would be locked out'];
    case 'require-tls':
      if (rung.tenants === 'all')
        return [`${requireTlsSql('…', true)};  -- every tenant, ${readBack.slice(3)}`];
      return [];
  }
}

function recycleLine({ name, server }: NodeView, mode: string): string {
  return `${renewLinksSql(server)};  -- ${name}; majority and log gap checked before, its links ${mode} after`;
}

function rollLines(node: NodeView, mode: string | undefined): readonly string[] {
  const lead = ledStreams(node).map(
    (stream) => `ALTER SYSTEM SWITCH REPLICA LEADER LS = ${stream.lsId} …;  -- away from ${node.name}`,
  );
  const links = mode === undefined ? '' : `, its links ${mode} in both directions`;
  return [
    ...lead,
    `ALTER SYSTEM STOP SERVER '${node.server}';  -- ${node.name}; majority and log gap checked before`,
    `ALTER SYSTEM MINOR FREEZE SERVER = ('${node.server}');`,
    `stop and start the process of ${node.name}`,
    `ALTER SYSTEM START SERVER '${node.server}';  -- ACTIVE, in sync${links}`,
  ];
}

export function nodeJson(target: Target, view: ClusterView, node: NodeView) {
  const row = ownRow(node);
  const [svrIp = '', svrPort = '0'] = node.server.split(':');
  return {
    name: node.name,
    svr_ip: svrIp,
    svr_port: Number(svrPort),
    sql_port:
      row?.sqlPort ?? target.nodes.find((each) => each.server === node.server)?.sqlPort ?? node.sqlPort,
    zone: node.zone,
    pid: node.process.pid ?? null,
    running: node.process.running,
    sql_address: `${node.sqlHost}:${node.sqlPort}`,
    status: row?.status ?? null,
    start_service_time: row?.startServiceTime ?? null,
    stop_time: row?.stopTime ?? null,
    leads: ledStreams(node).map((stream) => ({ tenant_id: stream.tenantId, ls_id: stream.lsId })),
    log_gap_ms: logGapMs(view, node),
    certificate_expires_at: node.answer?.certificateExpiresAt ?? null,
    wallet_reload: {
      result: node.answer?.tls.lastReloadResult ?? null,
      reason: node.answer?.tls.lastReloadReason ?? null,
    },
    unreachable: node.unreachable ?? null,
  };
}

function linkJson(link: Link) {
  const { from, to, kind, mode, protocol, cipher, epoch, bytes } = link;
  return {
    from,
    to,
    kind,
    mode,
    protocol,
    cipher,
    epoch,
    opened_at: link.openedAt,
    bytes: {
      clear_in: bytes.clearIn,
      clear_out: bytes.clearOut,
      encrypted_in: bytes.encryptedIn,
      encrypted_out: bytes.encryptedOut,
    },
  };
}

function streamsJson(view: ClusterView) {
  const keys = new Map<string, StreamRow>();
  for (const row of view.nodes.flatMap((node) => node.answer?.streams ?? [])) {
    keys.set(`${row.tenantId}/${row.lsId}`, row);
  }
  return [...keys.values()].map(({ tenantId, lsId }) => {
    const holders = view.nodes.filter((node) =>
      ledStreams(node).some((row) => row.tenantId === tenantId && row.lsId === lsId),
    );
    const gaps = view.nodes.map((node) => gapMs(view, node, tenantId, lsId) ?? 0);
    return {
      tenant_id: tenantId,
      ls_id: lsId,
      leader: holders[0]?.server ?? null,
      gap_ms: Math.max(0, ...gaps),
    };
  });
}

function logGapMs(view: ClusterView, node: NodeView): number | null {
  if (node.answer === undefined) return null;
  const gaps = node.answer.streams.map((row) => gapMs(view, node, row.tenantId, row.lsId) ?? 0);
  return Math.max(0, ...gaps);
}

function gapMs(view: ClusterView, node: NodeView, tenantId: number, lsId: number): number | undefined {
  const same = (row: StreamRow) => row.tenantId === tenantId && row.lsId === lsId;
  const leader = view.nodes.flatMap(ledStreams).find(same);
  const own = node.answer?.streams.find(same);
  if (leader === undefined || own === undefined) return undefined;
  return Math.max(0, Number((leader.endScn - own.endScn) / 1_000_000n));
}

function nodeText(view: ClusterView, node: NodeView, paint: Paint): string {
  const row = ownRow(node);
  const mark = row?.status === 'ACTIVE' && row.stopTime === null ? paint.good('●') : paint.bad('○');
  const state =
    row === undefined
      ? (node.unreachable ?? 'not one of the cluster')
      : `${row.status}${row.stopTime === null ? '' : ' STOPPED'}`;
  const pid = node.process.pid === undefined ? '' : `  pid ${node.process.pid}`;
  const leads = ledStreams(nodeOf(view, node.server) ?? node).length > 0 ? '  leader' : '';
  const line = `${mark} ${node.name}  ${node.server}  ${node.zone}  sql ${node.sqlHost}:${node.sqlPort}${pid}  ${state}${leads}`;
  return [line, ...walletTrouble(node).map((what) => `    ${paint.bad('wallet')} ${what}`)].join('\n');
}

/** What the node's last attempt to load its wallet has to say. */
function walletTrouble({ answer }: NodeView): readonly string[] {
  const { lastReloadResult, lastReloadReason, enabled } = answer?.tls ?? {};
  const reason = lastReloadReason ?? '';
  if (lastReloadResult === 'FAILED')
    return [`not loaded, ${enabled === true ? 'the one before is in use' : 'TLS is off'}: ${reason}`];
  return reason === '' ? [] : [reason];
}

function pairsOf(view: ClusterView): number {
  return view.nodes.length * (view.nodes.length - 1);
}

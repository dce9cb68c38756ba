import { ledStreams, type NodeView, ownRow } from '../cluster-view.ts';
import type { NodePicture, NodeState, SessionCounts } from './snapshot.ts';

export interface NodeFacts {
  readonly node: NodeView;
  readonly gapMs: number | null;
  readonly statementsPerSecond: number | null;
  readonly heardMsAgo: number | null;
}

export function nodePicture({ node, gapMs, statementsPerSecond, heardMsAgo }: NodeFacts): NodePicture {
  const { answer } = node;
  const state = stateOf(node);
  return {
    name: node.name,
    server: node.server,
    zone: node.zone,
    sqlAddress: `${node.sqlHost}:${node.sqlPort}`,
    pid: node.process.pid ?? null,
    state,
    stateText: stateText(node, state),
    leads: ledStreams(node).map(({ tenantId }) => tenantId),
    gapMs: answer === undefined ? null : gapMs,
    sessions: clientsOf(node),
    statementsPerSecond: answer === undefined ? null : statementsPerSecond,
    certificateExpiresAt: answer?.tls.expiresAt?.toISOString() ?? null,
    tlsEnabled: answer?.tls.enabled ?? false,
    walletTrouble: answer?.tls.lastReloadResult === 'FAILED' ? (answer.tls.lastReloadReason ?? '') : null,
    heardMsAgo,
  };
}

/** Links of everybody who is no node: clients, proxies, tools; this program is one of them. */
export function clientsOf({ answer }: NodeView): SessionCounts {
  const clients = answer?.links.filter(({ kind }) => kind !== 'RPC') ?? [];
  const encrypted = clients.filter(({ mode }) => mode === 'ENCRYPTED').length;
  return { plain: clients.length - encrypted, encrypted };
}

function stateOf(node: NodeView): NodeState {
  if (!node.process.running) return 'down';
  const row = ownRow(node);
  if (node.answer === undefined) return 'silent';
  if (row === undefined || row.startServiceTime === null || !node.answer.tenantsServe) return 'starting';
  if (row.stopTime !== null) return 'stopped';
  return row.status === 'ACTIVE' ? 'active' : 'inactive';
}

function stateText(node: NodeView, state: NodeState): string {
  switch (state) {
    case 'active':
      return 'ACTIVE';
    case 'stopped':
      return 'STOP SERVER';
    case 'inactive':
      return ownRow(node)?.status ?? 'INACTIVE';
    case 'starting':
      return 'starting';
    case 'down':
      return 'process not running';
    case 'silent':
      return node.unreachable ?? 'no answer';
  }
}

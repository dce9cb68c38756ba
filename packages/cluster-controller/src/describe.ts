import {
  type ClusterView,
  ledStreams,
  linksOf,
  missingPairs,
  nodeLabel,
  nodeOf,
  plainPairs,
  type Server,
} from './cluster-view.ts';
import { renewLinksSql, requireTlsSql, setParameterSql, setProxySql } from './goal.ts';
import type { Step } from './step.ts';

/** One line for people about a step. */
export function describeStep(step: Step, view: ClusterView): string {
  switch (step.kind) {
    case 'set-parameter':
      return setParameterSql(step.name, step.value);
    case 'set-proxy':
      return `${step.proxy}: ${setProxySql(step.name, step.value)}`;
    case 'require-tls':
      return requireTlsSql(step.tenant, step.on);
    case 'begin-roll':
      return `rolling restart of ${step.nodes.length} nodes, one at a time`;
    case 'begin-node':
      return `${nameOf(view, step.server)} is next${isLeader(view, step.server) ? ' (it leads, so it comes last)' : ''}`;
    case 'switch-leader':
      return `leader of tenant ${step.tenantId} log stream ${step.lsId} moves to ${nameOf(view, step.to)}`;
    case 'stop-server':
      return `STOP SERVER ${step.server}`;
    case 'minor-freeze':
      return `MINOR FREEZE ${step.server}`;
    case 'stop-process':
      return `process of ${nameOf(view, step.server)} stopped`;
    case 'start-process':
      return `process of ${nameOf(view, step.server)} started`;
    case 'renew-links':
      return `${renewLinksSql(step.server)}  (${nameOf(view, step.server)})`;
    case 'start-server':
      return `START SERVER ${step.server}`;
    case 'release-node':
      return `${nameOf(view, step.server)} is let go of, its process as it was`;
    case 'end-soak':
      return `the canary ${nameOf(view, step.server)} stayed well`;
    case 'end-node':
      return `${nameOf(view, step.server)} is back: a new process, ACTIVE, in sync`;
    case 'end-roll':
      return 'rolling restart complete';
  }
}

/** `6 of 6 links encrypted` */
export function describeMesh(view: ClusterView): string {
  const nodes = view.nodes.length;
  const all = nodes * (nodes - 1);
  const missing = missingPairs(view).length;
  const encrypted = all - missing - plainPairs(view).length;
  return `${encrypted} of ${all} links encrypted${missing > 0 ? `, ${missing} not connected` : ''}`;
}

/** The mesh as a matrix: a row for the node that dials, a column for the one that accepts. */
export function meshLines(view: ClusterView, paint: Paint): readonly string[] {
  const width = Math.max(...view.nodes.map((node) => node.name.length));
  const header = `${' '.repeat(width + 11)}${view.nodes.map((node) => `→ ${node.name}`.padEnd(width + 4)).join('')}`;
  return [paint.dim(header), ...view.nodes.map((node) => meshLine(view, node.server, width, paint))];
}

export interface Paint {
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
}

export const noPaint: Paint = { good: same, warn: same, bad: same, dim: same };

export const ansiPaint: Paint = {
  good: (text) => `\u001b[32m${text}\u001b[39m`,
  warn: (text) => `\u001b[33m${text}\u001b[39m`,
  bad: (text) => `\u001b[31m${text}\u001b[39m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
};

function meshLine(view: ClusterView, from: Server, width: number, paint: Paint): string {
  const node = nodeOf(view, from);
  const role = node?.answer === undefined ? 'down' : isLeader(view, from) ? 'leader' : '';
  const cells = view.nodes.map((to) => meshCell(view, from, to.server, width + 4, paint));
  return `${(node?.name ?? from).padEnd(width)}  ${role.padEnd(9)}${cells.join('')}`;
}

function meshCell(view: ClusterView, from: Server, to: Server, width: number, paint: Paint): string {
  if (from === to) return paint.dim('·'.padEnd(width));
  const link = linksOf(view).find((candidate) => candidate.from === from && candidate.to === to);
  if (link === undefined) return paint.bad('─ ╳ ─'.padEnd(width));
  if (link.mode === 'ENCRYPTED') return paint.good(`═══ ${link.protocol ?? 'TLS'}`.padEnd(width));
  return paint.warn(`─── ${link.mode.toLowerCase()}`.padEnd(width));
}

function nameOf(view: ClusterView, server: Server): string {
  const node = nodeOf(view, server);
  return node === undefined ? server : nodeLabel(node);
}

function isLeader(view: ClusterView, server: Server): boolean {
  const node = nodeOf(view, server);
  return node !== undefined && ledStreams(node).length > 0;
}

function same(text: string): string {
  return text;
}

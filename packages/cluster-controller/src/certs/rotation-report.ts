import type { ClusterView, LinkRow, NodeView } from '../cluster-view.ts';
import type { SqlAccess } from '../sql-access.ts';
import type { RotationStepTaken } from './execute-rotation.ts';
import type { Phase, Rotation } from './rotation.ts';
import { clientsOnOldCertificate, meshEnds, type RotationView } from './rotation-view.ts';

/** What a run of a rotation did, and what was seen at its end. */
export interface RotationOutcome {
  readonly rotation: Rotation;
  readonly until: Phase;
  readonly taken: readonly RotationStepTaken[];
  readonly view: RotationView;
  readonly clients: readonly OldClient[];
  /** Where old and new files lie. */
  readonly keptIn: string;
  /** False after `--until`: the next phases are still to come. */
  readonly over: boolean;
  readonly elapsedMs: number;
}

/** A client whose open connection was made with a certificate that its node shows no more. */
export interface OldClient {
  readonly node: string;
  readonly address: string;
  /** `user@tenant`; undefined where the connection has gone in the meantime. */
  readonly user: string | undefined;
}

/** They go on undisturbed; only a new connection sees the new certificate. */
export async function clientsToReconnect(sql: SqlAccess, view: ClusterView): Promise<readonly OldClient[]> {
  const clients = clientsOnOldCertificate(view);
  const nodes = new Set(clients.map(({ node }) => node));
  const users = new Map<NodeView, ReadonlyMap<string, string>>();
  for (const node of nodes) users.set(node, await usersOf(sql, node));
  return clients.map(({ node, link }) => ({
    node: node.name,
    address: link.peerAddress,
    user: users.get(node)?.get(link.peerAddress),
  }));
}

const PROCESSLIST_SQL = 'SELECT HOST, USER, TENANT FROM oceanbase.V$OB_PROCESSLIST';

async function usersOf(sql: SqlAccess, node: NodeView): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query(node.server, PROCESSLIST_SQL);
  return new Map(rows.map(([host, user, tenant]) => [host ?? '', `${user}@${tenant}`]));
}

export function rotationJson(outcome: RotationOutcome) {
  const { rotation, view, taken, clients } = outcome;
  return {
    done: true,
    kind: rotation.kind,
    direction: rotation.direction,
    until: outcome.until,
    over: outcome.over,
    elapsed_ms: Math.round(outcome.elapsedMs),
    steps: taken.map(({ step, ms }) => ({ ...step, ms: Math.round(ms) })),
    nodes: view.cluster.nodes.map((node) => ({
      name: node.name,
      server: node.server,
      tls: node.answer?.tls.enabled === true,
      certificate: node.answer?.tls.leaf ?? null,
      authorities: node.answer?.tls.authorities ?? [],
      expires_at: node.answer?.tls.expiresAt?.toISOString() ?? null,
    })),
    ...countEnds(view.cluster),
    clients_on_old_certificate: clients.map(({ node, address, user }) => ({
      node,
      address,
      user: user ?? null,
    })),
    kept_in: outcome.keptIn,
  };
}

export function rotationText(outcome: RotationOutcome): string {
  const { rotation, view, over, keptIn, clients } = outcome;
  const { link_ends: ends, link_ends_on_current: current } = countEnds(view.cluster);
  const what = rotation.kind === 'ca' ? 'CA rotation' : 'rotation';
  const way =
    rotation.direction === 'back' ? ' backed out of' : over ? ' complete' : ` at phase ${outcome.until}`;
  return [
    '',
    `${what}${way} in ${(outcome.elapsedMs / 1000).toFixed(1)} s; ${current} of ${ends} link ends show the certificate in use`,
    ...view.cluster.nodes.flatMap(downLine),
    ...clientLines(clients),
    ...(over
      ? [`old and new files are kept in ${keptIn}; its keys are secrets`]
      : nextLines(outcome.until, keptIn)),
  ].join('\n');
}

/** Ends of live links between nodes, and how many show the certificates that both their nodes use now. */
function countEnds(view: ClusterView): { readonly link_ends: number; readonly link_ends_on_current: number } {
  const leafOf = new Map(view.nodes.map((node) => [node.server, node.answer?.tls.leaf]));
  const ends = view.nodes.flatMap((node) => meshEnds(view, node).map((link) => ({ node, link })));
  const isCurrent = ({ node, link }: { node: NodeView; link: LinkRow }): boolean =>
    link.localCertificate?.sha256 === leafOf.get(node.server) &&
    link.peerCertificate?.sha256 === leafOf.get(link.peerServer ?? '');
  return { link_ends: ends.length, link_ends_on_current: ends.filter(isCurrent).length };
}

function downLine(node: NodeView): readonly string[] {
  if (node.process.running) return [];
  return [`${node.name} is not running: the files lie in its wallet, and nothing more is proven; start it`];
}

function clientLines(clients: readonly OldClient[]): readonly string[] {
  if (clients.length === 0) return [];
  const names = clients.map(
    ({ node, address, user }) => `  ${user ?? 'gone since'} from ${address} on ${node}`,
  );
  return [
    `${clients.length} client connections were made with the old certificate, and keep it until they close:`,
    ...names,
  ];
}

/** Only an exchange of the CA can stop on the way. */
function nextLines(until: Phase, keptIn: string): readonly string[] {
  if (until === 'trust')
    return ['next: give clients a ca.pem with both CAs, then certs rotate-ca --until leaves (or --back-out)'];
  return [
    `next: give clients that log in with a certificate a new one (those of the CA's directory: ${keptIn}/new), then certs rotate-ca (or --back-out)`,
  ];
}

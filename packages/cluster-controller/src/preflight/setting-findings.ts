import { type MeshParameters, meshPolicy } from '@sealane/transport-security';
import { type ClusterView, type NodeView, nodeOf } from '../cluster-view.ts';
import { type Finding, fault, passingFault } from './finding.ts';
import { type NodeFacts, type SettingName, settingNames } from './node-facts.ts';
import type { Survey } from './survey.ts';

/** Settings on which the nodes don't agree: somebody set one for some nodes, or a change stuck half way. */
export function settingFindings({ view, facts }: Survey): readonly Finding[] {
  return settingNames.flatMap((name) => {
    const values = [...facts].map(([server, { settings }]) => ({ server, value: settings[name] ?? '' }));
    const distinct = [...new Set(values.map(({ value }) => value.toLowerCase()))];
    if (distinct.length <= 1) return [];
    const shown = values.map(({ server, value }) => `${nameOf(view, server)} has ${value}`).join(', ');
    const next = `ALTER SYSTEM SET ${name} = '…' for all nodes, without SERVER or ZONE`;
    return [passingFault('cluster', `${name} is half way: ${shown}`, next)];
  });
}

/**
 * What a new link between each two nodes would be once the ladder's parameters are set, by the nodes' own rule. A link that is
 * only authenticated, or refused, would keep the roll waiting for ever.
 */
export function policyFindings({ view, facts }: Survey): readonly Finding[] {
  const found = view.nodes.flatMap((from) =>
    view.nodes
      .filter((to) => to !== from)
      .flatMap((to) => pairFinding({ node: from, facts }, { node: to, facts })),
  );
  return found.filter((each, index) => found.findIndex((other) => other.what === each.what) === index);
}

interface PairEnd {
  readonly node: NodeView;
  readonly facts: Survey['facts'];
}

function pairFinding(from: PairEnd, to: PairEnd): readonly Finding[] {
  const [dialler, acceptor] = [wantedOf(from), wantedOf(to)];
  if (dialler === undefined || acceptor === undefined) return [];
  const { dial } = meshPolicy(dialler, { ownIp: ipOf(from.node), peerIp: ipOf(to.node) });
  const { accept } = meshPolicy(acceptor, { ownIp: ipOf(to.node), peerIp: ipOf(from.node) });
  if (dial.mode !== 'ENCRYPTED') {
    const what = `its links would be ${dial.mode ?? 'refused'}, not encrypted: ${dial.reason}`;
    return [fault(from.node.name, what, "ALTER SYSTEM SET rpc_client_authentication_method = 'NONE'")];
  }
  if (accept.encrypted) return [];
  const what = `it would refuse encrypted links: ${accept.reason}`;
  return [fault(to.node.name, what, "ALTER SYSTEM SET rpc_server_authentication_method = 'ALL'")];
}

/** The node's settings with those of the ladder in place. */
function wantedOf({ node, facts }: PairEnd): MeshParameters | undefined {
  const settings = facts.get(node.server)?.settings;
  if (settings === undefined) return undefined;
  return {
    sslClientAuthentication: true,
    invitedNodes: 'ALL',
    rpcClientMethod: settingOf(settings, 'rpc_client_authentication_method', 'NONE'),
    rpcServerMethod: settingOf(settings, 'rpc_server_authentication_method', 'ALL'),
  };
}

function settingOf(settings: NodeFacts['settings'], name: SettingName, otherwise: string): string {
  const value = settings[name];
  return value === undefined || value === '' ? otherwise : value;
}

function nameOf(view: ClusterView, server: string): string {
  return nodeOf(view, server)?.name ?? server;
}

function ipOf(node: NodeView): string {
  return node.server.split(':')[0] ?? '';
}

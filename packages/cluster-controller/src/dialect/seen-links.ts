import type { ClusterView, Server } from '../cluster-view.ts';
import type { Target } from '../targets/target.ts';
import { evidenceFrom, linksFrom, type RpcEvidence } from './rpc-evidence.ts';

/**
 * The view, with the links between its nodes as their machines and logs show them.
 *
 * @throws ObError when a machine can't be asked: links that nobody has looked at must not look like links that aren't there
 */
export async function withSeenLinks(view: ClusterView, target: Target): Promise<ClusterView> {
  const running = view.nodes.filter(({ process }) => process.running);
  const seen = await Promise.all(
    running.map(
      async ({ server, process }): Promise<readonly [Server, RpcEvidence]> => [
        server,
        evidenceFrom(await target.rpcEvidence(server), process.pid),
      ],
    ),
  );
  const links = linksFrom(new Map(seen));
  const nodes = view.nodes.map((node) =>
    node.answer === undefined
      ? node
      : { ...node, answer: { ...node.answer, links: links.get(node.server) ?? [] } },
  );
  return { ...view, nodes };
}

import { ObError } from '@sealane/errors';
import type { Identification } from './pcode.ts';

/**
 * Reads the body of LINK_IDENTIFY.
 *
 * @throws ObError OB_RPC_PACKET_INVALID when it has another shape
 */
export function readIdentification(body: unknown): Identification {
  const { server, identity, clusterName, clusterId } = (body ?? {}) as Record<string, unknown>;
  const wellFormed =
    (typeof server === 'string' || server === undefined) &&
    typeof identity === 'string' &&
    typeof clusterName === 'string' &&
    typeof clusterId === 'number';
  if (!wellFormed)
    throw new ObError('OB_RPC_PACKET_INVALID', [], { message: 'the peer did not say who it is' });
  return { server, identity, clusterName, clusterId };
}

/** @throws ObError OB_PACKET_CLUSTER_ID_NOT_MATCH when the two ends belong to different clusters */
export function checkSameCluster(own: Identification, peer: Identification, peerAddress: string): void {
  if (own.clusterName === peer.clusterName && own.clusterId === peer.clusterId) return;
  if (isToolOfAnyCluster(own) || isToolOfAnyCluster(peer)) return;
  throw new ObError('OB_PACKET_CLUSTER_ID_NOT_MATCH', [], {
    message:
      `packet cluster id not match: ${peer.server ?? peerAddress} belongs to cluster ${peer.clusterName} (${peer.clusterId}), ` +
      `this is ${own.clusterName} (${own.clusterId}); check -n, -c and -r of both`,
    details: { own: own.clusterId, peer: peer.clusterId },
  });
}

/** It was told an address, and nothing of the cluster behind it. */
function isToolOfAnyCluster({ server, clusterName, clusterId }: Identification): boolean {
  return server === undefined && clusterName === '' && clusterId === 0;
}

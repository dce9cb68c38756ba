import { ObError } from '@sealane/errors';
import { type Identification, pcodeName, pcodes, type RpcRequest, type SecureFacts } from '@sealane/ob-rpc';
import { certificateNames } from '@sealane/transport-security';
import { nodePcodes } from './pcodes.ts';

/** What ob_admin and its kin may ask for. Everything else is between servers, and carried out with nobody's privileges. */
const toolPcodes: ReadonlySet<number> = new Set([
  pcodes.VIEW_READ,
  pcodes.REPLICA_DIGEST,
  pcodes.LS_FETCH_LOG,
  pcodes.REQ_START_LSN_BY_TS,
  pcodes.SNAPSHOT_OPEN,
  pcodes.SNAPSHOT_READ,
  pcodes.SNAPSHOT_CLOSE,
  pcodes.SET_CONFIG,
  nodePcodes.renewLinks,
  nodePcodes.switchLeader,
  nodePcodes.minorFreeze,
]);

/**
 * Where certificates are checked, a server is let in with a certificate for its own address, a tool with one whose common name
 * is invited. MySQL clients have certificates of the same CA: a good chain alone opens nothing.
 *
 * @param invitedTools  common names with commas between them, or NONE
 * @throws ObError OB_CONNECT_ERROR
 */
export function refuseForeignName(peer: Identification, facts: SecureFacts, invitedTools: string): void {
  const certificate = facts.peerCertificate;
  if (peer.server === undefined) {
    refuseTool(peer.identity, certificate, invitedTools);
    return;
  }
  const ip = peer.server.slice(0, peer.server.lastIndexOf(':'));
  if (certificate !== undefined && certificateNames(certificate, ip)) return;
  throw new ObError('OB_CONNECT_ERROR', [], {
    message:
      `the peer says it is ${peer.server}, but its certificate ${certificate?.subject ?? ''} names ` +
      `${certificate?.subjectAltName || 'nothing'}`,
  });
}

/** @throws ObError OB_OP_NOT_ALLOW what a tool may not ask for */
export function refuseForTool({
  from,
  identity,
  pcode,
}: Pick<RpcRequest, 'from' | 'identity' | 'pcode'>): void {
  if (from !== undefined || toolPcodes.has(pcode)) return;
  throw new ObError('OB_OP_NOT_ALLOW', [
    `${pcodeName(pcode)} of ${identity || 'a tool'}, which is no server of the cluster,`,
  ]);
}

function refuseTool(
  identity: string,
  certificate: SecureFacts['peerCertificate'],
  invitedTools: string,
): void {
  const invited = invitedTools.split(',').map((name) => name.trim());
  const name = certificate?.commonName;
  if (name !== undefined && name !== 'NONE' && invited.includes(name)) return;
  throw new ObError('OB_CONNECT_ERROR', [], {
    message:
      `${identity || 'the peer'} is no server, and its certificate ${certificate?.subject ?? '(none)'} is no tool's: ` +
      `_ob_ssl_invited_tools is ${invitedTools}; MySQL clients belong on the SQL port`,
  });
}

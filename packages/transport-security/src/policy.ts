/** Who must encrypt. Pure: parameters and addresses in, a decision with its reason out. */

/** The cluster's parameters that decide about links between nodes. */
export interface MeshParameters {
  /** `ssl_client_authentication`. */
  readonly sslClientAuthentication: boolean;
  /** `_ob_ssl_invited_nodes`: NONE, ALL, or a list of addresses. */
  readonly invitedNodes: string;
  /** `rpc_client_authentication_method`: NONE, SSL_NO_ENCRYPT or SSL_IO. */
  readonly rpcClientMethod: string;
  /** `rpc_server_authentication_method`: ALL, or a list of the three. */
  readonly rpcServerMethod: string;
}

export interface LinkEnds {
  /** Addresses without ports. */
  readonly ownIp: string;
  readonly peerIp: string;
}

export type OutboundDecision =
  | { readonly action: 'plain'; readonly reason: string }
  /** `easy`: OceanBase 3's negotiation, `ussl`: OceanBase 4's. */
  | { readonly action: 'encrypt'; readonly negotiation: 'easy' | 'ussl'; readonly reason: string }
  | { readonly action: 'refuse'; readonly reason: string };

export interface InboundDecision {
  readonly plain: boolean;
  readonly encrypted: boolean;
  /** What the list rule says of this pair; only for the log, since the dialling side decides. */
  readonly useSsl: boolean;
  /** Why something is not allowed, and what to do. */
  readonly reason: string;
}

/**
 * What the dialling side does. Loopback is an address like any other, unlike in OceanBase, whose
 * nodes let 127.0.0.1 through: a simulated cluster lives there.
 */
export function outboundPolicy(parameters: MeshParameters, ends: LinkEnds): OutboundDecision {
  const method = parameters.rpcClientMethod.trim().toUpperCase();
  if (method === 'SSL_NO_ENCRYPT') {
    return refuse(
      'rpc_client_authentication_method SSL_NO_ENCRYPT is not spoken by this version; set it to SSL_IO or NONE',
    );
  }
  if (method === 'SSL_IO') {
    if (parameters.sslClientAuthentication)
      return { action: 'encrypt', negotiation: 'ussl', reason: 'rpc_client_authentication_method is SSL_IO' };
    return refuse(
      'rpc_client_authentication_method is SSL_IO but ssl_client_authentication is False, so that no certificate is loaded; set it to True',
    );
  }
  if (!parameters.sslClientAuthentication)
    return { action: 'plain', reason: 'ssl_client_authentication is False' };
  const list = `_ob_ssl_invited_nodes is ${parameters.invitedNodes}`;
  return invitesPair(parameters.invitedNodes, ends)
    ? { action: 'encrypt', negotiation: 'easy', reason: list }
    : { action: 'plain', reason: list };
}

/** What the accepting side lets in. Both kinds by default: the first byte tells which it is. */
export function inboundPolicy(parameters: MeshParameters, ends: LinkEnds): InboundDecision {
  const methods = serverMethods(parameters.rpcServerMethod);
  const useSsl = parameters.sslClientAuthentication && invitesPair(parameters.invitedNodes, ends);
  const plain = methods.has('ALL') || methods.has('NONE');
  const speaksTls = methods.has('ALL') || methods.has('SSL_IO') || methods.has('SSL_NO_ENCRYPT');
  const encrypted = speaksTls && parameters.sslClientAuthentication;
  return { plain, encrypted, useSsl, reason: inboundReason(parameters, plain, speaksTls) };
}

/**
 * OceanBase's rule: ALL, or both addresses occur in the text. A substring test, so that 10.0.0.1
 * is also found in a list that only has 10.0.0.12.
 */
export function invitesPair(invitedNodes: string, { ownIp, peerIp }: LinkEnds): boolean {
  const list = invitedNodes.trim();
  if (list.toUpperCase() === 'ALL') return true;
  if (list === '' || list.toUpperCase() === 'NONE') return false;
  return list.includes(ownIp) && list.includes(peerIp);
}

function serverMethods(text: string): ReadonlySet<string> {
  const names = text
    .split(',')
    .map((name) => name.trim().toUpperCase())
    .filter((name) => name !== '');
  return new Set(names.length === 0 ? ['ALL'] : names);
}

function inboundReason(parameters: MeshParameters, plain: boolean, speaksTls: boolean): string {
  const method = `rpc_server_authentication_method is ${parameters.rpcServerMethod}`;
  if (!speaksTls) return `${method}; add SSL_IO to it on this server`;
  if (!parameters.sslClientAuthentication) {
    return 'ssl config not configured or not load completely: ssl_client_authentication is False here, set it to True';
  }
  return plain
    ? method
    : `${method}; let the peer dial with TLS (_ob_ssl_invited_nodes or rpc_client_authentication_method)`;
}

function refuse(reason: string): OutboundDecision {
  return { action: 'refuse', reason };
}

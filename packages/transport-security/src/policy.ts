/** Who must encrypt. Pure: parameters and addresses in, decisions with their reasons out. */

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

/** In the ledger's words. AUTHENTICATED: certificates are checked, bytes go in clear; never shown as encrypted. */
export type LinkMode = 'PLAIN' | 'AUTHENTICATED' | 'ENCRYPTED';

export type DialDecision =
  | {
      readonly mode: LinkMode;
      /** `easy`: OceanBase 3's negotiation, `ussl`: OceanBase 4's. */
      readonly negotiation: 'easy' | 'ussl';
      readonly reason: string;
    }
  | { readonly mode: undefined; readonly reason: string };

export interface AcceptDecision {
  readonly plain: boolean;
  readonly authenticated: boolean;
  readonly encrypted: boolean;
  /** Why something is not allowed, and what to do. */
  readonly reason: string;
}

export interface MeshDecision {
  /** What the dialling side does; it is the one that chooses. */
  readonly dial: DialDecision;
  /** What the accepting side lets in. */
  readonly accept: AcceptDecision;
}

/**
 * The rule for a new link between two nodes, for both of its sides. Loopback is an address like any other, unlike in
 * OceanBase, whose nodes let 127.0.0.1 through: a simulated cluster lives there.
 */
export function meshPolicy(parameters: MeshParameters, ends: LinkEnds): MeshDecision {
  return { dial: dialDecision(parameters, ends), accept: acceptDecision(parameters) };
}

/**
 * Why a link is in another mode than a new one would be, and what to do; undefined while it is as it should be.
 *
 * @param mode  of a link that is open
 */
export function wrongMode(parameters: MeshParameters, ends: LinkEnds, mode: LinkMode): string | undefined {
  const { dial } = meshPolicy(parameters, ends);
  if (dial.mode === undefined) return `a new link would not open: ${dial.reason}`;
  if (dial.mode !== mode)
    return `a new link would be ${dial.mode}: ${dial.reason}; ALTER SYSTEM RENEW RPC LINKS`;
  return refusedMode(parameters, mode);
}

/** The same for a link of a tool, which chooses its mode by itself: why a new one would not be let in. */
export function refusedMode(parameters: MeshParameters, mode: LinkMode): string | undefined {
  const accept = acceptDecision(parameters);
  if (mode === 'PLAIN' ? accept.plain : mode === 'ENCRYPTED' ? accept.encrypted : accept.authenticated)
    return undefined;
  return `a new link would be refused: ${accept.reason}`;
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

function dialDecision(parameters: MeshParameters, ends: LinkEnds): DialDecision {
  const method = parameters.rpcClientMethod.trim().toUpperCase();
  if (method === 'SSL_IO' || method === 'SSL_NO_ENCRYPT') {
    const reason = `rpc_client_authentication_method is ${method}`;
    if (parameters.sslClientAuthentication)
      return { mode: method === 'SSL_IO' ? 'ENCRYPTED' : 'AUTHENTICATED', negotiation: 'ussl', reason };
    return {
      mode: undefined,
      reason: `${reason} but ssl_client_authentication is False, so that no certificate is loaded; set it to True`,
    };
  }
  if (!parameters.sslClientAuthentication)
    return { mode: 'PLAIN', negotiation: 'easy', reason: 'ssl_client_authentication is False' };
  const reason = `_ob_ssl_invited_nodes is ${parameters.invitedNodes}`;
  const mode = invitesPair(parameters.invitedNodes, ends) ? 'ENCRYPTED' : 'PLAIN';
  return { mode, negotiation: 'easy', reason };
}

/**
 * Who is asked for a certificate may encrypt as well; who is asked to encrypt may not speak in clear. OceanBase takes either
 * SSL method for both.
 */
function acceptDecision(parameters: MeshParameters): AcceptDecision {
  const methods = serverMethods(parameters.rpcServerMethod);
  const all = methods.has('ALL');
  const plain = all || methods.has('NONE');
  const proves = all || methods.has('SSL_NO_ENCRYPT');
  const speaksTls = proves || methods.has('SSL_IO');
  const { sslClientAuthentication: on } = parameters;
  return {
    plain,
    authenticated: proves && on,
    encrypted: speaksTls && on,
    reason: acceptReason(parameters, { plain, proves, speaksTls }),
  };
}

function serverMethods(text: string): ReadonlySet<string> {
  const names = text
    .split(',')
    .map((name) => name.trim().toUpperCase())
    .filter((name) => name !== '');
  return new Set(names.length === 0 ? ['ALL'] : names);
}

function acceptReason(
  parameters: MeshParameters,
  allowed: { readonly plain: boolean; readonly proves: boolean; readonly speaksTls: boolean },
): string {
  const method = `rpc_server_authentication_method is ${parameters.rpcServerMethod}`;
  if (!allowed.speaksTls) return `${method}; add SSL_IO to it on this server`;
  if (!parameters.sslClientAuthentication) {
    return 'ssl config not configured or not load completely: ssl_client_authentication is False here, set it to True';
  }
  if (allowed.plain) return allowed.proves ? method : `${method}; let the peer encrypt`;
  return `${method}; let the peer dial with TLS (_ob_ssl_invited_nodes or rpc_client_authentication_method)`;
}

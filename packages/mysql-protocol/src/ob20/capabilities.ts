/**
 * What a proxy or a driver of OceanBase's and a server agree on, beyond MySQL's capability flags: bits of `__proxy_capability_flag`,
 * which the client says in decimal, and of `ob_capability_flag`, in which the server answers with what both have.
 */
export const obCapability = {
  CHANGE_USER: 1n << 1n,
  READ_WEAK: 1n << 2n,
  OB_PROTOCOL_V2: 1n << 8n,
} as const satisfies Record<string, bigint>;

/** All that is there at both ends of ours. */
export const ownObCapabilities: bigint =
  obCapability.CHANGE_USER | obCapability.READ_WEAK | obCapability.OB_PROTOCOL_V2;

/** Who may agree on anything, by `__mysql_client_type`. */
const obClientTypes: ReadonlySet<string> = new Set([
  '__ob_proxy',
  '__ob_jdbc_client',
  '__ob_libobclient',
  '__ob_java_client',
]);

export const capabilityAttribute = '__proxy_capability_flag';
/** The session variable of the login's OK that has the answer. */
export const capabilityVariable = 'ob_capability_flag';

/**
 * @param attributes  of a client's login
 * @returns the bits that both have; undefined for a client that hasn't asked
 */
export function agreedObCapabilities(
  attributes: ReadonlyMap<string, string>,
  own = ownObCapabilities,
): bigint | undefined {
  const said = attributes.get(capabilityAttribute);
  if (said === undefined || !/^\d{1,20}$/.test(said)) return undefined;
  if (!obClientTypes.has(attributes.get('__mysql_client_type') ?? '')) return undefined;
  return BigInt(said) & own;
}

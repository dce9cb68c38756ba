import type { ConnectionFacts, Credentials } from './login.ts';

/** What a proxy calls itself in `__mysql_client_type`. */
export const proxyClientType = '__ob_proxy';

export function isProxy(attributes: ReadonlyMap<string, string> | undefined): boolean {
  return attributes?.get('__mysql_client_type') === proxyClientType;
}

/**
 * The scramble that a client's answer is for. A proxy's client has answered the proxy's own: the proxy says, in
 * `__proxy_scramble`, by how much that differs from ours (20 bytes, exclusive or).
 */
export function answeredScramble(
  { attributes }: Pick<Credentials, 'attributes'>,
  { scramble }: Pick<ConnectionFacts, 'scramble'>,
): Uint8Array {
  const difference = attributes.get('__proxy_scramble');
  if (!isProxy(attributes) || difference === undefined) return scramble;
  const bytes = Buffer.from(difference, 'latin1');
  return scramble.map((byte, at) => byte ^ (bytes[at] ?? 0));
}

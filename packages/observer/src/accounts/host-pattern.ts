import { networkCovers, parseIp, parseNetwork } from './ip-address.ts';

/**
 * Whether the host part of an account covers a client's address: `%`, `10.1.%`, `localhost`, `10.0.0.0/8`,
 * `192.168.0.0/255.255.0.0`, `::1`. Names but `localhost` cover nobody, since addresses aren't resolved (MySQL: skip_name_resolve).
 */
export function hostMatches(pattern: string, clientHost: string): boolean {
  if (pattern === '%' || pattern === '') return true;
  if (pattern.toLowerCase() === 'localhost') return isLoopback(clientHost);
  const client = parseIp(clientHost);
  const network = pattern.includes('/') ? parseNetwork(pattern) : undefined;
  if (network !== undefined) return client !== undefined && networkCovers(network, client);
  const literal = parseIp(pattern);
  if (literal !== undefined) return literal.bits === client?.bits && literal.value === client.value;
  return hasWildcard(pattern) && likeExpression(pattern).test(clientHost);
}

/**
 * MySQL's order, the higher the earlier: literal hosts, then networks, the smaller first, then patterns, the later their first
 * wildcard the earlier, `%` last but for the empty host.
 */
export function hostSpecificity(pattern: string): number {
  if (pattern === '') return -1;
  const network = pattern.includes('/') ? parseNetwork(pattern) : undefined;
  if (network !== undefined) return networkRank + network.prefixBits;
  const wildcard = pattern.search(/[%_]/);
  return wildcard < 0 ? literalRank : wildcard;
}

/** A host has at most 255 characters: no pattern reaches this. */
const networkRank = 1_000;
const literalRank = 2_000;

export function isLoopback(clientHost: string): boolean {
  return clientHost === '::1' || /^127\.\d+\.\d+\.\d+$/.test(clientHost);
}

function hasWildcard(pattern: string): boolean {
  return /[%_]/.test(pattern);
}

/** LIKE over few characters: `%` any number of them, `_` one. */
function likeExpression(pattern: string): RegExp {
  const expression = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/%+/g, '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${expression}$`, 'i');
}

/** An address as a number, so that networks are compared bit by bit. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** @returns undefined for what is no IPv4 or IPv6 address */
export function parseIp(text: string): IpAddress | undefined {
  const value = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (value === undefined) return undefined;
  return { bits: text.includes(':') ? 128 : 32, value };
}

export interface Network {
  readonly address: IpAddress;
  readonly prefixBits: number;
}

/** Reads `10.0.0.0/8`, `10.0.0.0/255.0.0.0` and `fe80::/10`. @returns undefined for anything else, a mask with gaps included */
export function parseNetwork(text: string): Network | undefined {
  const [base = '', mask = '', ...more] = text.split('/');
  const address = parseIp(base);
  if (address === undefined || more.length > 0) return undefined;
  const prefixBits = /^\d{1,3}$/.test(mask) ? Number(mask) : prefixOf(mask);
  if (prefixBits === undefined || prefixBits > address.bits) return undefined;
  return { address, prefixBits };
}

/** MySQL's rule: the client's address under the mask is the network's; a network that has bits behind its mask covers nobody. */
export function networkCovers({ address: network, prefixBits }: Network, client: IpAddress): boolean {
  if (network.bits !== client.bits) return false;
  const rest = BigInt(network.bits - prefixBits);
  return (client.value >> rest) << rest === network.value;
}

/** Of a mask such as 255.255.0.0. */
function prefixOf(mask: string): number | undefined {
  const value = parseIpv4(mask);
  if (value === undefined) return undefined;
  const ones = value.toString(2).padStart(32, '0');
  return /^1*0*$/.test(ones) ? ones.replaceAll('0', '').length : undefined;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255))
    return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => 0n), ...(tail ?? [])];
  return all.reduce((value, group) => (value << 16n) | group, 0n);
}

/** @returns the 16-bit groups; undefined when one is none. The last may be an IPv4 address. */
function groups(text: string): readonly bigint[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const ipv4 = last.includes('.') ? parseIpv4(last) : undefined;
  const words = ipv4 === undefined ? parts : parts.slice(0, -1);
  if (words.some((word) => !/^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  const values = words.map((word) => BigInt(`0x${word}`));
  return ipv4 === undefined ? values : [...values, ipv4 >> 16n, ipv4 & 0xffffn];
}

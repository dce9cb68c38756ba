import type { CapturedPacket } from './packet-file.ts';

/** A piece of one direction of a TCP connection. */
export interface TcpSegment {
  /** `ip:port`; IPv6 addresses in eight groups of hexadecimal digits. */
  readonly from: string;
  readonly to: string;
  readonly sequence: number;
  /** Opens the connection: what follows is its first byte. */
  readonly syn: boolean;
  /** What was kept of it. */
  readonly payload: Buffer;
  /** How long it was. */
  readonly size: number;
}

const TCP = 6;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN = 0x8100;

/** @returns undefined for whatever isn't TCP over IP, fragments among it */
export function tcpSegment({ linkType, bytes }: CapturedPacket): TcpSegment | undefined {
  const network = networkLayer(linkType, bytes);
  if (network === undefined || network.length < 20) return undefined;
  return network.readUInt8(0) >> 4 === 6 ? overIpv6(network) : overIpv4(network);
}

/** Cuts off the link layer's header. Source: the list of link-layer header types of tcpdump.org */
function networkLayer(linkType: number, bytes: Buffer): Buffer | undefined {
  switch (linkType) {
    case 0: // BSD loopback
      return bytes.subarray(4);
    case 1: // Ethernet
      return behindEtherType(bytes, 12);
    case 12:
    case 14:
    case 101: // IP, nothing before it
    case 228:
    case 229:
      return bytes;
    case 113: // Linux, any interface
      return behindEtherType(bytes, 14);
    case 276: // The same, second version
      return isIp(bytes, 0) ? bytes.subarray(20) : undefined;
    default:
      return undefined;
  }
}

function behindEtherType(bytes: Buffer, at: number): Buffer | undefined {
  if (bytes.length < at + 6) return undefined;
  if (bytes.readUInt16BE(at) === VLAN) return behindEtherType(bytes, at + 4);
  return isIp(bytes, at) ? bytes.subarray(at + 2) : undefined;
}

function isIp(bytes: Buffer, at: number): boolean {
  return bytes.length >= at + 2 && [IPV4, IPV6].includes(bytes.readUInt16BE(at));
}

/** RFC 791, 3.1 */
function overIpv4(bytes: Buffer): TcpSegment | undefined {
  const headerSize = (bytes.readUInt8(0) & 0x0f) * 4;
  const fragment = bytes.readUInt16BE(6) & 0x3fff;
  if (bytes.readUInt8(0) >> 4 !== 4 || bytes.readUInt8(9) !== TCP || fragment !== 0) return undefined;
  // A card that cuts large segments itself shows them with a length of 0.
  const totalSize = bytes.readUInt16BE(2) || bytes.length;
  const address = (at: number) => [...bytes.subarray(at, at + 4)].join('.');
  return overIp(bytes.subarray(headerSize, totalSize), totalSize - headerSize, address(12), address(16));
}

/** RFC 8200, 3; extension headers don't occur between servers, and are passed by. */
function overIpv6(bytes: Buffer): TcpSegment | undefined {
  if (bytes.length < 60 || bytes.readUInt8(6) !== TCP) return undefined;
  const size = bytes.readUInt16BE(4) || bytes.length - 40;
  const address = (at: number) =>
    Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(at + 2 * index).toString(16)).join(':');
  return overIp(bytes.subarray(40, 40 + size), size, address(8), address(24));
}

/** RFC 9293, 3.1 */
function overIp(bytes: Buffer, size: number, source: string, target: string): TcpSegment | undefined {
  if (bytes.length < 20) return undefined;
  const headerSize = (bytes.readUInt8(12) >> 4) * 4;
  return {
    from: `${source}:${bytes.readUInt16BE(0)}`,
    to: `${target}:${bytes.readUInt16BE(2)}`,
    sequence: bytes.readUInt32BE(4),
    syn: (bytes.readUInt8(13) & 0x02) !== 0,
    payload: bytes.subarray(headerSize),
    size: Math.max(0, size - headerSize),
  };
}

/**
 * Reads what tcpdump wrote: the classic pcap format, Ethernet frames, IPv4, TCP.
 * Source: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html
 *
 *  offset size  meaning
 *       0   24  file header; its first four bytes tell the byte order
 *       …   16  packet header: seconds, fraction, bytes captured, bytes on the wire
 *       …    n  the packet
 */

const FILE_HEADER_SIZE = 24;
const PACKET_HEADER_SIZE = 16;
const ETHERNET_HEADER_SIZE = 14;
const IPV4 = 0x0800;
const TCP = 6;
const MAGIC_BIG_ENDIAN = [0xa1b2c3d4, 0xa1b23c4d];

/** Bytes of TCP payload that went from one address to another, as `ip:port ip:port`. */
export function payloadByDirection(pcap: Buffer): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const packet of packetsOf(pcap)) {
    const segment = tcpSegment(packet);
    if (segment === undefined || segment.size === 0) continue;
    totals.set(segment.direction, (totals.get(segment.direction) ?? 0) + segment.size);
  }
  return totals;
}

function* packetsOf(pcap: Buffer): Generator<Buffer> {
  const bigEndian = MAGIC_BIG_ENDIAN.includes(pcap.readUInt32BE(0));
  let offset = FILE_HEADER_SIZE;
  while (offset + PACKET_HEADER_SIZE <= pcap.length) {
    const size = bigEndian ? pcap.readUInt32BE(offset + 8) : pcap.readUInt32LE(offset + 8);
    const start = offset + PACKET_HEADER_SIZE;
    yield pcap.subarray(start, start + size);
    offset = start + size;
  }
}

function tcpSegment(frame: Buffer): { direction: string; size: number } | undefined {
  if (frame.length < ETHERNET_HEADER_SIZE + 20 || frame.readUInt16BE(12) !== IPV4) return undefined;
  const ip = frame.subarray(ETHERNET_HEADER_SIZE);
  if (ip[9] !== TCP) return undefined;
  const ipHeaderSize = ((ip[0] ?? 0) & 0x0f) * 4;
  const tcp = ip.subarray(ipHeaderSize, ip.readUInt16BE(2));
  const tcpHeaderSize = ((tcp[12] ?? 0) >> 4) * 4;
  const source = `${address(ip, 12)}:${tcp.readUInt16BE(0)}`;
  const destination = `${address(ip, 16)}:${tcp.readUInt16BE(2)}`;
  return { direction: `${source} ${destination}`, size: tcp.length - tcpHeaderSize };
}

function address(ip: Buffer, offset: number): string {
  return [...ip.subarray(offset, offset + 4)].join('.');
}

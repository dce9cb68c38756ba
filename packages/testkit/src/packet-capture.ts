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

/**
 * Bytes of TCP payload that went from one address to another, as `ip:port ip:port`. What was sent twice, because the machine was busy
 * and an acknowledgement late, counts once.
 */
export function payloadByDirection(pcap: Buffer): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  /** By direction: the sequence number of the byte that comes next. */
  const next = new Map<string, number>();
  for (const packet of packetsOf(pcap)) {
    const segment = tcpSegment(packet);
    if (segment === undefined) continue;
    const { direction, sequence, size, begins } = segment;
    if (begins) next.set(direction, (sequence + 1) >>> 0);
    if (size === 0) continue;
    // Modulo 2^32, and negative for what was there before.
    const end = (sequence + size) >>> 0;
    const fresh = Math.min(size, (end - (next.get(direction) ?? sequence)) | 0);
    if (fresh <= 0) continue;
    next.set(direction, end);
    totals.set(direction, (totals.get(direction) ?? 0) + fresh);
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

interface Segment {
  readonly direction: string;
  readonly sequence: number;
  readonly size: number;
  /** SYN: the first byte has the next sequence number. */
  readonly begins: boolean;
}

function tcpSegment(frame: Buffer): Segment | undefined {
  if (frame.length < ETHERNET_HEADER_SIZE + 20 || frame.readUInt16BE(12) !== IPV4) return undefined;
  const ip = frame.subarray(ETHERNET_HEADER_SIZE);
  if (ip[9] !== TCP) return undefined;
  const ipHeaderSize = ((ip[0] ?? 0) & 0x0f) * 4;
  const tcp = ip.subarray(ipHeaderSize, ip.readUInt16BE(2));
  const tcpHeaderSize = ((tcp[12] ?? 0) >> 4) * 4;
  const source = `${address(ip, 12)}:${tcp.readUInt16BE(0)}`;
  const destination = `${address(ip, 16)}:${tcp.readUInt16BE(2)}`;
  return {
    direction: `${source} ${destination}`,
    sequence: tcp.readUInt32BE(4),
    size: tcp.length - tcpHeaderSize,
    begins: ((tcp[13] ?? 0) & 0x02) !== 0,
  };
}

function address(ip: Buffer, offset: number): string {
  return [...ip.subarray(offset, offset + 4)].join('.');
}

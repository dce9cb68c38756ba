import { type CapturedPacket, readPackets } from './packet-file.ts';
import { type TcpSegment, tcpSegment } from './tcp-segment.ts';
import { type ServiceKind, WireReader, type WireTotals } from './wire-reader.ts';

/** One connection to a port of the cluster, as a capture shows it. */
export interface CapturedFlow {
  readonly kind: ServiceKind;
  /** `ip:port` of the end that dialled. */
  readonly from: string;
  readonly to: string;
  readonly sent: WireTotals;
  readonly answered: WireTotals;
  /** The marker was seen in it, in clear. */
  readonly marker: boolean;
}

export interface CaptureReading {
  readonly packets: number;
  /** Milliseconds since 1970; undefined without a packet. */
  readonly firstAt: number | undefined;
  readonly lastAt: number | undefined;
  readonly flows: readonly CapturedFlow[];
  /** More connections than can be followed: the rest was not looked at. */
  readonly overflow: boolean;
}

const FLOWS_MAX = 20_000;
/** A gap that isn't filled within this many bytes stays one. */
const AHEAD_SIZE_MAX = 256 * 1024;

/**
 * @param services  `ip:port` of every port that belongs to the cluster
 * @param marker  a text that went through the cluster meanwhile, and must not be seen
 */
export function readCapture(
  file: string,
  services: ReadonlyMap<string, ServiceKind>,
  marker: string | undefined,
): CaptureReading {
  return foldPackets(readPackets(file), services, marker);
}

export function foldPackets(
  packets: Iterable<CapturedPacket>,
  services: ReadonlyMap<string, ServiceKind>,
  marker: string | undefined,
): CaptureReading {
  const flows = new Map<string, Flow>();
  let count = 0;
  let overflow = false;
  let firstAt: number | undefined;
  let lastAt: number | undefined;
  for (const packet of packets) {
    count += 1;
    firstAt ??= packet.at;
    lastAt = packet.at;
    const segment = tcpSegment(packet);
    if (segment === undefined) continue;
    const dialled = services.has(segment.to);
    const kind = services.get(dialled ? segment.to : segment.from);
    if (kind === undefined) continue;
    const [from, to] = dialled ? [segment.from, segment.to] : [segment.to, segment.from];
    const key = `${from} ${to}`;
    const known = flows.get(key);
    if (known === undefined && flows.size >= FLOWS_MAX) {
      overflow = true;
      continue;
    }
    const flow = known ?? new Flow(kind, from, to, marker);
    flows.set(key, flow);
    flow.take(segment, dialled);
  }
  return {
    packets: count,
    firstAt,
    lastAt,
    flows: [...flows.values()].map((flow) => flow.result()),
    overflow,
  };
}

class Flow {
  readonly #facts: Pick<CapturedFlow, 'kind' | 'from' | 'to'>;
  readonly #sent: Direction;
  readonly #answered: Direction;

  constructor(kind: ServiceKind, from: string, to: string, marker: string | undefined) {
    this.#facts = { kind, from, to };
    this.#sent = new Direction(new WireReader(kind, 'dialled'), marker);
    this.#answered = new Direction(new WireReader(kind, 'accepted'), marker);
  }

  take(segment: TcpSegment, dialled: boolean): void {
    (dialled ? this.#sent : this.#answered).take(segment);
  }

  result(): CapturedFlow {
    const [sent, answered] = [this.#sent, this.#answered];
    sent.end();
    answered.end();
    return {
      ...this.#facts,
      sent: sent.reader.totals,
      answered: answered.reader.totals,
      marker: sent.markerSeen || answered.markerSeen,
    };
  }
}

/** Puts segments in order: repeated ones are dropped, early ones wait for what is missing. */
class Direction {
  readonly reader: WireReader;
  readonly #marker: Buffer | undefined;
  #next: number | undefined;
  #ahead: TcpSegment[] = [];
  #aheadSize = 0;
  #tail: Buffer = Buffer.alloc(0);
  markerSeen = false;

  constructor(reader: WireReader, marker: string | undefined) {
    this.reader = reader;
    this.#marker = marker === undefined ? undefined : Buffer.from(marker);
  }

  take(segment: TcpSegment): void {
    if (segment.syn) {
      this.#next = (segment.sequence + 1) >>> 0;
      this.reader.begin();
      return;
    }
    if (segment.size === 0) return;
    this.#next ??= segment.sequence;
    if (distance(segment.sequence, this.#next) > 0) {
      this.#ahead.push(segment);
      this.#aheadSize += segment.size;
      if (this.#aheadSize > AHEAD_SIZE_MAX) this.#giveUp();
      return;
    }
    this.#use(segment);
    this.#catchUp();
  }

  /** What still waits, waits for something that was not captured. */
  end(): void {
    while (this.#ahead.length > 0) this.#giveUp();
  }

  #use({ sequence, payload, size }: TcpSegment): void {
    const known = -distance(sequence, this.#next ?? sequence);
    if (known >= size) return;
    const fresh = payload.subarray(known);
    this.#next = (sequence + size) >>> 0;
    this.reader.push(fresh);
    this.#lookForMarker(fresh);
    if (payload.length < size) this.reader.miss();
  }

  #catchUp(): void {
    for (;;) {
      const at = this.#ahead.findIndex(({ sequence }) => distance(sequence, this.#next ?? sequence) <= 0);
      if (at < 0) return;
      const [segment] = this.#ahead.splice(at, 1);
      if (segment === undefined) return;
      this.#aheadSize -= segment.size;
      this.#use(segment);
    }
  }

  /** Goes on behind the gap. */
  #giveUp(): void {
    this.#ahead.sort((a, b) => distance(a.sequence, b.sequence));
    this.#next = this.#ahead[0]?.sequence;
    this.#tail = Buffer.alloc(0);
    this.reader.miss();
    this.#catchUp();
  }

  #lookForMarker(bytes: Buffer): void {
    if (this.#marker === undefined || this.markerSeen) return;
    const text = Buffer.concat([this.#tail, bytes]);
    this.markerSeen = text.includes(this.#marker);
    this.#tail = Buffer.from(text.subarray(Math.max(0, text.length - this.#marker.length + 1)));
  }
}

/** How far `a` is behind `b`, around the end of 32 bits. */
function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/** Tells what one direction of a connection is made of, byte by byte: negotiation, TLS records, clear text. Pure. */

export type ServiceKind = 'RPC' | 'SQL';

export interface WireTotals {
  readonly negotiation: number;
  readonly encrypted: number;
  readonly clear: number;
  /** Of a connection whose beginning, or a piece, was not captured. */
  readonly unknown: number;
  /** What the clear text begins with, in words; undefined while there is none. */
  readonly clearAs: string | undefined;
}

type State =
  /** The first byte of the connection is next; `step` counts what precedes TLS. */
  | { readonly name: 'begin'; readonly step: number }
  /** Inside TLS; `left` bytes of a record are still to come. */
  | { readonly name: 'tls'; readonly left: number }
  | { readonly name: 'clear' }
  /** Somewhere in a connection: the next record's beginning has to be found. */
  | { readonly name: 'lost' };

const EASY_MAGIC = Buffer.from('1234567877668833', 'hex');
const EASY_SIZE = 19;
const USSL_MAGIC = Buffer.from('1203efbe', 'hex');
const USSL_SIZE = 28;
const FRAME_MAGICS = [Buffer.from('01dbdbce', 'hex'), Buffer.from('01dbdbcc', 'hex')];
const TLS_HEADER_SIZE = 5;
/** RFC 8446, 5.2: 16 KiB and what encryption adds. */
const TLS_RECORD_SIZE_MAX = 16_384 + 2_048;
const SSL_REQUEST_SIZE = 36;
const SSL_CAPABILITY = 0x0800;
/** Bytes that may be needed to tell what comes. */
const HEAD_SIZE = 36;

/**
 * @param side  who sends: the end that dialled, or the one that accepted
 */
export class WireReader {
  readonly #kind: ServiceKind;
  readonly #side: 'dialled' | 'accepted';
  #state: State = { name: 'lost' };
  #kept = Buffer.alloc(0);
  #totals = { negotiation: 0, encrypted: 0, clear: 0, unknown: 0 };
  #clearAs: string | undefined;

  constructor(kind: ServiceKind, side: 'dialled' | 'accepted') {
    this.#kind = kind;
    this.#side = side;
  }

  get totals(): WireTotals {
    return { ...this.#totals, unknown: this.#totals.unknown + this.#kept.length, clearAs: this.#clearAs };
  }

  /** The next byte is the connection's first one. */
  begin(): void {
    this.#state = { name: 'begin', step: 0 };
  }

  /** Bytes are missing here. */
  miss(): void {
    this.#totals.unknown += this.#kept.length;
    this.#kept = Buffer.alloc(0);
    if (this.#state.name !== 'clear') this.#state = { name: 'lost' };
  }

  push(segment: Buffer): void {
    let bytes = this.#kept.length === 0 ? segment : Buffer.concat([this.#kept, segment]);
    this.#kept = Buffer.alloc(0);
    while (bytes.length > 0) {
      const used = this.#take(bytes);
      if (used === 0) {
        this.#kept = Buffer.from(bytes);
        return;
      }
      bytes = bytes.subarray(used);
    }
  }

  /** @returns how many bytes are dealt with; 0 when it takes more to tell */
  #take(bytes: Buffer): number {
    switch (this.#state.name) {
      case 'begin':
        return this.#first(bytes, this.#state.step);
      case 'tls':
        return this.#record(bytes, this.#state.left);
      case 'clear':
        this.#totals.clear += bytes.length;
        return bytes.length;
      case 'lost':
        return this.#search(bytes);
    }
  }

  #first(bytes: Buffer, step: number): number {
    const head = this.#kind === 'RPC' ? rpcNegotiation(bytes) : sqlNegotiation(bytes, this.#side);
    if (step === 0 && head === 'more') return 0;
    if (step === 0 && typeof head === 'number' && head > 0) {
      if (bytes.length < head) return 0;
      this.#totals.negotiation += head;
      this.#state = { name: 'begin', step: 1 };
      return head;
    }
    if (bytes.length < TLS_HEADER_SIZE) return 0;
    if (isTlsHeader(bytes)) this.#state = { name: 'tls', left: 0 };
    else this.#clear(bytes);
    return this.#take(bytes);
  }

  #record(bytes: Buffer, left: number): number {
    if (left > 0) {
      const used = Math.min(left, bytes.length);
      this.#totals.encrypted += used;
      this.#state = { name: 'tls', left: left - used };
      return used;
    }
    if (bytes.length < TLS_HEADER_SIZE) return 0;
    if (!isTlsHeader(bytes)) {
      this.#clear(bytes);
      return this.#take(bytes);
    }
    this.#totals.encrypted += TLS_HEADER_SIZE;
    this.#state = { name: 'tls', left: bytes.readUInt16BE(3) };
    return TLS_HEADER_SIZE;
  }

  /** In the middle of a connection segments mostly begin where records and frames do. */
  #search(bytes: Buffer): number {
    if (bytes.length >= TLS_HEADER_SIZE && isTlsHeader(bytes)) {
      this.#state = { name: 'tls', left: 0 };
      return this.#take(bytes);
    }
    if (this.#kind === 'RPC' ? holdsFrame(bytes) : isMysqlCommand(bytes, this.#side)) {
      this.#clear(bytes);
      return this.#take(bytes);
    }
    this.#totals.unknown += bytes.length;
    return bytes.length;
  }

  #clear(bytes: Buffer): void {
    this.#clearAs ??= wordsFor(bytes, this.#kind);
    this.#state = { name: 'clear' };
  }
}

function isTlsHeader(bytes: Buffer): boolean {
  const [type = 0, major = 0, minor = 0xff] = bytes;
  const size = bytes.readUInt16BE(3);
  return type >= 20 && type <= 24 && major === 3 && minor <= 4 && size > 0 && size <= TLS_RECORD_SIZE_MAX;
}

/** Bytes of negotiation at the start; 0 for none, `more` when that can't be told yet. Source: docs/protocol/negotiation.md */
function rpcNegotiation(bytes: Buffer): number | 'more' {
  for (const [magic, size] of [
    [EASY_MAGIC, EASY_SIZE],
    [USSL_MAGIC, USSL_SIZE],
  ] as const) {
    const head = bytes.subarray(0, magic.length);
    if (!magic.subarray(0, head.length).equals(head)) continue;
    return bytes.length < magic.length ? 'more' : size;
  }
  return 0;
}

/** The server's greeting; the client's SSLRequest, which is all that it says in clear where it encrypts. */
function sqlNegotiation(bytes: Buffer, side: 'dialled' | 'accepted'): number | 'more' {
  if (side === 'accepted') return bytes.length < 4 ? 'more' : bytes.readUIntLE(0, 3) + 4;
  if (bytes.length < 8) return 'more';
  const isRequest =
    bytes.readUIntLE(0, 3) === SSL_REQUEST_SIZE - 4 && (bytes.readUInt32LE(4) & SSL_CAPABILITY) !== 0;
  return isRequest ? SSL_REQUEST_SIZE : 0;
}

function holdsFrame(bytes: Buffer): boolean {
  return FRAME_MAGICS.some((magic) => bytes.includes(magic));
}

const COM_LAST = 0x1f;

/** One whole command packet: its length, sequence id 0, a command that there is. */
function isMysqlCommand(bytes: Buffer, side: 'dialled' | 'accepted'): boolean {
  if (side !== 'dialled' || bytes.length < 5) return false;
  return bytes.readUIntLE(0, 3) === bytes.length - 4 && bytes[3] === 0 && (bytes[4] ?? 0xff) <= COM_LAST;
}

function wordsFor(bytes: Buffer, kind: ServiceKind): string {
  if (kind === 'RPC')
    return holdsFrame(bytes.subarray(0, HEAD_SIZE)) ? 'OB-RPC frames' : 'bytes that are no TLS';
  return 'MySQL packets';
}

import { describeBytes } from './describe-bytes.ts';
import { FRAME_MAGIC } from './frame.ts';

/**
 * What may stand at the start of a connection to the RPC port, before the first frame.
 *
 * Generation A ("easy"), from the dialling side, not answered; then TLS or frames:
 *
 *  offset size type    field        meaning
 *       0    8 u64 BE  magic        0x1234567877668833
 *       8    2 u16 BE  length       9, bytes that follow
 *      10    8 u64 BE  ioMagic      names the dialler's group of connections
 *      18    1 u8      ioIndex      its io thread
 *
 * Generation B ("ussl"), little endian; answered in the same form if the method is an SSL one:
 *
 *       0    4 u32 LE  magic        0xBEEF0312
 *       4    4 u32 LE  version      1
 *       8    4 u32 LE  length       16, bytes that follow
 *      12    4 i32 LE  method       1 NONE, 2 SSL_NO_ENCRYPT, 4 SSL_IO
 *      16    4         pad
 *      20    8 u64 LE  groupId
 *
 * Source: docs/protocol/negotiation.md
 */
export const EASY_NEGOTIATION_SIZE = 19;
export const USSL_NEGOTIATION_SIZE = 28;

/** How a link of generation B wants to talk. */
export const usslMethods = { NONE: 1, SSL_NO_ENCRYPT: 2, SSL_IO: 4 } as const;
export type UsslMethod = keyof typeof usslMethods;

/** What the dialling side does with a fresh socket. */
export interface DialPlan {
  readonly generation: 'easy' | 'ussl';
  /** With generation 'easy', NONE means frames in clear and SSL_IO means TLS. */
  readonly method: UsslMethod;
}

/** What the first bytes of an accepted connection are; `size` is how many of them are used up. */
export type FirstBytes =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'easy'; readonly size: number }
  | { readonly kind: 'ussl'; readonly size: number; readonly method: UsslMethod }
  | { readonly kind: 'tls' }
  | { readonly kind: 'frame' }
  | { readonly kind: 'rubbish'; readonly description: string };

const EASY_MAGIC = 0x1234567877668833n;
const EASY_BODY_SIZE = 9;
/** "sealane" in ASCII, so that a capture tells who dialled. */
const EASY_IO_MAGIC = 0x007365616c616e65n;
const USSL_MAGIC = 0xbeef0312;
const USSL_VERSION = 1;
const USSL_BODY_SIZE = 16;
/** Content type of a TLS handshake record, then the major version of every SSL 3 and TLS. */
const TLS_HANDSHAKE = [0x16, 0x03];

export function encodeEasyNegotiation(ioIndex = 0): Buffer {
  const bytes = Buffer.alloc(EASY_NEGOTIATION_SIZE);
  bytes.writeBigUInt64BE(EASY_MAGIC, 0);
  bytes.writeUInt16BE(EASY_BODY_SIZE, 8);
  bytes.writeBigUInt64BE(EASY_IO_MAGIC, 10);
  bytes.writeUInt8(ioIndex & 0xff, 18);
  return bytes;
}

export function encodeUsslNegotiation(method: UsslMethod, groupId = 0n): Buffer {
  const bytes = Buffer.alloc(USSL_NEGOTIATION_SIZE);
  bytes.writeUInt32LE(USSL_MAGIC, 0);
  bytes.writeUInt32LE(USSL_VERSION, 4);
  bytes.writeUInt32LE(USSL_BODY_SIZE, 8);
  bytes.writeInt32LE(usslMethods[method], 12);
  bytes.writeBigUInt64LE(groupId, 20);
  return bytes;
}

/**
 * Looks at the bytes at the start of a connection. Never looks at more of them than it names.
 *
 * @param negotiated  true once a negotiation message is behind us: a second one is rubbish
 */
export function readFirstBytes(head: Buffer, negotiated = false): FirstBytes {
  if (head.length === 0) return { kind: 'incomplete' };
  if (startsLike(head, TLS_HANDSHAKE))
    return head.length < TLS_HANDSHAKE.length ? { kind: 'incomplete' } : { kind: 'tls' };
  if (startsLike(head, FRAME_MAGIC_BYTES))
    return head.length < 4 ? { kind: 'incomplete' } : { kind: 'frame' };
  if (!negotiated && startsLike(head, EASY_MAGIC_BYTES)) return readEasy(head);
  if (!negotiated && startsLike(head, USSL_MAGIC_BYTES)) return readUssl(head);
  return { kind: 'rubbish', description: describeBytes(head) };
}

function readEasy(head: Buffer): FirstBytes {
  if (head.length < EASY_NEGOTIATION_SIZE) return { kind: 'incomplete' };
  const length = head.readUInt16BE(8);
  if (length !== EASY_BODY_SIZE)
    return { kind: 'rubbish', description: `an easy negotiation with a body of ${length} bytes` };
  return { kind: 'easy', size: EASY_NEGOTIATION_SIZE };
}

function readUssl(head: Buffer): FirstBytes {
  if (head.length < USSL_NEGOTIATION_SIZE) return { kind: 'incomplete' };
  const length = head.readUInt32LE(8);
  const number = head.readInt32LE(12);
  if (head.readUInt32LE(4) !== USSL_VERSION || length !== USSL_BODY_SIZE) {
    return {
      kind: 'rubbish',
      description: `a ussl negotiation of version ${head.readUInt32LE(4)} with a body of ${length} bytes`,
    };
  }
  const method = (Object.keys(usslMethods) as UsslMethod[]).find((name) => usslMethods[name] === number);
  if (method === undefined)
    return { kind: 'rubbish', description: `a ussl negotiation with the unknown method ${number}` };
  return { kind: 'ussl', size: USSL_NEGOTIATION_SIZE, method };
}

const FRAME_MAGIC_BYTES = bigEndian(BigInt(FRAME_MAGIC), 4);
const EASY_MAGIC_BYTES = bigEndian(EASY_MAGIC, 8);
const USSL_MAGIC_BYTES = bigEndian(BigInt(USSL_MAGIC), 4).reverse();

function bigEndian(value: bigint, width: number): number[] {
  return Array.from({ length: width }, (_, index) =>
    Number((value >> BigInt(8 * (width - 1 - index))) & 0xffn),
  );
}

/** True as well while `head` is only a beginning of `magic`. */
function startsLike(head: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, index) => index >= head.length || head[index] === byte);
}

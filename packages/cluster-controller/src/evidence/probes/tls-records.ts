import { randomBytes } from 'node:crypto';

/**
 * As much of TLS as it takes to ask for an old version and to read the answer. OpenSSL would not ask: it doesn't speak these
 * versions any more. Pure but for the random bytes.
 *
 * A record: u8 type (20 … 23), u16 version, u16 length, content. Source: RFC 5246, 6.2.1, and RFC 8446, 5.1
 */

export const oldVersions = { 'TLS 1.0': 0x0301, 'TLS 1.1': 0x0302, 'TLS 1.2': 0x0303 } as const;
export type OldVersion = keyof typeof oldVersions;

/** Every suite that servers of that time would take with an ECDSA or RSA key; those of TLS 1.2 behind them. */
const SUITES = [
  0xc009, 0xc00a, 0xc013, 0xc014, 0x002f, 0x0035, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9,
];
const GROUPS = [0x001d, 0x0017, 0x0018];
/** ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256, rsa_pkcs1_sha256, ecdsa_sha1, rsa_pkcs1_sha1 */
const SIGNATURES = [0x0403, 0x0804, 0x0401, 0x0203, 0x0201];

/**
 * A ClientHello that offers `version` as the highest one.
 *
 *  offset size type    field          meaning
 *       0    5 bytes   record header  22, version 3.1, length
 *       5    4 bytes   handshake      1 (client hello), u24 length
 *       9    2 u16 BE  version        the highest that is spoken
 *      11   32 bytes   random
 *      43    1 u8      session id     none
 *      44    … u16 …   suites         size in bytes, then u16 each
 *       …    2 bytes   compression    one method: none
 *       …    … bytes   extensions     supported groups, point formats, signature algorithms, renegotiation info
 * Source: RFC 5246, 7.4.1.2
 */
export function clientHello(version: OldVersion): Buffer {
  const extensions = [
    extension(10, sized16(GROUPS)),
    extension(11, Buffer.of(1, 0)),
    extension(13, sized16(SIGNATURES)),
    extension(0xff01, Buffer.of(0)),
  ];
  const body = Buffer.concat([
    u16(oldVersions[version]),
    randomBytes(32),
    Buffer.of(0),
    sized16(SUITES),
    Buffer.of(1, 0),
    sized(Buffer.concat(extensions)),
  ]);
  const handshake = Buffer.concat([Buffer.of(1, 0), sized(body)]);
  return Buffer.concat([Buffer.of(22, 3, 1), sized(handshake)]);
}

export type HelloAnswer =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'alert'; readonly level: string; readonly name: string }
  | { readonly kind: 'server-hello'; readonly version: string }
  | { readonly kind: 'other' };

/** What a server says to a client hello. Never looks further than its first record. */
export function readHelloAnswer(bytes: Buffer): HelloAnswer {
  if (bytes.length < 7) return { kind: 'incomplete' };
  const type = bytes.readUInt8(0);
  if (bytes.readUInt8(1) !== 3) return { kind: 'other' };
  if (type === 21) {
    const level = bytes.readUInt8(5) === 2 ? 'fatal' : 'warning';
    return { kind: 'alert', level, name: alertName(bytes.readUInt8(6)) };
  }
  if (type !== 22 || bytes.readUInt8(5) !== 2) return { kind: 'other' };
  if (bytes.length < 11) return { kind: 'incomplete' };
  const version = bytes.readUInt16BE(9);
  const name = Object.entries(oldVersions).find(([, value]) => value === version)?.[0];
  return { kind: 'server-hello', version: name ?? `version 0x${version.toString(16)}` };
}

/** Source: RFC 8446, 6 */
export function alertName(code: number): string {
  return `${alertNames[code] ?? 'alert'} (${code})`;
}

const alertNames: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  40: 'handshake_failure',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  112: 'unrecognized_name',
  116: 'certificate_required',
};

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([u16(type), sized(content)]);
}

/** A list of u16, with its size in bytes in front. */
function sized16(values: readonly number[]): Buffer {
  return sized(Buffer.concat(values.map(u16)));
}

function sized(content: Buffer): Buffer {
  return Buffer.concat([u16(content.length), content]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

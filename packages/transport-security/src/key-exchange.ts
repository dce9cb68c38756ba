/** OpenSSL's names of the groups we offer, by their numbers in TLS. Source: IANA, "TLS Supported Groups". */
const groupNames: Readonly<Record<number, string>> = {
  23: 'prime256v1',
  24: 'secp384r1',
  25: 'secp521r1',
  29: 'X25519',
  30: 'X448',
  4588: 'X25519MLKEM768',
};

/** The part of a TLS socket that tells. */
export interface FinishedHandshake {
  getEphemeralKeyInfo(): object | null;
  getSession(): Buffer | undefined;
}

/**
 * The group of a finished key exchange. Node tells it to the client end only; the accepting end finds it in the session
 * that OpenSSL keeps. @returns undefined where neither tells
 */
export function keyExchangeOf(tls: FinishedHandshake): string | undefined {
  const info = tls.getEphemeralKeyInfo();
  if (info !== null && 'name' in info && typeof info.name === 'string') return info.name;
  const group = groupOfSession(tls.getSession());
  return group === undefined ? undefined : groupNames[group];
}

const sequenceTag = 0x30;
const integerTag = 0x02;
/** kex_group [19] EXPLICIT: constructed, context-specific. */
const groupTag = 0xb3;

/**
 * The number of the group in a session in OpenSSL's ASN.1 form: a SEQUENCE whose element [19] holds it.
 * Source: OpenSSL 3, ssl/ssl_asn1.c, SSL_SESSION_ASN1.
 *
 * @returns undefined when it is none, or says nothing of the group
 */
export function groupOfSession(session: Buffer | undefined): number | undefined {
  const whole = session === undefined ? undefined : readElement(session);
  if (whole?.tag !== sequenceTag) return undefined;
  for (let rest = whole.content; rest.length > 0; ) {
    const element = readElement(rest);
    if (element === undefined) return undefined;
    if (element.tag === groupTag) {
      const number = readElement(element.content);
      const fits = number?.tag === integerTag && number.content.length > 0 && number.content.length <= 4;
      return fits ? number.content.readUIntBE(0, number.content.length) : undefined;
    }
    rest = element.rest;
  }
  return undefined;
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly rest: Buffer;
}

/** One DER element with a tag of one byte. @returns undefined when it isn't whole */
function readElement(bytes: Buffer): Element | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return undefined;
  const lengthSize = first < 0x80 ? 0 : first & 0x7f;
  if (lengthSize > 4 || bytes.length < 2 + lengthSize) return undefined;
  const length = lengthSize === 0 ? first & 0x7f : bytes.readUIntBE(2, lengthSize);
  const start = 2 + lengthSize;
  if (bytes.length < start + length) return undefined;
  return { tag, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

import { derElements, derTags } from './der.ts';

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

/** kex_group [19] EXPLICIT: constructed, context-specific. */
const groupTag = 0xb3;

/**
 * The number of the group in a session in OpenSSL's ASN.1 form: a SEQUENCE whose element [19] holds it.
 * Source: OpenSSL 3, ssl/ssl_asn1.c, SSL_SESSION_ASN1.
 *
 * @returns undefined when it is none, or says nothing of the group
 */
export function groupOfSession(session: Buffer | undefined): number | undefined {
  if (session === undefined) return undefined;
  try {
    const [whole] = derElements(session);
    if (whole?.tag !== derTags.sequence) return undefined;
    const group = derElements(whole.content).find(({ tag }) => tag === groupTag);
    const [number] = group === undefined ? [] : derElements(group.content);
    const size = number?.tag === derTags.integer ? number.content.length : 0;
    return number === undefined || size < 1 || size > 4 ? undefined : number.content.readUIntBE(0, size);
  } catch {
    // Another form than this OpenSSL's: the ledger then has no name for the group, and the link is as good.
    return undefined;
  }
}

import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * mysql_native_password: the server keeps SHA1(SHA1(password)); the client answers the scramble with
 * SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))). No password is an empty answer.
 * Source: docs/protocol/mysql.md#mysql_native_password
 */
export const nativePasswordPlugin = 'mysql_native_password';
export const scrambleSize = 20;

/** @returns what a client answers: 20 bytes, or none for an empty password */
export function nativePasswordResponse(password: string, scramble: Uint8Array): Uint8Array {
  if (password === '') return new Uint8Array(0);
  const once = sha1(Buffer.from(password, 'utf8'));
  return xor(once, sha1(scramble, sha1(once)));
}

/** @returns what a server keeps in `authentication_string`: `*` and 40 hexadecimal digits, or nothing for an empty password */
export function nativePasswordHash(password: string): string {
  if (password === '') return '';
  return `*${Buffer.from(sha1(sha1(Buffer.from(password, 'utf8'))))
    .toString('hex')
    .toUpperCase()}`;
}

/** @returns whether the text can be a mysql_native_password's `authentication_string`; an empty one is: no password */
export function isNativePasswordHash(text: string): boolean {
  return text === '' || /^\*[0-9A-F]{40}$/i.test(text);
}

/**
 * @param kept  the text in `authentication_string`
 * @returns whether the answer proves the password behind the kept hash; in a time that tells nothing
 */
export function nativePasswordMatches(
  kept: string,
  { scramble, response }: { readonly scramble: Uint8Array; readonly response: Uint8Array },
): boolean {
  if (kept === '' || response.length === 0) return kept === '' && response.length === 0;
  const hash = Buffer.from(kept.slice(1), 'hex');
  if (hash.length !== scrambleSize || response.length !== scrambleSize) return false;
  return timingSafeEqual(sha1(xor(response, sha1(scramble, hash))), hash);
}

function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte ^ (b[index] ?? 0));
}

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

/** @returns the hash a server keeps: 20 bytes, or none for an empty password */
export function nativePasswordHash(password: string): Uint8Array {
  return password === '' ? new Uint8Array(0) : sha1(sha1(Buffer.from(password, 'utf8')));
}

/** @returns whether the answer proves the password behind the kept hash; in a time that tells nothing */
export function nativePasswordMatches(
  kept: Uint8Array,
  { scramble, response }: { readonly scramble: Uint8Array; readonly response: Uint8Array },
): boolean {
  if (kept.length === 0 || response.length === 0) return kept.length === response.length;
  if (kept.length !== scrambleSize || response.length !== scrambleSize) return false;
  return timingSafeEqual(sha1(xor(response, sha1(scramble, kept))), kept);
}

function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte ^ (b[index] ?? 0));
}

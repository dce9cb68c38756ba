import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ObError } from '@sealane/errors';
import { scrambleSize } from './native-password.ts';
import { shaCryptSlices, shaCryptText } from './sha-crypt.ts';

/**
 * caching_sha2_password: the server keeps a slow hash, and after one full exchange, in memory only,
 * SHA256(SHA256(password)), with which a client's scrambled answer can be checked at once.
 * Source: docs/protocol/mysql.md#caching_sha2_password
 */
export const cachingSha2Plugin = 'caching_sha2_password';

/** What the server says in the course of the exchange, behind 0x01. */
export const fastAuthSuccess = 0x03;
export const performFullAuthentication = 0x04;
/** What the client asks for when it has no TLS and no key of the server. */
export const requestPublicKey = 0x02;

const saltSize = 20;
const digestTextSize = 43;
const defaultRounds = 5_000;
/** Bytes, as in MySQL. Hashing takes time and memory by the square of the length: 16 KiB need a quarter of a gigabyte. */
const passwordSizeMax = 256;
/** Rounds are written as thousands in three hexadecimal digits. */
const roundsUnit = 1_000;

/** What `authentication_string` says: `$A$005$`, 20 characters of salt, 43 of digest. */
interface KeptHash {
  readonly rounds: number;
  readonly salt: string;
  readonly digest: string;
}

/** @returns 20 characters that can be seen; MySQL's own may be any ASCII characters but NUL and `$` */
export function newCachingSha2Salt(): string {
  return randomBytes((saltSize * 3) / 4)
    .toString('base64')
    .replaceAll('+', '.');
}

/**
 * @param salt  20 ASCII characters
 * @returns what a server keeps in `authentication_string`: `$A$005$<salt><digest>`, or nothing for an empty password. Takes about
 *   7 ms: 5,000 rounds of SHA-256
 * @throws ObError ER_NOT_VALID_PASSWORD for one of more than 256 bytes
 */
export function cachingSha2Hash(password: string, salt: string = newCachingSha2Salt()): string {
  if (password === '') return '';
  if (isTooLong(password)) {
    const message = `a caching_sha2_password has at most ${passwordSizeMax} bytes; choose a shorter one`;
    throw new ObError('ER_NOT_VALID_PASSWORD', [], { message });
  }
  const slices = cachingSha2Slices(password, { rounds: defaultRounds, salt });
  let slice = slices.next();
  while (slice.done !== true) slice = slices.next();
  const thousands = (defaultRounds / roundsUnit).toString(16).toUpperCase().padStart(3, '0');
  return `$A$${thousands}$${salt}${slice.value}`;
}

/** @returns whether the text can be a caching_sha2_password's `authentication_string`; an empty one is: no password */
export function isCachingSha2Hash(text: string): boolean {
  return text === '' || parse(text) !== undefined;
}

/**
 * Checks a password in clear against the kept hash, in slices of half a millisecond with a turn for others in between.
 *
 * @returns false also for a kept text that is none of this plugin's, and for what is too long to be a password
 */
export async function cachingSha2Matches(kept: string, password: string): Promise<boolean> {
  if (kept === '' || password === '') return kept === password;
  const parsed = parse(kept);
  if (parsed === undefined || isTooLong(password)) return false;
  const slices = cachingSha2Slices(password, parsed);
  let slice = slices.next();
  while (slice.done !== true) {
    await new Promise((resolve) => setImmediate(resolve));
    slice = slices.next();
  }
  return timingSafeEqual(Buffer.from(slice.value), Buffer.from(parsed.digest));
}

/** @returns SHA256(SHA256(password)): what a server remembers after a full exchange, 32 bytes */
export function cachingSha2Memory(password: string): Uint8Array {
  return sha256(sha256(Buffer.from(password, 'utf8')));
}

/** @returns what a client answers to the scramble: 32 bytes, or none for an empty password */
export function cachingSha2Response(password: string, scramble: Uint8Array): Uint8Array {
  if (password === '') return new Uint8Array(0);
  const once = sha256(Buffer.from(password, 'utf8'));
  return xor(once, sha256(sha256(once), scramble));
}

/** @returns whether the answer proves the password that the server remembers; in a time that tells nothing */
export function cachingSha2FastMatches(
  remembered: Uint8Array,
  { scramble, response }: { readonly scramble: Uint8Array; readonly response: Uint8Array },
): boolean {
  if (remembered.length !== sha256Size || response.length !== sha256Size) return false;
  return timingSafeEqual(sha256(xor(response, sha256(remembered, scramble))), remembered);
}

/** Of the password and its NUL, before it goes through RSA: XOR with the scramble, again and again. Its own inverse. */
export function cachingSha2Masked(bytes: Uint8Array, scramble: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ (scramble[index % scrambleSize] ?? 0));
}

function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > passwordSizeMax;
}

const sha256Size = 32;

function* cachingSha2Slices(
  password: string,
  { rounds, salt }: { readonly rounds: number; readonly salt: string },
): Generator<void, string, void> {
  const bytes = { rounds, salt: Buffer.from(salt, 'latin1') };
  return shaCryptText(yield* shaCryptSlices(Buffer.from(password, 'utf8'), bytes));
}

function parse(text: string): KeptHash | undefined {
  const match = /^\$A\$([0-9A-F]{3})\$/i.exec(text);
  if (match === null || text.length !== match[0].length + saltSize + digestTextSize) return undefined;
  const rounds = Number.parseInt(match[1] ?? '', 16) * roundsUnit;
  if (rounds < defaultRounds) return undefined;
  const behind = text.slice(match[0].length);
  return { rounds, salt: behind.slice(0, saltSize), digest: behind.slice(saltSize) };
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return hash('sha256', Buffer.concat(parts), 'buffer');
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte ^ (b[index] ?? 0));
}

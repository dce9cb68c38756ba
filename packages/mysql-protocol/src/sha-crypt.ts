import { hash } from 'node:crypto';

/**
 * SHA-crypt with SHA-256, the key stretching behind `$5$` in /etc/shadow and behind caching_sha2_password.
 * A password is stirred into its own digests for thousands of rounds, so that guessing costs as much as checking.
 * Source: Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512"; MySQL allows 20 bytes of salt instead of 16.
 */

/** The digest, 32 bytes, once the generator is done. It stops after each slice of rounds: whoever can't wait draws it in pieces. */
export function* shaCryptSlices(
  password: Uint8Array,
  { salt, rounds }: { readonly salt: Uint8Array; readonly rounds: number },
): Generator<void, Uint8Array, void> {
  let digest = firstDigest(password, salt);
  const passwordBytes = stretched(repeatedDigest(password, password.length), password.length);
  const saltBytes = stretched(repeatedDigest(salt, 16 + (digest[0] ?? 0)), salt.length);
  for (let round = 0; round < rounds; round++) {
    const parts = [round % 2 === 0 ? digest : passwordBytes];
    if (round % 3 !== 0) parts.push(saltBytes);
    if (round % 7 !== 0) parts.push(passwordBytes);
    parts.push(round % 2 === 0 ? passwordBytes : digest);
    digest = sha256(...parts);
    if (round % roundsPerSlice === roundsPerSlice - 1) yield;
  }
  return digest;
}

/** About half a millisecond. */
const roundsPerSlice = 250;

/** @returns the digest as 43 characters, in the order and the alphabet of crypt(3) */
export function shaCryptText(digest: Uint8Array): string {
  const at = (index: number): number => digest[index] ?? 0;
  let text = '';
  let [a, b, c] = [0, 10, 20];
  for (let group = 0; group < 10; group++) {
    text += characters((at(a) << 16) | (at(b) << 8) | at(c), 4);
    [a, b, c] = [c + 1, a + 1, b + 1];
  }
  return text + characters((at(31) << 8) | at(30), 3);
}

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function characters(bits: number, count: number): string {
  let text = '';
  for (let index = 0; index < count; index++) text += alphabet[(bits >>> (6 * index)) & 63];
  return text;
}

function firstDigest(password: Uint8Array, salt: Uint8Array): Uint8Array {
  const alternate = sha256(password, salt, password);
  const parts = [password, salt, stretched(alternate, password.length)];
  for (let bits = password.length; bits > 0; bits >>>= 1) parts.push(bits & 1 ? alternate : password);
  return sha256(...parts);
}

function repeatedDigest(bytes: Uint8Array, times: number): Uint8Array {
  return sha256(...Array.from({ length: times }, () => bytes));
}

/** As many bytes as asked for, the digest again and again. */
function stretched(digest: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => digest[index % digest.length] ?? 0);
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return hash('sha256', Buffer.concat(parts), 'buffer');
}

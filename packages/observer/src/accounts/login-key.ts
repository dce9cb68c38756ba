import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ObError } from '@sealane/errors';

/**
 * The RSA key of this node, under which clients without TLS send their password (caching_sha2_password). Made once, and
 * kept in `etc/private_key.pem`, so that clients may hold on to its public half.
 */
export class LoginKey {
  readonly #file: string;
  #loading: Promise<KeyObject> | undefined;

  /** @param directory  the node's `etc` */
  constructor(directory: string) {
    this.#file = join(directory, 'private_key.pem');
  }

  /** PEM, as clients ask for it. Takes a moment the first time. @throws ObError OB_INVALID_CONFIG for a file that is no key */
  async publicPem(): Promise<string> {
    const key = await this.#key();
    return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  }

  /** @returns undefined for what wasn't encrypted with our public key */
  async decrypt(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const key = await this.#key();
    try {
      return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, bytes);
    } catch {
      return undefined;
    }
  }

  #key(): Promise<KeyObject> {
    this.#loading ??= existsSync(this.#file) ? Promise.try(() => readKey(this.#file)) : makeKey(this.#file);
    // What failed is tried again by the next client: somebody may have put the file right.
    this.#loading.catch(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }
}

function readKey(file: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType === 'rsa') return key;
    throw new TypeError(`it is ${key.asymmetricKeyType ?? 'no key'}, not RSA`);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    const message = `${file} can't be used for passwords: ${what}; remove it, and another is made`;
    throw new ObError('OB_INVALID_CONFIG', [], { message, cause });
  }
}

/** In the thread pool: a tenth of a second and more. */
async function makeKey(file: string): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: modulusBits });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(`${file}.tmp`, pem, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
  return privateKey;
}

const modulusBits = 2_048;

import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto';
import { ObError } from '@sealane/errors';
import { malformed } from './byte-reader.ts';
import {
  cachingSha2Masked,
  cachingSha2Plugin,
  cachingSha2Response,
  fastAuthSuccess,
  performFullAuthentication,
  requestPublicKey,
} from './caching-sha2.ts';
import { nativePasswordPlugin, nativePasswordResponse } from './native-password.ts';

export interface PasswordExchangeOptions {
  readonly plugin: string;
  readonly password: string;
  readonly scramble: Uint8Array;
  /** Whether the connection is encrypted. */
  readonly secured: boolean;
  readonly serverPublicKey: string | 'ask' | undefined;
}

/**
 * How a client proves its password: what it says first, and what it answers to the server's further questions. The
 * password itself leaves only through TLS or RSA, and mysql_clear_password isn't known here.
 */
export class PasswordExchange {
  readonly #options: PasswordExchangeOptions;
  #waitsForKey = false;

  /** @throws ObError ER_NOT_SUPPORTED_AUTH_MODE for a plugin that isn't known here */
  constructor(options: PasswordExchangeOptions) {
    const { plugin } = options;
    if (plugin !== nativePasswordPlugin && plugin !== cachingSha2Plugin) {
      throw new ObError('ER_NOT_SUPPORTED_AUTH_MODE', [], { details: { plugin } });
    }
    this.#options = options;
  }

  first(): Uint8Array {
    const { plugin, password, scramble } = this.#options;
    return plugin === cachingSha2Plugin
      ? cachingSha2Response(password, scramble)
      : nativePasswordResponse(password, scramble);
  }

  /**
   * @returns the answer; undefined when the server goes on
   * @throws ObError ER_NOT_SUPPORTED_AUTH_MODE when the password would have to go in clear, ER_MALFORMED_PACKET
   */
  more(data: Uint8Array): Uint8Array | undefined {
    if (this.#options.plugin !== cachingSha2Plugin) throw malformed('more than an answer is asked for');
    if (this.#waitsForKey) return this.#encrypted(publicKey(Buffer.from(data).toString('latin1')));
    if (data.length === 1 && data[0] === fastAuthSuccess) return undefined;
    if (data.length === 1 && data[0] === performFullAuthentication) return this.#wholePassword();
    throw malformed('neither the end of caching_sha2_password nor its long way');
  }

  #wholePassword(): Uint8Array {
    const { secured, serverPublicKey } = this.#options;
    if (secured) return this.#terminated();
    if (serverPublicKey === undefined) {
      throw new ObError('ER_NOT_SUPPORTED_AUTH_MODE', [], {
        message: 'caching_sha2_password asks for the password, and the connection is not encrypted; use TLS',
      });
    }
    if (serverPublicKey !== 'ask') return this.#encrypted(publicKey(serverPublicKey));
    this.#waitsForKey = true;
    return Uint8Array.of(requestPublicKey);
  }

  #terminated(): Uint8Array {
    return Buffer.from(`${this.#options.password}\0`, 'utf8');
  }

  #encrypted(key: KeyObject): Uint8Array {
    const masked = cachingSha2Masked(this.#terminated(), this.#options.scramble);
    try {
      return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, masked);
    } catch (cause) {
      throw unusable(cause);
    }
  }
}

function publicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw unusable(cause);
  }
}

/** No key at all, one of another kind, or numbers that are no RSA key. */
function unusable(cause: unknown): ObError {
  return new ObError('ER_MALFORMED_PACKET', [], { message: "the server's public key can't be used", cause });
}

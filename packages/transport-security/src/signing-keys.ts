import { createPrivateKey, createPublicKey, type KeyObject, webcrypto } from 'node:crypto';

/** ECDSA on P-256, or RSA with 3072 bits (as strong as P-256; what `intermediate` asks for at least is 2048). */
export type KeyType = 'ecdsa' | 'rsa';

export const KEY_TYPES: readonly KeyType[] = ['ecdsa', 'rsa'];

/** A key pair in the library's own form, and the algorithm that it signs with. */
export interface SigningKeys {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly algorithm: SigningAlgorithm;
}

type SigningAlgorithm = webcrypto.EcKeyGenParams & { readonly hash: string };

const RSA_BITS = 3_072;

export async function generateKeys(type: KeyType): Promise<SigningKeys> {
  const algorithm = type === 'rsa' ? rsaAlgorithm(RSA_BITS) : ecdsaAlgorithm('P-256');
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return { ...(keys as unknown as Pick<SigningKeys, 'privateKey' | 'publicKey'>), algorithm };
}

/**
 * Keys that are there already, in any form that OpenSSL reads without a passphrase.
 *
 * @throws an OpenSSL error when it is no private key, TypeError when it is of a kind that can't sign here
 */
export async function importKeys(pem: string): Promise<SigningKeys> {
  const key = createPrivateKey(pem);
  const algorithm = algorithmOf(key);
  const privateDer = key.export({ format: 'der', type: 'pkcs8' });
  const publicDer = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const { subtle } = webcrypto;
  return {
    privateKey: (await subtle.importKey('pkcs8', privateDer, algorithm, true, ['sign'])) as CryptoKey,
    publicKey: (await subtle.importKey('spki', publicDer, algorithm, true, ['verify'])) as CryptoKey,
    algorithm,
  };
}

/** PKCS #8, PEM, without a passphrase. */
export async function exportKey(key: CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key as webcrypto.CryptoKey);
  const text = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`;
}

/** OpenSSL's names of curves, and the library's. */
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

function algorithmOf(key: KeyObject): SigningAlgorithm {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  const curve = CURVES[asymmetricKeyDetails?.namedCurve ?? ''];
  if (asymmetricKeyType === 'ec' && curve !== undefined) return ecdsaAlgorithm(curve);
  if (asymmetricKeyType === 'rsa') return rsaAlgorithm(asymmetricKeyDetails?.modulusLength ?? RSA_BITS);
  throw new TypeError(`a key of type ${asymmetricKeyType} can't sign certificates here; use ECDSA or RSA`);
}

function ecdsaAlgorithm(namedCurve: string): SigningAlgorithm {
  return { name: 'ECDSA', namedCurve, hash: 'SHA-256' };
}

function rsaAlgorithm(modulusLength: number): SigningAlgorithm {
  const publicExponent = new Uint8Array([1, 0, 1]);
  // The two kinds share the fields that are read: name and hash; each has what its own kind needs.
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent, hash: 'SHA-256' } as never;
}

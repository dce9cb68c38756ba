import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ObError } from '@sealane/errors';
import { writeDurably } from '../durable-file.ts';
import { fingerprintOfKey } from './manifest.ts';

export interface SigningKey {
  readonly privateKey: KeyObject;
  /** PEM. */
  readonly publicKey: string;
  /** SHA-256 of the public key, hexadecimal. */
  readonly fingerprint: string;
}

/** The controller's own key, made when it is first needed: PKCS #8 PEM, for its owner only. */
export function ownSigningKey(file: string): SigningKey {
  if (existsSync(file)) return readSigningKey(file);
  mkdirSync(dirname(file), { recursive: true });
  const { privateKey } = generateKeyPairSync('ed25519');
  writeDurably(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  return signingKeyOf(privateKey);
}

/** @throws ObError OB_INVALID_CONFIG when it is no Ed25519 key, or others can read it: then they can sign as well */
export function readSigningKey(file: string): SigningKey {
  const privateKey = parsePrivateKey(file);
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw invalid(
      `${file} is a key of type ${privateKey.asymmetricKeyType}; evidence is signed with Ed25519`,
    );
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw invalid(`${file} can be read by others, who could sign with it; chmod 600 ${file}`);
  }
  return signingKeyOf(privateKey);
}

function parsePrivateKey(file: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${file} can't be used as a key to sign with: ${why}; make one with openssl genpkey -algorithm ed25519`;
    throw new ObError('OB_INVALID_CONFIG', [], { message, cause });
  }
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  return {
    privateKey,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: fingerprintOfKey(publicKey),
  };
}

function invalid(message: string): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message });
}

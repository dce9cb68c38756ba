import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { ObError } from '@sealane/errors';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { bytesOf } from './characters.ts';
import { bytesType, define, intType, lengthOf, named, textType } from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { currentExecution } from './execution-scope.ts';
import { placeOf } from './text.ts';

function digest(algorithm: string, value: SqlValue): string {
  return createHash(algorithm).update(bytesOf(value)).digest('hex');
}

const SHA2_BITS = new Map([
  [0, 'sha256'],
  [224, 'sha224'],
  [256, 'sha256'],
  [384, 'sha384'],
  [512, 'sha512'],
]);

function sha2([value = null, bits]: readonly SqlValue[]): SqlValue {
  const algorithm = SHA2_BITS.get(placeOf(bits));
  return algorithm === undefined ? null : digest(algorithm, value);
}

/** The hash that mysql_native_password stores: SHA1 of SHA1. */
function password([value = null]: readonly SqlValue[]): SqlValue {
  if (textOf(value) === '') return '';
  const inner = createHash('sha1').update(bytesOf(value)).digest();
  return `*${createHash('sha1').update(inner).digest('hex').toUpperCase()}`;
}

/** The mode of AES_ENCRYPT, such as aes-128-ecb. */
function blockMode(): { algorithm: string; keySize: number; usesVector: boolean } {
  const mode = textOf(currentExecution()?.variable('block_encryption_mode', 'session') ?? '').toLowerCase();
  const match = /^aes-(128|192|256)-(?:ecb|cbc|cfb1|cfb8|cfb128|ofb)$/.exec(mode);
  if (match === null) return { algorithm: 'aes-128-ecb', keySize: 16, usesVector: false };
  return {
    algorithm: mode.replace('cfb128', 'cfb'),
    keySize: Number(match[1]) / 8,
    usesVector: !mode.endsWith('-ecb'),
  };
}

/** MySQL folds a key of any length onto the cipher's by XOR. */
function foldKey(key: Buffer, size: number): Buffer {
  const folded = Buffer.alloc(size);
  for (const [index, byte] of key.entries()) folded[index % size] = (folded[index % size] ?? 0) ^ byte;
  return folded;
}

const VECTOR_SIZE = 16;

function vectorOf(vector: SqlValue | undefined, usesVector: boolean, name: string): Buffer | null {
  if (!usesVector) return null;
  const bytes = bytesOf(vector ?? '');
  if (bytes.length < VECTOR_SIZE) throw new ObError('OB_INVALID_ARGUMENT', [name]);
  return bytes.subarray(0, VECTOR_SIZE);
}

function aesEncrypt([value = null, key = null, vector]: readonly SqlValue[]): SqlValue {
  const { algorithm, keySize, usesVector } = blockMode();
  const cipher = createCipheriv(
    algorithm,
    foldKey(bytesOf(key), keySize),
    vectorOf(vector, usesVector, 'aes_encrypt'),
  );
  return new Uint8Array(Buffer.concat([cipher.update(bytesOf(value)), cipher.final()]));
}

/** NULL for what isn't such a text or has another key. */
function aesDecrypt([value = null, key = null, vector]: readonly SqlValue[]): SqlValue {
  const { algorithm, keySize, usesVector } = blockMode();
  const decipher = createDecipheriv(
    algorithm,
    foldKey(bytesOf(key), keySize),
    vectorOf(vector, usesVector, 'aes_decrypt'),
  );
  try {
    return new Uint8Array(Buffer.concat([decipher.update(bytesOf(value)), decipher.final()]));
  } catch {
    return null;
  }
}

/** The length of the text in four bytes, little endian, and what zlib makes of it. */
function compress([value = null]: readonly SqlValue[]): SqlValue {
  const bytes = bytesOf(value);
  if (bytes.length === 0) return new Uint8Array();
  const head = Buffer.alloc(4);
  head.writeUInt32LE(bytes.length);
  return new Uint8Array(Buffer.concat([head, deflateSync(bytes)]));
}

function uncompress([value = null]: readonly SqlValue[]): SqlValue {
  const bytes = bytesOf(value);
  if (bytes.length === 0) return new Uint8Array();
  if (bytes.length <= 4) return null;
  try {
    const size = bytes.readUInt32LE(0) & 0x3fffffff;
    return new Uint8Array(inflateSync(bytes.subarray(4), { maxOutputLength: Math.max(1, size) }));
  } catch {
    return null;
  }
}

const RANDOM_BYTES_MAX = 1024;

function randomBytesOf([count]: readonly SqlValue[]): SqlValue {
  const size = placeOf(count);
  if (size < 1 || size > RANDOM_BYTES_MAX)
    throw new ObError('OB_OPERATE_OVERFLOW', ['length', 'random_bytes']);
  return new Uint8Array(randomBytes(size));
}

export const digestFunctions: readonly ScalarFunction[] = [
  define('md5', [1, 1], textType(32), ([value = null]) => digest('md5', value), { nullable: false }),
  ...named(
    ['sha1', 'sha'],
    define('sha1', [1, 1], textType(40), ([value = null]) => digest('sha1', value), { nullable: false }),
  ),
  define('sha2', [2, 2], textType(128), sha2, { numeric: [1] }),
  define('password', [1, 1], textType(41), password, { nullable: false }),
  define(
    'aes_encrypt',
    [2, 3],
    ([value]) => bytesType(Math.ceil((lengthOf(value) * 4 + 1) / 16) * 16),
    aesEncrypt,
    { deterministic: false },
  ),
  define('aes_decrypt', [2, 3], ([value]) => bytesType(lengthOf(value)), aesDecrypt, {
    deterministic: false,
  }),
  define('compress', [1, 1], ([value]) => bytesType(lengthOf(value) * 4 + 120), compress, {
    nullable: false,
  }),
  define('uncompress', [1, 1], bytesType(4_294_967_295), uncompress),
  define(
    'uncompressed_length',
    [1, 1],
    intType,
    ([value = null]) => {
      const bytes = bytesOf(value);
      return bytes.length > 4 ? BigInt(bytes.readUInt32LE(0)) : 0n;
    },
    { nullable: false },
  ),
  define('random_bytes', [1, 1], bytesType(RANDOM_BYTES_MAX), randomBytesOf, {
    deterministic: false,
    numeric: [0],
  }),
];

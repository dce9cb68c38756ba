import { dirname, join, resolve } from 'node:path';
import { ObError } from '@sealane/errors';
import type { WalletPaths } from '@sealane/transport-security';
import { jsonObject } from './json-object.ts';

/** Where certificate, key and CA lie, as `proxyconfig.security_config` says it. */
export interface KeyInfo {
  readonly ca: string;
  readonly publicKey: string;
  readonly privateKey: string;
}

/**
 * @param text  '' or `{"sourceType": "FILE", "CA": path, "publicKey": path, "privateKey": path}`
 * @returns undefined for '': the wallet's own names
 * @throws ObError OB_ERR_PARAM_INVALID
 */
export function parseKeyInfo(text: string): KeyInfo | undefined {
  if (text.trim() === '') return undefined;
  const object = jsonObject(text);
  if (object === undefined) throw wrong('it is a JSON object');
  const { sourceType, CA: ca, publicKey, privateKey, ...unknown } = object;
  if (sourceType !== 'FILE') throw wrong('sourceType is FILE here; DBMESH and KEY are not supported');
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw wrong(`${stranger} is unknown`);
  if (!isPath(ca) || !isPath(publicKey) || !isPath(privateKey))
    throw wrong('CA, publicKey and privateKey are paths of files');
  return { ca, publicKey, privateKey };
}

/** @param baseDirectory  from which paths are seen @returns undefined for the wallet's own */
export function walletPathsOf(text: string, baseDirectory: string): WalletPaths | undefined {
  const info = parseKeyInfo(text);
  if (info === undefined) return undefined;
  const ca = resolve(baseDirectory, info.ca);
  return {
    ca,
    certificate: resolve(baseDirectory, info.publicKey),
    key: resolve(baseDirectory, info.privateKey),
    crl: join(dirname(ca), 'crl.pem'),
  };
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function wrong(why: string): ObError {
  return new ObError('OB_ERR_PARAM_INVALID', [], { message: `CONFIG_VAL is not valid: ${why}` });
}

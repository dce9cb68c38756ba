import { ObError } from '@sealane/errors';
import { jsonObject } from './json-object.ts';

/** `ssl_attributes`, read: how clients' TLS has to be. */
export interface SslAttributes {
  /** ENABLE_FORCE: a client that doesn't ask for TLS is refused. */
  readonly force: boolean;
  /** As `sql_protocol_min_tls_version` has it: NONE, TLSV1.2 … */
  readonly minTlsVersion: string;
}

const versions = new Set(['NONE', 'TLSV1', 'TLSV1.1', 'TLSV1.2', 'TLSV1.3']);
const uses = new Set(['ENABLE_FORCE', 'DISABLE_FORCE']);

/**
 * @param text  '' or `{"using_ssl": "ENABLE_FORCE" | "DISABLE_FORCE", "min_tls_version": "TLSV1.2" …}`
 * @throws ObError OB_ERR_PARAM_INVALID that names what is wrong
 */
export function parseSslAttributes(text: string): SslAttributes {
  if (text.trim() === '') return { force: false, minTlsVersion: 'NONE' };
  const object = jsonObject(text);
  if (object === undefined) throw wrong('it is a JSON object');
  const { using_ssl = 'DISABLE_FORCE', min_tls_version = 'NONE', ...unknown } = object;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined)
    throw wrong(`${stranger} is unknown; using_ssl and min_tls_version can be said`);
  if (typeof using_ssl !== 'string' || !uses.has(using_ssl.toUpperCase()))
    throw wrong(`using_ssl is one of ${[...uses].join(', ')}`);
  if (typeof min_tls_version !== 'string' || !versions.has(min_tls_version.toUpperCase()))
    throw wrong(`min_tls_version is one of ${[...versions].join(', ')}`);
  return {
    force: using_ssl.toUpperCase() === 'ENABLE_FORCE',
    minTlsVersion: min_tls_version.toUpperCase(),
  };
}

function wrong(why: string): ObError {
  return new ObError('OB_ERR_PARAM_INVALID', [], { message: `ssl_attributes is not valid: ${why}` });
}

import type { JudgeMode } from '@sealane/transport-security';
import type { ProxyConfig } from './config/proxy-config.ts';
import { parseSslAttributes } from './config/ssl-attributes.ts';

/** Why a live link of the proxy's is in another mode than a new one would be: MODE_REASON. */
export function modeJudge(config: ProxyConfig): JudgeMode {
  return ({ direction, mode }) => {
    const encrypted = mode === 'ENCRYPTED';
    if (direction === 'IN') {
      const isForced = parseSslAttributes(config.text('ssl_attributes')).force;
      if (encrypted || !isForced) return undefined;
      return 'ssl_attributes has ENABLE_FORCE, and this client came before that; KILL PROXYSESSION ends it';
    }
    if (encrypted === config.bool('enable_server_ssl')) return undefined;
    if (encrypted) return 'enable_server_ssl is False; it is replaced when its transaction or lock ends';
    return config.bool('server_ssl_fallback')
      ? 'enable_server_ssl is True, and the server offered no TLS; set ssl_client_authentication there'
      : 'enable_server_ssl is True; it is replaced when its transaction or lock ends';
  };
}

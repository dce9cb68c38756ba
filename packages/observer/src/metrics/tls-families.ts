import { type Family, gauge } from '@sealane/metrics';
import type { TlsStatus } from '@sealane/transport-security';

/** What this node's TLS is made of. */
export function tlsFamilies({ enabled, loaded, lastReload }: TlsStatus): readonly Family[] {
  return [
    gauge('sealane_tls_enabled', '1 while TLS is offered to new connections.', [
      { labels: {}, value: Number(enabled) },
    ]),
    gauge(
      'sealane_tls_certificate_not_after_timestamp_seconds',
      'When the certificate in use expires, in seconds since 1970; missing while there is none.',
      [{ labels: {}, value: loaded && loaded.certificate.expiresAt.getTime() / 1_000 }],
    ),
    gauge(
      'sealane_tls_wallet_reload_failed',
      '1 when the last attempt to load the wallet failed and what was in use stays.',
      [{ labels: {}, value: Number(lastReload?.result === 'FAILED') }],
    ),
  ];
}

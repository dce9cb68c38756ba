import {
  counter,
  exposition,
  type Family,
  gauge,
  LoopDelayWatch,
  MetricsListener,
  processFamilies,
} from '@sealane/metrics';
import type { LinkLedger, LinkSnapshot, TransportSecurity } from '@sealane/transport-security';
import type { ClientTable } from '../client-table.ts';
import type { ServerFacts } from '../routing/topology.ts';
import type { ProxyFigures } from './proxy-figures.ts';

export interface ProxyMetricsOptions {
  readonly figures: ProxyFigures;
  readonly clients: ClientTable;
  readonly ledger: LinkLedger;
  readonly security: TransportSecurity;
  readonly servers: () => readonly ServerFacts[];
  readonly logger: { warn(fields: object, message: string): void };
}

/** The proxy's figures for Prometheus, put together when they are asked for. */
export class ProxyMetrics {
  readonly #options: ProxyMetricsOptions;
  readonly #watch = new LoopDelayWatch();
  #listener: MetricsListener | undefined;

  constructor(options: ProxyMetricsOptions) {
    this.#options = options;
  }

  /** @param port  0: nowhere. @throws ObError OB_INVALID_CONFIG when the port can't be had */
  async start(host: string, port: number): Promise<void> {
    if (port === 0) return;
    const { logger } = this.#options;
    this.#listener = new MetricsListener({ host, port, collect: async () => this.text(), logger });
    await this.#listener.start();
  }

  async stop(): Promise<void> {
    this.#watch.stop();
    await this.#listener?.stop();
  }

  text(): string {
    const { figures, clients, ledger, security, servers } = this.#options;
    const { mean, p99, max } = this.#watch.look();
    return exposition([
      ...clientFamilies(clients),
      ...statementFamilies(figures),
      ...linkFamilies(ledger.list()),
      ...tlsFamilies(security),
      gauge(
        'sealane_proxy_servers',
        'Servers that the proxy knows, by whether they take statements.',
        serverSamples(servers()),
      ),
      gauge(
        'sealane_event_loop_delay_seconds',
        'How late the proxy came to what was due, since the last scrape.',
        [
          { labels: { stat: 'mean' }, value: mean },
          { labels: { stat: 'p99' }, value: p99 },
          { labels: { stat: 'max' }, value: max },
        ],
      ),
      ...processFamilies(),
    ]);
  }
}

function clientFamilies(clients: ClientTable): readonly Family[] {
  const encrypted = clients.list().filter((client) => client.encrypted).length;
  return [
    gauge('sealane_proxy_clients', 'Clients that are logged in, by the mode of their link.', [
      { labels: { mode: 'ENCRYPTED' }, value: encrypted },
      { labels: { mode: 'PLAIN' }, value: clients.size - encrypted },
    ]),
  ];
}

function statementFamilies(figures: ProxyFigures): readonly Family[] {
  const of = (label: string, entries: readonly (readonly [string, number])[]) =>
    entries.map(([key, value]) => ({ labels: { [label]: key }, value }));
  return [
    counter(
      'sealane_proxy_logins_total',
      'Attempts to log in by the error number the client was told, 0 for none.',
      of('code', figures.logins.entries()),
    ),
    counter(
      'sealane_proxy_statements_total',
      'Statements sent, by server; one that is sent again counts again.',
      of('server', figures.routed.entries()),
    ),
    counter(
      'sealane_proxy_resent_total',
      'Statements sent again: moved, the server served the tenant no more; lost, it was gone before it answered.',
      of('reason', figures.again.entries()),
    ),
    counter(
      'sealane_proxy_failures_total',
      'Errors that clients were told, by who said so and by number.',
      (['server', 'proxy'] as const).flatMap((origin) =>
        (origin === 'server' ? figures.serverErrors : figures.ownErrors)
          .entries()
          .map(([code, value]) => ({ labels: { origin, code }, value })),
      ),
    ),
    counter('sealane_proxy_moves_total', 'Links to servers that sessions made after their first.', [
      { labels: {}, value: figures.movedCount },
    ]),
    {
      name: 'sealane_proxy_held_seconds',
      help: 'How long statements and logins were held while nobody could take them.',
      type: 'histogram',
      samples: [figures.held.sample({})],
    },
  ];
}

/** Closed links that the ledger still knows count among the bytes; those it forgot are in V$OB_LINK_SUMMARY. */
function linkFamilies(links: readonly LinkSnapshot[]): readonly Family[] {
  const live = Map.groupBy(
    links.filter(({ closedAt }) => closedAt === undefined),
    ({ direction, mode }) => `${direction} ${mode}`,
  );
  return [
    gauge(
      'sealane_links',
      'Live links by direction (IN from a client, OUT to a server) and mode.',
      [...live].map(([key, each]) => {
        const [direction = '', mode = ''] = key.split(' ');
        return { labels: { kind: 'PROXY', direction, mode }, value: each.length };
      }),
    ),
  ];
}

function tlsFamilies({ status, handshakes }: TransportSecurity): readonly Family[] {
  return [
    gauge(
      'sealane_tls_certificate_not_after_timestamp_seconds',
      'When the certificate in use expires, in seconds since 1970; missing while there is none.',
      [{ labels: {}, value: status.loaded && status.loaded.certificate.expiresAt.getTime() / 1_000 }],
    ),
    counter(
      'sealane_tls_handshakes_total',
      'TLS handshakes by direction and end; result is ok or why it was refused.',
      handshakes
        .list()
        .map(({ direction, result, count }) => ({ labels: { direction, result }, value: count })),
    ),
  ];
}

function serverSamples(servers: readonly ServerFacts[]) {
  const ready = servers.filter(({ serving, status, stopped }) => serving && status === 'ACTIVE' && !stopped);
  return [
    { labels: { ready: 'true' }, value: ready.length },
    { labels: { ready: 'false' }, value: servers.length - ready.length },
  ];
}

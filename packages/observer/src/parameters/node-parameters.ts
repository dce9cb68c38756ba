import { isObError, ObError } from '@sealane/errors';
import type { SetConfigRequest } from '@sealane/ob-rpc';
import {
  type MeshParameters,
  type ReloadOccasion,
  type ReloadOutcome,
  type SecurityParameters,
  type TransportSecurity,
  WalletWatch,
} from '@sealane/transport-security';
import type { InternalSql } from '../cluster/ports.ts';
import type { LogThreadParameters } from '../log-thread/messages.ts';
import type { Logger } from '../logger.ts';
import {
  identityParameters,
  type NodeConfig,
  nodeDirectories,
  type ServerAddress,
  saveNodeConfig,
} from '../node-config.ts';
import { checkParameter } from './check-parameter.ts';
import { type EffectiveParameter, ParameterStore, type StoredParameter } from './parameter-store.ts';

export interface NodeParametersOptions {
  readonly config: NodeConfig;
  /** What the configuration file and the command line said. */
  readonly given: Readonly<Record<string, string>>;
  readonly security: TransportSecurity;
  readonly logger: Logger;
  /** Takes a value of `syslog_level`. */
  setLogLevel(level: string): void;
  /** Told after every change. */
  changed(parameters: LogThreadParameters): void;
}

/** This node's parameters, and what follows when they change: TLS, the log's level, the configuration file. */
export class NodeParameters {
  readonly store: ParameterStore;
  readonly #options: NodeParametersOptions;
  readonly #walletWatch: WalletWatch;
  #servers: readonly ServerAddress[];

  constructor(options: NodeParametersOptions) {
    const { config, given } = options;
    const { ip, rpcPort } = config.self;
    this.#options = options;
    this.#servers = config.servers;
    this.store = new ParameterStore(
      { zone: config.zone, svrIp: ip, svrPort: rpcPort },
      startedValues(config, given),
    );
    this.#walletWatch = new WalletWatch({
      directory: nodeDirectories(config.baseDirectory).wallet,
      logger: options.logger,
      reload: (occasion) => this.reloadTls(occasion),
    });
  }

  /** @throws ObError OB_INVALID_CONFIG: TLS is on and the wallet can't be used */
  start(sql: InternalSql): void {
    this.store.replace(storedParameters(sql));
    this.#options.security.reload(this.#securityParameters(), 'start');
    this.#walletWatch.start();
    this.#follow();
  }

  stop(): void {
    this.#walletWatch.stop();
  }

  /** To be called after anything was applied to the sys tenant: as in OceanBase, any change re-reads everything. */
  refresh(sql: InternalSql): void {
    if (!this.store.replace(storedParameters(sql))) return;
    this.#options.logger.info({ config_version: this.store.configVersion }, 'parameters changed');
    this.#options.security.reload(this.#securityParameters(), 'change');
    this.#follow();
    this.#options.changed(this.logThread());
  }

  /**
   * Reads the wallet again, for another reason than a parameter. The log thread gets it in its turn.
   *
   * @throws ObError OB_INVALID_CONFIG at `statement`: what was in use stays
   */
  reloadTls(occasion: ReloadOccasion): ReloadOutcome {
    const outcome = this.#options.security.reload(this.#securityParameters(), occasion);
    if (outcome === 'loaded') this.#options.changed(this.logThread());
    return outcome;
  }

  /**
   * ALTER INSTANCE RELOAD TLS.
   *
   * @returns empty, or why new clients get no TLS any more: only without rollback
   * @throws ObError OB_INVALID_CONFIG: what was in use stays
   */
  reloadInstance({ rollback }: { readonly rollback: boolean }): string {
    if (!this.store.bool('ssl_client_authentication')) {
      throw new ObError('OB_INVALID_CONFIG', [], {
        message:
          'TLS is off: ALTER SYSTEM SET ssl_client_authentication = True reads the wallet and turns it on',
      });
    }
    try {
      this.reloadTls('statement');
      return '';
    } catch (error) {
      if (rollback || !isObError(error)) throw error;
      this.#options.security.closeSql();
      return `no TLS for new clients any more: ${error.message}`;
    }
  }

  /**
   * What ob_admin sets on this server alone, where no SQL gets through: until the cluster sets it, or the server restarts.
   *
   * @throws ObError OB_ERR_SYS_CONFIG_UNKNOWN, OB_INVALID_CONFIG
   */
  setHere({ name, value: text }: SetConfigRequest): void {
    const { definition, value } = checkParameter(name, text);
    this.store.setHere(definition.name, value);
    this.#options.logger.warn(
      { name: definition.name, value },
      'ob_admin has set a parameter of this server',
    );
    this.#options.security.reload(this.#securityParameters(), 'change');
    this.#follow();
    this.#options.changed(this.logThread());
  }

  /** What the log thread follows, at this moment. */
  logThread(): LogThreadParameters {
    return {
      mesh: this.#mesh(),
      invitedTools: this.store.text('_ob_ssl_invited_tools'),
      security: this.#securityParameters(),
      wallet: this.#options.security.wallet,
      configVersion: this.store.configVersion,
      logLevel: this.store.text('syslog_level'),
      electionTimings: this.store.text('_election_timings'),
    };
  }

  /** What decides about links between nodes. */
  #mesh(): MeshParameters {
    return {
      sslClientAuthentication: this.store.bool('ssl_client_authentication'),
      invitedNodes: this.store.text('_ob_ssl_invited_nodes'),
      rpcClientMethod: this.store.text('rpc_client_authentication_method'),
      rpcServerMethod: this.store.text('rpc_server_authentication_method'),
    };
  }

  #securityParameters(): SecurityParameters {
    return {
      sslClientAuthentication: this.store.bool('ssl_client_authentication'),
      sqlMinTlsVersion: this.store.text('sql_protocol_min_tls_version'),
      tlsProfile: this.store.text('_tls_profile'),
    };
  }

  /** Who belongs to the cluster has changed: a later start must know whom to ask. */
  rememberServers(servers: readonly ServerAddress[]): void {
    this.#servers = servers;
    this.#save();
  }

  #follow(): void {
    this.#options.setLogLevel(this.store.text('syslog_level'));
    this.#save();
  }

  #save(): void {
    const { logger } = this.#options;
    const config = { ...this.#options.config, servers: this.#servers };
    const identity = identityParameters(config);
    const remembered = Object.entries(this.store.nonDefault()).filter(([name]) => !(name in identity));
    try {
      saveNodeConfig(config, Object.fromEntries(remembered));
    } catch (error) {
      // The cluster has the values; only a start without it would miss them.
      logger.error({ error: String(error) }, "the configuration file couldn't be written");
    }
  }
}

function startedValues(
  config: NodeConfig,
  given: Readonly<Record<string, string>>,
): Map<string, EffectiveParameter> {
  const values = new Map<string, EffectiveParameter>();
  for (const [name, value] of Object.entries(given)) values.set(name, { value, source: 'FILE' });
  for (const [name, value] of Object.entries(config.overrides))
    values.set(name, { value, source: 'CMDLINE' });
  for (const [name, value] of Object.entries(identityParameters(config)))
    values.set(name, { value, source: 'CMDLINE' });
  return values;
}

function storedParameters(sql: InternalSql): StoredParameter[] {
  const rows = sql.local(
    '__all_sys_parameter',
    'SELECT zone, svr_ip, svr_port, name, value, config_version FROM "oceanbase.__all_sys_parameter"',
  );
  return rows.map(([zone, svrIp, svrPort, name, value, configVersion]) => ({
    zone: String(zone),
    svrIp: String(svrIp),
    svrPort: Number(svrPort),
    name: String(name),
    value: String(value),
    configVersion: Number(configVersion),
  }));
}

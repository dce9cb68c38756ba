import { ObError } from '@sealane/errors';

/** Where a server of the cluster is reached. */
export interface ServerEndpoint {
  readonly ip: string;
  readonly rpcPort: number;
  readonly sqlPort: number;
}

/** Names and meanings are libobcdc's, where it has one. */
export interface ObcdcConfig {
  /** `ip:rpc_port:sql_port;…`: to begin with; others are learnt. */
  readonly rootserver_list: string;
  /** Instead of a list: http(s), answers with it. */
  readonly cluster_url: string;
  /** For metadata, on tenant sys. */
  readonly cluster_user: string;
  readonly cluster_password: string;
  readonly tb_white_list: string;
  readonly tb_black_list: string;
  /** 1: load the wallet, and speak TLS with SQL ports that offer it. */
  readonly ssl_client_authentication: boolean;
  /** Of the links over which changes come. AUTO is ours: SSL_IO as soon as the cluster has turned TLS on, and never less again. */
  readonly rpc_client_authentication_method: 'NONE' | 'SSL_NO_ENCRYPT' | 'SSL_IO' | 'AUTO';
  /** ca.pem, client-cert.pem, client-key.pem. Ours: the original takes ./wallet. */
  readonly wallet: string;
  /** Of the tenants' copies: as large as their tables. */
  readonly store_service_path: string;
  readonly fetch_log_rpc_timeout_sec: number;
  /** A server that failed isn't asked for that long; doubles while it goes on failing. */
  readonly blacklist_survival_time_sec: number;
  readonly rs_sql_connect_timeout_sec: number;
  readonly rs_sql_query_timeout_sec: number;
  readonly output_heartbeat_interval_msec: number;
}

export type ConfigName = keyof ObcdcConfig;

interface Setting {
  readonly default: string | number | boolean;
  readonly info: string;
  readonly choices?: readonly string[];
}

const methods = ['NONE', 'SSL_NO_ENCRYPT', 'SSL_IO', 'AUTO'] as const;

export const settings: Readonly<Record<ConfigName, Setting>> = {
  rootserver_list: { default: '', info: "servers to begin with: 'ip:rpc_port:sql_port;…'" },
  cluster_url: { default: '', info: 'where that list is had by HTTP, instead' },
  cluster_user: { default: 'root@sys', info: 'an account of tenant sys, for metadata' },
  cluster_password: { default: '', info: 'its password (or in OBCDC_CLUSTER_PASSWORD)' },
  tb_white_list: { default: '*.*.*', info: 'tables that are wanted: tenant.database.table|…' },
  tb_black_list: { default: '', info: 'tables that are not' },
  ssl_client_authentication: { default: false, info: '1: load the wallet, and speak TLS with SQL ports' },
  rpc_client_authentication_method: {
    default: 'NONE',
    info: 'how changes come: in clear, checked, encrypted; AUTO: encrypted as soon as the cluster can',
    choices: methods,
  },
  wallet: { default: 'wallet', info: 'directory of ca.pem, client-cert.pem and client-key.pem' },
  store_service_path: { default: './storage', info: "directory of the tenants' copies" },
  fetch_log_rpc_timeout_sec: { default: 15, info: 'without a sign of life: another server is asked' },
  blacklist_survival_time_sec: { default: 1, info: 'a server that failed is left alone for that long' },
  rs_sql_connect_timeout_sec: { default: 40, info: 'of a login for metadata' },
  rs_sql_query_timeout_sec: { default: 30, info: 'of a query for metadata' },
  output_heartbeat_interval_msec: { default: 1000, info: 'between two heartbeats' },
};

/** @throws ObError OB_INVALID_CONFIG for names and values that aren't any */
export function configOf(given: Readonly<Record<string, string>>): ObcdcConfig {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(settings, name)) throw invalid(`there is no setting ${name}`);
  }
  const entries = Object.entries(settings).map(([name, setting]) => [
    name,
    given[name] === undefined ? setting.default : settingOf(name, setting, given[name]),
  ]);
  const config = Object.fromEntries(entries) as ObcdcConfig;
  if (config.rpc_client_authentication_method !== 'NONE' && !config.ssl_client_authentication) {
    throw invalid(
      'rpc_client_authentication_method needs ssl_client_authentication=1, which loads the wallet',
    );
  }
  return config;
}

/** `name=value` a line; `#` begins a remark. @throws ObError OB_INVALID_CONFIG */
export function parseConfig(text: string): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [at, line] of text.split('\n').entries()) {
    const setting = line.trim();
    if (setting === '' || setting.startsWith('#')) continue;
    const equals = setting.indexOf('=');
    if (equals <= 0) throw invalid(`line ${at + 1} is no name=value`);
    given[setting.slice(0, equals).trim()] = setting.slice(equals + 1).trim();
  }
  return given;
}

/** @throws ObError OB_INVALID_CONFIG */
export function parseServerList(text: string): readonly ServerEndpoint[] {
  const servers = text.split(';').filter((each) => each.trim() !== '');
  return servers.map((server) => {
    const [, ip, rpcPort, sqlPort] = /^\s*(.+):(\d+):(\d+)\s*$/.exec(server) ?? [];
    if (ip === undefined) throw invalid(`rootserver_list: "${server}" is no ip:rpc_port:sql_port`);
    return { ip, rpcPort: Number(rpcPort), sqlPort: Number(sqlPort) };
  });
}

function settingOf(name: string, setting: Setting, text: string): Setting['default'] {
  if (setting.choices !== undefined && !setting.choices.includes(text))
    throw invalid(`${name} is one of ${setting.choices.join(', ')}, not ${text}`);
  switch (typeof setting.default) {
    case 'number': {
      const value = Number(text);
      if (Number.isFinite(value) && value > 0) return value;
      throw invalid(`${name} is a number above 0, not ${text}`);
    }
    case 'boolean':
      if (/^(1|true|on|yes)$/i.test(text)) return true;
      if (/^(0|false|off|no)$/i.test(text)) return false;
      throw invalid(`${name} is 0 or 1, not ${text}`);
    case 'string':
      return text;
  }
}

function invalid(message: string): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message });
}

import { isNativePasswordHash } from '@sealane/mysql-protocol';
import { parseKeyInfo } from './key-info.ts';
import type { ParameterType } from './parameter-value.ts';
import { parseSslAttributes } from './ssl-attributes.ts';

/** Who a parameter is for: SHOW PROXYCONFIG shows USER and SYS, SHOW PROXYCONFIG ALL the rest, too. */
export type VisibleLevel = 'USER' | 'SYS' | 'MEMORY';

export interface ParameterDefinition {
  readonly type: ParameterType;
  readonly default: string;
  readonly info: string;
  readonly visibleLevel: VisibleLevel;
  /** A new value counts after the next start only. */
  readonly needReboot?: true;
  /** Inclusive; milliseconds for TIME. */
  readonly range?: { readonly min: number; readonly max: number };
  /** For STRING: throws for a text that isn't a legal value. */
  readonly check?: (text: string) => void;
  /** SHOW PROXYCONFIG shows a mask. */
  readonly secret?: true;
}

const port = { min: 0, max: 65_535 };
const second = 1_000;
const day = 86_400 * second;

/**
 * The parameters of the proxy. Names, types and ranges are obproxy's (`ob_proxy_config.h`) where it has the parameter;
 * those marked "Sealane" are our own, and so are some defaults: see docs/differences.md.
 */
export const parameterTable = {
  listen_port: {
    type: 'INT',
    default: '2883',
    info: 'Port for clients; 0 for any free one',
    visibleLevel: 'USER',
    needReboot: true,
    range: port,
  },
  prometheus_listen_port: {
    type: 'INT',
    default: '0',
    info: 'Port for metrics; 0 for none',
    visibleLevel: 'USER',
    needReboot: true,
    range: port,
  },
  prometheus_listen_host: {
    type: 'STRING',
    default: '127.0.0.1',
    info: 'Sealane: address of prometheus_listen_port; whoever reaches it may read, in clear and without a login',
    visibleLevel: 'USER',
    needReboot: true,
  },
  rootservice_list: {
    type: 'STRING',
    default: '',
    info: "Servers to begin with: 'ip:sql_port;…'; the others are learnt from them",
    visibleLevel: 'USER',
    check: checkServerList,
  },
  target_db_server: {
    type: 'STRING',
    default: '',
    info: "Any MySQL server, as 'ip:port', to which everybody goes under the name they give; tenants, topology and moves are off then",
    visibleLevel: 'SYS',
    needReboot: true,
    check: (text) => {
      if (text.includes(';')) throw new RangeError('it is one ip:port');
      checkServerList(text);
    },
  },
  rootservice_cluster_name: {
    type: 'STRING',
    default: '',
    info: 'The only cluster that is served, where enable_cluster_checkout is True',
    visibleLevel: 'USER',
  },
  enable_cluster_checkout: {
    type: 'BOOL',
    default: 'True',
    info: 'A login that names another cluster than rootservice_cluster_name is refused',
    visibleLevel: 'SYS',
  },
  username_separator: {
    type: 'STRING',
    default: ':;-;.',
    info: 'What may stand between cluster, tenant and user in a login name, separated by ;',
    visibleLevel: 'SYS',
  },
  obproxy_sys_password: {
    type: 'STRING',
    default: '',
    info: 'Password of root@proxysys, kept as its mysql_native_password hash; while empty, it may log in from this host only',
    visibleLevel: 'USER',
    secret: true,
    check: (text) => {
      if (!isNativePasswordHash(text)) throw new RangeError('it is a mysql_native_password hash');
    },
  },
  enable_ob_protocol_v2: {
    type: 'BOOL',
    default: 'True',
    info: 'Speaks with servers in frames with checksums, where they can; counts for new links',
    visibleLevel: 'USER',
  },
  enable_ob_protocol_v2_with_client: {
    type: 'BOOL',
    default: 'False',
    info: 'Speaks so with drivers that ask for it; counts for new logins',
    visibleLevel: 'USER',
  },
  enable_client_ssl: {
    type: 'BOOL',
    default: 'False',
    info: 'Offers TLS to clients; counts for new logins',
    visibleLevel: 'USER',
  },
  enable_server_ssl: {
    type: 'BOOL',
    default: 'False',
    info: 'Speaks TLS with servers; sessions get a new link at their next moment between transactions',
    visibleLevel: 'USER',
  },
  server_ssl_fallback: {
    type: 'BOOL',
    default: 'False',
    info: 'Sealane: with enable_server_ssl, a server that offers no TLS is spoken to in clear, as obproxy does, and not refused',
    visibleLevel: 'USER',
  },
  ssl_attributes: {
    type: 'STRING',
    default: '',
    info: 'JSON: using_ssl (ENABLE_FORCE, DISABLE_FORCE), min_tls_version (NONE, TLSV1.2, TLSV1.3)',
    visibleLevel: 'USER',
    check: parseSslAttributes,
  },
  ssl_key_info: {
    type: 'STRING',
    default: '',
    info: 'JSON of proxyconfig.security_config: sourceType FILE, CA, publicKey, privateKey; empty: the wallet',
    visibleLevel: 'MEMORY',
    secret: true,
    check: parseKeyInfo,
  },
  client_max_connections: {
    type: 'INT',
    default: '8192',
    info: 'Clients at a time; whoever comes then gets error 1040',
    visibleLevel: 'USER',
    range: { min: 0, max: 65_535 },
  },
  client_login_max: {
    type: 'INT',
    default: '512',
    info: 'Sealane: clients that haven’t logged in yet, at a time; the one that waits longest makes room',
    visibleLevel: 'SYS',
    range: { min: 1, max: 65_535 },
  },
  client_login_timeout: {
    type: 'TIME',
    default: '10s',
    info: 'Sealane: time for a client to log in, and for a server to answer a login',
    visibleLevel: 'SYS',
    range: { min: 100, max: 3_600 * second },
  },
  server_connect_timeout: {
    type: 'TIME',
    default: '2s',
    info: 'Sealane: time for a connection to a server',
    visibleLevel: 'SYS',
    range: { min: 10, max: 60 * second },
  },
  server_state_refresh_interval: {
    type: 'TIME',
    default: '500ms',
    info: 'How often the topology is read anew, whatever happens',
    visibleLevel: 'SYS',
    range: { min: 10, max: 3_600 * second },
  },
  topology_query_timeout: {
    type: 'TIME',
    default: '2s',
    info: 'Sealane: time for the answer to a question about the topology',
    visibleLevel: 'SYS',
    range: { min: 10, max: 60 * second },
  },
  statement_hold_time: {
    type: 'TIME',
    default: '10s',
    info: 'Sealane: how long a statement is held while nobody can take it',
    visibleLevel: 'USER',
    range: { min: 0, max: 3_600 * second },
  },
  enable_transaction_lost_error: {
    type: 'BOOL',
    default: 'True',
    info: 'Sealane: a transaction whose server is gone ends in error 6002; False closes the client’s connection without a word, as obproxy does',
    visibleLevel: 'USER',
  },
  congestion_failure_threshold: {
    type: 'INT',
    default: '5',
    info: 'Failures within congestion_fail_window that put a server on the blacklist',
    visibleLevel: 'SYS',
    range: { min: 1, max: 1_000 },
  },
  congestion_fail_window: {
    type: 'TIME',
    default: '120s',
    info: 'See congestion_failure_threshold',
    visibleLevel: 'SYS',
    range: { min: second, max: day },
  },
  congestion_retry_interval: {
    type: 'TIME',
    default: '1s',
    info: 'After this a server on the blacklist is tried once',
    visibleLevel: 'SYS',
    range: { min: 10, max: day },
  },
  drain_timeout: {
    type: 'TIME',
    default: '10s',
    info: 'Sealane: how long a proxy that stops waits for open transactions',
    visibleLevel: 'SYS',
    range: { min: 0, max: 3_600 * second },
  },
} as const satisfies Record<string, ParameterDefinition>;

export type ParameterName = keyof typeof parameterTable;
/** Names of the parameters of one type. */
export type NameOf<Type extends ParameterType> = {
  [Name in ParameterName]: (typeof parameterTable)[Name]['type'] extends Type ? Name : never;
}[ParameterName];

export const parameterNames = Object.keys(parameterTable) as readonly ParameterName[];

export function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(parameterTable, name);
}

function checkServerList(text: string): void {
  for (const server of text.split(';').filter((each) => each !== '')) {
    if (!/^.+:\d{1,5}$/.test(server)) throw new RangeError(`'${server}' is no ip:sql_port`);
  }
}

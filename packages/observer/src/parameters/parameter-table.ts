import {
  type ParameterType,
  parseBool,
  parseCapacity,
  parseInteger,
  parseTimeUs,
} from './parameter-value.ts';

/** When a new value counts: at once (or for new connections), after a restart, or never by SQL. */
export type EditLevel = 'DYNAMIC_EFFECTIVE' | 'STATIC_EFFECTIVE' | 'READONLY';

export interface ParameterDefinition {
  readonly name: string;
  readonly type: ParameterType;
  readonly default: string;
  readonly section: 'OBSERVER' | 'RPC' | 'ROOT_SERVICE' | 'TRANS';
  readonly editLevel: EditLevel;
  readonly info: string;
  /** Inclusive, in the type's unit: microseconds, bytes, or plain. */
  readonly range?: { readonly min: number; readonly max: number };
  /** For STRING: whether the text is a legal value; any text when absent. */
  readonly accepts?: (text: string) => boolean;
}

const second = 1_000_000;
const authenticationMethods = new Set(['NONE', 'SSL_NO_ENCRYPT', 'SSL_IO']);
const electionTimings = new Set(['SEALANE', 'OCEANBASE']);
const tlsProfiles = new Set(['INTERMEDIATE', 'STRICT']);
const tlsVersions = new Set(['NONE', 'TLSV1', 'TLSV1.1', 'TLSV1.2', 'TLSV1.3']);
const syslogLevels = new Set(['DEBUG', 'TRACE', 'WDIAG', 'EDIAG', 'INFO', 'WARN', 'ERROR']);

/**
 * The parameters that have an effect here. Names, types, defaults and ranges are OceanBase's
 * (OceanBase 4.x, `ob_parameter_seed.ipp`); those marked "Sealane" in `info` are our own.
 */
export const parameterTable: readonly ParameterDefinition[] = [
  {
    name: 'cluster',
    type: 'STRING',
    default: 'obcluster',
    section: 'OBSERVER',
    editLevel: 'READONLY',
    info: 'Name of the cluster',
  },
  {
    name: 'cluster_id',
    type: 'INT',
    default: '1',
    section: 'OBSERVER',
    editLevel: 'READONLY',
    info: 'ID of the cluster',
    range: { min: 1, max: 4_294_901_759 },
  },
  {
    name: 'zone',
    type: 'STRING',
    default: '',
    section: 'OBSERVER',
    editLevel: 'READONLY',
    info: 'Zone of this server',
  },
  {
    name: 'local_ip',
    type: 'STRING',
    default: '',
    section: 'OBSERVER',
    editLevel: 'READONLY',
    info: 'The address this server is known by',
  },
  {
    name: 'rpc_port',
    type: 'INT',
    default: '2882',
    section: 'OBSERVER',
    editLevel: 'READONLY',
    info: 'Port of OB-RPC',
    range: { min: 1025, max: 65_535 },
  },
  {
    name: 'mysql_port',
    type: 'INT',
    default: '2881',
    section: 'OBSERVER',
    editLevel: 'READONLY',
    info: 'Port of the MySQL protocol',
    range: { min: 1025, max: 65_535 },
  },
  {
    name: 'rootservice_list',
    type: 'STRING',
    default: '',
    section: 'OBSERVER',
    editLevel: 'READONLY',
    info: "The cluster's servers: ip:rpc_port:sql_port;…",
  },
  {
    name: 'ssl_client_authentication',
    type: 'BOOL',
    default: 'False',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Turns TLS on: at once for new MySQL connections, and as far as the allow-list says for new RPC connections',
  },
  {
    name: 'ssl_external_kms_info',
    type: 'STRING',
    default: '',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Key management of the enterprise edition; empty means the local wallet',
  },
  {
    name: 'sql_protocol_min_tls_version',
    type: 'STRING',
    default: 'none',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Least TLS version of new MySQL connections: none, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3',
    accepts: (text) => tlsVersions.has(text.toUpperCase()),
  },
  {
    name: '_tls_profile',
    type: 'STRING',
    default: 'intermediate',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: "Sealane: which TLS new connections speak, on both ports: Mozilla's intermediate list (TLS 1.2 and 1.3), or strict, its modern one (TLS 1.3)",
    accepts: (text) => tlsProfiles.has(text.toUpperCase()),
  },
  {
    name: '_ob_ssl_invited_nodes',
    type: 'STRING',
    default: 'NONE',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Servers whose new RPC connections use TLS: NONE, ALL, or a list of addresses',
  },
  {
    name: '_ob_ssl_invited_tools',
    type: 'STRING',
    default: 'ob_admin,obcdc',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Sealane: common names of the client certificates with which tools may come to the RPC port, or NONE',
  },
  {
    name: 'rpc_client_authentication_method',
    type: 'STRING',
    default: 'NONE',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'How new outgoing RPC connections authenticate: NONE, SSL_NO_ENCRYPT, SSL_IO',
    accepts: (text) => authenticationMethods.has(text.toUpperCase()),
  },
  {
    name: 'rpc_server_authentication_method',
    type: 'STRING',
    default: 'ALL',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'What new incoming RPC connections may use: a list of NONE, SSL_NO_ENCRYPT, SSL_IO, or ALL',
    accepts: (text) =>
      text.length < 256 &&
      text
        .split(',')
        .every(
          (item) =>
            item.trim().toUpperCase() === 'ALL' || authenticationMethods.has(item.trim().toUpperCase()),
        ),
  },
  {
    name: 'lease_time',
    type: 'TIME',
    default: '10s',
    section: 'ROOT_SERVICE',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Silence of a server after which it is INACTIVE',
    range: { min: second, max: 300 * second },
  },
  {
    name: 'rpc_timeout',
    type: 'TIME',
    default: '2s',
    section: 'RPC',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Deadline of internal calls',
    range: { min: 10_000, max: 3600 * second },
  },
  {
    name: 'internal_sql_execute_timeout',
    type: 'TIME',
    default: '30s',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Deadline of STOP SERVER, START SERVER and the like',
    range: { min: 10_000, max: 3600 * second },
  },
  {
    name: '_election_timings',
    type: 'STRING',
    default: 'SEALANE',
    section: 'OBSERVER',
    editLevel: 'READONLY',
    info: 'Sealane: how soon a silent leader is replaced, SEALANE in 2 to 3 s, OCEANBASE in about 6 s; given with -o, on every server the same',
    accepts: (text) => electionTimings.has(text),
  },
  {
    name: 'log_disk_size',
    type: 'CAPACITY',
    default: '512M',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: "What log_disk_utilization_threshold is a percentage of, for the log of each tenant; no limit (Sealane: OceanBase's is for all of them)",
    range: { min: 2 ** 20, max: 2 ** 50 },
  },
  {
    name: 'log_disk_utilization_threshold',
    type: 'INT',
    default: '80',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Percentage of log_disk_size in use from which on the log is freed behind a minor freeze by itself',
    range: { min: 10, max: 99 },
  },
  {
    name: '_log_tail_size',
    type: 'CAPACITY',
    default: '64M',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Sealane: log that a minor freeze leaves for members that are behind; who lacks more takes a snapshot',
    range: { min: 0, max: 2 ** 50 },
  },
  {
    name: '_snapshot_rate',
    type: 'CAPACITY',
    default: '128M',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: "Sealane: bytes a second at most while a tenant's file is copied, and while the copy is fetched",
    range: { min: 2 ** 20, max: 2 ** 40 },
  },
  {
    name: 'ob_ssl_invited_common_names',
    type: 'STRING',
    default: 'NONE',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Common names of client certificates that may be shown at a login: NONE for all of them, or a list; for the whole cluster (OceanBase: for a tenant)',
  },
  {
    name: 'connection_control_failed_connections_threshold',
    type: 'INT',
    default: '0',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Failed logins in a row after which an account stays closed for a while, on each server; 0: never; a new value forgets all failures',
    range: { min: 0, max: 2_147_483_647 },
  },
  {
    name: 'connection_control_min_connection_delay',
    type: 'INT',
    default: '1000',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Least milliseconds that an account stays closed after failed logins',
    range: { min: 1000, max: 2_147_483_647 },
  },
  {
    name: 'connection_control_max_connection_delay',
    type: 'INT',
    default: '2147483647',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Most milliseconds that an account stays closed after failed logins',
    range: { min: 1000, max: 2_147_483_647 },
  },
  {
    name: 'syslog_level',
    type: 'STRING',
    default: 'INFO',
    section: 'OBSERVER',
    editLevel: 'DYNAMIC_EFFECTIVE',
    info: 'Least level of the log: DEBUG, INFO, WARN, ERROR',
    accepts: (text) => syslogLevels.has(text.toUpperCase()),
  },
];

const byName = new Map(parameterTable.map((definition) => [definition.name, definition]));

export function parameterDefinition(name: string): ParameterDefinition | undefined {
  return byName.get(name.toLowerCase());
}

/**
 * @returns the value in the form it is stored and shown (`True` for `on`), or undefined when it is no
 * legal value of the parameter
 */
export function normaliseParameter(definition: ParameterDefinition, text: string): string | undefined {
  switch (definition.type) {
    case 'BOOL': {
      const value = parseBool(text);
      return value === undefined ? undefined : value ? 'True' : 'False';
    }
    case 'STRING':
      return definition.accepts === undefined || definition.accepts(text) ? text : undefined;
    case 'INT':
      return inRange(definition, parseInteger(text)) ? text.trim() : undefined;
    case 'TIME':
      return inRange(definition, parseTimeUs(text)) ? text.trim() : undefined;
    case 'CAPACITY':
      return inRange(definition, parseCapacity(text)) ? text.trim() : undefined;
  }
}

function inRange(definition: ParameterDefinition, value: number | undefined): boolean {
  if (value === undefined) return false;
  const { min, max } = definition.range ?? { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
  return value >= min && value <= max;
}

import { type ErrorRow, row } from '../error-row.ts';

/** The cluster: leaders, links, servers, zones, tenants, parameters; and what no one else names. */
export const clusterErrors = {
  // General.
  OB_NOT_INIT: row(-4006, 4006, 'HY000', 'The object is not initialized'),
  OB_IO_ERROR: row(-4009, 4009, '58030', 'IO error'),
  OB_TIMEOUT: row(-4012, 4012, 'HY000', 'Timeout', 'unknown'),
  OB_ALLOCATE_MEMORY_FAILED: row(-4013, 4013, 'HY001', 'No memory or reach tenant memory limit', 'again'),
  OB_ERR_SYS: row(-4015, 4015, 'HY000', 'System error'),
  OB_ERR_UNEXPECTED: row(-4016, 4016, 'HY000', 'Internal error'),
  OB_ENTRY_EXIST: row(-4017, 4017, 'HY000', 'Entry already exist'),
  OB_ENTRY_NOT_EXIST: row(-4018, 4018, 'HY000', 'Entry not exist'),
  OB_SIZE_OVERFLOW: row(-4019, 4019, 'HY000', 'Size overflow'),
  OB_EAGAIN: row(-4023, 4023, 'HY000', 'Try again', 'again'),
  OB_NEED_RETRY: row(-4036, 4036, 'HY000', 'Need retry', 'again'),
  OB_INVALID_DATA: row(-4070, 4070, 'HY000', 'Invalid data'),
  OB_CANCELED: row(-4072, 4072, 'HY000', 'Operation canceled'),
  OB_QUEUE_OVERFLOW: row(-4085, 4085, 'HY000', 'Queue overflow', 'again'),
  OB_CHECKSUM_ERROR: row(-4103, 4103, '42000', 'Data checksum error'),
  OB_STATE_NOT_MATCH: row(-4109, 4109, 'HY000', 'Server state or role not the same as expected'),
  OB_IN_STOP_STATE: row(-4114, 4114, '08S01', 'In STOP state', 'elsewhere'),
  OB_OP_NOT_ALLOW: row(-4179, 4179, 'HY000', '%s not allowed'),
  OB_SERVER_OUTOF_DISK_SPACE: row(-4184, 4184, '53100', 'Server out of disk space'),
  OB_LOG_OUTOF_DISK_SPACE: row(-4264, 4264, 'HY000', 'Log out of disk space'),

  // The replicated log and its leaders.
  OB_LOG_NOT_SYNC: row(-4065, 4065, 'HY000', 'Log not sync'),
  OB_INVALID_LOG: row(-4068, 4068, 'HY000', 'Invalid log'),
  OB_LOG_TOO_LARGE: row(-4120, 4120, 'HY000', 'Log too large'),
  OB_NOT_MASTER: row(-4038, 4038, 'HY000', 'The observer or zone is not the master', 'elsewhere'),
  OB_LEADER_NOT_EXIST: row(-4209, 4209, 'HY000', 'partition has not leader', 'again'),
  OB_WAIT_ELEC_LEADER_TIMEOUT: row(-4621, 4621, 'HY000', 'wait elect partition leader timeout'),
  OB_INIT_TWICE: row(-4005, 4005, 'HY000', 'The object is initialized twice'),
  OB_RS_NOT_MASTER: row(-4638, 4638, 'HY000', 'The RootServer is not the master', 'elsewhere'),
  OB_WAIT_LEADER_SWITCH_TIMEOUT: row(-4652, 4652, 'HY000', 'wait leader switch timeout', 'unknown'),
  OB_LOCATION_NOT_EXIST: row(-4653, 4653, 'HY000', 'location not exist', 'again'),
  OB_LOCATION_LEADER_NOT_EXIST: row(-4654, 4654, 'HY000', 'location leader not exist', 'again'),
  OB_LS_NOT_EXIST: row(-4719, 4719, 'HY000', 'log stream does not exist'),
  OB_LS_LOCATION_NOT_EXIST: row(-4721, 4721, 'HY000', 'log stream location does not exist', 'again'),
  OB_LS_LOCATION_LEADER_NOT_EXIST: row(
    -4722,
    4722,
    'HY000',
    'log stream location leader does not exist',
    'again',
  ),
  OB_STANDBY_READ_ONLY: row(-4688, 4688, 'HY000', 'standby tenant is read only', 'elsewhere'),

  // Links between processes.
  OB_RPC_PACKET_TOO_LONG: row(-4119, 4119, '08000', 'RPC packet to send too long'),
  OB_RPC_SEND_ERROR: row(-4121, 4121, '08000', 'RPC send error', 'if-not-sent'),
  OB_RPC_POST_ERROR: row(-4122, 4122, '08000', 'RPC post error', 'elsewhere'),
  OB_LIBEASY_ERROR: row(-4123, 4123, '08000', 'Libeasy error', 'if-not-sent'),
  OB_CONNECT_ERROR: row(-4124, 4124, 'HY000', 'Connect error', 'elsewhere'),
  OB_RPC_PACKET_INVALID: row(-4128, 4128, 'HY000', 'RPC packet is invalid'),
  OB_RPC_NEED_RECONNECT: row(-4681, 4681, 'HY000', 'rpc need reconnect', 'again'),
  OB_CLUSTER_NO_MATCH: row(-4666, 4666, 'HY000', "cluster name does not match to '%s'"),
  OB_CLUSTER_ID_NO_MATCH: row(-4700, 4700, 'HY000', 'cluster id does not match'),

  // Servers and zones.
  OB_ZONE_INFO_NOT_EXIST: row(-4530, 4530, 'HY000', "Zone info '%s' not exist"),
  OB_SERVER_ALREADY_DELETED: row(-4628, 4628, 'HY000', 'server has already been deleted'),
  OB_SERVER_NOT_DELETING: row(-4629, 4629, 'HY000', 'server is not in deleting status'),
  OB_SERVER_NOT_IN_WHITE_LIST: row(-4630, 4630, 'HY000', 'server not in server white list'),
  OB_SERVER_ZONE_NOT_MATCH: row(-4631, 4631, 'HY000', 'server zone not match'),
  OB_ZONE_STATUS_NOT_MATCH: row(-4633, 4633, 'HY000', 'zone status not match'),
  OB_SERVER_NOT_ACTIVE: row(-4637, 4637, 'HY000', 'server is not active'),
  OB_ZONE_NOT_ACTIVE: row(-4655, 4655, 'HY000', 'zone not active'),
  OB_STOP_SERVER_IN_MULTIPLE_ZONES: row(
    -4660,
    4660,
    'HY000',
    'Can not stop server in multiple zones, there are already servers stopped in zone:%s',
  ),
  OB_SERVER_NOT_ALIVE: row(-4663, 4663, 'HY000', 'server is not alive'),
  OB_ERR_ZONE_NOT_EMPTY: row(
    -4668,
    4668,
    'HY000',
    'The zone is not empty and can not be deleted. You should delete the servers of the zone. There are %d servers alive and %d not alive.',
  ),
  OB_DELETE_SERVER_NOT_ALLOWED: row(-4745, 4745, 'HY000', 'delete server not allowed'),

  // Parameters.
  OB_INVALID_CONFIG: row(-4147, 4147, 'HY000', 'Invalid config'),
  OB_ERR_PARAM_INVALID: row(
    -4701,
    4701,
    'HY000',
    'parameter cannot be modified because specified value is invalid',
  ),
  OB_ERR_SYS_CONFIG_UNKNOWN: row(-5099, 5099, '42000', 'System config unknown'),

  // Tenants.
  OB_TENANT_NOT_IN_SERVER: row(-5150, 5150, 'HY000', 'Tenant not in this server', 'elsewhere'),
  OB_TENANT_EXIST: row(-5156, 5156, 'HY000', "tenant '%s' already exist"),
  OB_TENANT_NOT_EXIST: row(-5157, 5157, 'HY000', "Unknown tenant '%s'"),
  OB_ERR_INVALID_TENANT_NAME: row(-5160, 5160, 'HY000', 'invalid tenant name specified in connection string'),
  OB_ERR_TENANT_IS_LOCKED: row(-5260, 5260, 'HY000', "Tenant '%s' is locked"),
  OB_RESOURCE_POOL_ALREADY_GRANTED: row(
    -4626,
    4626,
    'HY000',
    "resource pool '%s' has already been granted to a tenant",
  ),
  OB_RESOURCE_UNIT_IS_REFERENCED: row(
    -4634,
    4634,
    'HY000',
    "resource unit '%s' is referenced by some resource pool",
  ),
  OB_RESOURCE_UNIT_NOT_EXIST: row(-4648, 4648, 'HY000', "resource unit '%s' not exist"),
  OB_RESOURCE_UNIT_EXIST: row(-4649, 4649, 'HY000', "resource unit '%s' already exist"),
  OB_RESOURCE_POOL_NOT_EXIST: row(-4650, 4650, 'HY000', "resource pool '%s' not exist"),
  OB_RESOURCE_POOL_EXIST: row(-4651, 4651, 'HY000', "resource pool '%s' exist"),

  // A server that comes or goes; the client closes its connection after 8xxx.
  OB_SERVER_IS_INIT: row(-8001, 8001, '08004', 'Server is initializing', 'elsewhere'),
  OB_SERVER_IS_STOPPING: row(-8002, 8002, '08004', 'Server is stopping', 'elsewhere'),
  OB_PACKET_CHECKSUM_ERROR: row(-8003, 8003, '08004', 'Packet checksum error'),
  OB_PACKET_CLUSTER_ID_NOT_MATCH: row(-8004, 8004, 'HY000', 'packet cluster id not match'),
  OB_TENANT_ID_NOT_MATCH: row(-8005, 8005, 'HY000', 'Tenant id not match'),
} satisfies Record<string, ErrorRow>;

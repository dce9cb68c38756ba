import { linkColumns, linkSummaryColumns } from '@sealane/transport-security';
import { columns } from './view.ts';

/**
 * Columns of the system views. Names, order and types are OceanBase 4.x's, as its reference
 * documents them; GV$OB_LINKS, GV$OB_LINK_SUMMARY, GV$OB_TLS_STATUS and the like are our own.
 */
export const viewColumns = {
  DBA_OB_SERVERS:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, ID bigint, ZONE varchar(128), SQL_PORT bigint, WITH_ROOTSERVER varchar(3),
    STATUS varchar(64), START_SERVICE_TIME timestamp(6)?, STOP_TIME timestamp(6)?, BLOCK_MIGRATE_IN_TIME timestamp(6)?,
    CREATE_TIME timestamp(6)?, MODIFY_TIME timestamp(6)?, BUILD_VERSION varchar(256), LAST_OFFLINE_TIME timestamp(6)?`),
  DBA_OB_ZONES:
    columns(`ZONE varchar(128), CREATE_TIME timestamp(6)?, MODIFY_TIME timestamp(6)?, STATUS varchar(64), IDC varchar(128),
    REGION varchar(128), TYPE varchar(4096)`),
  OB_SERVERS:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, ZONE varchar(128), SQL_PORT bigint, CPU_CAPACITY bigint, CPU_CAPACITY_MAX double,
    CPU_ASSIGNED double, CPU_ASSIGNED_MAX double, MEM_CAPACITY bigint, MEM_ASSIGNED bigint, LOG_DISK_CAPACITY bigint,
    LOG_DISK_ASSIGNED bigint, LOG_DISK_IN_USE bigint, DATA_DISK_CAPACITY bigint, DATA_DISK_IN_USE bigint,
    DATA_DISK_HEALTH_STATUS varchar(20), MEMORY_LIMIT bigint, DATA_DISK_ALLOCATED bigint, DATA_DISK_ABNORMAL_TIME timestamp(6)?,
    SSL_CERT_EXPIRED_TIME timestamp(6)?`),
  OB_PARAMETERS:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, ZONE varchar(128), SCOPE varchar(64), TENANT_ID bigint?, NAME varchar(128),
    DATA_TYPE varchar(128), VALUE longtext, INFO varchar(4096), SECTION varchar(128), EDIT_LEVEL varchar(128), DEFAULT_VALUE longtext,
    ISDEFAULT varchar(3), SOURCE varchar(64)`),
  OB_LOG_STAT:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, TENANT_ID bigint, LS_ID bigint, ROLE varchar(32), PROPOSAL_ID bigint,
    CONFIG_VERSION varchar(128), ACCESS_MODE varchar(32), PAXOS_MEMBER_LIST varchar(1024), PAXOS_REPLICA_NUM bigint, IN_SYNC varchar(3),
    BASE_LSN bigint unsigned, BEGIN_LSN bigint unsigned, BEGIN_SCN bigint unsigned, END_LSN bigint unsigned, END_SCN bigint unsigned,
    MAX_LSN bigint unsigned, MAX_SCN bigint unsigned, ARBITRATION_MEMBER varchar(128), DEGRADED_LIST varchar(1024), LEARNER_LIST longtext`),
  SYSSTAT:
    columns(`CON_ID bigint, SVR_IP varchar(46), SVR_PORT bigint, STATISTIC# bigint, NAME varchar(64), CLASS bigint, VALUE bigint,
    VALUE_TYPE varchar(10), STAT_ID bigint`),
  OB_LINKS: columns(linkColumns),
  OB_TLS_STATUS:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, ENABLED varchar(3), LOADED_AT timestamp(6)?, SUBJECT varchar(1024)?,
    CERT_SHA256 varchar(64)?, CA_SHA256 varchar(4096)?, NOT_BEFORE timestamp(6)?, NOT_AFTER timestamp(6)?, KEY_TYPE varchar(64)?,
    CRL_NUMBER varchar(256)?, LAST_RELOAD_AT timestamp(6)?, LAST_RELOAD_RESULT varchar(16)?, LAST_RELOAD_REASON varchar(4096)?`),
  OB_LINK_SUMMARY: columns(linkSummaryColumns),
  OB_PROCESSLIST:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, SQL_PORT bigint, ID bigint, USER varchar(32), HOST varchar(128), DB varchar(128)?,
    TENANT varchar(128), COMMAND varchar(4096), TIME bigint, TOTAL_TIME bigint, STATE varchar(128)?, INFO longtext?, PROXY_SESSID bigint?,
    MASTER_SESSID bigint?, USER_CLIENT_IP varchar(46), USER_HOST varchar(128), RETRY_CNT bigint, RETRY_INFO bigint, SQL_ID varchar(32),
    TRANS_ID bigint, THREAD_ID bigint, SSL_CIPHER varchar(4096)?, TRACE_ID varchar(64)?, TRANS_STATE varchar(32)?, ACTION varchar(32)?,
    MODULE varchar(64)?, CLIENT_INFO varchar(64)?`),
  OB_LOGIN_AUDIT:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, LOGIN_TIME timestamp(6), TENANT_ID bigint, TENANT_NAME varchar(128), USER_NAME varchar(128),
    HOST_NAME varchar(128)?, CLIENT_IP varchar(46), CLIENT_PORT bigint, SESSID bigint, CLIENT_PLUGIN varchar(128), PLUGIN varchar(128),
    SSL_PROTOCOL varchar(16)?, SSL_CIPHER varchar(64)?, X509_SUBJECT varchar(1024)?, X509_ISSUER varchar(1024)?, DRIVER varchar(128),
    DRIVER_VERSION varchar(128), RET bigint, REASON varchar(1024)`),
  OB_LOGIN_SUMMARY:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, TENANT_NAME varchar(128), USER_NAME varchar(128), HOST_NAME varchar(128),
    CLIENT_IP varchar(46), DRIVER varchar(128), DRIVER_VERSION varchar(128), LAST_SEEN timestamp(6), LAST_SEEN_IN_CLEAR timestamp(6)?,
    X509_SUBJECT varchar(1024)?`),
  OB_WALLET_CHECK: columns('SVR_IP varchar(46), SVR_PORT bigint, USABLE varchar(3), REASON varchar(4096)?'),
  DBA_OB_TLS_READINESS:
    columns(`KIND varchar(16), TENANT varchar(128)?, NAME varchar(256), HOST varchar(128)?, DRIVER varchar(256)?, LAST_SEEN timestamp(6)?,
    LAST_SEEN_IN_CLEAR timestamp(6)?, LOCKED_OUT_BY varchar(64)?, REASON varchar(1024), ADVICE varchar(1024)?`),
  OB_TABLET_COMPACTION_PROGRESS:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, TENANT_ID bigint, TYPE varchar(64), LS_ID bigint, TABLET_ID bigint,
    COMPACTION_SCN bigint unsigned, TASK_ID varchar(64), STATUS varchar(32), DATA_SIZE bigint, UNFINISHED_DATA_SIZE bigint,
    PROGRESSIVE_COMPACTION_ROUND bigint, CREATE_TIME timestamp(6)?, START_TIME timestamp(6)?, ESTIMATED_FINISH_TIME timestamp(6)?`),
  DBA_OB_TENANTS:
    columns(`TENANT_ID bigint, TENANT_NAME varchar(128), TENANT_TYPE varchar(4), PRIMARY_ZONE varchar(128), LOCALITY varchar(4096),
    COMPATIBILITY_MODE varchar(6), STATUS varchar(64), IN_RECYCLEBIN varchar(3), LOCKED varchar(3), TENANT_ROLE varchar(64),
    CREATE_TIME timestamp(6)?, MODIFY_TIME timestamp(6)?`),
  DBA_OB_UNIT_CONFIGS:
    columns(`UNIT_CONFIG_ID bigint, NAME varchar(128), CREATE_TIME timestamp(6)?, MODIFY_TIME timestamp(6)?, MAX_CPU double, MIN_CPU double,
    MEMORY_SIZE bigint, LOG_DISK_SIZE bigint, MAX_IOPS bigint, MIN_IOPS bigint, IOPS_WEIGHT bigint`),
  DBA_OB_RESOURCE_POOLS:
    columns(`RESOURCE_POOL_ID bigint, NAME varchar(128), TENANT_ID bigint?, CREATE_TIME timestamp(6)?, MODIFY_TIME timestamp(6)?,
    UNIT_COUNT bigint, UNIT_CONFIG_ID bigint, ZONE_LIST varchar(8192), REPLICA_TYPE varchar(64)`),
  DBA_OB_UNITS:
    columns(`UNIT_ID bigint, TENANT_ID bigint?, STATUS varchar(64), RESOURCE_POOL_ID bigint, CREATE_TIME timestamp(6)?,
    MODIFY_TIME timestamp(6)?, ZONE varchar(128), SVR_IP varchar(46), SVR_PORT bigint, UNIT_CONFIG_ID bigint?, MAX_CPU double?,
    MIN_CPU double?, MEMORY_SIZE bigint?, LOG_DISK_SIZE bigint?, MAX_IOPS bigint?, MIN_IOPS bigint?, IOPS_WEIGHT bigint?`),
  GV$OB_UNITS:
    columns(`SVR_IP varchar(46), SVR_PORT bigint, UNIT_ID bigint, TENANT_ID bigint, ZONE varchar(128), ZONE_TYPE varchar(128),
    REGION varchar(128), MAX_CPU double?, MIN_CPU double?, MEMORY_SIZE bigint?, LOG_DISK_SIZE bigint?, MAX_IOPS bigint?, MIN_IOPS bigint?,
    IOPS_WEIGHT bigint?, STATUS varchar(64), CREATE_TIME timestamp(6)?`),
  CDB_OB_LS_LOCATIONS:
    columns(`TENANT_ID bigint, LS_ID bigint, SVR_IP varchar(46), SVR_PORT bigint, SQL_PORT bigint, ZONE varchar(128),
    ROLE varchar(8), MEMBER_LIST varchar(4480)?, PAXOS_REPLICA_NUMBER bigint?, REPLICA_TYPE varchar(18)`),
  DBA_OB_LS_LOCATIONS:
    columns(`LS_ID bigint, SVR_IP varchar(46), SVR_PORT bigint, SQL_PORT bigint, ZONE varchar(128),
    ROLE varchar(8), MEMBER_LIST varchar(4480)?, PAXOS_REPLICA_NUMBER bigint?, REPLICA_TYPE varchar(18)`),
  DBA_OB_ROOTSERVICE_EVENT_HISTORY:
    columns(`TIMESTAMP timestamp(6), MODULE varchar(64), EVENT varchar(64), NAME1 varchar(256)?, VALUE1 varchar(256)?,
    NAME2 varchar(256)?, VALUE2 varchar(256)?, NAME3 varchar(256)?, VALUE3 varchar(256)?, NAME4 varchar(256)?, VALUE4 varchar(256)?,
    NAME5 varchar(256)?, VALUE5 varchar(256)?, NAME6 varchar(256)?, VALUE6 varchar(256)?, EXTRA_INFO varchar(512), RS_SVR_IP varchar(46), RS_SVR_PORT bigint`),
} as const;

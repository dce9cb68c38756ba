/** A kind of statement that the controller sends. */
export interface Statement {
  /** As it is sent, in one line: `?` for a literal, `(?)` for a list of them, `NAME` for a name. */
  readonly shape: string;
  /** Where OceanBase documents it; undefined: it is our own addition. */
  readonly documented?: string;
  /** Of our own additions: how the controller does without. */
  readonly without?: string;
}

/**
 * Every statement that the controller sends to servers and proxies. docs/operations/conformance.md has the same table for people,
 * and a test compares both. With `--dialect oceanbase` nothing else is sent, and of these only what is documented.
 */
export const statements: readonly Statement[] = [
  // What every look reads.
  {
    shape:
      'SELECT SVR_IP, SVR_PORT, ZONE, SQL_PORT, STATUS, START_SERVICE_TIME, STOP_TIME FROM oceanbase.DBA_OB_SERVERS',
    documented: 'view oceanbase.DBA_OB_SERVERS',
  },
  {
    shape: 'SELECT NAME, VALUE FROM oceanbase.V$OB_PARAMETERS WHERE NAME IN (?)',
    documented: 'view oceanbase.V$OB_PARAMETERS',
  },
  {
    shape:
      'SELECT TENANT_ID, LS_ID, ROLE, IN_SYNC, END_LSN, END_SCN, PAXOS_MEMBER_LIST FROM oceanbase.V$OB_LOG_STAT',
    documented: 'view oceanbase.V$OB_LOG_STAT',
  },
  {
    shape: 'SELECT SSL_CERT_EXPIRED_TIME FROM oceanbase.V$OB_SERVERS',
    documented: 'view oceanbase.V$OB_SERVERS; OBServer transmission encryption',
  },
  {
    shape: 'SELECT … FROM oceanbase.V$OB_LINKS …',
    without:
      'established sockets of each machine, and the line "rpc connection accept" of the server that accepted',
  },
  {
    shape: 'SELECT … FROM oceanbase.V$OB_LINK_SUMMARY',
    without: 'nothing: bytes of links that are closed are not known, so verify has no --since',
  },
  { shape: 'SELECT @@session.time_zone', documented: 'system variable time_zone' },
  {
    shape: 'SELECT … FROM oceanbase.V$OB_TLS_STATUS',
    without: 'SSL_CERT_EXPIRED_TIME says that a certificate is loaded, not which one',
  },
  {
    shape: 'SELECT … FROM oceanbase.DBA_OB_TLS_READINESS …',
    without: 'nothing: who comes in clear is not known, so --require is refused',
  },
  {
    shape:
      'SELECT t.TENANT_NAME, v.VALUE FROM oceanbase.DBA_OB_TENANTS t JOIN oceanbase.CDB_OB_SYS_VARIABLES v ON v.TENANT_ID = t.TENANT_ID WHERE v.NAME = ?',
    without: 'nothing: require_secure_transport is not a variable of OceanBase, so --require is refused',
  },
  // The preflight.
  {
    shape:
      'SELECT UNIX_TIMESTAMP(NOW(?)), DATA_DISK_CAPACITY, DATA_DISK_IN_USE, DATA_DISK_HEALTH_STATUS, LOG_DISK_CAPACITY, LOG_DISK_IN_USE FROM oceanbase.V$OB_SERVERS',
    documented: 'view oceanbase.V$OB_SERVERS',
  },
  {
    shape: 'SELECT SVR_IP, SVR_PORT, BUILD_VERSION FROM oceanbase.DBA_OB_SERVERS',
    documented: 'view oceanbase.DBA_OB_SERVERS',
  },
  // The ladder.
  {
    shape: 'ALTER SYSTEM SET NAME = ?',
    documented: 'PARAMETER (ALTER SYSTEM); OBServer transmission encryption',
  },
  { shape: 'ALTER SYSTEM STOP SERVER ?', documented: 'Restart a node; SERVER (ALTER SYSTEM)' },
  { shape: 'ALTER SYSTEM START SERVER ?', documented: 'Restart a node; SERVER (ALTER SYSTEM)' },
  { shape: 'ALTER SYSTEM MINOR FREEZE SERVER = (?)', documented: 'Restart a node' },
  {
    shape: 'SELECT COUNT(*) FROM oceanbase.GV$OB_TABLET_COMPACTION_PROGRESS WHERE …',
    documented: 'Restart a node; view oceanbase.GV$OB_TABLET_COMPACTION_PROGRESS',
  },
  { shape: 'SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS', documented: 'view oceanbase.DBA_OB_TENANTS' },
  {
    shape: 'SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_ID = ?',
    documented: 'view oceanbase.DBA_OB_TENANTS',
  },
  {
    shape: 'ALTER SYSTEM SWITCH REPLICA LEADER LS = ? SERVER = ? TENANT = NAME',
    documented: 'REPLICA (ALTER SYSTEM)',
  },
  {
    shape: 'ALTER SYSTEM RENEW RPC LINKS …',
    without:
      'a restart: links are made anew when a server starts; --strategy recycle and certs commands are refused',
  },
  {
    shape: 'ALTER INSTANCE RELOAD TLS',
    without: 'any change of a parameter makes a server read its wallet again; certs commands are refused',
  },
  {
    shape: 'ALTER TENANT NAME SET VARIABLES require_secure_transport = NAME',
    without: 'nothing: --require is refused',
  },
  {
    shape: 'SELECT HOST, USER, TENANT FROM oceanbase.V$OB_PROCESSLIST',
    documented: 'view oceanbase.V$OB_PROCESSLIST',
  },
  // The proxy, as its administrator.
  { shape: 'SHOW PROXYCONFIG LIKE ?', documented: 'ODP: SHOW PROXYCONFIG' },
  {
    shape: 'ALTER PROXYCONFIG SET NAME = NAME',
    documented: 'ODP: ALTER PROXYCONFIG; ODP transmission encryption',
  },
  {
    shape: 'SELECT … FROM oceanbase.GV$OB_LINKS …',
    without: "nothing: a proxy's links are not looked at, only its two settings",
  },
  // The lease and the controller's own client: ordinary tables of the sys tenant.
  { shape: 'CREATE DATABASE IF NOT EXISTS NAME', documented: 'CREATE DATABASE' },
  { shape: 'CREATE TABLE IF NOT EXISTS …', documented: 'CREATE TABLE' },
  { shape: 'DROP TABLE IF EXISTS NAME', documented: 'DROP TABLE' },
  { shape: 'INSERT IGNORE INTO NAME VALUES (?)', documented: 'INSERT' },
  { shape: 'REPLACE INTO NAME VALUES (?)', documented: 'REPLACE' },
  { shape: 'SELECT … FROM cluster_controller.lease WHERE name = ?', documented: 'SELECT' },
  { shape: 'UPDATE cluster_controller.lease SET …', documented: 'UPDATE' },
];

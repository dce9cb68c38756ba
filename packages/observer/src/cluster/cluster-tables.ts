/**
 * The cluster's own tables, in database `oceanbase` of the sys tenant: ordinary replicated tables,
 * written by ordinary SQL. Columns are those of the original's `__all_…` tables (OceanBase 4.x).
 */
export const clusterTableStatements: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS oceanbase.__all_sys_parameter (
    zone VARCHAR(128) NOT NULL DEFAULT '', svr_type VARCHAR(16) NOT NULL DEFAULT 'observer',
    svr_ip VARCHAR(46) NOT NULL DEFAULT 'ANY', svr_port BIGINT NOT NULL DEFAULT 0, name VARCHAR(128) NOT NULL,
    value TEXT NOT NULL, info VARCHAR(4096) NOT NULL DEFAULT '', config_version BIGINT NOT NULL,
    PRIMARY KEY (zone, svr_type, svr_ip, svr_port, name))`,
  `CREATE TABLE IF NOT EXISTS oceanbase.__all_server (
    svr_ip VARCHAR(46) NOT NULL, svr_port BIGINT NOT NULL, id BIGINT NOT NULL, zone VARCHAR(128) NOT NULL,
    inner_port BIGINT NOT NULL, status VARCHAR(64) NOT NULL, build_version VARCHAR(256) NOT NULL,
    stop_time BIGINT NOT NULL DEFAULT 0, start_service_time BIGINT NOT NULL DEFAULT 0,
    last_offline_time BIGINT NOT NULL DEFAULT 0, gmt_create TIMESTAMP(6) NULL, gmt_modified TIMESTAMP(6) NULL,
    PRIMARY KEY (svr_ip, svr_port))`,
  `CREATE TABLE IF NOT EXISTS oceanbase.__all_zone (
    zone VARCHAR(128) NOT NULL PRIMARY KEY, status VARCHAR(64) NOT NULL, region VARCHAR(128) NOT NULL DEFAULT 'default_region',
    idc VARCHAR(128) NOT NULL DEFAULT '', type VARCHAR(64) NOT NULL DEFAULT 'ReadWrite',
    gmt_create TIMESTAMP(6) NULL, gmt_modified TIMESTAMP(6) NULL)`,
  `CREATE TABLE IF NOT EXISTS oceanbase.__all_rootservice_event_history (
    event_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, gmt_create TIMESTAMP(6) NOT NULL, module VARCHAR(64) NOT NULL,
    event VARCHAR(64) NOT NULL, name1 VARCHAR(256) NULL, value1 VARCHAR(256) NULL, name2 VARCHAR(256) NULL, value2 VARCHAR(256) NULL,
    name3 VARCHAR(256) NULL, value3 VARCHAR(256) NULL, name4 VARCHAR(256) NULL, value4 VARCHAR(256) NULL,
    name5 VARCHAR(256) NULL, value5 VARCHAR(256) NULL, name6 VARCHAR(256) NULL, value6 VARCHAR(256) NULL,
    extra_info VARCHAR(512) NOT NULL DEFAULT '', rs_svr_ip VARCHAR(46) NOT NULL, rs_svr_port BIGINT NOT NULL)`,
];

/** For tables that an earlier version of the product has made. Carried out when they lack the column named. */
export const clusterTableUpgrades: readonly {
  readonly table: string;
  readonly column: string;
  readonly statement: string;
}[] = [
  {
    table: '__all_rootservice_event_history',
    column: 'name6',
    statement: `ALTER TABLE oceanbase.__all_rootservice_event_history
      ADD COLUMN name3 VARCHAR(256) NULL AFTER value2, ADD COLUMN value3 VARCHAR(256) NULL AFTER name3,
      ADD COLUMN name4 VARCHAR(256) NULL AFTER value3, ADD COLUMN value4 VARCHAR(256) NULL AFTER name4,
      ADD COLUMN name5 VARCHAR(256) NULL AFTER value4, ADD COLUMN value5 VARCHAR(256) NULL AFTER name5,
      ADD COLUMN name6 VARCHAR(256) NULL AFTER value5, ADD COLUMN value6 VARCHAR(256) NULL AFTER name6`,
  },
];

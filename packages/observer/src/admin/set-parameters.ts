import { ObError } from '@sealane/errors';
import type { CellValue, ParameterAssignment } from '@sealane/sql';
import type { InternalSql } from '../cluster/ports.ts';
import { readServers, rowName } from '../cluster/server-table.ts';
import { checkParameter } from '../parameters/check-parameter.ts';
import type { ParameterDefinition } from '../parameters/parameter-table.ts';

export interface SetParametersOptions {
  readonly sql: InternalSql;
  /** Loads this node's wallet to see whether TLS can be turned on. @throws ObError OB_INVALID_CONFIG */
  checkWallet(): void;
  /** Tenants whose require_secure_transport is on. */
  tenantsThatRequireTls(): readonly string[];
  nowUs(): number;
}

interface CheckedAssignment {
  readonly definition: ParameterDefinition;
  readonly value: string;
  readonly zone: string;
  readonly svrIp: string;
  readonly svrPort: number;
}

/**
 * ALTER SYSTEM SET and RESET of cluster parameters: checks everything first, then stores all rows in
 * one transaction under one new config_version. A RESET stores the default.
 *
 * @returns the config_version under which every node will show the values
 * @throws ObError OB_ERR_SYS_CONFIG_UNKNOWN, OB_INVALID_CONFIG, OB_INVALID_ARGUMENT, OB_NOT_SUPPORTED
 */
export async function setParameters(
  items: readonly ParameterAssignment[],
  reset: boolean,
  options: SetParametersOptions,
): Promise<number> {
  const checked = items.map((item) => check(item, reset, options));
  const version = nextConfigVersion(options);
  await options.sql.transaction(checked.map((item) => storeRow(item, version)));
  return version;
}

function check(item: ParameterAssignment, reset: boolean, options: SetParametersOptions): CheckedAssignment {
  const { definition, value } = checkParameter(item.name, reset ? undefined : item.value);
  if (definition.name === 'ssl_external_kms_info' && value !== '')
    throw new ObError('OB_NOT_SUPPORTED', ['ssl_external_kms_info']);
  if (definition.name === 'ssl_client_authentication' && value === 'True') options.checkWallet();
  if (definition.name === 'ssl_client_authentication' && value === 'False') mayTurnTlsOff(options);
  return { definition, value, ...target(item, options.sql) };
}

/** Nobody could log in to such a tenant any more. */
function mayTurnTlsOff({ tenantsThatRequireTls }: SetParametersOptions): void {
  const tenants = tenantsThatRequireTls();
  if (tenants.length === 0) return;
  throw new ObError('OB_OP_NOT_ALLOW', [
    `ssl_client_authentication = False while require_secure_transport is ON (tenant ${tenants.join(', ')}; SET GLOBAL require_secure_transport = OFF there first)`,
  ]);
}

function target(
  item: ParameterAssignment,
  sql: InternalSql,
): { zone: string; svrIp: string; svrPort: number } {
  const servers = readServers(sql);
  if (item.server !== undefined) {
    const row = servers.find((server) => rowName(server) === item.server);
    if (row === undefined) throw new ObError('OB_INVALID_ARGUMENT', ['server']);
    return { zone: '', svrIp: row.svrIp, svrPort: row.svrPort };
  }
  if (item.zone !== undefined && !servers.some((server) => server.zone === item.zone)) {
    throw new ObError('OB_INVALID_ARGUMENT', ['zone']);
  }
  return { zone: item.zone ?? '', svrIp: 'ANY', svrPort: 0 };
}

/** A time, so that it grows over restarts too; always above every stored one. */
function nextConfigVersion(options: SetParametersOptions): number {
  const [row] = options.sql.local(
    '__all_sys_parameter',
    'SELECT MAX(config_version) FROM "oceanbase.__all_sys_parameter"',
  );
  return Math.max(options.nowUs(), Number(row?.[0] ?? 0) + 1);
}

function storeRow(item: CheckedAssignment, version: number): { text: string; parameters: CellValue[] } {
  return {
    text: `INSERT INTO oceanbase.__all_sys_parameter (zone, svr_ip, svr_port, name, value, info, config_version)
      VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value), config_version = VALUES(config_version)`,
    parameters: [
      item.zone,
      item.svrIp,
      item.svrPort,
      item.definition.name,
      item.value,
      item.definition.info,
      version,
    ],
  };
}

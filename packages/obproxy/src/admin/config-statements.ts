import { nativePasswordHash } from '@sealane/mysql-protocol';
import {
  type ConfigValues,
  type ProxyConfig,
  rangeText,
  type ShownParameter,
} from '../config/proxy-config.ts';
import { type AdminAnswer, type AdminRow, type AdminTable, columnsOf } from './admin-table.ts';
import { likePattern } from './like.ts';

const columns = columnsOf(
  'name varchar(128), value varchar(4096), info varchar(4096), need_reboot varchar(8), visible_level varchar(16), range varchar(128), config_level varchar(32)',
  'proxyconfig',
);
const mask = '******';

/** SHOW PROXYCONFIG. @param all  with what is for nobody's every day */
export function showConfig(
  config: ProxyConfig,
  { all, like }: { readonly all: boolean; readonly like: string | undefined },
): AdminAnswer {
  const pattern = like === undefined ? undefined : likePattern(like);
  const shown = config
    .list()
    .filter(({ visibleLevel }) => all || visibleLevel !== 'MEMORY')
    .filter(({ name }) => pattern?.test(name) !== false);
  return { kind: 'rows', columns, rows: shown.map(row) };
}

function row(parameter: ShownParameter): AdminRow {
  const { name, value, info, needReboot, visibleLevel, secret } = parameter;
  const visible = secret === true && value !== '' ? mask : value;
  const reboot = needReboot === true ? 'True' : 'False';
  return [name, visible, info, reboot, visibleLevel, rangeText(parameter), 'LEVEL_GLOBAL'];
}

/** proxyconfig.security_config: one row, whose value is masked. */
export function securityConfigTable(config: ProxyConfig): AdminTable {
  return {
    database: 'proxyconfig',
    name: 'SECURITY_CONFIG',
    columns: columnsOf(
      'APP_NAME varchar(64), VERSION varchar(16), CONFIG_VAL varchar(4096)',
      'security_config',
      'proxyconfig',
    ),
    rows: () => [['obproxy', '1', config.text('ssl_key_info') === '' ? '' : mask]],
  };
}

/** ALTER PROXYCONFIG SET. @param check  see ProxyConfig.set @throws ObError, and nothing is changed */
export function setConfig(
  config: ProxyConfig,
  assignments: readonly (readonly [string, string])[],
  check: (candidate: ConfigValues) => void,
): AdminAnswer {
  config.set(assignments.map(withHash), check);
  return { kind: 'ok', affectedRows: 0 };
}

/** A password is given as it is, and kept as its hash. */
function withHash([name, value]: readonly [string, string]): readonly [string, string] {
  return name.toLowerCase() === 'obproxy_sys_password' ? [name, nativePasswordHash(value)] : [name, value];
}

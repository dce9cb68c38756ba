import type { ShowStatement } from '../ast.ts';
import type { PlanEnvironment } from '../plan.ts';
import { quoteText } from '../types/type-text.ts';
import type { ShowQuery } from './show-query.ts';

type Shape = Pick<ShowQuery, 'from' | 'columns' | 'where' | 'orderBy' | 'likeColumn'>;

/** The SHOW statements about the server and the cluster that are queries. @returns undefined for the others */
export function showServer(statement: ShowStatement, environment: PlanEnvironment): Shape | undefined {
  switch (statement.subject) {
    case 'databases':
      return shape(
        'information_schema.SCHEMATA',
        [[statement.like === undefined ? 'Database' : `Database (${statement.like})`, 'SCHEMA_NAME']],
        ['SCHEMA_NAME'],
      );
    case 'variables':
      return shape(`information_schema.${scopeOf(statement)}_VARIABLES`, nameAndValue, ['VARIABLE_NAME']);
    case 'status':
      return shape(`information_schema.${scopeOf(statement)}_STATUS`, nameAndValue, ['VARIABLE_NAME']);
    case 'charset':
      return shape('information_schema.CHARACTER_SETS', charset, ['CHARACTER_SET_NAME']);
    case 'collation':
      return shape('information_schema.COLLATIONS', collation, ['COLLATION_NAME']);
    case 'engines':
      return shape('information_schema.ENGINES', engines, ["SUPPORT <> 'DEFAULT'", 'ENGINE']);
    case 'plugins':
      return shape('information_schema.PLUGINS', plugins, ['PLUGIN_NAME']);
    case 'processlist':
      return processlist(statement.full, environment);
    case 'parameters':
      return parameters(statement.tenant);
    case 'tenant':
      return shape('DUAL', [['Current_tenant_name', quoteText(environment.session.tenant)]], []);
    case 'tenants':
      return shape(
        'oceanbase.DBA_OB_TENANTS',
        [
          ['tenant_name', 'TENANT_NAME'],
          ['tenant_id', 'TENANT_ID'],
        ],
        ['TENANT_ID'],
      );
    default:
      return undefined;
  }
}

function shape(from: string, columns: ShowQuery['columns'], orderBy: readonly string[]): Shape {
  const likeColumn = columns[0]?.[0];
  return likeColumn === undefined ? { from, columns, orderBy } : { from, columns, orderBy, likeColumn };
}

function scopeOf({ global }: ShowStatement): 'GLOBAL' | 'SESSION' {
  return global ? 'GLOBAL' : 'SESSION';
}

const nameAndValue: ShowQuery['columns'] = [
  ['Variable_name', 'VARIABLE_NAME'],
  ['Value', 'VARIABLE_VALUE'],
];

const charset: ShowQuery['columns'] = [
  ['Charset', 'CHARACTER_SET_NAME'],
  ['Description', 'DESCRIPTION'],
  ['Default collation', 'DEFAULT_COLLATE_NAME'],
  ['Maxlen', 'MAXLEN'],
];

const collation: ShowQuery['columns'] = [
  ['Collation', 'COLLATION_NAME'],
  ['Charset', 'CHARACTER_SET_NAME'],
  ['Id', 'ID'],
  ['Default', 'IS_DEFAULT'],
  ['Compiled', 'IS_COMPILED'],
  ['Sortlen', 'SORTLEN'],
];

const engines: ShowQuery['columns'] = [
  ['Engine', 'ENGINE'],
  ['Support', 'SUPPORT'],
  ['Comment', 'COMMENT'],
  ['Transactions', 'TRANSACTIONS'],
  ['XA', 'XA'],
  ['Savepoints', 'SAVEPOINTS'],
];

const plugins: ShowQuery['columns'] = [
  ['Name', 'PLUGIN_NAME'],
  ['Status', 'PLUGIN_STATUS'],
  ['Type', 'PLUGIN_TYPE'],
  ['Library', 'PLUGIN_LIBRARY'],
  ['License', 'PLUGIN_LICENSE'],
];

/** FULL has the tenant and the server too, as in OceanBase; without it a statement is cut after 100 characters. */
function processlist(full: boolean, environment: PlanEnvironment): Shape {
  const all = environment.virtualTable('oceanbase', 'V$OB_PROCESSLIST');
  if (!full || all === undefined)
    return shape('information_schema.PROCESSLIST', processColumns(full), ['ID']);
  const columns: [string, string][] = processColumns(true);
  columns.splice(2, 0, ['Tenant', 'TENANT']);
  columns.push(['Ip', 'SVR_IP'], ['Port', 'SVR_PORT']);
  return shape('oceanbase.`V$OB_PROCESSLIST`', columns, ['ID']);
}

function processColumns(full: boolean): [string, string][] {
  return [
    ['Id', 'ID'],
    ['User', 'USER'],
    ['Host', 'HOST'],
    ['db', 'DB'],
    ['Command', 'COMMAND'],
    ['Time', 'TIME'],
    ['State', 'STATE'],
    ['Info', full ? 'INFO' : 'LEFT(INFO, 100)'],
  ];
}

/** SHOW PARAMETERS [TENANT = t]: those of the cluster, and the tenant's own. Columns as in OceanBase. */
function parameters(tenant: string | undefined): Shape {
  const names = [
    'zone',
    'svr_type',
    'svr_ip',
    'svr_port',
    'name',
    'data_type',
    'value',
    'info',
    'section',
    'scope',
    'source',
    'edit_level',
    'default_value',
    'isdefault',
  ];
  const columns = names.map((name): [string, string] => [name, name === 'svr_type' ? "'observer'" : name]);
  const id = `(SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = ${quoteText(tenant ?? '')})`;
  return {
    from: 'oceanbase.`GV$OB_PARAMETERS`',
    columns,
    where: tenant === undefined ? [] : [`(TENANT_ID IS NULL OR TENANT_ID = ${id})`],
    orderBy: ['svr_ip', 'svr_port', 'name'],
    likeColumn: 'name',
  };
}

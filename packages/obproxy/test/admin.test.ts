import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type AdminAnswer, type AdminTable, columnsOf } from '../src/admin/admin-table.ts';
import { Proxysys } from '../src/admin/proxysys.ts';
import { ConfigFile } from '../src/config/config-file.ts';
import { parameterTable } from '../src/config/parameter-table.ts';
import { ProxyConfig } from '../src/config/proxy-config.ts';

/** The proxy's own SQL and its parameters, without a network. */

const cars: AdminTable = {
  database: 'oceanbase',
  name: 'V$CARS',
  columns: columnsOf('NAME varchar(10), WHEELS bigint, SOLD_AT timestamp(6)?'),
  rows: () => [
    ['one', 4, null],
    ['Two', 3, '2026-01-02 03:04:05.500000'],
    ['three', 4, '2026-01-02 03:04:06.000000'],
  ],
};

function setUp(t: { teardown(undo: () => void): void }, given: Readonly<Record<string, string>> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-admin-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'etc', 'obproxy_config.json');
  const open = (said = given) =>
    new ProxyConfig(new ConfigFile(join(directory, 'etc'), 'obproxy_config.json'), said);
  const config = open();
  const proxysys = new Proxysys({ config, tables: [cars], version: '1.2', checkConfig: () => undefined });
  const run = (text: string): AdminAnswer => proxysys.run(text, { connectionId: 7, user: 'root@127.0.0.1' });
  const rows = (text: string) => {
    const answer = run(text);
    return answer.kind === 'rows' ? answer.rows : [];
  };
  return { config, open, file, run, rows };
}

t.test('a SELECT picks, names, filters, groups, orders and limits', async (t) => {
  const { rows, run } = setUp(t);
  for (const [text, expected] of [
    ["SELECT name FROM oceanbase.V$CARS WHERE wheels = 4 AND name LIKE 'T%'", [['three']]],
    [
      'SELECT name AS n FROM `oceanbase`.`v$cars` c WHERE sold_at IS NOT NULL ORDER BY name DESC',
      [['Two'], ['three']],
    ],
    ['SELECT wheels, COUNT(*) FROM V$CARS GROUP BY wheels ORDER BY COUNT(*) DESC LIMIT 1', [[4, 2]]],
    [
      'select count(*), min(wheels), max(name), sum(wheels) from v$cars where wheels > 9',
      [[0, null, null, null]],
    ],
    ["SELECT name FROM V$CARS WHERE NOT (name IN ('one', 'TWO') OR wheels <> 4)", [['three']]],
    ["SELECT name FROM V$CARS WHERE sold_at > '2026' OR NULL", [['Two'], ['three']]],
    ['SELECT UNIX_TIMESTAMP(sold_at) FROM V$CARS', [[null], ['1767323045.500000'], ['1767323046.000000']]],
    ["SELECT @@version_comment, CONNECTION_ID(), 'it''s' -- so", [['Sealane obproxy 1.2', 7, "it's"]]],
    ['SELECT * FROM V$CARS LIMIT 1;', [['one', 4, null]]],
  ] as const)
    t.same(rows(text), expected, text);
  t.match(run('SELECT wheels n, COUNT(*) FROM V$CARS GROUP BY wheels'), {
    columns: [
      { name: 'n', type: { name: 'bigint' } },
      { name: 'COUNT(*)', type: { name: 'bigint' } },
    ],
  });
});

t.test('what can’t be answered is refused, with MySQL’s number', async (t) => {
  const { run } = setUp(t);
  for (const [text, name] of [
    ['SELECT * FROM V$BIKES', 'OB_TABLE_NOT_EXIST'],
    ['SELECT * FROM other.V$CARS', 'OB_TABLE_NOT_EXIST'],
    ['SELECT colour FROM V$CARS', 'OB_ERR_BAD_FIELD_ERROR'],
    ['SELECT colour FROM V$CARS WHERE wheels = 99', 'OB_ERR_BAD_FIELD_ERROR'],
    ['SELECT f(name) FROM V$CARS', 'OB_ERR_FUNCTION_UNKNOWN'],
    ['SELECT @@nothing', 'OB_ERR_SYS_VARIABLE_UNKNOWN'],
    ['SELECT name FROM V$CARS HAVING 1', 'OB_ERR_PARSE_SQL'],
    ['SELECT name FROM V$CARS WHERE', 'OB_ERR_PARSE_SQL'],
    ["SELECT 'open", 'OB_ERR_PARSE_SQL'],
    ['DROP TABLE V$CARS', 'OB_ERR_PARSE_SQL'],
    ['', 'OB_ERR_PARSE_SQL'],
    ['ALTER PROXYCONFIG SET no_such = 1', 'OB_ERR_SYS_CONFIG_UNKNOWN'],
    ['ALTER PROXYCONFIG SET client_max_connections = many', 'OB_ERR_PARAM_INVALID'],
    ['ALTER PROXYCONFIG SET client_max_connections = -1', 'OB_ERR_PARAM_INVALID'],
    ['ALTER PROXYCONFIG SET statement_hold_time = 10y', 'OB_ERR_PARAM_INVALID'],
    ['ALTER PROXYCONFIG SET enable_client_ssl = maybe', 'OB_ERR_PARAM_INVALID'],
    ['ALTER PROXYCONFIG SET ssl_attributes = \'{"using_ssl":"PERHAPS"}\'', 'OB_ERR_PARAM_INVALID'],
    ["ALTER PROXYCONFIG SET ssl_attributes = '[1]'", 'OB_ERR_PARAM_INVALID'],
    ["ALTER PROXYCONFIG SET rootservice_list = 'nowhere'", 'OB_ERR_PARAM_INVALID'],
    ['ALTER PROXYCONFIG SET drain_timeout = 1s, no_such = 1', 'OB_ERR_SYS_CONFIG_UNKNOWN'],
  ] as const)
    t.throws(() => run(text), { name }, text);
});

t.test(
  'parameters that are set hold at once and after a restart; those of the command line for a run',
  async (t) => {
    const { config, open, file, run, rows } = setUp(t, { statement_hold_time: '3s' });
    const changes: string[][] = [];
    config.onChange((changed) => changes.push([...changed]));
    t.equal(config.timeMs('statement_hold_time'), 3_000);
    run("ALTER PROXYCONFIG SET Enable_Client_SSL = on, drain_timeout='250ms', client_max_connections = 5");
    t.same(changes, [['enable_client_ssl', 'drain_timeout', 'client_max_connections']]);
    t.equal(config.bool('enable_client_ssl'), true);
    t.equal(config.timeMs('drain_timeout'), 250);
    t.throws(() => run('ALTER PROXYCONFIG SET drain_timeout = 1s, client_max_connections = x'));
    t.equal(config.timeMs('drain_timeout'), 250, 'all or none');
    t.match(rows("SHOW PROXYCONFIG LIKE 'enable\\_client%'"), [
      ['enable_client_ssl', 'True', /TLS/, 'False', 'USER', '', 'LEVEL_GLOBAL'],
    ]);
    t.equal(rows('SHOW PROXYCONFIG ALL').length, Object.keys(parameterTable).length);

    const again = open({});
    t.equal(again.integer('client_max_connections'), 5);
    t.equal(again.timeMs('statement_hold_time'), 10_000, 'the command line was for one run');
    writeFileSync(file, '{"enable_client_ssl": 1}');
    t.throws(() => open({}), { name: 'OB_INVALID_CONFIG' });
  },
);

t.test('a password is kept as its hash, in a file for its owner only, and never shown', async (t) => {
  const { file, run, rows } = setUp(t);
  run("ALTER PROXYCONFIG SET obproxy_sys_password = 'secret'");
  t.notMatch(readFileSync(file, 'utf8'), /secret/);
  t.equal(statSync(file).mode & 0o77, 0);
  t.equal(rows("SHOW PROXYCONFIG LIKE 'obproxy_sys_password'")[0]?.[1], '******');
});

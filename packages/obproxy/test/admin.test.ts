import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nativePasswordHash, nativePasswordResponse } from '@sealane/mysql-protocol';
import { LinkLedger } from '@sealane/transport-security';
import t from 'tap';
import { checkAdminLogin } from '../src/admin/admin-login.ts';
import { type AdminAnswer, type AdminTable, columnsOf } from '../src/admin/admin-table.ts';
import { Proxysys } from '../src/admin/proxysys.ts';
import { ClientTable } from '../src/client-table.ts';
import { ConfigFile } from '../src/config/config-file.ts';
import { parameterTable } from '../src/config/parameter-table.ts';
import { ProxyConfig } from '../src/config/proxy-config.ts';
import type { Candidate } from '../src/front/client-login.ts';
import { HalfOpen } from '../src/front/half-open.ts';
import { modeJudge } from '../src/link-mode.ts';
import { LocationCache } from '../src/location-cache.ts';
import { Blacklist } from '../src/routing/blacklist.ts';
import { Router } from '../src/routing/router.ts';
import { Statistics } from '../src/statistics.ts';

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

const servers = [1, 2].map((at) => ({
  address: `10.0.0.${at}:2881`,
  ip: `10.0.0.${at}`,
  sqlPort: 2881,
  rpcPort: 2882,
  zone: `zone${at}`,
  status: at === 1 ? 'ACTIVE' : 'INACTIVE',
  serving: true,
  stopped: false,
}));

function setUp(t: { teardown(undo: () => void): void }, given: Readonly<Record<string, string>> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-admin-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'etc', 'obproxy_config.json');
  const open = (said = given) =>
    new ProxyConfig(new ConfigFile(join(directory, 'etc'), 'obproxy_config.json'), said);
  const config = open();
  const locations = new LocationCache();
  locations.set('test', { leader: '10.0.0.1:2881', followers: ['10.0.0.2:2881'] });
  const ledger = new LinkLedger({ configEpoch: () => 1 });
  t.teardown(() => ledger.stop());
  const blacklist = new Blacklist({
    failureThreshold: () => 1,
    failWindowMs: () => 60_000,
    retryIntervalMs: () => 60_000,
  });
  const router = new Router({
    locations,
    blacklist,
    readTopology: async () => ({ servers, tenants: new Map() }),
    refreshIntervalMs: () => 60_000,
    holdMs: () => 0,
    logger: { info: () => undefined, warn: () => undefined },
  });
  const statistics = new Statistics();
  const proxysys = new Proxysys({
    ...{ config, locations, ledger, blacklist, router, statistics },
    clients: new ClientTable(),
    tables: [cars],
    version: '1.2',
    killQuery: async () => undefined,
    checkConfig: () => undefined,
  });
  const run = (text: string): AdminAnswer =>
    proxysys.run(text, { connectionId: 7, user: 'root@127.0.0.1' }) as AdminAnswer;
  const rows = (text: string) => {
    const answer = run(text);
    return answer.kind === 'rows' ? answer.rows : [];
  };
  return { config, open, file, run, rows, router, blacklist, statistics };
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

t.test('what can’t be kept isn’t set', async (t) => {
  const { config, file, run } = setUp(t);
  writeFileSync(dirname(file), 'in the way');
  t.throws(() => run('ALTER PROXYCONFIG SET drain_timeout = 1s'), {
    name: 'OB_IO_ERROR',
    message: /nothing is changed/,
  });
  t.equal(config.timeMs('drain_timeout'), 10_000);
});

t.test('a password is kept as its hash, in a file for its owner only, and never shown', async (t) => {
  const { file, run, rows } = setUp(t);
  run("ALTER PROXYCONFIG SET obproxy_sys_password = 'secret'");
  t.notMatch(readFileSync(file, 'utf8'), /secret/);
  t.equal(statSync(file).mode & 0o77, 0);
  t.equal(rows("SHOW PROXYCONFIG LIKE 'obproxy_sys_password'")[0]?.[1], '******');
});

t.test('what the proxy knows of the cluster is shown', async (t) => {
  const { rows, run, router, blacklist, statistics } = setUp(t, { rootservice_cluster_name: 'c1' });
  await router.start();
  t.teardown(() => router.stop());
  t.same(rows('SHOW PROXYCLUSTER'), [
    ['c1', 'zone1', '10.0.0.1', 2881, 2882, 'ACTIVE', 'YES', 'NO'],
    ['c1', 'zone2', '10.0.0.2', 2881, 2882, 'INACTIVE', 'YES', 'NO'],
  ]);
  t.same(rows('SHOW PROXYROUTE'), [['c1', 'test', 'AVAIL', '10.0.0.1:2881', '10.0.0.2:2881']]);
  t.match(rows('SHOW PROXYCONGESTION'), [
    ['c1', 'zone2', '', 'ACTIVE', '10.0.0.2:2881', 0, 'INACTIVE', 0, null, 1],
  ]);
  t.equal(rows('SHOW PROXYCONGESTION ALL').length, 2);
  blacklist.failed('10.0.0.1:2881');
  t.match(rows('SHOW PROXYCONGESTION')[0], [
    'c1',
    'zone1',
    '',
    'ACTIVE',
    '10.0.0.1:2881',
    0,
    'ACTIVE',
    1,
    /^2/,
  ]);
  statistics.count('statements', 3);
  t.same(rows("SHOW PROXYSTAT LIKE 'statements'"), [['statements', 3]]);
  t.throws(() => run('KILL 99'), { name: 'OB_UNKNOWN_CONNECTION' });
  t.throws(() => run('SHOW PROXYSESSION ATTRIBUTE 99'), { name: 'OB_UNKNOWN_CONNECTION' });
  t.match(run('PING PROXY'), { kind: 'ok' });
});

t.test('without a password root@proxysys comes from the proxy’s host only', async (t) => {
  const scramble = Buffer.alloc(20, 7);
  const candidate = (password: string, plugin = 'mysql_native_password') =>
    ({
      response: { plugin, authResponse: nativePasswordResponse(password, scramble) },
      ask: async () => nativePasswordResponse(password, scramble),
    }) as unknown as Candidate;
  const attempt = (user: string, clientIp: string, password: string, kept: string, plugin?: string) =>
    checkAdminLogin(candidate(password, plugin), { user, clientIp, scramble, kept }).then(
      () => true,
      ({ name }) => name,
    );
  const kept = nativePasswordHash('secret');
  t.equal(await attempt('root', '127.0.0.1', '', ''), true);
  t.equal(await attempt('root', '::1', '', ''), true);
  t.equal(await attempt('root', '10.0.0.5', '', ''), 'OB_PASSWORD_WRONG');
  t.equal(await attempt('root', '10.0.0.5', 'secret', kept), true);
  t.equal(
    await attempt('root', '10.0.0.5', 'secret', kept, 'caching_sha2_password'),
    true,
    'asked for the right plugin',
  );
  t.equal(await attempt('root', '127.0.0.1', '', kept), 'OB_PASSWORD_WRONG');
  t.equal(await attempt('root', '127.0.0.1', 'wrong', kept), 'OB_PASSWORD_WRONG');
  t.equal(await attempt('other', '127.0.0.1', 'secret', kept), 'OB_PASSWORD_WRONG');
});

t.test('a crowd that doesn’t log in is thinned where it is thickest', async (t) => {
  const gone: string[] = [];
  const client = (name: string, remoteAddress: string) => ({
    remoteAddress,
    destroy: () => void gone.push(name),
  });
  const halfOpen = new HalfOpen(() => 4);
  const first = client('other', '10.0.0.1');
  halfOpen.add(first);
  for (const at of [1, 2, 3, 4, 5]) halfOpen.add(client(`crowd ${at}`, '10.0.0.2'));
  t.same(gone, ['crowd 1', 'crowd 2']);
  halfOpen.delete(first);
  t.equal(halfOpen.size, 3);
  halfOpen.destroyAll();
  t.same(gone.slice(2), ['crowd 3', 'crowd 4', 'crowd 5']);
});

t.test('a link in another mode than a new one would have says why', async (t) => {
  const { config, run } = setUp(t);
  const judge = modeJudge(config);
  const link = (direction: 'IN' | 'OUT', mode: 'PLAIN' | 'ENCRYPTED') =>
    judge({ kind: 'PROXY', peerIp: '10.0.0.1', direction, mode });
  t.equal(link('OUT', 'PLAIN'), undefined);
  t.match(link('OUT', 'ENCRYPTED'), /enable_server_ssl is False/);
  run('ALTER PROXYCONFIG SET enable_server_ssl = True');
  t.match(link('OUT', 'PLAIN'), /when its transaction or lock ends/);
  t.equal(link('OUT', 'ENCRYPTED'), undefined);
  run('ALTER PROXYCONFIG SET server_ssl_fallback = True, ssl_attributes = \'{"using_ssl": "ENABLE_FORCE"}\'');
  t.match(link('OUT', 'PLAIN'), /offered no TLS/);
  t.match(link('IN', 'PLAIN'), /ENABLE_FORCE/);
  t.equal(link('IN', 'ENCRYPTED'), undefined);
});

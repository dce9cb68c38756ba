import t from 'tap';
import type { Statement } from '../../src/ast.ts';
import { parseStatement } from '../../src/parser/script.ts';

function parse(text: string): Statement {
  return parseStatement(text).statement;
}

t.test('ALTER SYSTEM SET takes several parameters, each with its clauses', async (t) => {
  const text = `alter system set ssl_client_authentication = True comment 'why' scope = both server = '127.0.0.1:2882',
    _ob_ssl_invited_nodes = '127.0.0.1,127.0.0.2' zone 'z1' tenant = all, a = -5, b = 10M`;
  t.match(parse(text), {
    kind: 'alter-system-set',
    reset: false,
    items: [
      {
        name: 'ssl_client_authentication',
        value: 'True',
        comment: 'why',
        scope: 'BOTH',
        server: '127.0.0.1:2882',
      },
      { name: '_ob_ssl_invited_nodes', value: '127.0.0.1,127.0.0.2', zone: 'z1', tenant: 'all' },
      { name: 'a', value: '-5' },
      { name: 'b', value: '10M' },
    ],
  });
  t.match(parse('alter system reset a scope = memory'), {
    reset: true,
    items: [{ name: 'a', value: undefined, scope: 'MEMORY' }],
  });
  t.match(parse('alter system a = 1'), { kind: 'alter-system-set', items: [{ name: 'a', value: '1' }] });
});

t.test('servers and zones are added, stopped and started', async (t) => {
  t.match(parse("alter system stop server 'a:1', 'b:2' zone = z1"), {
    kind: 'alter-system-server',
    operation: 'stop',
    servers: ['a:1', 'b:2'],
    zone: 'z1',
  });
  for (const operation of ['add', 'delete', 'start', 'stop', 'isolate', 'force stop', 'cancel delete']) {
    t.match(parse(`alter system ${operation} server 'a:1'`), {
      operation: operation.replace(' ', '-'),
      servers: ['a:1'],
    });
  }
  t.match(parse("alter system add zone z4 region 'r', idc i, zone_type ReadWrite"), {
    kind: 'alter-system-zone',
    operation: 'add',
    zone: 'z4',
    region: 'r',
    idc: 'i',
    zoneType: 'ReadWrite',
  });
  t.throws(() => parse("alter system alter server 'a:1'"), { name: 'OB_ERR_PARSER_SYNTAX' });
});

t.test('freeze, switch, bootstrap and maintenance', async (t) => {
  t.match(parse("alter system minor freeze tenant = t ls 1001 server = ('a:1', 'b:1')"), {
    kind: 'alter-system-freeze',
    type: 'minor',
    lsId: 1001,
    target: { servers: ['a:1', 'b:1'], tenants: ['t'] },
  });
  t.match(parse("alter system switch replica leader ls = 1 server = 'a:1' tenant = sys"), {
    kind: 'alter-system-switch-replica',
    role: 'LEADER',
    lsId: 1,
    server: 'a:1',
    tenant: 'sys',
  });
  t.match(parse("alter system bootstrap region r zone 'z1' idc i server 'a:1', zone 'z2' server 'b:1'"), {
    servers: [
      { region: 'r', zone: 'z1', idc: 'i', server: 'a:1' },
      { zone: 'z2', server: 'b:1' },
    ],
  });
  t.match(parse("alter system renew rpc links server = ('a:1', 'b:1')"), {
    kind: 'alter-system-renew-links',
    servers: ['a:1', 'b:1'],
  });
  t.match(parse('alter system renew rpc links'), { kind: 'alter-system-renew-links', servers: [] });
  t.throws(() => parse('alter system renew links'), { name: 'OB_ERR_PARSER_SYNTAX' });
  t.match(parse('alter system flush plan cache global'), {
    kind: 'alter-system-command',
    command: 'FLUSH PLAN CACHE GLOBAL',
  });
});

t.test('tenants, units and pools', async (t) => {
  t.match(parse("create resource unit u max_cpu 1, memory_size = '2G'"), {
    kind: 'resource',
    type: 'RESOURCE UNIT',
    options: [
      { name: 'MAX_CPU', values: ['1'] },
      { name: 'MEMORY_SIZE', values: ['2G'] },
    ],
  });
  t.match(
    parse(
      "create tenant if not exists t resource_pool_list = ('p', 'q'), charset utf8mb4 set ob_tcp_invited_nodes = '%'",
    ),
    {
      type: 'TENANT',
      name: 't',
      ifNotExists: true,
      options: [
        { name: 'RESOURCE_POOL_LIST', values: ['p', 'q'] },
        { name: 'CHARSET', values: ['utf8mb4'] },
      ],
      variables: [{ name: 'ob_tcp_invited_nodes', value: { value: '%' } }],
    },
  );
});

t.test('accounts say what TLS they require', async (t) => {
  const require = (text: string) => {
    const statement = parse(text);
    return statement.kind === 'create-user' || statement.kind === 'alter-user'
      ? statement.require
      : undefined;
  };
  t.match(require("create user u@'%' identified by 'x' require x509"), { kind: 'x509' });
  t.match(require('alter user u require none'), { kind: 'none' });
  t.match(require("alter user u require issuer 'i' and subject 's' cipher 'c'"), {
    kind: 'specified',
    issuer: 'i',
    subject: 's',
    cipher: 'c',
  });
  t.equal(require('create user u'), undefined);
  t.throws(() => parse("create user u require issuer 'a' issuer 'b'"), { name: 'OB_ERR_PARSER_SYNTAX' });
});

t.test('GRANT tells privileges from roles', async (t) => {
  t.match(parse("grant select (a), create temporary tables on d.* to u@'10.%' with grant option"), {
    kind: 'grant',
    privileges: [{ name: 'SELECT', columns: ['a'] }, { name: 'CREATE TEMPORARY TABLES' }],
    level: { database: 'd', table: '*' },
    accounts: [{ account: { user: 'u', host: '10.%' } }],
    grantOption: true,
  });
  t.match(parse('grant r1, r2 to u'), { kind: 'grant-role', roles: [{ user: 'r1' }, { user: 'r2' }] });
  t.match(parse('revoke all privileges, grant option from u'), { kind: 'revoke', level: undefined });
  t.match(parse('grant all privileges on *.* to u'), {
    privileges: [{ name: 'ALL' }],
    level: { database: '*', table: '*' },
  });
});

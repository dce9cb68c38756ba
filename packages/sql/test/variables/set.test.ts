import t from 'tap';
import { findVariable, variableText } from '../../src/variables/system-variables.ts';
import { TestTenant } from '../tenant.ts';

const assignments: readonly (readonly [string, Record<string, unknown>])[] = [
  ['SET autocommit = OFF', { autocommit: 0n }],
  ['SET SESSION autocommit = 1, foreign_key_checks = false', { autocommit: 1n, foreign_key_checks: 0n }],
  ['SET @@session.net_read_timeout = 31', { net_read_timeout: 31n }],
  ['SET net_read_timeout = 2147483648', { net_read_timeout: 31_536_000n }],
  ["SET sql_mode = 'ansi_quotes,STRICT_ALL_TABLES'", { sql_mode: 'ANSI_QUOTES,STRICT_ALL_TABLES' }],
  [
    'SET sql_mode = ansi',
    { sql_mode: 'REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ONLY_FULL_GROUP_BY,ANSI' },
  ],
  ["SET sql_mode = ''", { sql_mode: '' }],
  ['SET sql_mode = 2097152', { sql_mode: 'STRICT_TRANS_TABLES' }],
  ["SET time_zone = '+9:00'", { time_zone: '+09:00' }],
  ['SET time_zone = system', { time_zone: 'SYSTEM' }],
  [
    "SET NAMES 'utf8mb4' COLLATE utf8mb4_bin",
    {
      character_set_client: 'utf8mb4',
      character_set_connection: 'utf8mb4',
      character_set_results: 'utf8mb4',
      collation_connection: 'utf8mb4_bin',
    },
  ],
  [
    'SET CHARACTER SET latin1',
    {
      character_set_client: 'latin1',
      character_set_results: 'latin1',
      character_set_connection: 'utf8mb4',
      collation_connection: 'utf8mb4_general_ci',
    },
  ],
  ['SET character_set_results = NULL', { character_set_results: null }],
  [
    'SET collation_connection = latin1_bin',
    { collation_connection: 'latin1_bin', character_set_connection: 'latin1' },
  ],
  [
    'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
    {
      transaction_isolation: 'REPEATABLE-READ',
      tx_isolation: 'REPEATABLE-READ',
      transaction_read_only: 1n,
      tx_read_only: 1n,
    },
  ],
  [
    "SET tx_isolation = 'serializable'",
    { transaction_isolation: 'SERIALIZABLE', tx_isolation: 'SERIALIZABLE' },
  ],
  ['SET TRANSACTION READ WRITE', { __next_transaction_read_only: 0n }],
  ['SET ob_read_consistency = WEAK', { ob_read_consistency: 'WEAK' }],
  ['SET ob_read_consistency = 3', { ob_read_consistency: 'STRONG' }],
  ['SET ob_trx_lock_timeout = -1', { ob_trx_lock_timeout: -1n }],
];

t.test('SET changes the session under the names and in the form of each variable', async (t) => {
  for (const [statement, variables] of assignments) {
    const tenant = new TestTenant();
    tenant.run(statement);
    t.strictSame(tenant.session.variables, variables, statement);
    t.strictSame(tenant.globals, {});
  }
});

t.test('SET GLOBAL is handed back, DEFAULT takes what is one level above', async (t) => {
  const tenant = new TestTenant();
  tenant.run('SET GLOBAL wait_timeout = 5, @@global.sql_notes = 0, PERSIST max_connections = 7');
  t.strictSame(tenant.globals, { wait_timeout: 5n, sql_notes: 0n, max_connections: 7n });
  t.strictSame(tenant.session.variables, {});
  tenant.run('SET wait_timeout = 6');
  t.equal(tenant.variable('wait_timeout', 'session'), 6n);
  tenant.run('SET wait_timeout = DEFAULT');
  t.equal(tenant.variable('wait_timeout', 'session'), 5n);
  tenant.run('SET GLOBAL wait_timeout = DEFAULT; SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE');
  t.match(tenant.globals, { wait_timeout: 28_800n, tx_isolation: 'SERIALIZABLE' });
});

t.test('user variables hold any value', async (t) => {
  const tenant = new TestTenant();
  tenant.run("SET @a = 1, @B := 'x', @c = NULL, @d = -1.50, @e = @a, @f = X'00ff'");
  t.strictSame(tenant.session.userVariables, {
    a: 1n,
    b: 'x',
    c: null,
    d: '-1.50',
    e: 1n,
    f: Buffer.from([0, 255]),
  });
  tenant.run('SET @a = ?, @b = ?', ['first', 2n]);
  t.match(tenant.session.userVariables, { a: 'first', b: 2n });
});

const refusals: readonly (readonly [string, string])[] = [
  ['SET nothing = 1', "1193 Unknown system variable 'nothing'"],
  ['SET version = 1', "1238 Variable 'version' is a read only variable"],
  [
    'SET GLOBAL insert_id = 1',
    "1228 Variable 'insert_id' is a SESSION variable and can't be used with SET GLOBAL",
  ],
  [
    'SET max_connections = 1',
    "1229 Variable 'max_connections' is a GLOBAL variable and should be set with SET GLOBAL",
  ],
  ['SET autocommit = 2', "1231 Variable 'autocommit' can't be set to the value of '2'"],
  ['SET autocommit = NULL', "1231 Variable 'autocommit' can't be set to the value of 'NULL'"],
  ["SET sql_mode = 'nothing'", "1231 Variable 'sql_mode' can't be set to the value of 'NOTHING'"],
  ["SET wait_timeout = 'x'", "1232 Incorrect argument type to variable 'wait_timeout'"],
  ['SET wait_timeout = 1.5', "1232 Incorrect argument type to variable 'wait_timeout'"],
  ['SET NAMES utf16', "1231 Variable 'character_set_client' can't be set to the value of 'utf16'"],
  ['SET NAMES nothing', "1115 Unknown character set: 'nothing'"],
  [
    'SET NAMES utf8mb4 COLLATE latin1_bin',
    "1253 COLLATION 'latin1_bin' is not valid for CHARACTER SET 'utf8mb4'",
  ],
  ["SET time_zone = 'nowhere'", "1298 Unknown or incorrect time zone: 'nowhere'"],
];

t.test('a variable that is not there, or a value it cannot have, is refused', async (t) => {
  const tenant = new TestTenant();
  for (const [statement, refusal] of refusals) t.equal(tenant.failure(statement), refusal, statement);
});

t.test('a number out of range is cut with a warning', async (t) => {
  const tenant = new TestTenant();
  tenant.run('SET net_read_timeout = 0');
  t.match(tenant.session.warnings, [
    { errno: 1292, message: "Truncated incorrect net_read_timeout value: '0'" },
  ]);
});

t.test('variables print as SHOW VARIABLES does', async (t) => {
  const shown = (name: string) => {
    const variable = findVariable(name);
    return variable && variableText(variable, variable.default);
  };
  t.strictSame(
    ['AUTOCOMMIT', 'profiling', 'wait_timeout', 'long_query_time', 'proxy_user', 'time_zone'].map(shown),
    ['ON', 'OFF', '28800', '10.000000', '', '+08:00'],
  );
});

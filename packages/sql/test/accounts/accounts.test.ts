import t from 'tap';
import { accountViewRows, accountViews } from '../../src/accounts/account-views.ts';
import { readUser } from '../../src/accounts/read-users.ts';
import { userListColumns, userListRows } from '../../src/accounts/user-list.ts';
import { AccountTenant } from './account-tenant.ts';

/** Each is run on a tenant with user `ann`, role `reader` and table test.t. */
const refusals: readonly (readonly [statement: string, answer: string])[] = [
  ['CREATE USER ann, ben', "1396 Operation CREATE USER failed for 'ann'@'%'"],
  ['CREATE USER IF NOT EXISTS ann', "3163 Authorization ID 'ann'@'%' already exists."],
  ["CREATE USER x IDENTIFIED WITH nosuch BY 'p'", "1524 Plugin 'nosuch' is not loaded"],
  ['CREATE USER x COMMENT "c"', '1235 COMMENT not supported'],
  ['CREATE USER x WITH MAX_QUERIES_PER_HOUR 3', '1235 MAX_QUERIES_PER_HOUR not supported'],
  ['CREATE USER x PASSWORD EXPIRE INTERVAL 0 DAY', "1525 Incorrect DAY value: '0'"],
  ["ALTER USER ann IDENTIFIED BY 'p', zoe ACCOUNT LOCK", "1396 Operation ALTER USER failed for 'zoe'@'%'"],
  ['ALTER USER IF EXISTS zoe ACCOUNT LOCK', "3162 Authorization ID 'zoe'@'%' does not exist."],
  ['DROP USER ann, zoe, yan@h', "1396 Operation DROP USER failed for 'zoe'@'%','yan'@'h'"],
  ['DROP USER IF EXISTS zoe', "3162 Authorization ID 'zoe'@'%' does not exist."],
  ['RENAME USER zoe TO y, ann TO reader', "1396 Operation RENAME USER failed for 'zoe'@'%','ann'@'%'"],
  ["SET PASSWORD FOR zoe = 'p'", "1133 Can't find any matching row in the user table"],
  ["SET PASSWORD FOR ann = 'q' REPLACE 'p'", '1235 SET PASSWORD not supported'],
  ["ALTER USER ann IDENTIFIED BY 'q' RETAIN CURRENT PASSWORD", '1235 ALTER USER not supported'],
  ['ALTER USER ann DISCARD OLD PASSWORD', '1235 ALTER USER not supported'],
  ['CREATE ROLE reader', "1396 Operation CREATE ROLE failed for 'reader'@'%'"],
  ['CREATE ROLE x, x', "1396 Operation CREATE ROLE failed for 'x'@'%'"],
  ['DROP ROLE zoe', "1396 Operation DROP ROLE failed for 'zoe'@'%'"],
  ['GRANT zoe TO ann', '3523 Unknown authorization ID `zoe`@`%`'],
  [
    'GRANT reader TO reader',
    '3527 User account `reader`@`%` is directly or indirectly granted to the role `reader`@`%`. The GRANT would create a loop',
  ],
  ['SET DEFAULT ROLE reader TO ann', '3530 `reader`@`%` is not granted to `ann`@`%`'],
  ['SET ROLE reader', '3530 `reader`@`%` is not granted to `root`@`%`'],
  ['GRANT SELECT ON *.* TO zoe', '1410 You are not allowed to create a user with GRANT'],
  [
    'GRANT SELECT (a) ON test.* TO ann',
    '1144 Illegal GRANT/REVOKE command; please consult the manual to see which privileges can be used',
  ],
  ['GRANT DELETE (a) ON test.t TO ann', '1221 Incorrect usage of COLUMN GRANT and NON-COLUMN PRIVILEGES'],
  ['GRANT PROCESS ON test.* TO ann', '1221 Incorrect usage of DB GRANT and GLOBAL PRIVILEGES'],
  [
    'GRANT PROCESS ON test.t TO ann',
    '1144 Illegal GRANT/REVOKE command; please consult the manual to see which privileges can be used',
  ],
  ['GRANT SELECT ON test.nosuch TO ann', "1146 Table 'test.nosuch' doesn't exist"],
  ['GRANT SELECT (z) ON test.t TO ann', "1054 Unknown column 'z' in 't'"],
  ['GRANT EXECUTE ON PROCEDURE test.p TO ann', '1305 PROCEDURE test.p does not exist'],
  ['GRANT PROXY ON ann TO reader', '1235 PROXY not supported'],
  ['GRANT SYSTEM_USER ON *.* TO ann', '1235 privilege SYSTEM_USER not supported'],
  ['REVOKE SELECT ON *.* FROM zoe', "1141 There is no such grant defined for user 'zoe' on host '%'"],
  ['REVOKE SELECT ON test.* FROM ann', "1141 There is no such grant defined for user 'ann' on host '%'"],
  [
    'REVOKE SELECT ON test.t FROM ann',
    "1147 There is no such grant defined for user 'ann' on host '%' on table 't'",
  ],
  [
    'REVOKE EXECUTE ON PROCEDURE test.p FROM ann',
    "1403 There is no such grant defined for user 'ann' on host '%' on routine 'p'",
  ],
  [
    'REVOKE ALL PRIVILEGES, GRANT OPTION FROM zoe',
    "1269 Can't revoke all privileges for one or more of the requested users",
  ],
  ['REVOKE SELECT ON *.* FROM ann', ''],
  ['SHOW GRANTS FOR zoe', "1141 There is no such grant defined for user 'zoe' on host '%'"],
  ['SHOW GRANTS FOR ann USING reader', '3530 `reader`@`%` is not granted to `ann`@`%`'],
  ['INSERT INTO mysql.user (user) VALUES ("x")', '1235 DML operation on Inner Table not supported'],
];

t.test('what cannot be done is refused in the words of MySQL, and changes nothing', async (t) => {
  const tenant = new AccountTenant();
  tenant.query("CREATE USER ann IDENTIFIED BY 'p'; CREATE ROLE reader; CREATE TABLE t (a INT, b INT)");
  for (const [statement, answer] of refusals) t.equal(tenant.answer(statement), answer, statement);

  const users = accountViewRows('user', tenant)?.map(
    ([host, user, password]) => `${user}@${host} ${password}`,
  );
  t.same(users, ['ann@% *p', 'reader@% ', 'root@% ']);
});

t.test('SHOW CREATE USER tells what an account asks for', async (t) => {
  const tenant = new AccountTenant();
  const shown = (clause: string): unknown => {
    tenant.query(`CREATE USER x@'10.%' ${clause}`);
    const rows = tenant.answer("SHOW CREATE USER x@'10.%'");
    tenant.query("DROP USER x@'10.%'");
    return rows[0]?.[0];
  };
  const name = 'create user if not exists `x`@`10.%`';

  t.equal(shown(''), name);
  t.equal(shown("IDENTIFIED BY 'p'"), `${name} IDENTIFIED BY PASSWORD '*p'`);
  t.equal(shown("IDENTIFIED WITH caching_sha2_password BY 'p'"), `${name} IDENTIFIED BY PASSWORD '$p'`);
  t.equal(shown("IDENTIFIED WITH 'mysql_native_password' AS '*ab'"), `${name} IDENTIFIED BY PASSWORD '*AB'`);
  t.equal(shown('REQUIRE NONE'), `${name} REQUIRE NONE`);
  t.equal(shown('REQUIRE SSL'), `${name} REQUIRE SSL`);
  t.equal(shown('REQUIRE X509'), `${name} REQUIRE X509`);
  const some = "SUBJECT '/CN=a' AND CIPHER 'c'";
  t.equal(shown(`REQUIRE ${some}`), `${name} REQUIRE CIPHER 'c' SUBJECT '/CN=a'`);
  const limits = 'WITH MAX_CONNECTIONS_PER_HOUR 5 MAX_USER_CONNECTIONS 2';
  t.equal(shown(limits), `${name} ${limits}`);
});

t.test('GRANT with a password takes the other clauses too', async (t) => {
  const tenant = new AccountTenant();
  tenant.query("GRANT SELECT ON *.* TO ben IDENTIFIED BY 'p' REQUIRE SSL WITH MAX_USER_CONNECTIONS 3");
  t.match(readUser(tenant, { user: 'ben', host: '%' }), {
    authentication_string: '*p',
    ssl_type: 'ANY',
    max_user_connections: 3n,
    privileges: 'SELECT',
  });
  tenant.query("GRANT INSERT ON *.* TO ben IDENTIFIED BY 'q' REQUIRE X509");
  t.match(readUser(tenant, { user: 'ben', host: '%' }), {
    authentication_string: '*q',
    ssl_type: 'X509',
    max_user_connections: 3n,
  });
});

t.test('an account changes as a whole, and keeps what is not said', async (t) => {
  const tenant = new AccountTenant();
  const ann = { user: 'ann', host: '%' };
  tenant.query("CREATE USER ann IDENTIFIED BY 'p' REQUIRE SSL PASSWORD EXPIRE INTERVAL 30 DAY");
  t.match(readUser(tenant, ann), {
    ssl_type: 'ANY',
    password_lifetime: 30n,
    password_last_changed: 1_700_000_000n,
  });

  tenant.query('ALTER USER ann PASSWORD EXPIRE NEVER ACCOUNT LOCK');
  t.match(readUser(tenant, ann), { ssl_type: 'ANY', password_lifetime: 0n, account_locked: 'Y' });
  tenant.query('ALTER USER ann REQUIRE X509 PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK');
  t.match(readUser(tenant, ann), { ssl_type: 'X509', password_lifetime: null, account_locked: 'N' });

  tenant.query('ALTER USER ann PASSWORD EXPIRE');
  t.match(readUser(tenant, ann), { password_expired: 'Y', authentication_string: '*p' });
  tenant.query("SET PASSWORD FOR ann = PASSWORD('q')");
  t.match(readUser(tenant, ann), { password_expired: 'N', authentication_string: '*q' });
  tenant.query("ALTER USER ann IDENTIFIED WITH caching_sha2_password BY 'r'");
  tenant.query("ALTER USER ann IDENTIFIED BY 's'");
  t.match(readUser(tenant, ann), { plugin: 'caching_sha2_password', authentication_string: '$s' });

  const generated = tenant.answer('ALTER USER ann IDENTIFIED BY RANDOM PASSWORD');
  t.same(generated, [['ann', '%', 'made up', '1']]);
  t.match(readUser(tenant, ann), { authentication_string: '$made up' });
});

t.test('grants add up level by level and go with REVOKE', async (t) => {
  const tenant = new AccountTenant();
  tenant.query("CREATE USER ann, ben@'10.%'; CREATE TABLE t (a INT, b INT)");
  tenant.query(`
    GRANT SELECT, PROCESS ON *.* TO ann;
    GRANT ALL ON \`te\\_st\`.* TO ann WITH GRANT OPTION;
    GRANT INSERT, SELECT (b, a), UPDATE (a) ON t TO ann;
    GRANT INSERT ON test.t TO ben@'10.%';
    GRANT CREATE ON test.later TO ann`);
  t.same(tenant.grants('ann'), [
    "GRANT SELECT, PROCESS ON *.* TO 'ann'",
    "GRANT ALL PRIVILEGES ON `te\\_st`.* TO 'ann' WITH GRANT OPTION",
    "GRANT CREATE ON `test`.`later` TO 'ann'",
    "GRANT INSERT, UPDATE (`a`), SELECT (`a`, `b`) ON `test`.`t` TO 'ann'",
  ]);
  t.same(tenant.grants("ben@'10.%'"), [
    "GRANT USAGE ON *.* TO 'ben'@'10.%'",
    "GRANT INSERT ON `test`.`t` TO 'ben'@'10.%'",
  ]);
  t.same(accountViewRows('tables_priv', tenant), [
    ['%', 'test', 'ann', 'later', 'root@%', null, 'Create', ''],
    ['%', 'test', 'ann', 't', 'root@%', null, 'Insert', 'Update,Select'],
    ['10.%', 'test', 'ben', 't', 'root@%', null, 'Insert', ''],
  ]);

  tenant.query('REVOKE SELECT ON *.* FROM ann; REVOKE SELECT (a), INSERT ON test.t FROM ann');
  tenant.query('REVOKE INSERT, GRANT OPTION ON `te\\_st`.* FROM ann');
  const [first, second, , last] = tenant.grants('ann');
  t.equal(first, "GRANT PROCESS ON *.* TO 'ann'");
  t.match(second, /^GRANT ALTER, CREATE, DELETE, DROP, UPDATE, .* ON `te\\_st`\.\* TO 'ann'$/);
  t.equal(last, "GRANT UPDATE (`a`), SELECT (`b`) ON `test`.`t` TO 'ann'");

  tenant.query('REVOKE ALL ON test.t FROM ann; REVOKE ALL PRIVILEGES, GRANT OPTION FROM ann');
  t.same(tenant.grants('ann'), ["GRANT USAGE ON *.* TO 'ann'"]);
});

t.test('RENAME USER takes grants and roles along, DROP USER takes them away', async (t) => {
  const tenant = new AccountTenant();
  tenant.query(`
    CREATE USER ann; CREATE ROLE r; CREATE TABLE t (a INT);
    GRANT SELECT (a), INSERT ON t TO ann; GRANT UPDATE ON test.* TO ann;
    GRANT r TO ann WITH ADMIN OPTION; SET DEFAULT ROLE r TO ann`);
  tenant.query("RENAME USER ann TO ben@'h', r TO s");
  t.same(tenant.grants('ben@h'), [
    "GRANT USAGE ON *.* TO 'ben'@'h'",
    "GRANT UPDATE ON `test`.* TO 'ben'@'h'",
    "GRANT INSERT, SELECT (`a`) ON `test`.`t` TO 'ben'@'h'",
    'GRANT `s`@`%` TO `ben`@`h` WITH ADMIN OPTION',
  ]);
  t.same(accountViewRows('default_roles', tenant), [['h', 'ben', '%', 's']]);

  tenant.query('DROP USER ben@h, s');
  for (const name of ['db', 'tables_priv', 'columns_priv', 'role_edges', 'default_roles'])
    t.same(accountViewRows(name, tenant), [], name);
});

t.test('roles are granted, chosen and shown with what they bring', async (t) => {
  const tenant = new AccountTenant();
  tenant.query(`
    CREATE ROLE reader, writer, all_of_them; CREATE USER ann DEFAULT ROLE NONE;
    GRANT SELECT ON test.* TO reader; GRANT INSERT ON test.* TO writer;
    GRANT reader, writer TO all_of_them; GRANT all_of_them, reader TO ann`);
  t.same(
    tenant.answer('GRANT ann TO reader'),
    '3527 User account `reader`@`%` is directly or indirectly granted to the role `ann`@`%`. The GRANT would create a loop',
  );
  const using = tenant.answer('SHOW GRANTS FOR ann USING all_of_them');
  t.same(using, [
    ["GRANT USAGE ON *.* TO 'ann'"],
    ["GRANT INSERT, SELECT ON `test`.* TO 'ann'"],
    ['GRANT `all_of_them`@`%`,`reader`@`%` TO `ann`@`%`'],
  ]);

  tenant.query('GRANT reader, writer TO root; SET ROLE ALL EXCEPT reader');
  t.same(tenant.answer('SELECT CURRENT_ROLE()'), [['`writer`@`%`']]);
  tenant.query('SET DEFAULT ROLE reader TO root; SET ROLE DEFAULT');
  t.same(tenant.answer('SELECT CURRENT_ROLE()'), [['`reader`@`%`']]);
  tenant.query('SET ROLE NONE');
  t.same(tenant.answer('SELECT CURRENT_ROLE()'), [['NONE']]);

  tenant.query('REVOKE reader FROM root');
  t.same(accountViewRows('default_roles', tenant), []);
});

t.test('every view of accounts has as many cells as columns', async (t) => {
  const tenant = new AccountTenant();
  tenant.query(`
    CREATE USER ann; CREATE ROLE r; CREATE TABLE t (a INT); GRANT SELECT (a), INSERT ON t TO ann;
    GRANT UPDATE ON test.* TO ann; GRANT r TO ann; SET DEFAULT ROLE r TO ann`);
  for (const { name, columns } of accountViews) {
    const rows = accountViewRows(name, tenant) ?? [];
    t.equal(rows.length > 0, name !== 'procs_priv', name);
    for (const row of rows) t.equal(row.length, columns.length, name);
  }
  for (const row of userListRows(tenant)) t.equal(row.length, userListColumns.length);
});

import t from 'tap';
import { matchesPattern, patternOrder } from '../../src/accounts/database-pattern.ts';
import { AccountTenant } from './account-tenant.ts';

function tenantWith(...grants: readonly string[]): AccountTenant {
  const tenant = new AccountTenant();
  tenant.query(`
    CREATE DATABASE d; CREATE DATABASE dx; CREATE TABLE d.t (a INT PRIMARY KEY, b INT, c INT); CREATE TABLE d.u (a INT, e INT);
    CREATE VIEW d.v AS SELECT a, b FROM d.t; CREATE SQL SECURITY INVOKER VIEW d.w AS SELECT a FROM d.t;
    CREATE VIEW d.vv AS SELECT a FROM d.w; CREATE DEFINER = gone VIEW d.g AS SELECT a FROM d.t;
    CREATE USER ann; CREATE ROLE r`);
  for (const grant of grants) tenant.query(grant.startsWith('GRANT') ? grant : `GRANT ${grant} TO ann`);
  return tenant;
}

function denied(command: string, table: string): string {
  return `1142 ${command} command denied to user 'ann'@'10.0.0.9' for table '${table}'`;
}

function deniedColumn(command: string, column: string): string {
  return `1143 ${command} command denied to user 'ann'@'10.0.0.9' for column '${column}' in table 't'`;
}

function lacks(privileges: string): string {
  return `1227 Access denied; you need (at least one of) the ${privileges} privilege(s) for this operation`;
}

const noDatabase = "1044 Access denied for user 'ann'@'%' to database 'd'";

/** What somebody without any privilege is told. */
const nothing: readonly (readonly [statement: string, verdict: string])[] = [
  ['SELECT 1', ''],
  ['SELECT a FROM d.t', denied('SELECT', 't')],
  ['SELECT 1 FROM (SELECT a FROM d.t) AS x', denied('SELECT', 't')],
  ['SELECT (SELECT max(e) FROM d.u)', denied('SELECT', 'u')],
  ['SELECT 1 UNION SELECT a FROM d.t', denied('SELECT', 't')],
  ['WITH x AS (SELECT a FROM d.t) SELECT 1 FROM x', denied('SELECT', 't')],
  ['TABLE d.t', denied('SELECT', 't')],
  ['SET @x = (SELECT max(a) FROM d.t)', denied('SELECT', 't')],
  ['DO (SELECT max(a) FROM d.t)', denied('SELECT', 't')],
  ['EXPLAIN SELECT a FROM d.t', denied('SELECT', 't')],
  ['INSERT INTO d.t VALUES (1, 2, 3)', denied('INSERT', 't')],
  ['REPLACE INTO d.t VALUES (1, 2, 3)', denied('INSERT, DELETE', 't')],
  ['UPDATE d.t SET a = 1', denied('UPDATE', 't')],
  ['UPDATE d.t SET a = 1 WHERE b = 2', denied('UPDATE', 't')],
  ['DELETE FROM d.t', denied('DELETE', 't')],
  ['DELETE FROM d.t WHERE a = 1', denied('DELETE', 't')],
  ['CREATE TABLE d.n (a INT)', denied('CREATE', 'n')],
  ['CREATE TABLE d.n LIKE d.t', denied('CREATE', 'n')],
  ['CREATE TABLE d.n SELECT 1', denied('INSERT, CREATE', 'n')],
  ['ALTER TABLE d.t ADD x INT', denied('ALTER', 't')],
  ['DROP TABLE d.t', denied('DROP', 't')],
  ['TRUNCATE d.t', denied('DROP', 't')],
  ['RENAME TABLE d.t TO d.n', denied('DROP, ALTER', 't')],
  ['CREATE INDEX i ON d.t (b)', denied('INDEX', 't')],
  ['CREATE VIEW d.n AS SELECT 1', denied('CREATE VIEW', 'n')],
  ['DROP VIEW d.v', denied('DROP', 'v')],
  ['CREATE DATABASE d2', "1044 Access denied for user 'ann'@'%' to database 'd2'"],
  ['DROP DATABASE d', noDatabase],
  ['USE d', noDatabase],
  ['SHOW TABLES FROM d', noDatabase],
  ['SHOW CREATE DATABASE d', noDatabase],
  ['SHOW CREATE TABLE d.t', denied('SHOW', 't')],
  ['DESCRIBE d.t', denied('SELECT', 't')],
  ['SHOW GRANTS', ''],
  ['SHOW GRANTS FOR root', "1044 Access denied for user 'ann'@'%' to database 'mysql'"],
  ['LOCK TABLES d.t READ', noDatabase],
  ['SET GLOBAL max_connections = 3', lacks('SUPER, ALTER SYSTEM')],
  ['SET SESSION sql_mode = ""', ''],
  ['FLUSH PRIVILEGES', lacks('RELOAD')],
  ["ALTER SYSTEM SET x = '1'", lacks('ALTER SYSTEM')],
  ["CREATE TENANT x RESOURCE_POOL_LIST = ('p')", lacks('ALTER TENANT')],
  ['CREATE USER x', lacks('CREATE USER')],
  ['CREATE ROLE x', lacks('CREATE ROLE, CREATE USER')],
  ["ALTER USER ann IDENTIFIED BY 'p'", ''],
  ["ALTER USER ann IDENTIFIED BY 'p' REQUIRE NONE", lacks('CREATE USER')],
  ["ALTER USER root IDENTIFIED BY 'p'", lacks('CREATE USER')],
  ["SET PASSWORD = 'p'", ''],
  ["SET PASSWORD FOR root = 'p'", lacks('CREATE USER')],
  ['GRANT SELECT ON *.* TO ann', "1045 Access denied for user 'ann'@'%' (using password: YES)"],
  ['GRANT SELECT ON d.* TO ann', noDatabase],
  ['REVOKE SELECT ON d.t FROM ann', denied('SELECT, GRANT', 't')],
  ['GRANT r TO ann', lacks('WITH ADMIN, ROLE_ADMIN, SUPER')],
  ['BEGIN', ''],
];

t.test('who was granted nothing is refused in the words of MySQL', async (t) => {
  const tenant = tenantWith();
  for (const [statement, verdict] of nothing) t.equal(tenant.verdict(statement), verdict, statement);
});

t.test('SHOW DATABASES tells names of databases, and nothing of what is in them', async (t) => {
  const tenant = tenantWith('SHOW DATABASES, CREATE SYNONYM ON *.*');
  t.equal(tenant.verdict('USE d'), noDatabase);
  t.equal(tenant.verdict('SHOW TABLES FROM d'), noDatabase);
  t.equal(tenant.verdict('DESCRIBE d.t'), denied('SELECT', 't'));
  t.equal(tenant.verdict('SHOW CREATE TABLE d.t'), denied('SHOW', 't'));
});

t.test('the parent of a foreign key is looked for in the database of its child', async (t) => {
  const tenant = tenantWith('ALTER, CREATE ON d.*', 'REFERENCES ON test.*');
  t.equal(tenant.verdict('ALTER TABLE d.u ADD FOREIGN KEY (a) REFERENCES t (a)'), denied('REFERENCES', 't'));
  t.equal(
    tenant.verdict('CREATE TABLE d.n (a INT, FOREIGN KEY (a) REFERENCES t (a))'),
    denied('REFERENCES', 't'),
  );
});

t.test('columns may be used one by one', async (t) => {
  const tenant = tenantWith('SELECT (a, b), UPDATE (b), INSERT (a) ON d.t');

  for (const allowed of [
    'SELECT a, b FROM d.t WHERE a > 1 ORDER BY b',
    'SELECT count(*) FROM d.t',
    'SELECT x.b FROM d.t AS x JOIN d.t AS y USING (a)',
    'INSERT INTO d.t (a) VALUES (1)',
    'UPDATE d.t SET b = a',
    'UPDATE d.t SET b = 1 WHERE a = 2',
    'DESCRIBE d.t',
    'USE d',
  ])
    t.equal(tenant.verdict(allowed), '', allowed);

  t.equal(tenant.verdict('SELECT * FROM d.t'), denied('SELECT', 't'), 'names of columns are not given away');
  t.equal(tenant.verdict('SELECT a FROM d.t ORDER BY c'), deniedColumn('SELECT', 'c'));
  t.equal(tenant.verdict('SELECT x.a FROM d.t AS x JOIN d.t AS y USING (c)'), deniedColumn('SELECT', 'c'));
  t.equal(tenant.verdict('SELECT x.a FROM d.t AS x NATURAL JOIN d.t AS y'), deniedColumn('SELECT', 'c'));
  t.equal(tenant.verdict('INSERT INTO d.t (a, b) VALUES (1, 2)'), deniedColumn('INSERT', 'b'));
  t.equal(tenant.verdict('INSERT INTO d.t VALUES (1, 2, 3)'), deniedColumn('INSERT', 'b'));
  t.equal(tenant.verdict('UPDATE d.t SET a = 1'), deniedColumn('UPDATE', 'a'));
  t.equal(tenant.verdict('UPDATE d.t SET b = c'), deniedColumn('SELECT', 'c'));
  t.equal(tenant.verdict('UPDATE d.t SET b = 1, b = c'), deniedColumn('SELECT', 'c'));
  const upsert = 'INSERT INTO d.t (a) VALUES (1) ON DUPLICATE KEY UPDATE';
  t.equal(tenant.verdict(`${upsert} b = 2`), '');
  t.equal(tenant.verdict(`${upsert} b = c`), deniedColumn('SELECT', 'c'));
  t.equal(tenant.verdict('DELETE FROM d.t'), denied('DELETE', 't'));
  t.equal(tenant.verdict('SELECT e FROM d.u'), denied('SELECT', 'u'));
});

t.test('writing asks for SELECT only where it reads', async (t) => {
  const tenant = tenantWith('UPDATE, DELETE, INSERT ON d.t');

  t.equal(tenant.verdict('UPDATE d.t SET a = 1'), '');
  t.equal(tenant.verdict('DELETE FROM d.t'), '');
  t.equal(tenant.verdict('UPDATE d.t SET a = 1 WHERE b = 2'), deniedColumn('SELECT', 'b'));
  t.equal(tenant.verdict('UPDATE d.t SET a = a + 1'), deniedColumn('SELECT', 'a'));
  t.equal(tenant.verdict('DELETE FROM d.t WHERE a = 1'), deniedColumn('SELECT', 'a'));
  t.equal(tenant.verdict('DELETE FROM d.t ORDER BY a LIMIT 1'), deniedColumn('SELECT', 'a'));
  t.equal(tenant.verdict('DELETE t FROM d.t, d.u'), denied('SELECT', 'u'));
  t.equal(tenant.verdict('INSERT INTO d.t SELECT e, e, e FROM d.u'), denied('SELECT', 'u'));
});

t.test('a view is read with the rights of its definer, or of whoever reads it', async (t) => {
  const tenant = tenantWith('SELECT ON d.v', 'SELECT ON d.w', 'SELECT (a) ON d.vv', 'SELECT ON d.g');

  t.equal(tenant.verdict('SELECT a, b FROM d.v'), '');
  const [[, shown]] = tenant.answer('SHOW CREATE VIEW d.w') as [[string, string]];
  t.match(shown, /SQL SECURITY INVOKER VIEW/);
  // By either name, a view's text is for those with SHOW VIEW.
  for (const what of ['VIEW', 'TABLE'])
    t.equal(tenant.verdict(`SHOW CREATE ${what} d.v`), denied('SHOW VIEW', 'v'), what);
  const invalid =
    "1356 View 'd.w' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them";
  t.equal(tenant.verdict('SELECT a FROM d.w'), invalid);
  t.equal(tenant.verdict('SELECT a FROM d.vv'), '', 'in a view of root it is root who reads');
  t.equal(
    tenant.verdict('SELECT a FROM d.g'),
    "1449 The user specified as a definer ('gone'@'%') does not exist",
  );
  t.equal(tenant.verdict('SELECT a FROM d.t'), denied('SELECT', 't'));

  tenant.query('GRANT SELECT ON d.t TO ann; REVOKE SELECT ON d.v FROM ann');
  t.equal(tenant.verdict('SELECT a FROM d.w'), '');
  t.equal(tenant.verdict('SELECT a FROM d.v'), denied('SELECT', 'v'));
  t.equal(tenant.verdict('CREATE DEFINER = root VIEW d.n AS SELECT 1'), lacks('SUPER'));
  tenant.query('GRANT CREATE VIEW ON d.* TO ann');
  t.equal(tenant.verdict('CREATE VIEW d.n AS SELECT a FROM d.t'), '');
  t.equal(tenant.verdict('CREATE VIEW d.n AS SELECT e FROM d.u'), denied('SELECT', 'u'));
});

t.test('one gives what one has, with GRANT OPTION', async (t) => {
  const tenant = tenantWith('SELECT, GRANT OPTION ON d.*', 'GRANT r TO ann WITH ADMIN OPTION');

  t.equal(tenant.verdict('GRANT SELECT ON d.* TO root'), '');
  t.equal(tenant.verdict('GRANT SELECT ON d.t TO root'), '');
  t.equal(tenant.verdict('GRANT INSERT ON d.* TO root'), noDatabase);
  t.equal(tenant.verdict("GRANT SELECT ON d.* TO root IDENTIFIED BY 'p'"), lacks('CREATE USER'));
  t.equal(tenant.verdict('GRANT SELECT ON d.* TO root IDENTIFIED BY RANDOM PASSWORD'), lacks('CREATE USER'));
  t.strictSame(tenant.answer('GRANT SELECT ON d.* TO ann IDENTIFIED BY RANDOM PASSWORD'), [
    ['ann', '%', 'made up', '1'],
  ]);
  t.equal(tenant.verdict('GRANT r TO root'), '');
});

t.test('active roles bring what was granted to them, as long as one has them', async (t) => {
  const tenant = tenantWith('GRANT SELECT ON d.* TO r', 'GRANT r TO ann');

  t.equal(tenant.verdict('SELECT a FROM d.t'), denied('SELECT', 't'));
  tenant.session.activeRoles = [{ user: 'r', host: '%' }];
  t.equal(tenant.verdict('SELECT a FROM d.t'), '');
  tenant.query('REVOKE r FROM ann');
  t.equal(tenant.verdict('SELECT a FROM d.t'), denied('SELECT', 't'));
});

t.test('database names in grants are patterns, the most special of which counts', async (t) => {
  t.ok(matchesPattern('d_', 'dx'));
  t.notOk(matchesPattern('d\\_', 'dx'));
  t.ok(matchesPattern('d\\_%', 'd_1'));
  t.ok(matchesPattern('%', ''));
  t.notOk(matchesPattern('a.c', 'abc'));
  t.same(['%', 'd%', 'dx', 'd_'].sort(patternOrder), ['dx', 'd%', 'd_', '%']);

  const tenant = tenantWith('SELECT ON `d%`.*', 'INSERT ON `dx`.*');
  t.equal(tenant.verdict('SELECT a FROM d.t'), '');
  t.equal(tenant.verdict('CREATE TABLE dx.n SELECT 1').slice(0, 4), '1142');
  t.equal(tenant.verdict('USE dx'), '');
});

import t from 'tap';
import { changeVariables } from '../../src/session-state.ts';
import { TestTenant } from '../tenant.ts';

const everyType = `
CREATE TABLE every_type (
  \`id\` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  \`a\` tinyint(4) NOT NULL DEFAULT '0',
  \`b\` tinyint(1) DEFAULT NULL,
  \`c\` smallint(5) unsigned zerofill DEFAULT NULL,
  \`d\` mediumint(9) DEFAULT NULL,
  \`e\` int(11) NOT NULL COMMENT 'it''s a number',
  \`f\` decimal(10,2) NOT NULL DEFAULT '0.00',
  \`g\` float DEFAULT NULL,
  \`h\` double(7,3) DEFAULT NULL,
  \`i\` bit(3) NOT NULL DEFAULT b'101',
  \`j\` year(4) DEFAULT NULL,
  \`k\` date DEFAULT NULL,
  \`l\` time(2) DEFAULT NULL,
  \`m\` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  \`n\` timestamp NULL DEFAULT NULL,
  \`o\` char(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  \`p\` varchar(20) CHARACTER SET latin1 NOT NULL DEFAULT 'it''s',
  \`q\` text,
  \`r\` longtext NOT NULL,
  \`s\` binary(4) DEFAULT NULL,
  \`t\` varbinary(16) DEFAULT NULL,
  \`u\` mediumblob,
  \`v\` enum('x','y','it''s') NOT NULL DEFAULT 'y',
  \`w\` set('a','b') DEFAULT NULL,
  \`x\` json DEFAULT NULL,
  \`y\` int(11) GENERATED ALWAYS AS ((\`e\` + 1) * 2) VIRTUAL,
  PRIMARY KEY (\`id\`),
  UNIQUE KEY \`one\` (\`e\`,\`p\`(5)),
  KEY \`two\` (\`k\` DESC) COMMENT 'by day',
  FULLTEXT KEY \`three\` (\`q\`),
  CONSTRAINT \`positive\` CHECK (\`e\` > 0)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COMMENT='all of them'`;

t.test('SHOW CREATE TABLE prints the statement that made the table', async (t) => {
  const tenant = new TestTenant();
  tenant.run(everyType);
  const [row] = tenant.rows('SHOW CREATE TABLE every_type');
  t.equal(row?.[1], everyType.trim().replace('CREATE TABLE every_type', 'CREATE TABLE `every_type`'));
  tenant.run(`DROP TABLE every_type; ${String(row?.[1])}`);
  t.strictSame(tenant.rows('SHOW CREATE TABLE every_type'), [row]);
});

t.test('what is written short is shown in full', async (t) => {
  const tenant = new TestTenant();
  tenant.run(`CREATE TABLE short (
    a SERIAL, b BOOL DEFAULT TRUE, c INTEGER KEY, d NUMERIC(4), e CHAR, f TEXT(100), g BLOB(70000),
    h VARCHAR(10) BINARY, i REAL, j DATETIME DEFAULT '2024-1-2', k DECIMAL DEFAULT 1.5, l INT DEFAULT -3,
    m INT REFERENCES nothing (a), INDEX (b), INDEX (b, d)) CHARSET utf8 COLLATE utf8_bin`);
  const [row] = tenant.rows('SHOW CREATE TABLE short');
  t.equal(
    row?.[1],
    `CREATE TABLE \`short\` (
  \`a\` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  \`b\` tinyint(1) DEFAULT '1',
  \`c\` int(11) NOT NULL,
  \`d\` decimal(4,0) DEFAULT NULL,
  \`e\` char(1) COLLATE utf8_bin DEFAULT NULL,
  \`f\` text COLLATE utf8_bin,
  \`g\` mediumblob,
  \`h\` varchar(10) COLLATE utf8_bin DEFAULT NULL,
  \`i\` double DEFAULT NULL,
  \`j\` datetime DEFAULT '2024-01-02 00:00:00',
  \`k\` decimal(10,0) DEFAULT '2',
  \`l\` int(11) DEFAULT '-3',
  \`m\` int(11) DEFAULT NULL,
  PRIMARY KEY (\`c\`),
  UNIQUE KEY \`a\` (\`a\`),
  KEY \`b\` (\`b\`),
  KEY \`b_2\` (\`b\`,\`d\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_bin`,
  );
});

t.test('SQLite gets the key, the order and the collation of each column', async (t) => {
  const tenant = new TestTenant();
  tenant.run(
    'CREATE TABLE a (id INT PRIMARY KEY, name VARCHAR(9) UNIQUE, raw VARCHAR(9) COLLATE utf8mb4_bin)',
  );
  tenant.run('CREATE TABLE b (x INT, KEY (x))');
  tenant.run(
    'CREATE TABLE c (a_id INT, CONSTRAINT to_a FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE)',
  );
  t.strictSame(
    tenant.stored.filter((sql) => sql.startsWith('CREATE')),
    [
      'CREATE TABLE "test.a" ("id" INTEGER NOT NULL, "name" TEXT COLLATE NOCASE, "raw" TEXT, PRIMARY KEY ("id"))',
      'CREATE UNIQUE INDEX "test.a.name" ON "test.a" ("name")',
      'CREATE TABLE "test.b" ("x" INTEGER, "__pk_increment" INTEGER PRIMARY KEY)',
      'CREATE INDEX "test.b.x" ON "test.b" ("x")',
      'CREATE TABLE "test.c" ("a_id" INTEGER, "__pk_increment" INTEGER PRIMARY KEY, CONSTRAINT "to_a" FOREIGN KEY ("a_id") ' +
        'REFERENCES "test.a" ("id") ON DELETE CASCADE ON UPDATE RESTRICT)',
      'CREATE INDEX "test.c.to_a" ON "test.c" ("a_id")',
    ],
  );
});

const refusals: readonly (readonly [string, string])[] = [
  ['CREATE DATABASE test', "1007 Can't create database 'test'; database exists"],
  ['DROP DATABASE nothing', "1008 Can't drop database 'nothing'; database doesn't exist"],
  ['CREATE TABLE nothing.t (a INT)', "1049 Unknown database 'nothing'"],
  [
    'CREATE TABLE information_schema.t (a INT)',
    "1044 Access denied for user 'root'@'%' to database 'information_schema'",
  ],
  ['CREATE TABLE old (a INT)', "1050 Table 'old' already exists"],
  ['DROP TABLE old, gone', "1051 Unknown table 'test.gone'"],
  ['CREATE TABLE t (a INT, A INT)', "1060 Duplicate column name 'A'"],
  ['CREATE TABLE t (a INT, KEY k (a), KEY K (a))', "1061 Duplicate key name 'K'"],
  ["CREATE TABLE t (a INT DEFAULT 'x')", "1067 Invalid default value for 'a'"],
  ['CREATE TABLE t (a INT NOT NULL DEFAULT NULL)', "1067 Invalid default value for 'a'"],
  ['CREATE TABLE t (a DATETIME DEFAULT CURRENT_TIMESTAMP(3))', "1067 Invalid default value for 'a'"],
  ['CREATE TABLE t (a INT PRIMARY KEY, b INT PRIMARY KEY)', '1068 Multiple primary key defined'],
  ['CREATE TABLE t (a INT, KEY (b))', "1072 Key column 'b' doesn't exist in table"],
  [
    'CREATE TABLE t (a INT AUTO_INCREMENT)',
    '1075 Incorrect table definition; there can be only one auto column and it must be defined as a key',
  ],
  [
    "CREATE TABLE t (a TEXT DEFAULT 'x')",
    "1101 BLOB, TEXT, GEOMETRY or JSON column 'a' can't have a default value",
  ],
  ['CREATE TABLE t (a INT ON UPDATE CURRENT_TIMESTAMP)', "1294 Invalid ON UPDATE clause for 'a' column"],
  [
    'CREATE TABLE t (a TEXT, KEY (a))',
    "1170 BLOB/TEXT column 'a' used in key specification without a key length",
  ],
  [
    'CREATE TABLE t (a INT NULL PRIMARY KEY)',
    '1171 All parts of a PRIMARY KEY must be NOT NULL; if you need NULL in a key, use UNIQUE instead',
  ],
  [
    'CREATE TABLE t (a VARCHAR(20000))',
    "1074 Column length too big for column 'a' (max = 16383); use BLOB or TEXT instead",
  ],
  ['CREATE TABLE t (a DECIMAL(66))', "1426 Too-big precision 66 specified for 'a'. Maximum is 65."],
  ["CREATE TABLE t (a ENUM('x', 'X'))", "1291 Column 'a' has duplicated value 'X' in ENUM"],
  ['CREATE TABLE t (a INT) CHARSET nothing', "1115 Unknown character set: 'nothing'"],
  ['CREATE TABLE t (a INT) ENGINE nothing', "1286 Unknown storage engine 'nothing'"],
  [
    'CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES gone (a))',
    "1824 Failed to open the referenced table 'gone'",
  ],
  [
    'CREATE TABLE t (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES old (a))',
    "1822 Failed to add the foreign key constaint. Missing index for constraint 'f' in the referenced table 'old'",
  ],
  ['CREATE TABLE t (a INT AS (b + 1))', "1054 Unknown column 'b' in 'generated column function'"],
  ['CREATE TABLE t (a INT, CHECK (b > 1))', "1054 Unknown column 'b' in 'check constraint expression'"],
  [
    'CREATE TABLE t (a INT AS (RAND()))',
    "3102 Expression of generated column 'a' contains a disallowed function.",
  ],
  [
    'CREATE TABLE t (a INT AS (b), b INT AS (1))',
    '3107 Generated column can refer only to generated columns defined prior to it.',
  ],
  ['CREATE TEMPORARY TABLE t (a INT)', '1235 CREATE TEMPORARY TABLE not supported'],
  ['RENAME TABLE gone TO here', "1146 Table 'test.gone' doesn't exist"],
  ['RENAME TABLE old TO parent', "1050 Table 'parent' already exists"],
  ['TRUNCATE gone', "1146 Table 'test.gone' doesn't exist"],
  [
    'DROP TABLE parent',
    "3730 Cannot drop table 'parent' referenced by a foreign key constraint 'child_ibfk_1' on table 'child'.",
  ],
  ['DROP TABLE old, parent, OLD', "1066 Not unique table/alias: 'old'"],
  ['CREATE TABLE `a.b` (c INT)', "1235 a point in a table's name not supported"],
  ['DROP EVENT e', "1539 Unknown event 'e'"],
  ['DROP TABLE mysql.user', '4179 changing the definition of mysql.user not allowed'],
  ['DROP VIEW old', "1347 'test.old' is not VIEW"],
];

t.test('definitions that cannot be are refused in the words of MySQL', async (t) => {
  const tenant = new TestTenant();
  tenant.run(`CREATE TABLE old (a INT);
    CREATE TABLE parent (id INT PRIMARY KEY);
    CREATE TABLE child (p INT, FOREIGN KEY (p) REFERENCES parent (id))`);
  for (const [statement, refusal] of refusals) t.equal(tenant.failure(statement), refusal, statement);
});

t.test('IF EXISTS and IF NOT EXISTS leave notes', async (t) => {
  const tenant = new TestTenant();
  const notes = (script: string) => {
    tenant.run(script);
    return tenant.session.warnings.map(({ level, errno, message }) => `${level} ${errno} ${message}`);
  };
  tenant.run('CREATE TABLE here (a INT)');
  t.strictSame(notes('CREATE TABLE IF NOT EXISTS here (a INT)'), ["Note 1050 Table 'here' already exists"]);
  t.strictSame(notes('DROP TABLE IF EXISTS gone, here'), ["Note 1051 Unknown table 'test.gone'"]);
  t.strictSame(notes('DROP TRIGGER IF EXISTS x'), ['Note 1360 Trigger does not exist']);
  t.strictSame(notes('DROP PROCEDURE IF EXISTS p'), ['Note 1305 PROCEDURE test.p does not exist']);
  t.strictSame(notes('CREATE DATABASE IF NOT EXISTS test'), [
    "Note 1007 Can't create database 'test'; database exists",
  ]);
  t.strictSame(notes('DROP DATABASE IF EXISTS gone'), [
    "Note 1008 Can't drop database 'gone'; database doesn't exist",
  ]);
  t.equal(tenant.catalog.relation('test', 'here'), undefined);
});

t.test('renaming takes indexes and the foreign keys of children with it', async (t) => {
  const tenant = new TestTenant();
  tenant.run(`CREATE TABLE parent (id INT PRIMARY KEY, name CHAR(9), KEY (name));
    CREATE TABLE child (p INT, FOREIGN KEY (p) REFERENCES parent (id));
    CREATE DATABASE other;
    RENAME TABLE parent TO moved, moved TO other.there`);
  const child = tenant.catalog.relation('test', 'child');
  t.match(child, { foreignKeys: [{ parentDatabase: 'other', parentTable: 'there' }] });
  t.strictSame(
    tenant.handle.all(`SELECT name FROM sqlite_schema WHERE tbl_name = 'other.there' AND type = 'index'`),
    [['other.there.name']],
  );
  tenant.database.exec('PRAGMA foreign_keys = ON');
  t.throws(() => tenant.insert('child', [1n]), /FOREIGN KEY/);
  t.equal(tenant.failure('DROP DATABASE other').slice(0, 4), '3730');
  tenant.run('USE test; DROP TABLE child; DROP DATABASE test; DROP DATABASE other');
  t.equal(tenant.session.database, undefined, 'no database is left to be in');
});

t.test('LIKE copies columns and indexes, TRUNCATE empties a table', async (t) => {
  const tenant = new TestTenant();
  tenant.run(
    'CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, b CHAR(3), KEY (b)) COMMENT "x"; CREATE TABLE c LIKE a',
  );
  t.equal(
    String(tenant.rows('SHOW CREATE TABLE c')[0]?.[1]).replace('`c`', '`a`'),
    String(tenant.rows('SHOW CREATE TABLE a')[0]?.[1]),
  );
  tenant.insert('c', [1n, 'x'], [2n, 'y']);
  t.match(String(tenant.rows('SHOW CREATE TABLE c')[0]?.[1]), /AUTO_INCREMENT=3 /);
  tenant.run('TRUNCATE TABLE c');
  t.strictSame(tenant.storedRows('c'), []);
});

t.test('partitions are kept as text', async (t) => {
  const tenant = new TestTenant();
  tenant.run('CREATE TABLE p (id INT PRIMARY KEY) PARTITION BY HASH(id) PARTITIONS 4');
  t.match(String(tenant.rows('SHOW CREATE TABLE p')[0]?.[1]), /\n PARTITION BY HASH\(id\) PARTITIONS 4$/);
});

t.test('CREATE TABLE … SELECT takes columns from the query and rows after it', async (t) => {
  const tenant = new TestTenant();
  tenant.run(`CREATE TABLE a (id INT PRIMARY KEY, price DECIMAL(5,2) NOT NULL, name VARCHAR(9) DEFAULT 'y' COMMENT 'it');
    INSERT INTO a VALUES (1, 1.5, 'x'), (2, 2.25, NULL)`);
  const result = tenant.run(
    'CREATE TABLE b (n INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(3)) COMMENT "y" AS SELECT id, price * 2 AS twice, name, a.name AS other, NULL AS nothing FROM a',
  );
  t.match(result, { kind: 'ok', affectedRows: 2n });
  t.equal(
    tenant.rows('SHOW CREATE TABLE b')[0]?.[1],
    `CREATE TABLE \`b\` (
  \`n\` int(11) NOT NULL AUTO_INCREMENT,
  \`id\` int(11) NOT NULL,
  \`twice\` decimal(6,2) NOT NULL,
  \`name\` varchar(3) DEFAULT NULL,
  \`other\` varchar(9) DEFAULT 'y' COMMENT 'it',
  \`nothing\` binary(0) DEFAULT NULL,
  PRIMARY KEY (\`n\`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COMMENT='y'`,
  );
  t.strictSame(tenant.rows('SELECT * FROM b'), [
    [1n, 1n, '3.00', 'x', 'x', null],
    [2n, 2n, '4.50', null, null, null],
  ]);
  t.equal(tenant.failure("CREATE TABLE c (v VARCHAR(1)) AS SELECT 'long' AS v").slice(0, 4), '1406');
  t.equal(tenant.catalog.relation('test', 'c'), undefined, 'what fails leaves no table');
});

t.test('a view keeps its meaning in another database', async (t) => {
  const tenant = new TestTenant();
  tenant.run(`CREATE TABLE a (id INT, name VARCHAR(9));
    INSERT INTO a VALUES (1, 'x');
    CREATE VIEW v (n, label) AS WITH q AS (SELECT * FROM a) SELECT q.id, CONCAT(a.name, '!') FROM q JOIN test.a ON q.id = a.id;
    CREATE DATABASE other; CREATE TABLE other.a (z INT)`);
  tenant.session.database = 'other';
  t.strictSame(tenant.rows('SELECT n, label FROM test.v'), [[1n, 'x!']]);
  t.equal(tenant.failure('CREATE VIEW test.v AS SELECT 1'), "1050 Table 'v' already exists");
  t.equal(
    tenant.failure('CREATE VIEW w (a, b) AS SELECT 1'),
    "1353 View's SELECT and view's field list have different column counts",
  );
  t.equal(
    tenant.failure('CREATE VIEW w AS SELECT gone FROM a'),
    "1054 Unknown column 'gone' in 'field list'",
  );
  tenant.run('CREATE OR REPLACE VIEW test.v AS SELECT 2 AS two; ALTER TABLE test.v RENAME TO test.u');
  t.strictSame(tenant.rows('SELECT * FROM test.u'), [[2n]]);
  tenant.run('DROP VIEW test.u');
  t.equal(tenant.failure('SELECT * FROM test.u'), "1146 Table 'test.u' doesn't exist");
});

t.test('columns that a table gets later are not in the views over it', async (t) => {
  const tenant = new TestTenant();
  tenant.run(`CREATE TABLE a (id INT, x INT); CREATE TABLE b (id INT, y INT); INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (1, 3);
    CREATE VIEW whole AS SELECT * FROM a;
    CREATE VIEW part AS SELECT a.*, b.y AS z FROM a JOIN b USING (id) WHERE a.id > 0 ORDER BY z;
    CREATE VIEW both_of AS SELECT * FROM a UNION ALL (SELECT * FROM b);
    ALTER TABLE a ADD late INT FIRST`);
  t.strictSame(tenant.rows('SELECT * FROM whole'), [[1n, 2n]]);
  t.strictSame(tenant.rows('SELECT * FROM part'), [[1n, 2n, 3n]]);
  t.strictSame(tenant.rows('SELECT * FROM both_of'), [
    [1n, 2n],
    [1n, 3n],
  ]);
  t.match(String(tenant.rows('SHOW CREATE VIEW whole')[0]?.[1]), /AS SELECT `id`, `x` FROM a$/);
});

t.test('what is defined under a sql_mode means the same without it', async (t) => {
  const tenant = new TestTenant();
  changeVariables(tenant.session, { sql_mode: 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES' });
  tenant.run(`CREATE TABLE t ("a b" VARCHAR(9), c VARCHAR(9) AS (CONCAT("a b", '\\')), CHECK ("a b" <> 'no'));
    INSERT INTO t ("a b") VALUES ('x');
    CREATE VIEW v AS SELECT "a b" AS "d" FROM t WHERE c = 'x\\'`);
  changeVariables(tenant.session, { sql_mode: '' });
  t.match(String(tenant.rows('SHOW CREATE TABLE t')[0]?.[1]), "AS (CONCAT(`a b`, '\\\\'))");
  t.strictSame(tenant.rows('SELECT * FROM t'), [['x', 'x\\']]);
  t.strictSame(tenant.rows('SELECT d FROM v'), [['x']]);
  t.equal(tenant.failure("INSERT INTO t (`a b`) VALUES ('no')").slice(0, 4), '3819');
  changeVariables(tenant.session, { sql_mode: 'PIPES_AS_CONCAT' });
  t.equal(
    tenant.failure("CREATE VIEW w AS SELECT 'a' || 'b'"),
    '1235 || as CONCAT in a definition not supported',
  );
});

import t from 'tap';
import { changeVariables } from '../../src/session-state.ts';
import type { SqlValue } from '../../src/values.ts';
import { TestTenant } from '../tenant.ts';

interface Case {
  readonly title: string;
  readonly create: string;
  readonly rows?: readonly (readonly SqlValue[])[];
  readonly alter: string;
  /** Column lines and keys as SHOW CREATE TABLE prints them. */
  readonly becomes: readonly string[];
  readonly rowsAfter?: readonly (readonly SqlValue[])[];
  /** Whether a new table had to be filled. */
  readonly rebuilt: boolean;
}

const cases: readonly Case[] = [
  {
    title: 'a column added at the end costs no copy',
    create: 'CREATE TABLE t (a INT PRIMARY KEY)',
    rows: [[1n]],
    alter: "ALTER TABLE t ADD b VARCHAR(9) NOT NULL DEFAULT 'x', ADD COLUMN (c INT, d DECIMAL(3,1) NOT NULL)",
    becomes: [
      '`a` int(11) NOT NULL',
      "`b` varchar(9) NOT NULL DEFAULT 'x'",
      '`c` int(11) DEFAULT NULL',
      '`d` decimal(3,1) NOT NULL',
      'PRIMARY KEY (`a`)',
    ],
    rowsAfter: [[1n, 'x', null, '100.0']],
    rebuilt: false,
  },
  {
    title: 'a column goes first or after another one',
    create: 'CREATE TABLE t (a INT, b INT)',
    rows: [[1n, 2n]],
    alter: 'ALTER TABLE t ADD c INT DEFAULT 3 FIRST, ADD d INT DEFAULT 4 AFTER a, MODIFY b INT AFTER c',
    becomes: [
      "`c` int(11) DEFAULT '3'",
      '`b` int(11) DEFAULT NULL',
      '`a` int(11) DEFAULT NULL',
      "`d` int(11) DEFAULT '4'",
    ],
    rowsAfter: [[3n, 2n, 1n, 4n, 1n]],
    rebuilt: true,
  },
  {
    title: 'values are converted to the new type',
    create: "CREATE TABLE t (a VARCHAR(9), b INT, c ENUM('x','y'), d DATETIME, e DECIMAL(4,1))",
    rows: [['12', 5n, 2n, '2024-02-29 10:00:00', '1001.5']],
    alter:
      'ALTER TABLE t MODIFY a INT, MODIFY b DECIMAL(6,2), MODIFY c CHAR(3), MODIFY d DATE, MODIFY e BIGINT UNSIGNED',
    becomes: [
      '`a` int(11) DEFAULT NULL',
      '`b` decimal(6,2) DEFAULT NULL',
      '`c` char(3) DEFAULT NULL',
      '`d` date DEFAULT NULL',
      '`e` bigint(20) unsigned DEFAULT NULL',
    ],
    rowsAfter: [[12n, '10005.00', 'y', '2024-02-29', 2n, 1n]],
    rebuilt: true,
  },
  {
    title: 'a type that only grows keeps the table',
    create: "CREATE TABLE t (a INT, b VARCHAR(9), c ENUM('x'))",
    rows: [[1n, 'b', 1n]],
    alter: "ALTER TABLE t MODIFY a BIGINT, MODIFY b VARCHAR(19) COMMENT 'long', MODIFY c ENUM('x','y')",
    becomes: [
      '`a` bigint(20) DEFAULT NULL',
      "`b` varchar(19) DEFAULT NULL COMMENT 'long'",
      "`c` enum('x','y') DEFAULT NULL",
    ],
    rowsAfter: [[1n, 'b', 1n, 1n]],
    rebuilt: false,
  },
  {
    title: 'renaming a column renames it in its keys',
    create: 'CREATE TABLE t (a INT PRIMARY KEY, b INT, UNIQUE u (b), KEY k (b, a))',
    rows: [[1n, 2n]],
    alter: 'ALTER TABLE t CHANGE b c INT, RENAME COLUMN a TO z',
    becomes: [
      '`z` int(11) NOT NULL',
      '`c` int(11) DEFAULT NULL',
      'PRIMARY KEY (`z`)',
      'UNIQUE KEY `u` (`c`)',
      'KEY `k` (`c`,`z`)',
    ],
    rowsAfter: [[1n, 2n]],
    rebuilt: false,
  },
  {
    title: 'dropping a column takes it out of its indexes',
    create: 'CREATE TABLE t (a INT, b INT, c INT, KEY x (a, b), KEY y (b))',
    rows: [[1n, 2n, 3n]],
    alter: 'ALTER TABLE t DROP b',
    becomes: ['`a` int(11) DEFAULT NULL', '`c` int(11) DEFAULT NULL', 'KEY `x` (`a`)'],
    rowsAfter: [[1n, 3n, 1n]],
    rebuilt: true,
  },
  {
    title: 'a primary key replaces the hidden key',
    create: 'CREATE TABLE t (a INT, b INT)',
    rows: [[5n, 2n]],
    alter: 'ALTER TABLE t ADD PRIMARY KEY (a), ADD INDEX (b), MODIFY b INT NOT NULL DEFAULT 0',
    becomes: [
      '`a` int(11) NOT NULL',
      "`b` int(11) NOT NULL DEFAULT '0'",
      'PRIMARY KEY (`a`)',
      'KEY `b` (`b`)',
    ],
    rowsAfter: [[5n, 2n]],
    rebuilt: true,
  },
  {
    title: 'a generated key numbers the rows',
    create: 'CREATE TABLE t (a CHAR(1))',
    rows: [['x'], ['y']],
    alter: 'ALTER TABLE t ADD id INT NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST',
    becomes: ['`id` int(11) NOT NULL AUTO_INCREMENT', '`a` char(1) DEFAULT NULL', 'PRIMARY KEY (`id`)'],
    rowsAfter: [
      [1n, 'x'],
      [2n, 'y'],
    ],
    rebuilt: true,
  },
  {
    title: 'dropping the primary key brings the hidden one',
    create: 'CREATE TABLE t (a INT PRIMARY KEY)',
    rows: [[7n]],
    alter: 'ALTER TABLE t DROP PRIMARY KEY',
    becomes: ['`a` int(11) NOT NULL'],
    rowsAfter: [[7n, 1n]],
    rebuilt: true,
  },
  {
    title: 'indexes, checks, defaults and options change in place',
    create: "CREATE TABLE t (a INT, b CHAR(3) DEFAULT 'x', KEY k (a), CONSTRAINT c CHECK (a > 0))",
    rows: [[1n, 'b']],
    alter:
      "ALTER TABLE t DROP KEY k, ADD UNIQUE (b, a), ALTER b SET DEFAULT 'y', ALTER a DROP DEFAULT, DROP CONSTRAINT c, " +
      'ADD CHECK (a < 9), ENGINE = InnoDB, DISABLE KEYS, ALGORITHM = INPLACE',
    becomes: [
      '`a` int(11)',
      "`b` char(3) DEFAULT 'y'",
      'UNIQUE KEY `b` (`b`,`a`)',
      'CONSTRAINT `t_chk_1` CHECK (a < 9)',
    ],
    rowsAfter: [[1n, 'b', 1n]],
    rebuilt: false,
  },
  {
    title: 'a foreign key is declared in SQLite',
    create: 'CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (a INT)',
    alter: 'ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id) ON UPDATE CASCADE',
    becomes: [
      '`a` int(11) DEFAULT NULL',
      'KEY `f` (`a`)',
      'CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON UPDATE CASCADE',
    ],
    rebuilt: true,
  },
  {
    title: 'CONVERT TO changes every text',
    create: 'CREATE TABLE t (a CHAR(3), b INT) CHARSET latin1',
    rows: [['x', 1n]],
    alter: 'ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    becomes: ['`a` char(3) COLLATE utf8mb4_bin DEFAULT NULL', '`b` int(11) DEFAULT NULL'],
    rowsAfter: [['x', 1n, 1n]],
    rebuilt: true,
  },
  {
    title: 'CREATE INDEX and DROP INDEX are forms of ALTER TABLE',
    create: 'CREATE TABLE t (a INT, KEY k (a))',
    alter: 'CREATE UNIQUE INDEX u ON t (a DESC); CREATE INDEX IF NOT EXISTS u ON t (a); DROP INDEX k ON t',
    becomes: ['`a` int(11) DEFAULT NULL', 'UNIQUE KEY `u` (`a` DESC)'],
    rebuilt: false,
  },
];

t.test('ALTER TABLE changes the definition and the stored rows', async (t) => {
  for (const { title, create, rows = [], alter, becomes, rowsAfter, rebuilt } of cases) {
    await t.test(title, async (t) => {
      const tenant = new TestTenant();
      tenant.run(create);
      tenant.insert('t', ...rows);
      tenant.stored.length = 0;
      tenant.run(alter);
      const text = String(tenant.rows('SHOW CREATE TABLE t')[0]?.[1]);
      const lines = text
        .split('\n')
        .slice(1, -1)
        .map((line) => line.trim().replace(/,$/, ''));
      t.strictSame(lines, becomes);
      if (rowsAfter !== undefined) t.strictSame(tenant.storedRows('t'), rowsAfter);
      t.equal(
        tenant.stored.some((sql) => sql.startsWith('DROP TABLE')),
        rebuilt,
        tenant.stored.join('; '),
      );
      t.strictSame(tenant.handle.all('PRAGMA foreign_key_check'), []);
    });
  }
});

const refusals: readonly (readonly [string, string])[] = [
  ['ALTER TABLE t ADD a INT', "1060 Duplicate column name 'a'"],
  ['ALTER TABLE t ADD x INT AFTER gone', "1054 Unknown column 'gone' in 't'"],
  ['ALTER TABLE t MODIFY gone INT', "1054 Unknown column 'gone' in 't'"],
  ['ALTER TABLE t DROP gone', "1091 Can't DROP 'gone'; check that column/key exists"],
  ['ALTER TABLE t DROP INDEX gone', "1091 Can't DROP 'gone'; check that column/key exists"],
  ['ALTER TABLE t DROP PRIMARY KEY', "1091 Can't DROP 'PRIMARY'; check that column/key exists"],
  ['ALTER TABLE t DROP FOREIGN KEY gone', "1091 Can't DROP 'gone'; check that column/key exists"],
  ['ALTER TABLE t DROP CHECK gone', "3821 Check constraint 'gone' is not found in the table."],
  ['ALTER TABLE one DROP a', "1090 You can't delete all columns with ALTER TABLE; use DROP TABLE instead"],
  ['ALTER TABLE t ADD KEY k (a)', "1061 Duplicate key name 'k'"],
  ['ALTER TABLE t RENAME INDEX gone TO x', "1176 Key 'gone' doesn't exist in table 't'"],
  ['ALTER TABLE t RENAME TO one', "1050 Table 'one' already exists"],
  ['ALTER TABLE gone ADD a INT', "1146 Table 'test.gone' doesn't exist"],
  ['ALTER TABLE t ADD UNIQUE u (b)', "1062 Duplicate entry 'x' for key 'u'"],
  ['ALTER TABLE t ADD PRIMARY KEY (b)', "1062 Duplicate entry 'x' for key 'PRIMARY'"],
  ['ALTER TABLE t MODIFY b INT', "1366 Incorrect integer value: 'x' for column 'b' at row 1"],
  ['ALTER TABLE t MODIFY a TINYINT', "1264 Out of range value for column 'a' at row 2"],
  ['ALTER TABLE t MODIFY c INT NOT NULL', '1138 Invalid use of NULL value'],
  [
    'ALTER TABLE child ADD FOREIGN KEY (n) REFERENCES one (a)',
    '1452 Cannot add or update a child row: a foreign key constraint fails (`test`.`child`, CONSTRAINT `child_ibfk_2`)',
  ],
  [
    'ALTER TABLE child DROP KEY child_ibfk_1',
    "1553 Cannot drop index 'child_ibfk_1': needed in a foreign key constraint",
  ],
  [
    'ALTER TABLE child DROP o',
    "1828 Cannot drop column 'o': needed in a foreign key constraint 'child_ibfk_1'",
  ],
  ['ALTER TABLE t DISCARD TABLESPACE', '1235 ALTER TABLE DISCARD TABLESPACE not supported'],
];

t.test('a change that the table or its rows do not allow is refused and changes nothing', async (t) => {
  const tenant = new TestTenant();
  tenant.run(`CREATE TABLE one (a INT PRIMARY KEY);
    CREATE TABLE t (a INT, b CHAR(3), c INT, KEY k (a));
    CREATE TABLE child (o INT, n INT, FOREIGN KEY (o) REFERENCES one (a))`);
  tenant.insert('t', [1n, 'x', 1n], [1000n, 'x', null]);
  tenant.insert('child', [null, 4n]);
  const before = tenant.handle.all('SELECT * FROM "__catalog"');
  for (const [statement, refusal] of refusals) t.equal(tenant.failure(statement), refusal, statement);
  t.strictSame(tenant.handle.all('SELECT * FROM "__catalog"'), before);
});

t.test('without strict mode values are cut and warned of', async (t) => {
  const tenant = new TestTenant();
  changeVariables(tenant.session, { sql_mode: '' });
  tenant.run('CREATE TABLE t (a INT, b INT)');
  tenant.insert('t', [1000n, null]);
  tenant.run('ALTER TABLE t MODIFY a TINYINT, MODIFY b INT NOT NULL');
  t.strictSame(tenant.storedRows('t'), [[127n, 0n, 1n]]);
  t.strictSame(tenant.session.warnings, [
    { level: 'Warning', errno: 1264, message: "Out of range value for column 'a' at row 1" },
  ]);
});

t.test('a renamed parent column is renamed in its children', async (t) => {
  const tenant = new TestTenant();
  tenant.run(`CREATE TABLE p (id INT PRIMARY KEY, x INT);
    CREATE TABLE c (p INT, FOREIGN KEY (p) REFERENCES p (id))`);
  tenant.insert('p', [1n, 2n]);
  tenant.insert('c', [1n]);
  tenant.run('ALTER TABLE p CHANGE id key_id INT, MODIFY x BIGINT UNSIGNED, RENAME TO parent');
  t.match(tenant.catalog.relation('test', 'c'), {
    foreignKeys: [{ parentTable: 'parent', parentColumns: ['key_id'] }],
  });
  tenant.database.exec('PRAGMA foreign_keys = ON');
  t.throws(() => tenant.insert('c', [5n]), /FOREIGN KEY/);
  tenant.insert('c', [1n]);
  t.strictSame(tenant.storedRows('parent'), [[1n, 2n]]);
});

t.test('generated columns and computed defaults follow from the rows there are', async (t) => {
  const tenant = new TestTenant();
  tenant.run(`CREATE TABLE t (a INT, b INT AS (a * 2) STORED, at TIMESTAMP NULL ON UPDATE NOW());
    INSERT INTO t (a) VALUES (1), (2);
    ALTER TABLE t MODIFY b INT AS (a * 3) STORED, ADD c INT AS (a + b), ADD d VARCHAR(9) DEFAULT (CONCAT('x', a))`);
  t.strictSame(tenant.rows('SELECT * FROM t'), [
    [1n, 3n, null, 4n, 'x1'],
    [2n, 6n, null, 8n, 'x2'],
  ]);
  t.equal(
    tenant.failure('ALTER TABLE t CHANGE a z INT'),
    "3108 Column 'a' has a generated column dependency.",
  );
  t.equal(tenant.failure('ALTER TABLE t DROP a'), "3108 Column 'a' has a generated column dependency.");
});

t.test('a new CHECK is tried on the rows there are', async (t) => {
  const tenant = new TestTenant();
  tenant.run('CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (NULL), (5)');
  t.equal(
    tenant.failure('ALTER TABLE t ADD CONSTRAINT c CHECK (a < 5)'),
    "3819 Check constraint 'c' is violated.",
  );
  tenant.run('ALTER TABLE t ADD CONSTRAINT c CHECK (a < 6), ADD z INT DEFAULT 1 CHECK (z > 0)');
  t.match(String(tenant.rows('SHOW CREATE TABLE t')[0]?.[1]), /CONSTRAINT `t_chk_1` CHECK \(z > 0\)/);
  t.equal(
    tenant.failure('ALTER TABLE t DROP a, ADD b INT'),
    "3959 Check constraint 'c' uses column 'a', hence column cannot be dropped or renamed.",
  );
});

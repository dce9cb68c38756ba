import t from 'tap';
import { TestTenant } from '../tenant.ts';

function prepared(): TestTenant {
  const tenant = new TestTenant();
  tenant.run(`
    CREATE TABLE parent (id INT PRIMARY KEY);
    CREATE TABLE item (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
      name VARCHAR(20) COLLATE utf8mb4_bin NOT NULL DEFAULT 'it''s' COMMENT 'what it is called',
      size INT,
      at DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
      double_size INT AS (size * 2) STORED,
      PRIMARY KEY (id), UNIQUE KEY by_name (name), KEY by_size (size, name(3)),
      FOREIGN KEY (size) REFERENCES parent (id)) COMMENT 'things';
    CREATE VIEW big AS SELECT id, name FROM item WHERE size > 10;
    CREATE DATABASE other CHARACTER SET latin1`);
  return tenant;
}

const answers: readonly (readonly [string, readonly (readonly unknown[])[]])[] = [
  ['SHOW DATABASES', [['information_schema'], ['mysql'], ['oceanbase'], ['other'], ['test']]],
  ["SHOW SCHEMAS LIKE 'o%'", [['oceanbase'], ['other']]],
  ["SHOW DATABASES WHERE `Database` > 'p'", [['test']]],
  ['SHOW TABLES', [['big'], ['item'], ['parent']]],
  ['SHOW TABLES FROM other', []],
  ["SHOW FULL TABLES WHERE Table_type = 'VIEW'", [['big', 'VIEW']]],
  ["SHOW TABLES WHERE Tables_in_test LIKE 'p%'", [['parent']]],
  [
    'SHOW COLUMNS FROM item',
    [
      ['id', 'bigint(20) unsigned', 'NO', 'PRI', null, 'auto_increment'],
      ['name', 'varchar(20)', 'NO', 'UNI', "it's", ''],
      ['size', 'int(11)', 'YES', 'MUL', null, ''],
      ['at', 'datetime(3)', 'YES', '', 'CURRENT_TIMESTAMP(3)', 'on update CURRENT_TIMESTAMP(3)'],
      ['double_size', 'int(11)', 'YES', '', null, 'STORED GENERATED'],
    ],
  ],
  [
    "SHOW FIELDS IN item IN test WHERE `Key` = 'PRI'",
    [['id', 'bigint(20) unsigned', 'NO', 'PRI', null, 'auto_increment']],
  ],
  [
    "SHOW FULL COLUMNS FROM item LIKE 'n%'",
    [
      [
        'name',
        'varchar(20)',
        'utf8mb4_bin',
        'NO',
        'UNI',
        "it's",
        '',
        'select,insert,update,references',
        'what it is called',
      ],
    ],
  ],
  ['DESCRIBE item size', [['size', 'int(11)', 'YES', 'MUL', null, '']]],
  [
    'DESC big',
    [
      ['id', 'bigint(20) unsigned', 'NO', '', null, ''],
      ['name', 'varchar(20)', 'NO', '', null, ''],
    ],
  ],
  [
    'SHOW INDEX FROM item',
    [
      ['item', 0n, 'PRIMARY', 1n, 'id', 'A', null, null, null, '', 'BTREE', '', '', 'YES', null],
      ['item', 0n, 'by_name', 1n, 'name', 'A', null, null, null, '', 'BTREE', '', '', 'YES', null],
      ['item', 1n, 'by_size', 1n, 'size', 'A', null, null, null, 'YES', 'BTREE', '', '', 'YES', null],
      ['item', 1n, 'by_size', 2n, 'name', 'A', null, 3n, null, '', 'BTREE', '', '', 'YES', null],
    ],
  ],
  [
    'SHOW CREATE VIEW big',
    [
      [
        'big',
        'CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`%` SQL SECURITY DEFINER VIEW `big` AS ' +
          'SELECT id, name FROM item WHERE size > 10',
        'utf8mb4',
        'utf8mb4_general_ci',
      ],
    ],
  ],
  [
    'SHOW CREATE DATABASE other',
    [['other', 'CREATE DATABASE `other` /*!40100 DEFAULT CHARACTER SET latin1 COLLATE latin1_swedish_ci */']],
  ],
  [
    'SHOW CREATE DATABASE IF NOT EXISTS test',
    [['test', 'CREATE DATABASE /*!32312 IF NOT EXISTS*/ `test` /*!40100 DEFAULT CHARACTER SET utf8mb4 */']],
  ],
  ["SHOW VARIABLES LIKE 'autocommit'", [['autocommit', 'ON']]],
  ["SHOW GLOBAL VARIABLES WHERE Variable_name = 'wait_timeout'", [['wait_timeout', '28800']]],
  ["SHOW CHARACTER SET LIKE 'utf8mb4'", [['utf8mb4', 'UTF-8 Unicode', 'utf8mb4_general_ci', 4n]]],
  ["SHOW COLLATION WHERE Charset = 'binary'", [['binary', 'binary', 63n, 'Yes', 'Yes', 1n]]],
  ['SHOW GRANTS', [["GRANT ALL PRIVILEGES ON *.* TO 'root' WITH GRANT OPTION"]]],
  ["SHOW CREATE USER 'root'", [['create user if not exists `root`@`%`']]],
  ['SHOW TENANT', [['test']]],
  ['SHOW TRIGGERS', []],
  ['SHOW PROCEDURE STATUS', []],
  ['SHOW OPEN TABLES FROM test', []],
  [
    'CHECK TABLE item, nothing',
    [
      ['test.item', 'check', 'status', 'OK'],
      ['test.nothing', 'check', 'Error', "Table 'test.nothing' doesn't exist"],
      ['test.nothing', 'check', 'status', 'Operation failed'],
    ],
  ],
];

t.test('SHOW answers what MySQL answers', async (t) => {
  const tenant = prepared();
  for (const [statement, rows] of answers) t.strictSame(tenant.rows(statement), rows, statement);
});

t.test('with and without a WHERE the rows are the same', async (t) => {
  const tenant = prepared();
  const statements = [
    'SHOW DATABASES',
    'SHOW FULL TABLES',
    'SHOW FULL TABLES FROM information_schema',
    'SHOW FULL COLUMNS FROM item',
    'SHOW COLUMNS FROM big',
    'SHOW COLUMNS FROM information_schema.TABLES',
    'SHOW INDEX FROM item',
    'SHOW TABLE STATUS',
    'SHOW VARIABLES',
  ];
  const sorted = (statement: string) =>
    tenant
      .rows(statement)
      .map((row) => JSON.stringify(row, (_, cell) => (typeof cell === 'bigint' ? `${cell}` : cell)))
      .sort();
  for (const statement of statements) {
    t.strictSame(sorted(statement), sorted(`${statement} WHERE 1`), statement);
    t.not(sorted(statement).length, 0);
  }
});

t.test('LIKE knows its wildcards', async (t) => {
  const tenant = prepared();
  tenant.run('CREATE TABLE under_score (a INT); CREATE TABLE underxscore (a INT)');
  t.strictSame(tenant.rows("SHOW TABLES LIKE 'UNDER\\\\_%'"), [['under_score']]);
  t.strictSame(tenant.rows("SHOW TABLES LIKE 'under_score'"), [['under_score'], ['underxscore']]);
  t.strictSame(tenant.rows("SHOW TABLES LIKE 'under.score'"), []);
});

t.test('the titles of SHOW TABLES name the database and the pattern', async (t) => {
  const tenant = prepared();
  const titles = (statement: string) => {
    const result = tenant.run(statement);
    return result.kind === 'rows' ? result.columns.map((column) => column.name) : [];
  };
  t.strictSame(titles('SHOW TABLES'), ['Tables_in_test']);
  t.strictSame(titles("SHOW FULL TABLES LIKE 'x%'"), ['Tables_in_test (x%)', 'Table_type']);
});

t.test('SHOW WARNINGS answers what the last statement left', async (t) => {
  const tenant = prepared();
  tenant.run('DROP TABLE IF EXISTS gone, lost');
  const notes = [
    ['Note', 1051n, "Unknown table 'test.gone'"],
    ['Note', 1051n, "Unknown table 'test.lost'"],
  ];
  t.strictSame(tenant.rows('SHOW WARNINGS'), notes);
  t.strictSame(tenant.rows('SHOW WARNINGS LIMIT 1, 1'), notes.slice(1));
  t.strictSame(tenant.rows('SHOW COUNT(*) WARNINGS'), [[2n]]);
  t.strictSame(tenant.rows('SHOW ERRORS'), []);
});

const refusals: readonly (readonly [string, string])[] = [
  ['SHOW TABLES FROM nothing', "1049 Unknown database 'nothing'"],
  ['SHOW COLUMNS FROM nothing', "1146 Table 'test.nothing' doesn't exist"],
  ['SHOW CREATE TABLE nothing', "1146 Table 'test.nothing' doesn't exist"],
  ['SHOW CREATE VIEW item', "1347 'test.item' is not VIEW"],
  ['SHOW CREATE PROCEDURE p', '1305 PROCEDURE test.p does not exist'],
  ['SHOW MASTER STATUS', '1235 SHOW MASTER STATUS not supported'],
];

t.test('SHOW refuses what is not there by name', async (t) => {
  const tenant = prepared();
  for (const [statement, refusal] of refusals) t.equal(tenant.failure(statement), refusal, statement);
});

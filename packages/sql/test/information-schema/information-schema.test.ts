import t from 'tap';
import { informationSchemaTables } from '../../src/information-schema/tables.ts';
import { TestTenant } from '../tenant.ts';

function prepared(): TestTenant {
  const tenant = new TestTenant();
  tenant.run(`
    CREATE TABLE parent (a INT, b CHAR(2), PRIMARY KEY (a, b));
    CREATE TABLE child (
      id INT PRIMARY KEY AUTO_INCREMENT, a INT, b CHAR(2), price DECIMAL(10,2) UNSIGNED, tags SET('x','long'), bits BIT(9),
      body TEXT, CONSTRAINT up FOREIGN KEY (a, b) REFERENCES parent (a, b) ON DELETE CASCADE,
      CONSTRAINT dear CHECK (price > 1)) AUTO_INCREMENT = 9 PARTITION BY HASH(id);
    CREATE VIEW pairs (first, second) AS SELECT a, CONCAT(b, '!') FROM parent`);
  return tenant;
}

const answers: readonly (readonly [string, readonly (readonly unknown[])[]])[] = [
  [
    "SELECT table_name, table_type, auto_increment, create_options FROM information_schema.tables WHERE table_schema = 'test' ORDER BY 1",
    [
      ['child', 'BASE TABLE', 9n, 'partitioned'],
      ['pairs', 'VIEW', null, null],
      ['parent', 'BASE TABLE', null, ''],
    ],
  ],
  [
    "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_NAME = 'child' AND ORDINAL_POSITION > 2 ORDER BY ORDINAL_POSITION",
    [
      ['b', 'char', 2n, 8n, null, null, 'char(2)'],
      ['price', 'decimal', null, null, 10n, 2n, 'decimal(10,2) unsigned'],
      ['tags', 'set', 6n, 24n, null, null, "set('x','long')"],
      ['bits', 'bit', null, null, 9n, null, 'bit(9)'],
      ['body', 'text', 65_535n, 65_535n, null, null, 'text'],
    ],
  ],
  [
    "SELECT CONSTRAINT_NAME, COLUMN_NAME, ORDINAL_POSITION, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_NAME = 'child' ORDER BY 1, 3",
    [
      ['PRIMARY', 'id', 1n, null, null],
      ['up', 'a', 1n, 'parent', 'a'],
      ['up', 'b', 2n, 'parent', 'b'],
    ],
  ],
  [
    "SELECT CONSTRAINT_NAME, CONSTRAINT_TYPE FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_NAME = 'child' ORDER BY 1",
    [
      ['dear', 'CHECK'],
      ['PRIMARY', 'PRIMARY KEY'],
      ['up', 'FOREIGN KEY'],
    ],
  ],
  [
    'SELECT CONSTRAINT_NAME, UNIQUE_CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE, REFERENCED_TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS',
    [['up', 'PRIMARY', 'RESTRICT', 'CASCADE', 'parent']],
  ],
  [
    'SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS',
    [['dear', '(price > 1)']],
  ],
  [
    'SELECT TABLE_NAME, VIEW_DEFINITION, IS_UPDATABLE FROM information_schema.VIEWS',
    [['pairs', "SELECT a, CONCAT(b, '!') FROM `test`.parent", 'NO']],
  ],
  [
    "SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_NAME = 'pairs' ORDER BY ORDINAL_POSITION",
    [
      ['first', 'int(11)'],
      ['second', 'varchar(3)'],
    ],
  ],
  [
    "SELECT INDEX_NAME, SEQ_IN_INDEX, NON_UNIQUE FROM information_schema.STATISTICS WHERE TABLE_NAME = 'child' ORDER BY 1, 2",
    [
      ['PRIMARY', 1n, 0n],
      ['up', 1n, 1n],
      ['up', 2n, 1n],
    ],
  ],
  [
    "SELECT VARIABLE_VALUE FROM information_schema.SESSION_VARIABLES WHERE VARIABLE_NAME = 'sql_notes'",
    [['ON']],
  ],
  [
    "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'test'",
    [['utf8mb4_general_ci']],
  ],
  [
    "SELECT COLLATION_NAME FROM information_schema.COLLATIONS WHERE CHARACTER_SET_NAME = 'latin1' AND IS_DEFAULT = 'Yes'",
    [['latin1_swedish_ci']],
  ],
];

t.test('information_schema tells what the catalog holds', async (t) => {
  const tenant = prepared();
  for (const [query, rows] of answers) t.strictSame(tenant.rows(query), rows, query);
});

t.test('every table can be read and has as many cells in a row as columns', async (t) => {
  const tenant = prepared();
  for (const { name, columns } of informationSchemaTables) {
    const result = tenant.run(`SELECT * FROM information_schema.${name}`);
    if (result.kind !== 'rows') throw new Error(name);
    t.equal(result.columns.length, columns.length, name);
  }
});

t.test('information_schema lists itself', async (t) => {
  const tenant = prepared();
  const [row] = tenant.rows(
    "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'information_schema' AND table_type = 'SYSTEM VIEW'",
  );
  t.strictSame(row, [BigInt(informationSchemaTables.length)]);
});

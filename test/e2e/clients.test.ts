import { spawnSync } from 'node:child_process';
import {
  connectTo,
  rowsOf,
  runProgram,
  startCluster,
  type TestCluster,
  type TestNode,
} from '@sealane/testkit';
import t from 'tap';

/** Clients that we did not write, as they are installed: the mariadb command line, mysql2, pymysql, sysbench. */

const FILE_TIMEOUT_MS = 200_000;
const CLIENT_TIMEOUT_MS = 20_000;
const SYSBENCH_SECONDS = 5;
const PYTHON = '/usr/bin/python3';

const EVERY_TYPE = `
CREATE TABLE every_type (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  tiny TINYINT, small SMALLINT UNSIGNED, medium MEDIUMINT, whole INT, big BIGINT, huge BIGINT UNSIGNED,
  exact DECIMAL(30,10), approx FLOAT, twice DOUBLE, flags BIT(10), flag BOOLEAN,
  day DATE, moment DATETIME(6), stamp TIMESTAMP(3) NULL, clock TIME(2), year_only YEAR,
  fixed CHAR(10), text_short VARCHAR(100) NOT NULL DEFAULT 'x''y', text_long LONGTEXT,
  raw BINARY(4), raw_var VARBINARY(20), raw_long LONGBLOB,
  choice ENUM('a','b','c'), choices SET('x','y','z'), document JSON,
  KEY by_text (text_short, whole), UNIQUE KEY by_big (big)
) COMMENT = 'every type';
INSERT INTO every_type VALUES
  (1, -128, 65535, -8388608, -2147483648, -9223372036854775808, 18446744073709551615,
   12345678901234567890.0123456789, 1.5, 2.25, b'1010101010', TRUE,
   '2024-02-29', '2024-02-29 23:59:59.123456', '2024-01-01 12:00:00.123', '-12:34:56.78', 2024,
   'fixed', 'it''s \\\\ here', 'long\\ntext äöü 😀', x'00ff0102', x'00', x'deadbeef00',
   'b', 'x,z', '{"a": [1, 2, {"b": null}]}'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   'only this', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
`;

// Real clusters take their time where the machine is busy.
t.setTimeout(FILE_TIMEOUT_MS);

t.test('clients of others', async (t) => {
  const cluster = await startCluster(t);

  await t.test(
    'the mariadb client, on each node, as root@sys and root@test',
    { skip: lacks('mariadb') },
    async (t) => {
      for (const node of cluster.nodes) {
        for (const user of ['root@sys', 'root@test']) {
          const status = await mariadb(cluster, node, ['-u', user], '\\s\n');
          t.equal(status.code, 0, status.stderr);
          t.match(status.stdout, /SSL:\s+Not in use/, `${user} on ${node.name} is in clear before`);
          t.match(status.stdout, /Server version:\s+5\.7\.25/);
        }
      }
    },
  );

  await t.test(
    'statements, several in one text, and errors with MySQL numbers',
    { skip: lacks('mariadb') },
    async (t) => {
      const [node] = cluster.nodes;
      if (node === undefined) throw new Error('no node');
      const script = `
      CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20));
      INSERT INTO people VALUES (1, 'Ada'), (2, 'Alan');
      DELIMITER //
      SELECT name FROM people WHERE id = 1; SELECT COUNT(*) FROM people //
    `;
      const result = await mariadb(cluster, node, ['-u', 'root@test', 'test', '-N'], script);
      t.equal(result.code, 0, result.stderr);
      t.same(result.stdout.trim().split('\n'), ['Ada', '2']);

      const expected: readonly (readonly [string, string])[] = [
        ['SELEC 1', 'ERROR 1064 (42000)'],
        ['SELECT * FROM nowhere', 'ERROR 1146 (42S02)'],
        ['SELECT nothing FROM people', 'ERROR 1054 (42S22)'],
        ["INSERT INTO people VALUES (1, 'again')", 'ERROR 1062 (23000)'],
        ['USE nosuchdb', 'ERROR 1049 (42000)'],
        ['CREATE TABLE people (id INT)', 'ERROR 1050 (42S01)'],
      ];
      for (const [statement, error] of expected) {
        const failed = await mariadb(cluster, node, ['-u', 'root@test', 'test', '-e', statement]);
        t.equal(failed.code, 1);
        t.ok(failed.stderr.includes(error), `${statement}: ${failed.stderr.trim()}`);
      }
      const denied = await mariadb(cluster, node, ['-u', 'nobody@test', '-e', 'SELECT 1']);
      t.match(denied.stderr, /ERROR 1045 \(28000|ERROR 1045 \(42000/);
    },
  );

  await t.test('tab completion reads every table and column', { skip: lacks('mariadb') }, async (t) => {
    const [, node] = cluster.nodes;
    if (node === undefined) throw new Error('no node');
    const result = await mariadb(
      cluster,
      node,
      ['-u', 'root@test', '--auto-rehash', 'test'],
      'rehash\nSELECT 1;\n',
    );
    t.equal(result.code, 0, result.stderr);
    t.equal(result.stderr, '');
  });

  await t.test(
    'a dump of a table of every type, restored, is equal',
    { skip: lacks('mariadb-dump') },
    async (t) => {
      const [node, other] = cluster.nodes;
      if (node === undefined || other === undefined) throw new Error('no node');
      const made = await mariadb(cluster, node, ['-u', 'root@test', 'test'], EVERY_TYPE);
      t.equal(made.code, 0, made.stderr);
      await mariadb(cluster, node, ['-u', 'root@test', '-e', 'CREATE DATABASE restored']);

      const dump = await dumpOf(node, 'test');
      t.equal(dump.code, 0, dump.stderr);
      const restored = await mariadb(cluster, other, ['-u', 'root@test', 'restored'], dump.bytes);
      t.equal(restored.code, 0, restored.stderr);
      const again = await dumpOf(other, 'restored');

      t.ok(dump.stdout.includes('every_type'));
      t.equal(withoutNames(again.bytes), withoutNames(dump.bytes));
    },
  );

  await t.test('mysql2: values of every kind, prepared statements, transactions, two results', async (t) => {
    const [, node] = cluster.nodes;
    if (node === undefined) throw new Error('no node');
    const connection = await connectTo(cluster, node, { multipleStatements: true });
    t.teardown(() => connection.end());
    await connection.query(
      'CREATE TABLE things (id INT PRIMARY KEY, price DECIMAL(20,4), made DATETIME, raw BLOB)',
    );
    await connection.execute('INSERT INTO things VALUES (?, ?, ?, ?)', [
      1,
      '12345678901234.5678',
      '2024-05-06 07:08:09',
      Buffer.from([0, 255]),
    ]);
    const [rows] = await connection.execute(
      { sql: 'SELECT price, made, raw FROM things WHERE id = ?', rowsAsArray: true },
      [1],
    );
    t.same(rows, [['12345678901234.5678', new Date(2024, 4, 6, 7, 8, 9), Buffer.from([0, 255])]]);

    await connection.beginTransaction();
    await connection.query('INSERT INTO things (id, price) VALUES (2, 1)');
    await connection.rollback();
    t.same(await rowsOf(connection, 'SELECT COUNT(*) FROM things'), [[1]]);
    const [results] = await connection.query('SELECT 1 AS one; SELECT 2 AS two');
    t.same(JSON.parse(JSON.stringify(results)), [[{ one: 1 }], [{ two: 2 }]]);
  });

  await t.test('pymysql', { skip: lacksPymysql() }, async (t) => {
    for (const node of cluster.nodes) {
      const result = await runProgram(PYTHON, ['-c', PYMYSQL, node.svr_ip, String(node.sql_port)], {
        timeoutMs: CLIENT_TIMEOUT_MS,
      });
      t.equal(result.code, 0, result.stderr);
      t.equal(result.stdout.trim(), 'fine');
    }
  });

  await t.test('sysbench oltp_read_write runs without an error', { skip: lacks('sysbench') }, async (t) => {
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('no node');
    await mariadb(cluster, node, ['-u', 'root@test', '-e', 'CREATE DATABASE sbtest']);
    for (const command of ['prepare', 'run', 'cleanup']) {
      const result = await sysbench(node, command);
      t.equal(result.code, 0, `${command}: ${result.stdout.slice(-500)}${result.stderr}`);
      if (command !== 'run') continue;
      t.match(result.stdout, /ignored errors:\s+0 /);
      t.comment(/transactions:.*/.exec(result.stdout)?.[0] ?? '');
    }
  });

  await t.test('the same clients over TLS, the server checked, once encryption is on', async (t) => {
    const enabled = await cluster.controller('encryption', 'enable', '--yes');
    t.equal(enabled.code, 0, enabled.stderr);
    for (const node of cluster.nodes) {
      const connection = await connectTo(cluster, node, { tls: true });
      const [row] = await rowsOf(connection, "SHOW STATUS LIKE 'Ssl_cipher'");
      t.match(row?.[1], /AES|CHACHA/);
      await connection.end();
      if (lacks('mariadb') !== false) continue;
      const verified = await mariadb(
        cluster,
        node,
        ['-u', 'root@test', `--ssl-ca=${cluster.ca}`, '--ssl-verify-server-cert'],
        '\\s\n',
      );
      t.equal(verified.code, 0, verified.stderr);
      t.match(verified.stdout, /SSL:\s+Cipher in use is \S+/);
      const plain = await mariadb(cluster, node, ['-u', 'root@test', '--skip-ssl'], '\\s\n');
      t.match(plain.stdout, /SSL:\s+Not in use/, 'TLS is offered, not demanded');
    }
  });
});

const PYMYSQL = `
import sys, datetime, decimal, pymysql
c = pymysql.connect(host=sys.argv[1], port=int(sys.argv[2]), user='root@test', database='test')
with c.cursor() as cur:
    cur.execute("CREATE TABLE IF NOT EXISTS from_python (id INT PRIMARY KEY, amount DECIMAL(20,5), at_ DATETIME, note TEXT)")
    cur.execute("REPLACE INTO from_python VALUES (%s, %s, %s, %s)",
                (1, decimal.Decimal('123456789.12345'), datetime.datetime(2024, 2, 29, 1, 2, 3), "it's"))
    c.commit()
    cur.execute("SELECT amount, at_, note FROM from_python WHERE id = %s", (1,))
    row = cur.fetchone()
    assert row == (decimal.Decimal('123456789.12345'), datetime.datetime(2024, 2, 29, 1, 2, 3), "it's"), row
    try:
        cur.execute("SELECT * FROM nowhere")
        raise SystemExit('no error')
    except pymysql.err.ProgrammingError as e:
        assert e.args[0] == 1146, e.args
print('fine')
`;

function mariadb(
  _cluster: TestCluster,
  node: TestNode,
  args: readonly string[],
  input: string | Buffer = '',
): ReturnType<typeof runProgram> {
  const address = ['-h', node.svr_ip, '-P', String(node.sql_port), '--protocol=TCP'];
  return runProgram('mariadb', [...address, ...args], { timeoutMs: CLIENT_TIMEOUT_MS, input });
}

function dumpOf(node: TestNode, database: string): ReturnType<typeof runProgram> {
  const address = ['-h', node.svr_ip, '-P', String(node.sql_port), '-u', 'root@test'];
  return runProgram('mariadb-dump', [...address, '--skip-dump-date', '--skip-comments', database], {
    timeoutMs: CLIENT_TIMEOUT_MS,
  });
}

function sysbench(node: TestNode, command: string): ReturnType<typeof runProgram> {
  const address = [
    `--mysql-host=${node.svr_ip}`,
    `--mysql-port=${node.sql_port}`,
    '--mysql-user=root@test',
    '--mysql-db=sbtest',
  ];
  const load = ['--tables=2', '--table-size=1000', '--threads=8', `--time=${SYSBENCH_SECONDS}`];
  return runProgram('sysbench', ['oltp_read_write', ...address, ...load, command], { timeoutMs: 90_000 });
}

/** What differs although the contents are equal: nothing but the name of the database. */
function withoutNames(dump: Buffer): string {
  return dump.toString('latin1').replaceAll('restored', 'test');
}

function lacks(program: string): string | false {
  return spawnSync(program, ['--version']).status === 0 ? false : `${program} is not installed here`;
}

function lacksPymysql(): string | false {
  return spawnSync(PYTHON, ['-c', 'import pymysql']).status === 0
    ? false
    : 'python3-pymysql is not installed here';
}

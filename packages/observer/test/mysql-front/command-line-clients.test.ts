import { spawn } from 'node:child_process';
import t from 'tap';
import { makeTestCertificates } from './certificates.ts';
import { secureWith } from './fake-session.ts';
import { type Served, serve } from './serve.ts';

t.setTimeout(120_000);
const certificates = makeTestCertificates(t.testdir({}));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      timeout: 20_000,
      env: { ...process.env, LC_ALL: 'C.UTF-8', HOME: '/nonexistent' },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
    child.stdin.end(input);
  });
}

function mariadb({ port }: Served, args: readonly string[], input = ''): Promise<Ended> {
  return run(
    'mariadb',
    ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, '--protocol=tcp', ...args],
    input,
  );
}

const asRoot = ['--user=root@test', '--password=secret'];

async function found(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    ({ status }) => status === 0,
    () => false,
  );
}

const haveMariadb = await found('mariadb', ['--version']);
const python = '/usr/bin/python3';
const havePymysql = await found(python, ['-c', 'import pymysql']);

t.test(
  'the mariadb client shows every type',
  { skip: haveMariadb ? false : 'no mariadb client here' },
  async (t) => {
    const served = await serve(t);

    const { status, stdout, stderr } = await mariadb(served, [
      ...asRoot,
      '--skip-ssl',
      '--vertical',
      '-e',
      'select every',
    ]);

    t.equal(stderr, '');
    t.equal(status, 0);
    for (const line of [
      'c_bigint: -9223372036854775808',
      'c_ubigint: 18446744073709551615',
      'c_zerofill: 00000042',
      'c_decimal: -12345678901234.56789',
      'c_double: 1e100',
      'c_time: -101:02:03.256',
      'c_varchar: grüße 你好 😀',
      'c_json: {"a": [1, 2, "ü"]}',
      'c_null: NULL',
    ]) {
      t.match(stdout, new RegExp(`^ *${line.replace(/[[{}.]/g, '\\$&')}$`, 'm'), line);
    }
  },
);

t.test(
  'the mariadb client knows the columns as MySQL reports them',
  { skip: haveMariadb ? false : 'no mariadb client here' },
  async (t) => {
    const served = await serve(t);

    const { stdout } = await mariadb(served, [
      ...asRoot,
      '--skip-ssl',
      '--table',
      '--column-type-info',
      '-e',
      'select every',
    ]);

    const types = [
      ...stdout.matchAll(
        /^Field +\d+: +`(\w+)`[\s\S]*?^Type: +([\w()]+)[^\n]*\n^Collation: +(\S+) \((\d+)\)\n^Length: +(\d+)\n^Max_length: +\d+\n^Decimals: +(\d+)\n^Flags: +([^\n]*)$/gm,
      ),
    ];
    const facts = Object.fromEntries(
      types.map(([, name, type, , charset, length, decimals, flags]) => [
        name,
        `${type} ${charset} ${length} ${decimals} ${flags?.trim()}`,
      ]),
    );
    t.match(facts, {
      c_tinyint: 'TINY 63 4 0 NUM',
      c_bool: 'TINY 63 1 0 NUM',
      c_uint: 'LONG 63 10 0 UNSIGNED NUM',
      c_ubigint: 'LONGLONG 63 20 0 UNSIGNED NUM',
      c_zerofill: 'LONG 63 8 0 UNSIGNED ZEROFILL NUM',
      c_decimal: 'NEWDECIMAL 63 22 5 NUM',
      c_float: 'FLOAT 63 12 31 NUM',
      c_double: 'DOUBLE 63 22 31 NUM',
      c_bit: /^BIT 63 9 0 UNSIGNED/,
      c_year: 'YEAR 63 4 0 UNSIGNED ZEROFILL NUM',
      c_date: 'DATE 63 10 0 BINARY',
      c_time: 'TIME 63 14 3 BINARY',
      c_datetime: 'DATETIME 63 26 6 BINARY',
      c_timestamp: /^TIMESTAMP 63 19 0 BINARY/,
      c_varchar: /^VAR_STRING 45 400 0/,
      c_text: 'BLOB 45 262140 0 BLOB',
      c_blob: 'BLOB 63 65535 0 BLOB BINARY',
      c_enum: /^STRING 45 20 0 ENUM/,
      c_set: /^STRING 45 20 0 SET/,
    });
  },
);

t.test(
  'the mariadb client: several statements, errors with numbers, USE, a batch',
  { skip: haveMariadb ? false : 'no mariadb client here' },
  async (t) => {
    const served = await serve(t);

    const script = 'insert a; use d2; select database(); select nothing; insert b;';
    const { status, stdout, stderr } = await mariadb(
      served,
      [...asRoot, '--skip-ssl', '--force', '-vv'],
      script,
    );
    const wrong = await mariadb(served, [
      '--user=root@test',
      '--password=wrong',
      '--skip-ssl',
      '-e',
      'select 1',
    ]);

    t.match(stdout, /Query OK, 3 rows affected/);
    t.match(stdout, /Records: 3 {2}Duplicates: 0 {2}Warnings: 0/);
    t.match(stdout, /d2/);
    t.match(stderr, /ERROR 1054 \(42S22\) at line 1: Unknown column 'nothing' in 'field list'/);
    t.equal(served.fake.sessions[0]?.statements.at(-1)?.trim(), 'insert b');
    t.match(wrong, {
      status: 1,
      stderr:
        /ERROR 1045 \(28000\)|ERROR 1045 \(42000\): Access denied for user 'root'@'127.0.0.1' \(using password: YES\)/,
    });
    t.equal(status, 0, '--force goes on');
  },
);

t.test(
  '\\s tells whether the connection is encrypted',
  { skip: haveMariadb ? false : 'no mariadb client here' },
  async (t) => {
    const served = await serve(t);

    const plain = await mariadb(served, [...asRoot, '-e', '\\s']);
    served.fake.secureInbound = secureWith(certificates);
    const verified = await mariadb(served, [
      ...asRoot,
      '--ssl',
      `--ssl-ca=${certificates.caFile}`,
      '--ssl-verify-server-cert',
      '-e',
      '\\s',
    ]);
    const off = await mariadb(served, [...asRoot, '--skip-ssl', '-e', '\\s']);

    t.match(plain, { status: 0, stdout: /SSL:\s+Not in use/ });
    t.match(verified, { status: 0, stdout: /SSL:\s+Cipher in use is \S+/ });
    t.match(verified.stdout, /Server version:\s+5\.7\.25/);
    t.match(off.stdout, /SSL:\s+Not in use/);
  },
);

t.test(
  'binary bytes in a statement arrive as they were sent',
  { skip: haveMariadb ? false : 'no mariadb client here' },
  async (t) => {
    const served = await serve(t);
    const child = spawn(
      'mariadb',
      [
        '--no-defaults',
        '--host=127.0.0.1',
        `--port=${served.port}`,
        ...asRoot,
        '--skip-ssl',
        '--binary-mode',
      ],
      { timeout: 20_000 },
    );
    child.stdin.end(
      Buffer.concat([Buffer.from("insert _binary '"), Buffer.of(0xff, 0x80, 0xfe), Buffer.from("ü';\n")]),
    );

    await new Promise((resolve) => child.on('close', resolve));

    t.equal(served.fake.sessions[0]?.statements.at(-1), "insert _binary '\udcff\udc80\udcfeü'");
  },
);

t.test('pymysql, plain and over TLS', { skip: havePymysql ? false : 'no pymysql here' }, async (t) => {
  const served = await serve(t);
  served.fake.secureInbound = secureWith(certificates);
  const script = `
import pymysql, json, decimal, datetime
for ssl in (None, {'ca': ${JSON.stringify(certificates.caFile)}}):
    db = pymysql.connect(host='127.0.0.1', port=${served.port}, user='root@test', password='secret', database='d1', charset='utf8mb4', ssl=ssl, ssl_disabled=ssl is None)
    with db.cursor(pymysql.cursors.DictCursor) as cursor:
        cursor.execute('select every')
        row = cursor.fetchone()
        assert row['c_ubigint'] == 18446744073709551615, row['c_ubigint']
        assert row['c_decimal'] == decimal.Decimal('-12345678901234.56789')
        assert row['c_datetime'] == datetime.datetime(2026, 11, 24, 7, 44, 4, 123456)
        assert row['c_blob'] == bytes(range(256))
        assert row['c_varchar'] == 'grüße 你好 😀'
        assert row['c_bit'] == b'\\x01\\x03'
        assert json.loads(row['c_json']) == {'a': [1, 2, 'ü']}
        assert cursor.execute('insert x') == 3 and cursor.lastrowid == 7
        try:
            cursor.execute('select nothing')
            assert False
        except pymysql.err.OperationalError as error:
            assert error.args == (1054, "Unknown column 'nothing' in 'field list'"), error.args
        db.ping()
        db.select_db('d2')
        db.begin(); db.commit()
    print('tls' if ssl else 'plain', db.server_version)
    db.close()
`;

  const { status, stdout, stderr } = await run(python, ['-c', script]);

  t.equal(stderr, '');
  t.equal(stdout, 'plain 5.7.25\ntls 5.7.25\n');
  t.equal(status, 0);
  t.same(
    served.fake.links.map(({ tls }) => tls !== undefined),
    [false, true],
  );
});

import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { openTenantDatabase, type SqlValue, StorageError, type TenantDatabase } from '../src/index.ts';

const types = ['INTEGER', 'REAL', 'TEXT', 'BLOB', 'NUMERIC', 'VARCHAR(5)', ''];
const value: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.constantFrom(0, 1, -3, 2 ** 53, 1e300, '12', ' 7', '1e3', '0x10', '1.0', '-0', 'x\u0000y'),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 9 }),
);
const key: fc.Arbitrary<SqlValue> = fc.oneof(fc.bigInt({ min: -9n, max: 9n }), fc.string(), fc.constant('5'));
const tables = fc.record({
  keyType: fc.constantFrom('INTEGER', 'TEXT', 'BLOB', 'BIGINT', ''),
  withoutRowid: fc.boolean(),
  columns: fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 4 }),
  keyLast: fc.boolean(),
});

t.test('an inserted row is told byte by byte as a recording tells it', async (t) => {
  const [recorded, captured, given] = [open(t, 'recorded'), open(t, 'captured'), open(t, 'given')];
  let made = 0;
  let inserted = 0;
  fc.assert(
    fc.property(
      tables,
      fc.array(fc.tuple(key, fc.array(value, { minLength: 5, maxLength: 5 }))),
      (table, rows) => {
        const name = `d.t${++made}`;
        const columns = table.columns.map((type, at) => `"c${at}" ${type}`);
        const all = table.keyLast ? [...columns, `k ${table.keyType}`] : [`k ${table.keyType}`, ...columns];
        const ddl = `CREATE TABLE "${name}" (${all.join(', ')}, PRIMARY KEY (k))${table.withoutRowid ? ' WITHOUT ROWID' : ''}`;
        for (const database of [recorded, captured, given])
          change(database, (write) => write.run(ddl), false);
        const sql = `INSERT INTO "${name}" VALUES (${all.map(() => '?').join(', ')})`;
        for (const [k, cells] of rows) {
          const rest = cells.slice(0, columns.length);
          const binds = table.keyLast ? [...rest, k] : [k, ...rest];
          const told = change(recorded, (write) => write.run(sql, binds));
          const known = change(captured, (write) => write.insertRow(name, sql, binds));
          t.strictSame(known, told, sql);
          // What need not be asked for is no other, whether it stays or is undone at first.
          const names = all.map((column) => /"?(\w+)/.exec(column)?.[1] ?? '');
          const insert = (write: Write) => write.insertRow(name, sql, binds, names);
          change(given, insert, true, { undone: true });
          t.strictSame(change(given, insert), told, sql);
          if (told instanceof Uint8Array) inserted += 1;
        }
      },
    ),
    { numRuns: 150, ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }) },
  );
  t.ok(inserted > 200, `${inserted} rows`);
  t.strictSame(captured.digest(), recorded.digest());
  t.strictSame(given.digest(), recorded.digest());
});

t.test(
  'of inserts that are undone nothing stays, and what came before them in their round does',
  async (t) => {
    const database = open(t, 'undone');
    const schema = (write: Write) => {
      write.run('CREATE TABLE "d.p" (k INTEGER PRIMARY KEY, parent INTEGER REFERENCES "d.p", u TEXT UNIQUE)');
    };
    change(database, schema, false);
    const insert = 'INSERT INTO "d.p" (k, parent, u) VALUES (?, ?, ?)';
    const put = (write: Write, k: bigint, parent: bigint | null) =>
      write.insertRow('d.p', insert, [k, parent, `row ${k}`], ['k', 'parent', 'u']);
    const round = database.round();
    const first = round.begin({ single: true });
    put(first, 1n, null);
    first.keep();
    const undone = round.begin({ single: true });
    put(undone, 2n, 1n);
    put(undone, 3n, 2n);
    put(undone, 4n, 4n);
    t.throws(() => put(undone, 2n, null), { name: 'StorageError' });
    undone.rollback();
    t.ok(round.open, 'the round goes on');
    const last = round.begin({ single: true });
    put(last, 3n, 1n);
    last.keep();
    round.commit(database.appliedLsn + 1);
    t.strictSame(database.reader().all('SELECT k, parent, u FROM "d.p"'), [
      [1n, null, 'row 1'],
      [3n, 1n, 'row 3'],
    ]);
  },
);

t.test('what does more than insert is recorded as a whole, and what is undone is not told', async (t) => {
  const database = open(t, 'more');
  change(database, (write) => write.run('CREATE TABLE "d.t" (k INTEGER PRIMARY KEY, v TEXT)'), false);
  const insert = 'INSERT INTO "d.t" VALUES (?, ?)';
  const updated = change(database, (write) => {
    write.run('UPDATE "d.t" SET v = 1');
    write.insertRow('d.t', insert, [1n, 'a']);
    write.run(`UPDATE "d.t" SET v = 'b'`);
  });
  t.ok(
    updated instanceof Uint8Array &&
      Buffer.from(updated).includes('b') &&
      !Buffer.from(updated).includes('a'),
  );
  t.throws(
    () =>
      change(database, (write) => {
        write.insertRow('d.t', insert, [2n, 'c']);
        write.run('DELETE FROM "d.t"');
      }),
    { message: 'a statement that only inserts did something else' },
  );
  t.strictSame(database.reader().all('SELECT * FROM "d.t"'), [[1n, 'b']]);
  change(
    database,
    (write) => write.run('CREATE TABLE "d.f" (k TEXT COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID'),
    false,
  );
  const folded = change(database, (write) => write.insertRow('d.f', 'INSERT INTO "d.f" VALUES (?)', ['A']));
  t.ok(folded instanceof Uint8Array, 'a key that folds case is recorded and mended');
  t.equal(
    change(database, (write) => write.insertRow('d.t', insert, [1n, 'again'])),
    'UNIQUE constraint failed: d.t.k',
    'a refused row leaves nothing',
  );
});

type Write = ReturnType<ReturnType<TenantDatabase['round']>['begin']>;

/** In a round of its own. @returns its changes, or how SQLite refused them */
function change(
  database: TenantDatabase,
  body: (write: Write) => unknown,
  recorded = true,
  { undone = false } = {},
): unknown {
  const round = database.round();
  const write = round.begin({ recorded, single: recorded });
  try {
    body(write);
    const changes = write.changes();
    if (undone) write.rollback();
    else write.keep();
    round.commit(database.appliedLsn + 1);
    return changes;
  } catch (error) {
    round.rollback();
    if (!(error instanceof StorageError)) throw error;
    return error.message;
  }
}

function open(t: Test, name: string): TenantDatabase {
  const database = openTenantDatabase({ file: join(t.testdir(), name), functions: [], aggregates: [] });
  t.teardown(() => database.close());
  return database;
}

import type { Catalog, SqlHandle, TableDefinition } from '@sealane/sql';
import t from 'tap';
import { AutoIncrement } from '../../src/tenant/auto-increment.ts';

const at = { database: 'd', table: 't' };

t.test('keys begin after the greatest one, or where the table says', (t) => {
  t.equal(new AutoIncrement().take(greatest(null), catalog(), at, 1), 1n);
  t.equal(new AutoIncrement().take(greatest(41n), catalog(), at, 1), 42n);
  t.equal(new AutoIncrement().take(greatest(41n), catalog({ autoIncrementStart: 100n }), at, 1), 100n);
  t.equal(
    new AutoIncrement().take(greatest('18446744073709551613'), catalog(), at, 1),
    18446744073709551614n,
  );
  t.equal(new AutoIncrement().take(greatest(7.5), catalog(), at, 1), 8n);
  t.equal(new AutoIncrement().take(greatest(-5n), catalog(), at, 1), 1n);
  t.end();
});

t.test('taken keys stay taken, and keys that were given move the counter up only', (t) => {
  const counters = new AutoIncrement();
  const handle = greatest(10n);
  t.equal(counters.peek('d', 't'), undefined);
  t.equal(counters.take(handle, catalog(), at, 3), 11n);
  counters.observe(handle, catalog(), at, 5n);
  t.equal(counters.take(handle, catalog(), at, 1), 14n);
  counters.observe(handle, catalog(), at, 99n);

  t.equal(counters.peek('d', 't'), 100n);
  t.throws(() => counters.take(handle, catalog(), { database: 'd', table: 'other' }, 1), TypeError);
  t.end();
});

t.test(
  'a table that was made anew, emptied or altered is counted anew; a new leader counts everything anew',
  (t) => {
    const counters = new AutoIncrement();
    counters.take(greatest(10n), catalog(), at, 5);

    t.equal(counters.take(greatest(10n), catalog(), at, 1), 16n, 'the same table goes on');
    t.equal(counters.take(greatest(null), catalog({ createdAtMs: 2 }), at, 1), 1n);
    t.equal(counters.take(greatest(null), catalog({ createdAtMs: 2, autoIncrementStart: 50n }), at, 1), 50n);
    counters.forgetAll();
    t.equal(counters.take(greatest(60n), catalog({ createdAtMs: 2, autoIncrementStart: 50n }), at, 1), 61n);
    t.end();
  },
);

t.test('rows of a table without a key are numbered too', (t) => {
  const asked: string[] = [];
  const handle: SqlHandle = {
    all: (sql) => {
      asked.push(sql);
      return [[3n]];
    },
    run: () => ({ changes: 0 }),
  };

  t.equal(new AutoIncrement().take(handle, catalog({ columns: [], primaryKey: [] }), at, 1), 4n);
  t.strictSame(asked, ['SELECT max("__pk_increment") FROM "d.t"']);
  t.end();
});

function greatest(value: bigint | string | number | null): SqlHandle {
  return { all: () => [[value]], run: () => ({ changes: 0 }) };
}

function catalog(changes: Partial<TableDefinition> = {}): Catalog {
  const table: TableDefinition = {
    kind: 'table',
    database: 'd',
    name: 't',
    columns: [{ name: 'id', type: { name: 'bigint' }, nullable: false, autoIncrement: true, comment: '' }],
    primaryKey: ['id'],
    indexes: [],
    foreignKeys: [],
    checks: [],
    charset: 'utf8mb4',
    collation: 'utf8mb4_general_ci',
    comment: '',
    autoIncrementStart: 1n,
    createdAtMs: 1,
    ...changes,
  };
  return {
    version: 1,
    database: () => undefined,
    databases: () => [],
    relation: (_, name) => (name === 't' ? table : undefined),
    relations: () => [table],
  };
}

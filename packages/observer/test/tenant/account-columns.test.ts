import { DatabaseSync } from 'node:sqlite';
import type { CellValue, SqlHandle } from '@sealane/sql';
import t from 'tap';
import { checkAccountColumns } from '../../src/tenant/account-columns.ts';

function holding(...statements: readonly string[]): SqlHandle {
  const database = new DatabaseSync(':memory:');
  for (const statement of statements) database.exec(statement);
  return {
    all: (sql) =>
      database
        .prepare(sql)
        .all()
        .map((row) => Object.values(row) as CellValue[]) as ReturnType<SqlHandle['all']>,
    run: () => ({ changes: 0 }),
  };
}

t.test(
  'a file whose accounts are of an earlier version is refused by its name, a new one isn’t',
  async (t) => {
    const catalog = 'CREATE TABLE __catalog (kind)';
    t.doesNotThrow(() => checkAccountColumns(holding(), 'new.db'));
    for (const tables of [[], ['CREATE TABLE "mysql.user" (host, user, password, select_priv)']])
      t.throws(() => checkAccountColumns(holding(catalog, ...tables), '/var/sealane/store/sys/tenant.db'), {
        name: 'OB_INVALID_CONFIG',
        message:
          /^\/var\/sealane\/store\/sys\/tenant\.db was made by an earlier version .*authentication_string.* empty --base-dir/,
      });
  },
);

import { ObError } from '@sealane/errors';
import type { AlterDatabaseStatement, CreateDatabaseStatement, DropDatabaseStatement } from '../ast.ts';
import { putDatabase, removeDatabase } from '../catalog-rows.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { type Compiled, done, ok } from './compiled.ts';
import { references } from './foreign-key.ts';
import { checkName, refuseVirtual, storedName } from './names.ts';
import { characterOptions } from './table-options.ts';

const serverDefaults = { charset: 'utf8mb4', collation: 'utf8mb4_general_ci' };

export function createDatabase(statement: CreateDatabaseStatement, context: ExecutionContext): Compiled {
  const name = statement.name.toLowerCase();
  checkName('database', name);
  if (context.catalog.database(name) !== undefined) {
    const error = new ObError('OB_DATABASE_EXIST', [name]);
    if (!statement.ifNotExists) throw error;
    context.warn('Note', error.errno, error.message);
    return { statements: [], result: ok(1n) };
  }
  const collation = String(context.variable('collation_server', 'session') ?? serverDefaults.collation);
  const defaults = characterOptions(
    [{ name: 'COLLATE', value: collation, start: 0, end: 0 }],
    serverDefaults,
  );
  const characters = characterOptions(statement.options, defaults);
  return { statements: [putDatabase({ name, ...characters })], result: ok(1n) };
}

export function alterDatabase(statement: AlterDatabaseStatement, context: ExecutionContext): Compiled {
  const name = (statement.name ?? context.session.database)?.toLowerCase();
  if (name === undefined) throw new ObError('OB_ERR_NO_DB_SELECTED');
  const database = context.catalog.database(name);
  if (database === undefined) throw new ObError('OB_ERR_BAD_DATABASE', [name]);
  refuseVirtual(name, context.session);
  return {
    ...done([putDatabase({ name, ...characterOptions(statement.options, database) })]),
    result: ok(1n),
  };
}

/** Drops its tables with it. The answer counts them. */
export function dropDatabase(statement: DropDatabaseStatement, context: ExecutionContext): Compiled {
  const name = statement.name.toLowerCase();
  const { catalog, session } = context;
  if (catalog.database(name) === undefined) {
    const error = new ObError('OB_ERR_DB_DROP_EXISTS', [name]);
    if (!statement.ifExists) throw error;
    context.warn('Note', error.errno, error.message);
    return done([]);
  }
  if (name === 'mysql') throw new ObError('OB_OP_NOT_ALLOW', ['drop database mysql']);
  refuseVirtual(name, session);
  const relations = catalog.relations(name);
  refuseReferenced(name, context);
  const drops = relations
    .filter((relation) => relation.kind === 'table')
    .map((table): StoredStatement => ({ sql: `DROP TABLE ${storedName(name, table.name)}`, binds: [] }));
  // Whoever is in it is in no database then.
  if (session.database === name) session.database = undefined;
  return { statements: [...drops, removeDatabase(name)], result: ok(BigInt(relations.length)) };
}

function refuseReferenced(database: string, { catalog, variable }: ExecutionContext): void {
  if (String(variable('foreign_key_checks', 'session')) === '0') return;
  for (const table of catalog.relations(database)) {
    const outside = references(table, catalog).find(({ child }) => child.database !== database);
    if (outside === undefined) continue;
    throw new ObError('OB_ERR_TABLE_IS_REFERENCED', [table.name, outside.key.name, outside.child.name]);
  }
}

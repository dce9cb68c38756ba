import { ObError } from '@sealane/errors';
import type { DropTableStatement, TableName, TruncateStatement } from '../ast.ts';
import type { Catalog, TableDefinition } from '../catalog.ts';
import { putRelation, removeRelation } from '../catalog-rows.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { overlayCatalog } from './catalog-overlay.ts';
import { type Compiled, done, isOn, nowMs } from './compiled.ts';
import { references } from './foreign-key.ts';
import {
  checkName,
  type Place,
  placeOf,
  refuseSystemTable,
  refuseVirtual,
  relationAt,
  storedIndexName,
  storedName,
  tableAt,
} from './names.ts';
import { indexStatements } from './sqlite-schema.ts';

/** Nothing is dropped if one is missing, unless IF EXISTS says so. */
export function dropTable(statement: DropTableStatement, context: ExecutionContext): Compiled {
  if (statement.temporary) return dropTemporary(statement, context);
  const { catalog } = context;
  const places = statement.tables.map((table) => placeOf(table, context));
  const twice = places.find((place, at) =>
    places.some((other, next) => next > at && sameTable(place, other)),
  );
  if (twice !== undefined) throw new ObError('OB_ERR_NONUNIQ_TABLE', [twice.name]);
  for (const place of places) refuseSystemTable(place);
  const missing = places.filter((place) => catalog.relation(place.database, place.name)?.kind !== 'table');
  if (missing.length > 0) reportMissing(missing, statement.ifExists, context);
  const tables = places.filter((place) => !missing.includes(place)).map((place) => tableAt(place, catalog));
  for (const table of tables) {
    refuseVirtual(table.database, context.session);
    if (isOn(context, 'foreign_key_checks')) refuseReferenced(table, tables, catalog);
  }
  return done(tables.flatMap((table) => [dropStatement(table), removeRelation(table)]));
}

function sameTable(a: Place, b: Place): boolean {
  return a.database === b.database && a.name === b.name;
}

function dropTemporary(statement: DropTableStatement, context: ExecutionContext): Compiled {
  reportMissing(
    statement.tables.map((table) => placeOf(table, context)),
    statement.ifExists,
    context,
  );
  return done([]);
}

function reportMissing(missing: readonly Place[], allowed: boolean, context: ExecutionContext): void {
  const names = missing.map((place) => `${place.database}.${place.name}`);
  if (!allowed) throw new ObError('OB_ERR_BAD_TABLE', [names.join(',')]);
  for (const name of names) {
    const { errno, message } = new ObError('OB_ERR_BAD_TABLE', [name]);
    context.warn('Note', errno, message);
  }
}

function refuseReferenced(
  table: TableDefinition,
  together: readonly TableDefinition[],
  catalog: Catalog,
): void {
  const holder = references(table, catalog).find(({ child }) => !together.includes(child));
  if (holder === undefined) return;
  throw new ObError('OB_ERR_TABLE_IS_REFERENCED', [table.name, holder.key.name, holder.child.name]);
}

function dropStatement(table: TableDefinition): StoredStatement {
  return { sql: `DROP TABLE ${storedName(table.database, table.name)}`, binds: [] };
}

/** Renames one after the other: each sees what the one before left. */
export function renameTables(
  renames: readonly { readonly from: TableName; readonly to: TableName }[],
  context: ExecutionContext,
): Compiled {
  const statements: StoredStatement[] = [];
  let catalog = context.catalog;
  for (const { from, to } of renames) {
    const step = renameTable(placeOf(from, context), placeOf(to, context), {
      catalog,
      session: context.session,
    });
    statements.push(...step.statements);
    catalog = step.catalog;
  }
  return done(statements);
}

/** @throws 1050 if the new name is taken, 1146 if the old one isn't there */
export function renameTable(
  from: Place,
  to: Place,
  { catalog, session }: Pick<ExecutionContext, 'catalog' | 'session'>,
): { readonly statements: readonly StoredStatement[]; readonly catalog: Catalog } {
  refuseSystemTable(from);
  const relation = relationAt(from, catalog);
  checkName('table', to.name);
  refuseVirtual(to.database, session);
  if (catalog.relation(to.database, to.name) !== undefined)
    throw new ObError('OB_ERR_TABLE_EXIST', [to.name]);
  const renamed = { ...relation, ...to };
  if (relation.kind === 'view' || renamed.kind === 'view') {
    return {
      statements: [removeRelation(relation), putRelation(renamed)],
      catalog: overlayCatalog(catalog, { removed: [from], put: [renamed] }),
    };
  }
  const children = references(from, catalog).map(({ child }) => pointTo(child, from, to));
  const self = children.find((child) => child.database === from.database && child.name === from.name);
  const moved = { ...(self ?? relation), ...to };
  const statements = [
    {
      sql: `ALTER TABLE ${storedName(from.database, from.name)} RENAME TO ${storedName(to.database, to.name)}`,
      binds: [],
    },
    ...relation.indexes.flatMap((index) =>
      index.kind === 'fulltext'
        ? []
        : [
            { sql: `DROP INDEX ${storedIndexName(from.database, from.name, index.name)}`, binds: [] },
            ...indexStatements(moved, index),
          ],
    ),
    removeRelation(relation),
    putRelation(moved),
    ...children.filter((child) => child !== self).map(putRelation),
  ];
  const others = children.filter((child) => child !== self);
  return { statements, catalog: overlayCatalog(catalog, { removed: [from], put: [moved, ...others] }) };
}

/** A child's foreign keys after its parent's renaming; SQLite rewrites its own by itself. */
function pointTo(child: TableDefinition, from: Place, to: Place): TableDefinition {
  const foreignKeys = child.foreignKeys.map((key) =>
    key.parentDatabase === from.database && key.parentTable === from.name
      ? { ...key, parentDatabase: to.database, parentTable: to.name }
      : key,
  );
  return { ...child, foreignKeys };
}

/** Empties a table; generated keys begin again. */
export function truncateTable(statement: TruncateStatement, context: ExecutionContext): Compiled {
  const table = tableAt(placeOf(statement.table, context), context.catalog);
  refuseVirtual(table.database, context.session);
  refuseSystemTable(table);
  if (isOn(context, 'foreign_key_checks')) {
    const holder = references(table, context.catalog).find(({ child }) => child !== table);
    if (holder !== undefined) {
      const { child, key } = holder;
      throw new ObError('OB_ERR_TRUNCATE_ILLEGAL_FK', [
        `\`${child.database}\`.\`${child.name}\`, CONSTRAINT \`${key.name}\``,
      ]);
    }
  }
  return done([
    { sql: `DELETE FROM ${storedName(table.database, table.name)}`, binds: [] },
    // A new time of making tells whoever counts generated keys to begin again.
    putRelation({ ...table, autoIncrementStart: 1n, createdAtMs: nowMs(context) }),
  ]);
}

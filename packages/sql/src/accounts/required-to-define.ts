import type {
  AlterTableStatement,
  CreateTableStatement,
  CreateViewStatement,
  Query,
  Statement,
  TableName,
} from '../ast.ts';
import type { PlanEnvironment } from '../plan.ts';
import { accountNamed, sameAccount } from './account-name.ts';
import type { PrivilegeName } from './privilege-list.ts';
import type { RequiredPrivilege } from './required-privilege.ts';

/** What the SELECT of CREATE TABLE … SELECT and CREATE VIEW needs. */
export type RequiredOfQuery = (query: Query) => readonly RequiredPrivilege[];

/** Statements that change the schema. @returns undefined for any other statement */
export function requiredToDefine(
  statement: Statement,
  environment: PlanEnvironment,
  requiredOf: RequiredOfQuery,
): readonly RequiredPrivilege[] | undefined {
  const on = (table: TableName, ...allOf: readonly PrivilegeName[]) => onTable(table, allOf, environment);
  switch (statement.kind) {
    case 'create-database':
      return onDatabase(statement.name, 'CREATE');
    case 'drop-database':
      return onDatabase(statement.name, 'DROP');
    case 'alter-database': {
      const name = statement.name ?? environment.session.database;
      return name === undefined ? [] : onDatabase(name, 'ALTER');
    }
    case 'create-table':
      return toCreateTable(statement, environment, requiredOf);
    case 'drop-table':
      return statement.tables.flatMap((table) => on(table, 'DROP'));
    case 'truncate':
      return on(statement.table, 'DROP');
    case 'rename-table':
      return statement.renames.flatMap(({ from, to }) => toRename(from, to, environment));
    case 'alter-table':
      return toAlterTable(statement, environment);
    case 'create-index':
    case 'drop-index':
      return on(statement.table, 'INDEX');
    case 'create-view':
      return toCreateView(statement, environment, requiredOf);
    case 'drop-view':
      return statement.views.flatMap((view) => on(view, 'DROP'));
    case 'table-maintenance': {
      const reads = statement.operation === 'CHECK' || statement.operation === 'CHECKSUM';
      return statement.tables.flatMap((table) =>
        reads ? on(table, 'SELECT') : on(table, 'SELECT', 'INSERT'),
      );
    }
    case 'drop-object':
      // There are no routines and events: it fails by itself.
      return statement.type === 'TRIGGER' ? on(statement.name, 'TRIGGER') : [];
    default:
      return undefined;
  }
}

function toCreateTable(
  statement: CreateTableStatement,
  environment: PlanEnvironment,
  requiredOf: RequiredOfQuery,
): readonly RequiredPrivilege[] {
  const { table, temporary, like, foreignKeys, query } = statement;
  const database = (table.database ?? environment.session.database)?.toLowerCase();
  if (database === undefined) return [];
  const own = temporary
    ? onDatabase(database, 'CREATE TEMPORARY TABLES')
    : onTable(table, query === undefined ? ['CREATE'] : ['INSERT', 'CREATE'], environment);
  return [
    ...own,
    ...(like === undefined ? [] : onTable(like, ['SELECT'], environment)),
    ...foreignKeys.flatMap(({ references }) => toRefer(references.table, table, environment)),
    ...(query === undefined ? [] : requiredOf(query)),
  ];
}

function toAlterTable(
  { table, actions }: AlterTableStatement,
  environment: PlanEnvironment,
): readonly RequiredPrivilege[] {
  return [
    ...onTable(table, ['ALTER'], environment),
    ...actions.flatMap((action): readonly RequiredPrivilege[] => {
      if (action.kind === 'rename-table') return toRename(table, action.table, environment);
      if (action.kind === 'add-foreign-key')
        return toRefer(action.foreignKey.references.table, table, environment);
      return [];
    }),
  ];
}

/** A parent without a database is in the child's. */
function toRefer(
  parent: TableName,
  child: TableName,
  environment: PlanEnvironment,
): readonly RequiredPrivilege[] {
  return onTable({ ...parent, database: parent.database ?? child.database }, ['REFERENCES'], environment);
}

function toRename(
  from: TableName,
  to: TableName,
  environment: PlanEnvironment,
): readonly RequiredPrivilege[] {
  return [
    ...onTable(from, ['DROP', 'ALTER'], environment),
    ...onTable(to, ['INSERT', 'CREATE'], environment),
  ];
}

/** Who gives a view another definer than himself gives away rights that aren't his. */
function toCreateView(
  { view, orReplace, alter, definer, query }: CreateViewStatement,
  environment: PlanEnvironment,
  requiredOf: RequiredOfQuery,
): readonly RequiredPrivilege[] {
  const { session } = environment;
  const self = { user: session.user, host: session.accountHost };
  const isOther = definer !== undefined && !sameAccount(accountNamed(definer, session), self);
  const names: PrivilegeName[] = orReplace || alter ? ['DROP', 'CREATE VIEW'] : ['CREATE VIEW'];
  return [
    ...(isOther ? [{ level: 'global', anyOf: ['SUPER'] } as const] : []),
    ...onTable(view, names, environment),
    ...requiredOf(query),
  ];
}

/** Without a default database the statement fails by itself. */
export function onTable(
  table: TableName,
  allOf: readonly PrivilegeName[],
  { session }: PlanEnvironment,
  command?: string,
): readonly RequiredPrivilege[] {
  const database = (table.database ?? session.database)?.toLowerCase();
  if (database === undefined || database === 'information_schema') return [];
  const said = command === undefined ? {} : { command };
  return [{ level: 'table', database, table: table.name.toLowerCase(), allOf, columns: [], ...said }];
}

export function onDatabase(name: string, ...anyOf: readonly PrivilegeName[]): readonly RequiredPrivilege[] {
  return [{ level: 'database', database: name.toLowerCase(), anyOf }];
}

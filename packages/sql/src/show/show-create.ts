import { ObError } from '@sealane/errors';
import type { ShowStatement, TableName } from '../ast.ts';
import type { StoredTable } from '../catalog-rows.ts';
import { placeOf, quoteSqlite, relationAt, storedName } from '../ddl/names.ts';
import type { ExecutionContext, PlanEnvironment, QueryPlan } from '../plan.ts';
import { decodeUnsigned, integerRange, isIntegerType } from '../types/integers.ts';
import { quoteName } from '../types/type-text.ts';
import type { SqlValue } from '../values.ts';
import { createTableText, createViewText } from './create-table-text.ts';
import { longText, ownRows, titled, varchar } from './own-rows.ts';
import { virtualTableText } from './virtual-table-text.ts';

/** SHOW CREATE TABLE; of a view it answers like SHOW CREATE VIEW. @throws 1146 */
export function showCreateTable(name: TableName, environment: PlanEnvironment): QueryPlan {
  const place = placeOf(name, environment);
  const virtual = environment.virtualTable(place.database, place.name);
  if (virtual !== undefined) {
    return ownRows(tableTitles, () => [[virtual.name, virtualTableText(virtual)]]);
  }
  const relation = relationAt(place, environment.catalog);
  if (relation.kind === 'view') return showCreateView(name, environment);
  const numbered = relation.columns.some((column) => column.autoIncrement === true);
  const rows = (context: ExecutionContext) => [
    [relation.name, createTableText(relation, nextKey(relation, context))],
  ];
  return ownRows(tableTitles, rows, numbered);
}

const tableTitles = [titled('Table', varchar(64)), titled('Create Table', longText)];

/** @throws 1146, 1347 for a table */
export function showCreateView(name: TableName, environment: PlanEnvironment): QueryPlan {
  const place = placeOf(name, environment);
  const view = relationAt(place, environment.catalog);
  if (view.kind !== 'view') throw new ObError('OB_ERR_WRONG_OBJECT', [place.database, place.name, 'VIEW']);
  const columns = [
    titled('View', varchar(64)),
    titled('Create View', longText),
    titled('character_set_client', varchar(32)),
    titled('collation_connection', varchar(32)),
  ];
  const text = createViewText(view, environment.session.database);
  return ownRows(columns, () => [[view.name, text, 'utf8mb4', 'utf8mb4_general_ci']]);
}

/** @throws 1049 */
export function showCreateDatabase(statement: ShowStatement, { catalog }: PlanEnvironment): QueryPlan {
  const name = (statement.name?.name ?? statement.database ?? '').toLowerCase();
  const database = catalog.database(name);
  if (database === undefined) throw new ObError('OB_ERR_BAD_DATABASE', [name]);
  const columns = [titled('Database', varchar(64)), titled('Create Database', varchar(1024))];
  const exists = statement.ifNotExists ? '/*!32312 IF NOT EXISTS*/ ' : '';
  const collation = database.collation.endsWith('_general_ci') ? '' : ` COLLATE ${database.collation}`;
  const text = `CREATE DATABASE ${exists}${quoteName(name)} /*!40100 DEFAULT CHARACTER SET ${database.charset}${collation} */`;
  return ownRows(columns, () => [[name, text]]);
}

/** One more than the greatest key, and at least what the table option said. */
function nextKey(table: StoredTable, { handle }: ExecutionContext): bigint {
  const column = table.columns.find((candidate) => candidate.autoIncrement === true);
  if (column === undefined) return 1n;
  const max = `SELECT MAX(${quoteSqlite(column.name)}) FROM ${storedName(table.database, table.name)}`;
  const greatest = keyOf(handle.all(max)[0]?.[0] ?? null);
  const next = greatest >= table.autoIncrementStart ? greatest + 1n : table.autoIncrementStart;
  const last = isIntegerType(column.type) ? integerRange(column.type).max : next;
  return next > last ? last : next;
}

function keyOf(value: SqlValue): bigint {
  return typeof value === 'number' ? BigInt(Math.floor(value)) : decodeUnsigned(value);
}

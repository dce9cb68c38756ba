import { ObError } from '@sealane/errors';
import type { PlanEnvironment } from '../plan.ts';
import type { ShowQuery } from './show-query.ts';

type Shape = Pick<ShowQuery, 'from' | 'columns' | 'of' | 'orderBy' | 'likeColumn'>;

/** SHOW [FULL] TABLES; the title names the database and, with LIKE, the pattern. @throws 1046, 1049 */
export function showTables(
  statement: {
    readonly database: string | undefined;
    readonly full: boolean;
    readonly like: string | undefined;
  },
  environment: PlanEnvironment,
): Shape {
  const database = databaseOf(statement.database, environment);
  const pattern = statement.like === undefined ? '' : ` (${statement.like})`;
  const title = `Tables_in_${database}${pattern}`;
  const columns: [string, string][] = [[title, 'TABLE_NAME']];
  if (statement.full) columns.push(['Table_type', 'TABLE_TYPE']);
  return {
    from: 'information_schema.TABLES',
    columns,
    of: { database },
    orderBy: ['TABLE_NAME'],
    likeColumn: title,
  };
}

export function showTableStatus(database: string | undefined, environment: PlanEnvironment): Shape {
  return {
    from: 'information_schema.TABLES',
    columns: [
      ['Name', 'TABLE_NAME'],
      ['Engine', 'ENGINE'],
      ['Version', 'VERSION'],
      ['Row_format', 'ROW_FORMAT'],
      ['Rows', 'TABLE_ROWS'],
      ['Avg_row_length', 'AVG_ROW_LENGTH'],
      ['Data_length', 'DATA_LENGTH'],
      ['Max_data_length', 'MAX_DATA_LENGTH'],
      ['Index_length', 'INDEX_LENGTH'],
      ['Data_free', 'DATA_FREE'],
      ['Auto_increment', 'AUTO_INCREMENT'],
      ['Create_time', 'CREATE_TIME'],
      ['Update_time', 'UPDATE_TIME'],
      ['Check_time', 'CHECK_TIME'],
      ['Collation', 'TABLE_COLLATION'],
      ['Checksum', 'CHECKSUM'],
      ['Create_options', 'CREATE_OPTIONS'],
      ['Comment', 'TABLE_COMMENT'],
    ],
    of: { database: databaseOf(database, environment) },
    orderBy: ['TABLE_NAME'],
    likeColumn: 'Name',
  };
}

/** @throws 1046 without a database, 1049 for an unknown one */
export function databaseOf(name: string | undefined, { catalog, session }: PlanEnvironment): string {
  const database = (name ?? session.database)?.toLowerCase();
  if (database === undefined) throw new ObError('OB_ERR_NO_DB_SELECTED');
  if (catalog.database(database) === undefined) throw new ObError('OB_ERR_BAD_DATABASE', [database]);
  return database;
}

import type { TableName } from '../ast.ts';
import { placeOf, relationAt } from '../ddl/names.ts';
import type { PlanEnvironment } from '../plan.ts';
import type { ShowQuery } from './show-query.ts';

type Shape = Pick<ShowQuery, 'from' | 'columns' | 'of' | 'orderBy' | 'likeColumn'>;

/** SHOW [FULL] COLUMNS and DESCRIBE. @throws 1146 */
export function showColumns(name: TableName, full: boolean, environment: PlanEnvironment): Shape {
  const columns: [string, string][] = [
    ['Field', 'COLUMN_NAME'],
    ['Type', 'COLUMN_TYPE'],
    ['Null', 'IS_NULLABLE'],
    ['Key', 'COLUMN_KEY'],
    ['Default', 'COLUMN_DEFAULT'],
    ['Extra', 'EXTRA'],
  ];
  if (full) {
    columns.splice(2, 0, ['Collation', 'COLLATION_NAME']);
    columns.push(['Privileges', 'PRIVILEGES'], ['Comment', 'COLUMN_COMMENT']);
  }
  return {
    from: 'information_schema.COLUMNS',
    columns,
    of: ofTable(name, environment),
    orderBy: ['ORDINAL_POSITION'],
    likeColumn: 'Field',
  };
}

/** SHOW INDEX. @throws 1146 */
export function showIndex(name: TableName, environment: PlanEnvironment): Shape {
  return {
    from: 'information_schema.STATISTICS',
    columns: [
      ['Table', 'TABLE_NAME'],
      ['Non_unique', 'NON_UNIQUE'],
      ['Key_name', 'INDEX_NAME'],
      ['Seq_in_index', 'SEQ_IN_INDEX'],
      ['Column_name', 'COLUMN_NAME'],
      ['Collation', 'COLLATION'],
      ['Cardinality', 'CARDINALITY'],
      ['Sub_part', 'SUB_PART'],
      ['Packed', 'PACKED'],
      ['Null', 'NULLABLE'],
      ['Index_type', 'INDEX_TYPE'],
      ['Comment', 'COMMENT'],
      ['Index_comment', 'INDEX_COMMENT'],
      ['Visible', 'IS_VISIBLE'],
      ['Expression', 'EXPRESSION'],
    ],
    of: ofTable(name, environment),
    orderBy: ["INDEX_NAME <> 'PRIMARY'", 'NON_UNIQUE', 'INDEX_NAME', 'SEQ_IN_INDEX'],
  };
}

function ofTable(name: TableName, environment: PlanEnvironment): NonNullable<ShowQuery['of']> {
  const { database, name: table } = placeOf(name, environment);
  const virtual = environment.virtualTable(database, table);
  return {
    database,
    table: virtual?.name ?? relationAt({ database, name: table }, environment.catalog).name,
  };
}

import { crc32 } from 'node:zlib';
import { ObError } from '@sealane/errors';
import type { TableMaintenanceStatement, TableName } from '../ast.ts';
import type { TableDefinition } from '../catalog.ts';
import { placeOf, storedName } from '../ddl/names.ts';
import type { ExecutionContext, PlanEnvironment, QueryPlan } from '../plan.ts';
import type { CellValue, SqlHandle, SqlValue } from '../values.ts';
import { bigint, ownRows, type Rows, titled, varchar } from './own-rows.ts';

/**
 * CHECK TABLE looks into the stored table; ANALYZE, OPTIMIZE and REPAIR find nothing to do, for SQLite does it
 * by itself; CHECKSUM TABLE is equal for equal rows, and isn't MySQL's number.
 */
export function planMaintenance(
  statement: TableMaintenanceStatement,
  environment: PlanEnvironment,
): QueryPlan {
  const { operation, tables } = statement;
  const places = tables.map((table) => placeOf(table, environment));
  if (operation === 'CHECKSUM') {
    return ownRows(checksumTitles, (context) => places.map((place) => checksumRow(place, context)), true);
  }
  const rows = (context: ExecutionContext): Rows =>
    places.flatMap((place) => maintenanceRows(operation.toLowerCase(), place, context));
  return ownRows(maintenanceTitles, rows, operation === 'CHECK');
}

const checksumTitles = [titled('Table', varchar(128)), titled('Checksum', bigint)];

const maintenanceTitles = [
  titled('Table', varchar(128)),
  titled('Op', varchar(10)),
  titled('Msg_type', varchar(10)),
  titled('Msg_text', varchar(4096)),
];

type Place = Required<Pick<TableName, 'database' | 'name'>> & { readonly database: string };

function maintenanceRows(operation: string, { database, name }: Place, context: ExecutionContext): Rows {
  const title = `${database}.${name}`;
  const relation = context.catalog.relation(database, name);
  if (relation === undefined) {
    const { message } = new ObError('OB_TABLE_NOT_EXIST', [database, name]);
    return [
      [title, operation, 'Error', message],
      [title, operation, 'status', 'Operation failed'],
    ];
  }
  const faults =
    operation === 'check' && relation.kind === 'table' ? integrityFaults(relation, context.handle) : [];
  if (faults.length === 0) return [[title, operation, 'status', 'OK']];
  return [
    ...faults.map((fault) => [title, operation, 'error', fault]),
    [title, operation, 'error', 'Corrupt'],
  ];
}

function integrityFaults(table: TableDefinition, handle: SqlHandle): readonly string[] {
  const answers = handle.all(`PRAGMA integrity_check(${storedName(table.database, table.name)})`);
  return answers.map(([answer]) => String(answer)).filter((answer) => answer !== 'ok');
}

function checksumRow({ database, name }: Place, { catalog, handle }: ExecutionContext): readonly CellValue[] {
  const title = `${database}.${name}`;
  const relation = catalog.relation(database, name);
  return [title, relation?.kind === 'table' ? BigInt(checksum(relation, handle)) : null];
}

const rowsAtOnce = 5000;

/** The sum of the rows' checksums: SQLite's order of rows may differ between nodes. */
function checksum(table: TableDefinition, handle: SqlHandle): number {
  const sql = `SELECT rowid, * FROM ${storedName(table.database, table.name)} WHERE rowid > ? ORDER BY rowid LIMIT ${rowsAtOnce}`;
  let sum = 0;
  let after: SqlValue = -(2n ** 63n);
  for (;;) {
    const rows = handle.all(sql, [after]);
    for (const [, ...cells] of rows) sum = (sum + crc32(JSON.stringify(cells, cellText))) % 2 ** 32;
    if (rows.length < rowsAtOnce) return sum;
    after = rows.at(-1)?.[0] ?? after;
  }
}

function cellText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

import type { TableDefinition, ViewDefinition } from '../catalog.ts';
import { dateTimeOf, formatDateTime } from '../types/calendar.ts';
import { fromUtc } from '../types/time-zone.ts';
import type { CellValue } from '../values.ts';
import type { VirtualRows } from '../virtual-table.ts';
import { allRelations, type InformationContext } from './information-context.ts';

export function tableRows(context: InformationContext): VirtualRows {
  return [
    ...allRelations(context.catalog).map((relation) =>
      relation.kind === 'table' ? baseTableRow(relation, context) : viewTableRow(relation),
    ),
    ...context.virtualTables().map(({ database, name }) => systemViewRow(database, name)),
  ];
}

function baseTableRow(table: TableDefinition, context: InformationContext): readonly CellValue[] {
  const rows = context.rowCount?.(table.database, table.name) ?? 0n;
  const generated = table.columns.some((column) => column.autoIncrement === true);
  return [
    'def',
    table.database,
    table.name,
    'BASE TABLE',
    'InnoDB',
    10n,
    'Dynamic',
    rows,
    0n,
    0n,
    0n,
    0n,
    0n,
    generated ? table.autoIncrementStart : null,
    createdAt(table, context),
    null,
    null,
    table.collation,
    null,
    'partitioning' in table && table.partitioning !== undefined ? 'partitioned' : '',
    table.comment,
  ];
}

function viewTableRow({ database, name }: ViewDefinition): readonly CellValue[] {
  return ['def', database, name, 'VIEW', ...Array<null>(16).fill(null), 'VIEW'];
}

function systemViewRow(database: string, name: string): readonly CellValue[] {
  return ['def', database, name, 'SYSTEM VIEW', ...Array<null>(16).fill(null), ''];
}

function createdAt(table: TableDefinition, context: InformationContext): string {
  const zone = String(context.variable('time_zone', 'session') ?? '+00:00');
  return formatDateTime(dateTimeOf(fromUtc(BigInt(table.createdAtMs) * 1000n, zone)), 0);
}

export function viewRows({ catalog, visibility }: InformationContext): VirtualRows {
  return allRelations(catalog)
    .filter((relation) => relation.kind === 'view')
    .map((view) => [
      'def',
      view.database,
      view.name,
      // As in MySQL: the others see that there is a view, and not what it reads.
      visibility?.viewText(view.database, view.name) === false ? '' : view.text,
      view.checkOption,
      'NO',
      view.definer,
      view.security ?? 'DEFINER',
      'utf8mb4',
      'utf8mb4_general_ci',
    ]);
}

/** One row for each table: rows aren't parted. */
export function partitionRows(context: InformationContext): VirtualRows {
  return allRelations(context.catalog)
    .filter((relation) => relation.kind === 'table')
    .map((table) => [
      'def',
      table.database,
      table.name,
      ...Array<null>(9).fill(null),
      context.rowCount?.(table.database, table.name) ?? 0n,
      0n,
      0n,
      null,
      0n,
      0n,
      createdAt(table, context),
      null,
      null,
      null,
      '',
      '',
      null,
    ]);
}

import type { Catalog, ForeignKeyDefinition, IndexDefinition, TableDefinition } from '../catalog.ts';
import type { CellValue } from '../values.ts';
import type { VirtualRows } from '../virtual-table.ts';
import { allRelations, type InformationContext } from './information-context.ts';

export function statisticsRows({ catalog }: InformationContext): VirtualRows {
  return tables(catalog).flatMap((table) => keys(table).flatMap((key) => statisticsOf(table, key)));
}

export function keyRows({ catalog }: InformationContext): VirtualRows {
  return tables(catalog).flatMap((table) => [
    ...keys(table)
      .filter((key) => key.unique)
      .flatMap((key) => key.columns.map((part, at) => keyRow(table, key.name, part.name, at))),
    ...table.foreignKeys.flatMap((key) =>
      key.columns.map((name, at) => keyRow(table, key.name, name, at, key)),
    ),
  ]);
}

export function constraintRows({ catalog }: InformationContext): VirtualRows {
  return tables(catalog).flatMap((table) => {
    const row = (name: string, type: string): readonly CellValue[] => [
      'def',
      table.database,
      name,
      table.database,
      table.name,
      type,
      'YES',
    ];
    return [
      ...keys(table)
        .filter((key) => key.unique)
        .map((key) => row(key.name, key.name === 'PRIMARY' ? 'PRIMARY KEY' : 'UNIQUE')),
      ...table.foreignKeys.map((key) => row(key.name, 'FOREIGN KEY')),
      ...table.checks.map((check) => row(check.name, 'CHECK')),
    ];
  });
}

export function referentialRows({ catalog }: InformationContext): VirtualRows {
  return tables(catalog).flatMap((table) =>
    table.foreignKeys.map((key) => [
      'def',
      table.database,
      key.name,
      'def',
      key.parentDatabase,
      parentKey(key, catalog),
      'NONE',
      key.onUpdate,
      key.onDelete,
      table.name,
      key.parentTable,
    ]),
  );
}

export function checkRows({ catalog }: InformationContext): VirtualRows {
  return tables(catalog).flatMap((table) =>
    table.checks.map((check) => ['def', table.database, table.name, check.name, 'Table', `(${check.text})`]),
  );
}

/** The indexes with the primary key in front, as one of them. */
export function keys(table: TableDefinition): readonly IndexDefinition[] {
  if (table.primaryKey.length === 0) return table.indexes;
  const columns = table.primaryKey.map((name) => ({ name }));
  return [{ name: 'PRIMARY', unique: true, kind: 'btree', columns, comment: '' }, ...table.indexes];
}

function statisticsOf(table: TableDefinition, key: IndexDefinition): VirtualRows {
  return key.columns.map((part, at) => {
    const nullable = table.columns.find((column) => column.name === part.name)?.nullable === true;
    return [
      'def',
      table.database,
      table.name,
      key.unique ? 0n : 1n,
      table.database,
      key.name,
      BigInt(at + 1),
      part.name,
      key.kind === 'fulltext' ? null : part.descending === true ? 'D' : 'A',
      null,
      part.prefixLength === undefined ? null : BigInt(part.prefixLength),
      null,
      nullable ? 'YES' : '',
      key.kind === 'fulltext' ? 'FULLTEXT' : 'BTREE',
      '',
      key.comment,
      'YES',
      null,
    ];
  });
}

function keyRow(
  table: TableDefinition,
  constraint: string,
  column: string,
  at: number,
  foreign?: ForeignKeyDefinition,
): readonly CellValue[] {
  return [
    'def',
    table.database,
    constraint,
    'def',
    table.database,
    table.name,
    column,
    BigInt(at + 1),
    foreign === undefined ? null : BigInt(at + 1),
    foreign?.parentDatabase ?? null,
    foreign?.parentTable ?? null,
    foreign?.parentColumns[at] ?? null,
  ];
}

function parentKey(key: ForeignKeyDefinition, catalog: Catalog): string | null {
  const parent = catalog.relation(key.parentDatabase, key.parentTable);
  if (parent === undefined || parent.kind !== 'table') return null;
  const found = keys(parent).find(
    (candidate) =>
      candidate.unique &&
      candidate.columns.length === key.parentColumns.length &&
      candidate.columns.every((part) => key.parentColumns.includes(part.name)),
  );
  return found?.name ?? null;
}

function tables(catalog: Catalog): readonly TableDefinition[] {
  return allRelations(catalog).filter((relation) => relation.kind === 'table');
}

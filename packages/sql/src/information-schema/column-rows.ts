import type { ColumnDefinition, TableDefinition, ViewDefinition } from '../catalog.ts';
import type { SqlType } from '../sql-type.ts';
import { findCharset } from '../types/charset.ts';
import { typeText } from '../types/type-text.ts';
import type { CellValue } from '../values.ts';
import type { VirtualRows, VirtualTableDefinition } from '../virtual-table.ts';
import { columnExtra, columnKey, shownDefault } from './column-facts.ts';
import { allRelations, type InformationContext } from './information-context.ts';

const privileges = 'select,insert,update,references';

/** Where only some columns of a table were granted, only those are seen. */
export function columnRows(context: InformationContext): VirtualRows {
  const { visibility } = context;
  const rows = allColumnRows(context);
  if (visibility === undefined) return rows;
  return rows.filter(([, database, table, column]) =>
    visibility.column(String(database), String(table).toLowerCase(), String(column).toLowerCase()),
  );
}

function allColumnRows(context: InformationContext): VirtualRows {
  return [
    ...allRelations(context.catalog).flatMap((relation) =>
      relation.kind === 'table' ? ofTable(relation) : ofView(relation, context),
    ),
    ...context.virtualTables().flatMap(ofVirtualTable),
  ];
}

function ofTable(table: TableDefinition): VirtualRows {
  return table.columns
    .filter((column) => column.hidden !== true)
    .map((column, index) => row(table, index, column, columnKey(table, column.name), shownDefault(column)));
}

function ofView(view: ViewDefinition, context: InformationContext): VirtualRows {
  return context.viewColumns(view).map((column, index) => {
    const name = view.columnNames[index] ?? column.name;
    const { type, nullable } = column;
    return row(view, index, { name, type, nullable, comment: '' }, '', null);
  });
}

function ofVirtualTable(table: VirtualTableDefinition): VirtualRows {
  return table.columns.map(({ name, type, nullable = false }, index) =>
    row(table, index, { name, type, nullable, comment: '' }, '', null),
  );
}

function row(
  table: { readonly database: string; readonly name: string },
  index: number,
  column: ColumnDefinition,
  key: string,
  defaultValue: string | null,
): readonly CellValue[] {
  const { type } = column;
  const [characters, bytes] = lengths(type);
  const [precision, scale] = numericPrecision(type);
  const textual = characters !== null && type.charset !== undefined;
  return [
    'def',
    table.database,
    table.name,
    column.name,
    BigInt(index + 1),
    defaultValue,
    column.nullable ? 'YES' : 'NO',
    type.name,
    characters,
    bytes,
    precision,
    scale,
    /^(time|datetime|timestamp)$/.test(type.name) ? BigInt(type.decimals ?? 0) : null,
    textual ? (type.charset ?? null) : null,
    textual ? (type.collation ?? null) : null,
    typeText(type),
    key,
    columnExtra(column),
    privileges,
    column.comment,
    column.generated?.text ?? '',
  ];
}

const longLengths: Readonly<Record<string, bigint>> = {
  tiny: 255n,
  '': 65_535n,
  medium: 16_777_215n,
  long: 4_294_967_295n,
};

/** @returns most characters and most bytes of a text; null for anything else */
function lengths(type: SqlType): readonly [bigint | null, bigint | null] {
  const long = /^(tiny|medium|long|)(?:text|blob)$/.exec(type.name);
  if (long !== null) {
    const bytes = longLengths[long[1] ?? ''] ?? null;
    return [bytes, bytes];
  }
  const each = BigInt(findCharset(type.charset ?? 'binary')?.maxLength ?? 1);
  if (type.name === 'enum' || type.name === 'set') {
    const members = (type.members ?? []).map((member) => [...member].length);
    const together = members.reduce((sum, length) => sum + length, 0) + Math.max(0, members.length - 1);
    const most = BigInt(type.name === 'set' ? together : Math.max(0, ...members));
    return [most, most * each];
  }
  if (!/char$|binary$/.test(type.name)) return [null, null];
  const length = BigInt(type.length ?? 1);
  return [length, length * each];
}

const integerDigits: Readonly<Record<string, bigint>> = {
  tinyint: 3n,
  smallint: 5n,
  mediumint: 7n,
  int: 10n,
};

function numericPrecision(type: SqlType): readonly [bigint | null, bigint | null] {
  const digits = integerDigits[type.name];
  if (digits !== undefined) return [digits, 0n];
  switch (type.name) {
    case 'bigint':
      return [type.unsigned === true ? 20n : 19n, 0n];
    case 'decimal':
      return [BigInt(type.length ?? 10), BigInt(type.decimals ?? 0)];
    case 'float':
    case 'double':
      if (type.length !== undefined) return [BigInt(type.length), BigInt(type.decimals ?? 0)];
      return [type.name === 'float' ? 12n : 22n, null];
    case 'bit':
      return [BigInt(type.length ?? 1), null];
    default:
      return [null, null];
  }
}

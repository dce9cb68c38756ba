import { ObError } from '@sealane/errors';
import type { Expression, InsertStatement, ReplaceStatement } from '../../ast.ts';
import type { ColumnDefinition } from '../../catalog.ts';
import type { ExecutionContext } from '../../plan.ts';
import type { CellValue, SqlValue } from '../../values.ts';
import { translators } from '../query.ts';
import { readRows, rootContext } from '../query-plan.ts';
import { type Decode, decodeRows } from '../result-columns.ts';
import type { ExpressionContext } from '../scope.ts';
import type { FinishedSql, Translation } from '../statement.ts';
import { defaultSource, type StoredSource } from './default-source.ts';
import { type RowSlot, timeZoneOf } from './row-slot.ts';
import { isHidden, namedPlace, type WriteTarget } from './target.ts';
import { storableCell, valueSource } from './value-source.ts';
import { storeCell } from './write-rules.ts';

/** The rows that an INSERT brings: for each, what its columns get, in the order of `places`. */
export interface InsertRows {
  /** Columns that are given values, by place. */
  readonly places: readonly number[];
  /** VALUES: one source for each column and row. */
  readonly rows: readonly (readonly StoredSource[])[] | undefined;
  /** INSERT … SELECT. */
  readonly query: InsertQuery | undefined;
}

export interface InsertQuery extends FinishedSql {
  readonly decoders: readonly (Decode | undefined)[];
  readonly readsTables: boolean;
}

export function insertRows(
  statement: InsertStatement | ReplaceStatement,
  target: WriteTarget,
  slot: RowSlot,
  translation: Translation,
): InsertRows {
  const places = givenPlaces(statement, target);
  if (statement.query !== undefined) {
    const { sql, items } = translators.query(statement.query, rootContext(translation), { named: false });
    if (items.length !== places.length) throw new ObError('OB_ERR_COULUMN_VALUE_NOT_MATCH', [1]);
    for (const place of places) refuseGenerated(target, target.columns[place]);
    const decoders = items.map(({ typed }, index) =>
      storableCell(typed, columnAt(target, places[index]).type),
    );
    const query = { ...translation.finish(sql), decoders, readsTables: translation.readsTables };
    return { places, rows: undefined, query };
  }
  const context = { ...rootContext(translation), scope: slot.scope(target.table.name, undefined) };
  const rows = (statement.rows ?? []).map((row, index) => {
    if (row.length === 0 && (statement.columns?.length ?? 0) === 0) {
      return places.map((place) => defaultSource(columnAt(target, place), translation));
    }
    if (row.length !== places.length) throw new ObError('OB_ERR_COULUMN_VALUE_NOT_MATCH', [index + 1]);
    return row.map((value, at) => rowSource(value, target, places[at] as number, context));
  });
  return { places, rows, query: undefined };
}

/** @throws 1054, 1110 for a column twice */
function givenPlaces(statement: InsertStatement | ReplaceStatement, target: WriteTarget): number[] {
  if (statement.columns === undefined) {
    return target.columns.flatMap((column, place) => (isHidden(column) ? [] : [place]));
  }
  const places = statement.columns.map(({ name }) => namedPlace(target, name));
  for (const [index, place] of places.entries()) {
    if (places.indexOf(place) !== index)
      throw new ObError('OB_ERR_FIELD_SPECIFIED_TWICE', [columnAt(target, place).name]);
  }
  return places;
}

export function columnAt(target: WriteTarget, place: number | undefined): ColumnDefinition {
  return target.columns[place ?? -1] as ColumnDefinition;
}

/** @throws 3105 for a value of a generated column */
export function refuseGenerated(target: WriteTarget, column: ColumnDefinition | undefined): void {
  if (column?.generated === undefined) return;
  throw new ObError('OB_NON_DEFAULT_VALUE_FOR_GENERATED_COLUMN', [column.name, target.table.name]);
}

function rowSource(
  value: Expression,
  target: WriteTarget,
  place: number,
  context: ExpressionContext,
): StoredSource {
  const { translation } = context;
  const column = columnAt(target, place);
  if (value.kind === 'default') {
    return column.generated === undefined ? defaultSource(column, translation) : () => null;
  }
  if (value.kind === 'default-of')
    return defaultSource(columnAt(target, namedPlace(target, value.column.name)), translation);
  refuseGenerated(target, column);
  const source = valueSource(translators.expression(value, context), column.type, translation);
  if (place !== target.autoIncrement)
    return (row, write, execution) => storeCell(column, source(execution), row, write);
  return (row, write, execution) => {
    const cell = source(execution);
    // NULL asks for the next key.
    return cell === null ? null : storeCell(column, cell, row, write);
  };
}

/** Rows of INSERT … SELECT, as cells. They are read before the first one is written. */
export function selectedRows(query: InsertQuery, context: ExecutionContext): CellValue[][] {
  const rows: SqlValue[][] = readRows(query, context);
  return decodeRows(rows, query.decoders, timeZoneOf(context));
}

import type { InsertStatement, ReplaceStatement } from '../../ast.ts';
import { quoteSqlite } from '../../ddl/names.ts';
import { withWriting } from '../../functions/execution-scope.ts';
import type { DmlPlan, ExecutionContext, PlanEnvironment } from '../../plan.ts';
import type { OkResult } from '../../result.ts';
import type { SqlHandle, SqlValue } from '../../values.ts';
import { notSupported, type Translation } from '../statement.ts';
import { requirementsOf } from '../table-use.ts';
import { Variants } from '../variants.ts';
import { AutoIncrement } from './auto-increment.ts';
import { duplicateError, findClash, parentError, refusalOf, writeError } from './constraint.ts';
import { defaultSource, type StoredSource } from './default-source.ts';
import { completeRow, type DerivedColumns, derivedColumns } from './derived-columns.ts';
import { columnAt, type InsertRows, insertRows, selectedRows } from './insert-rows.ts';
import { RowSlot } from './row-slot.ts';
import { isHidden, keyCondition, noteWrite, type WriteTarget, writeTarget } from './target.ts';
import { type Upsert, upsert } from './upsert.ts';
import { rowsPerLook } from './watched-rows.ts';
import { storeCell, type WriteRules, writeRules } from './write-rules.ts';

/** An INSERT or REPLACE ready to run. */
export interface PreparedInsert {
  readonly target: WriteTarget;
  readonly slot: RowSlot;
  readonly rows: InsertRows;
  readonly defaults: readonly StoredSource[];
  readonly derived: DerivedColumns;
  readonly sql: string;
  /** The SQLite table: `d.t`. */
  readonly storedTable: string;
  /** Places of the columns in the statement. */
  readonly written: readonly number[];
  /** Their names. */
  readonly columns: readonly string[];
  /** `rows.places`. */
  readonly given: ReadonlySet<number>;
  readonly upsert: Upsert | undefined;
  readonly mode: 'insert' | 'ignore' | 'replace';
  readonly translation: Translation;
}

export function planInsert(
  statement: InsertStatement | ReplaceStatement,
  text: string,
  environment: PlanEnvironment,
  parameterCount: number,
): DmlPlan {
  if (statement.partitions.length > 0) throw notSupported('PARTITION selection');
  const variants = new Variants({
    statement,
    text,
    environment,
    translate: (translation) => prepareInsert(statement, translation),
  });
  const { translation } = variants.first(parameterCount);
  return {
    kind: 'dml',
    virtualTables: [...translation.virtualTables],
    requires: requirementsOf(translation.uses),
    run: (context) =>
      withWriting(context, statement.kind === 'insert' && statement.ignore, () =>
        runInsert(variants.of(context), context),
      ),
  };
}

export function prepareInsert(
  statement: InsertStatement | ReplaceStatement,
  translation: Translation,
): PreparedInsert {
  const target = writeTarget(statement.table, translation, statement.kind.toUpperCase());
  const slot = new RowSlot(target);
  const rows = insertRows(statement, target, slot, translation);
  const given = rows.places.map((place) => columnAt(target, place).name);
  noteWrite(target, statement.kind === 'replace' ? ['INSERT', 'DELETE'] : ['INSERT'], translation, given);
  const written = target.columns.flatMap((column, place) => (isHidden(column) ? [] : [place]));
  const columns = written.map((place) => columnAt(target, place).name);
  const values =
    written.length === 0
      ? 'DEFAULT VALUES'
      : `(${columns.map(quoteSqlite).join(', ')}) VALUES (${written.map(() => '?').join(', ')})`;
  return {
    target,
    slot,
    rows,
    defaults: target.columns.map((column) =>
      column.generated === undefined ? defaultSource(column, translation) : () => null,
    ),
    derived: derivedColumns(slot, translation),
    sql: `INSERT INTO ${target.name} ${values}`,
    storedTable: `${target.table.database}.${target.table.name}`,
    written,
    columns,
    given: new Set(rows.places),
    upsert: statement.kind === 'insert' ? upsert(statement, target, slot, translation) : undefined,
    mode: statement.kind === 'replace' ? 'replace' : statement.ignore ? 'ignore' : 'insert',
    translation,
  };
}

/** Counts of one run. */
interface Tally {
  affected: bigint;
  rows: number;
  duplicates: number;
}

function runInsert(prepared: PreparedInsert, context: ExecutionContext): OkResult {
  const write = writeRules(context, prepared.mode === 'ignore');
  const keys = new AutoIncrement(prepared.target, context, prepared.translation.mode.noAutoValueOnZero);
  const tally: Tally = { affected: 0n, rows: 0, duplicates: 0 };
  const given = givenRows(prepared, context);
  const before = context.session.lastInsertId;
  keys.expect(given.count);
  for (let index = 0; index < given.count; index += 1) {
    tally.rows += 1;
    if (tally.rows % rowsPerLook === 0) context.checkpoint?.();
    insertOne(prepared, (row) => given.fill(index, row, write), { write, keys, tally, context });
  }
  // LAST_INSERT_ID(n) among the assignments tells the client n.
  const told = context.session.lastInsertId === before ? keys.last : context.session.lastInsertId;
  if (keys.first !== 0n) context.session.lastInsertId = keys.first;
  const isMany = prepared.rows.query !== undefined || given.count > 1;
  const info = isMany
    ? `Records: ${tally.rows}  Duplicates: ${tally.duplicates}  Warnings: ${write.warnings}`
    : '';
  return {
    kind: 'ok',
    affectedRows: tally.affected,
    lastInsertId: keys.first === 0n ? told : keys.first,
    info,
  };
}

interface GivenRows {
  readonly count: number;
  /** Puts a row's given values into their places. */
  fill(index: number, row: SqlValue[], write: WriteRules): void;
}

function givenRows({ rows, target }: PreparedInsert, context: ExecutionContext): GivenRows {
  const { places, rows: sources, query } = rows;
  if (query === undefined) {
    return {
      count: sources?.length ?? 0,
      fill: (index, row, write) => {
        const rowSources = sources?.[index] ?? [];
        for (let at = 0; at < rowSources.length; at += 1) {
          row[places[at] as number] = (rowSources[at] as StoredSource)(index + 1, write, context);
        }
      },
    };
  }
  const selected = selectedRows(query, context);
  return {
    count: selected.length,
    fill: (index, row, write) => {
      for (const [at, place] of places.entries()) {
        const cell = selected[index]?.[at] ?? null;
        const asksForKey = cell === null && place === target.autoIncrement;
        row[place] = asksForKey ? null : storeCell(columnAt(target, place), cell, index + 1, write);
      }
    },
  };
}

interface InsertRun {
  readonly write: WriteRules;
  readonly keys: AutoIncrement;
  readonly tally: Tally;
  readonly context: ExecutionContext;
}

function insertOne(prepared: PreparedInsert, fill: (row: SqlValue[]) => void, run: InsertRun): void {
  const { target, slot, given, defaults, derived, written } = prepared;
  const { write, keys, tally, context } = run;
  const row: SqlValue[] = new Array<SqlValue>(target.columns.length).fill(null);
  slot.current = row;
  for (let place = 0; place < row.length; place += 1) {
    if (!given.has(place) && !isHidden(target.columns[place]))
      row[place] = (defaults[place] as StoredSource)(tally.rows, write, context);
  }
  fill(row);
  const undo = keys.settle(row);
  completeRow(derived, slot, tally.rows, write, context);
  const binds = written.map((place) => row[place] ?? null);
  try {
    insertRow(prepared, context.handle, binds);
    tally.affected += 1n;
    keys.keep(row);
  } catch (error) {
    undo();
    refused(error, prepared, row, binds, run);
  }
}

function insertRow(prepared: PreparedInsert, handle: SqlHandle, binds: readonly SqlValue[]): void {
  const { sql, storedTable, columns, mode, upsert: update } = prepared;
  const onlyInserts = mode !== 'replace' && update === undefined;
  if (onlyInserts && handle.insertRow !== undefined) handle.insertRow(storedTable, sql, binds, columns);
  else handle.run(sql, binds);
}

/** What follows when SQLite refused a row: an update, a replacement, a warning, or the error. */
function refused(
  error: unknown,
  prepared: PreparedInsert,
  row: SqlValue[],
  binds: readonly SqlValue[],
  run: InsertRun,
): void {
  const { target, mode } = prepared;
  const { write, tally, context, keys } = run;
  const refusal = refusalOf(error);
  if (refusal === undefined) throw writeError(error, target, row, context);
  const clash = refusal === 'unique' ? findClash(target, row, context) : undefined;
  if (clash !== undefined && prepared.upsert !== undefined) {
    tally.duplicates += 1;
    const { affected, key } = prepared.upsert(row, clash, tally.rows, write, context);
    tally.affected += affected;
    if (prepared.rows.query === undefined) keys.touched(key);
    return;
  }
  if (clash !== undefined && mode === 'replace') {
    tally.duplicates += 1;
    replace(prepared, row, binds, run);
    return;
  }
  if (mode !== 'ignore') throw writeError(error, target, row, context);
  tally.duplicates += 1;
  const reason =
    clash === undefined
      ? writeError(error, target, row, context)
      : duplicateError(target, clash.key, row, context);
  if (!(reason instanceof Error) || !('errno' in reason)) throw reason;
  write.warn('Warning', Number(reason.errno), reason.message);
}

/** Deletes each row that stands in the way, then inserts. */
function replace(
  { target, sql }: PreparedInsert,
  row: SqlValue[],
  binds: readonly SqlValue[],
  run: InsertRun,
): void {
  const { tally, context, keys } = run;
  for (
    let clash = findClash(target, row, context);
    clash !== undefined;
    clash = findClash(target, row, context)
  ) {
    const old = clash.row;
    try {
      context.handle.run(
        `DELETE FROM ${target.name} WHERE ${keyCondition(target)}`,
        target.key.map((place) => old[place] ?? null),
      );
    } catch (error) {
      throw refusalOf(error) === 'foreign-key' ? parentError(target.table, context) : error;
    }
    tally.affected += 1n;
  }
  try {
    context.handle.run(sql, binds);
  } catch (error) {
    throw writeError(error, target, row, context);
  }
  tally.affected += 1n;
  keys.keep(row);
}

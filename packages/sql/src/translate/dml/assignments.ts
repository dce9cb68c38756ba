import { ObError } from '@sealane/errors';
import type { Assignment, Expression } from '../../ast.ts';
import { quoteSqlite } from '../../ddl/names.ts';
import type { ExecutionContext } from '../../plan.ts';
import type { SqlValue } from '../../values.ts';
import { translators } from '../query.ts';
import { rootContext } from '../query-plan.ts';
import type { ExpressionContext, Scope } from '../scope.ts';
import type { Translation } from '../statement.ts';
import { runWrite } from './constraint.ts';
import { defaultSource, nowText, type StoredSource } from './default-source.ts';
import { completeRow, type DerivedColumns, derivedColumns, sameValue } from './derived-columns.ts';
import { columnAt } from './insert-rows.ts';
import type { RowSlot } from './row-slot.ts';
import { keyCondition, namedPlace, type WriteTarget } from './target.ts';
import { valueSource } from './value-source.ts';
import { storeCell, type WriteRules } from './write-rules.ts';

export interface AssignmentInput {
  readonly target: WriteTarget;
  readonly slot: RowSlot;
  readonly scope: Scope;
  readonly translation: Translation;
  readonly newRow?: ExpressionContext['newRow'];
}

interface PlacedSource {
  readonly place: number;
  readonly source: StoredSource;
}

/** `SET a = …, b = …` on one row after another, from left to right: a later one sees what an earlier one set. */
export class Assignments {
  readonly target: WriteTarget;
  readonly slot: RowSlot;
  readonly #sources: readonly PlacedSource[];
  readonly #derived: DerivedColumns;
  readonly #sql: string;
  /** Columns that the UPDATE of a row sets. */
  readonly #written: readonly number[];
  readonly #onUpdateNow: readonly number[];

  /** @param ready sources that the caller has for some of the assignments, by their order */
  constructor(
    nodes: readonly Assignment[],
    input: AssignmentInput,
    ready: ReadonlyMap<number, StoredSource> = new Map(),
  ) {
    const { target, slot, translation } = input;
    this.target = target;
    this.slot = slot;
    this.#sources = nodes.map((node, index) => placedSource(node, input, ready.get(index)));
    this.#derived = derivedColumns(slot, translation);
    const assigned = new Set(this.#sources.map(({ place }) => place));
    this.#onUpdateNow = target.columns.flatMap((column, place) =>
      column.onUpdateNow !== undefined && !assigned.has(place) ? [place] : [],
    );
    this.#written = [
      ...new Set([...assigned, ...this.#onUpdateNow, ...this.#derived.generated.map(({ place }) => place)]),
    ];
    const list = this.#written.map((place) => `${quoteSqlite(columnAt(target, place).name)} = ?`).join(', ');
    this.#sql = `UPDATE ${target.name} SET ${list} WHERE ${keyCondition(target)}`;
  }

  /** Changes one stored row. @returns false where nothing differs, and so nothing is written */
  apply(old: readonly SqlValue[], number: number, write: WriteRules, context: ExecutionContext): boolean {
    const row = [...old];
    this.slot.current = row;
    let changed = false;
    for (const { place, source } of this.#sources) {
      const value = source(number, write, context);
      row[place] = value;
      changed ||= !sameValue(value, old[place] ?? null);
    }
    if (!changed) return false;
    for (const place of this.#onUpdateNow) {
      const column = columnAt(this.target, place);
      row[place] = storeCell(column, nowText(context, column.onUpdateNow ?? 0), number, write);
    }
    completeRow(this.#derived, this.slot, number, write, context);
    const key = this.target.key.map((place) => old[place] ?? null);
    runWrite(
      this.#sql,
      [...this.#written.map((place) => row[place] ?? null), ...key],
      this.target,
      row,
      context,
      key,
    );
    return true;
  }
}

/** @throws 3105 for a value of a generated column */
export function assignedPlace({ column, value }: Assignment, target: WriteTarget): number {
  const place = namedPlace(target, column.name);
  const definition = columnAt(target, place);
  if (definition.generated !== undefined && value.kind !== 'default') {
    throw new ObError('OB_NON_DEFAULT_VALUE_FOR_GENERATED_COLUMN', [definition.name, target.table.name]);
  }
  return place;
}

function placedSource(
  node: Assignment,
  input: AssignmentInput,
  ready: StoredSource | undefined,
): PlacedSource {
  const place = assignedPlace(node, input.target);
  return { place, source: ready ?? assignmentSource(node.value, place, input) };
}

/** Computed from the row in the slot, as it stands then. */
function assignmentSource(value: Expression, place: number, input: AssignmentInput): StoredSource {
  const { target, translation, scope, newRow } = input;
  const column = columnAt(target, place);
  if (column.generated !== undefined) return (_row, _write, _context) => input.slot.current[place] ?? null;
  if (value.kind === 'default') return defaultSource(column, translation);
  if (value.kind === 'default-of')
    return defaultSource(columnAt(target, namedPlace(target, value.column.name)), translation);
  const context: ExpressionContext = {
    ...rootContext(translation),
    scope,
    ...(newRow === undefined ? {} : { newRow }),
  };
  const source = valueSource(translators.expression(value, context), column.type, translation);
  return (row, write, execution) => storeCell(column, source(execution), row, write);
}

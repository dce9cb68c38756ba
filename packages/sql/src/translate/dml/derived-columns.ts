import { ObError } from '@sealane/errors';
import type { ExecutionContext } from '../../plan.ts';
import type { SqlValue } from '../../values.ts';
import { parseExpressionText } from '../expression-text.ts';
import { conditionSql } from '../forms.ts';
import { foldCondition } from '../operators/fold.ts';
import { translators } from '../query.ts';
import { rootContext } from '../query-plan.ts';
import type { Translation } from '../statement.ts';
import type { RowSlot } from './row-slot.ts';
import { type ValueSource, valueSource } from './value-source.ts';
import { storeCell, type WriteRules } from './write-rules.ts';

/** Generated columns and CHECKs of a table, over the row in a slot. */
export interface DerivedColumns {
  readonly generated: readonly { readonly place: number; readonly source: ValueSource }[];
  readonly checks: readonly { readonly name: string; readonly holds: ValueSource }[];
}

export function derivedColumns(slot: RowSlot, translation: Translation): DerivedColumns {
  const { table, columns } = slot.target;
  const generated = columns.flatMap((column, place) => {
    if (column.generated === undefined) return [];
    return [{ place, source: sourceOf(column.generated.text, place, slot, translation) }];
  });
  const checks = table.checks.map(({ name, text }) => ({
    name,
    holds: conditionOf(text, slot, translation),
  }));
  return { generated, checks };
}

function sourceOf(text: string, place: number, slot: RowSlot, translation: Translation): ValueSource {
  const column = slot.target.columns[place];
  return withText(text, translation, () => {
    const context = { ...rootContext(translation), scope: slot.scope(slot.target.table.name, undefined) };
    const typed = translators.expression(parseExpressionText(text), context);
    return valueSource(typed, column?.type ?? { name: 'null' }, translation);
  });
}

function conditionOf(text: string, slot: RowSlot, translation: Translation): ValueSource {
  return withText(text, translation, () => {
    const context = { ...rootContext(translation), scope: slot.scope(slot.target.table.name, undefined) };
    const typed = translators.expression(parseExpressionText(text), context);
    const condition = foldCondition(context, conditionSql(translation, typed), [typed], true);
    return valueSource(condition, { name: 'int' }, translation);
  });
}

/** Spans of an expression that was parsed by itself point into its own text. */
export function withText<Result>(text: string, translation: Translation, body: () => Result): Result {
  const outer = translation.text;
  translation.text = `SELECT ${text}`;
  try {
    return body();
  } finally {
    translation.text = outer;
  }
}

/** Computes the generated columns of the slot's row and tests its CHECKs. @throws 3819 */
export function completeRow(
  derived: DerivedColumns,
  slot: RowSlot,
  row: number,
  write: WriteRules,
  context: ExecutionContext,
): void {
  for (const { place, source } of derived.generated) {
    const column = slot.target.columns[place];
    if (column !== undefined) slot.current[place] = storeCell(column, source(context), row, write);
  }
  for (const { name, holds } of derived.checks) {
    if (holds(context) !== 0n) continue;
    throw new ObError('ER_CHECK_CONSTRAINT_VIOLATED', [name]);
  }
}

export function sameValue(a: SqlValue, b: SqlValue): boolean {
  if (a === b) return true;
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
}

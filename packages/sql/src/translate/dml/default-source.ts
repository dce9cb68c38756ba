import { ObError } from '@sealane/errors';
import type { ColumnDefinition } from '../../catalog.ts';
import type { ExecutionContext } from '../../plan.ts';
import { dateTimeOf, formatDateTime } from '../../types/calendar.ts';
import { fromUtc } from '../../types/time-zone.ts';
import type { CellValue, SqlValue } from '../../values.ts';
import { parseExpressionText } from '../expression-text.ts';
import { translators } from '../query.ts';
import { rootContext } from '../query-plan.ts';
import type { Translation } from '../statement.ts';
import { withText } from './derived-columns.ts';
import { timeZoneOf } from './row-slot.ts';
import { valueSource } from './value-source.ts';
import { storeCell, storeImplicit, type WriteRules } from './write-rules.ts';

/** Gives a column's stored value for one row. */
export type StoredSource = (row: number, write: WriteRules, context: ExecutionContext) => SqlValue;

/** What a column gets when nothing is given. @throws (running) 1364 where it has no default */
export function defaultSource(column: ColumnDefinition, translation: Translation): StoredSource {
  const { defaultText } = column;
  if (defaultText === undefined) {
    if (column.autoIncrement === true || column.nullable) return () => null;
    return (row, write) => missingDefault(column, row, write);
  }
  if (defaultText === 'NULL') return () => null;
  if (/^CURRENT_TIMESTAMP/i.test(defaultText)) {
    return (row, write, context) =>
      storeCell(column, nowText(context, column.type.decimals ?? 0), row, write);
  }
  const source = withText(defaultText, translation, () => {
    const typed = translators.expression(parseExpressionText(defaultText), rootContext(translation));
    return valueSource(typed, column.type, translation);
  });
  return (row, write, context) => storeCell(column, source(context), row, write);
}

function missingDefault(column: ColumnDefinition, row: number, write: WriteRules): SqlValue {
  // An ENUM that may not be NULL has its first member as default.
  if (column.type.name === 'enum') return 1n;
  const error = new ObError('OB_ERR_NO_DEFAULT_FOR_FIELD', [column.name]);
  if (write.rules.strict) throw error;
  write.warn('Warning', error.errno, error.message);
  return storeImplicit(column, row, write);
}

/** The statement's moment in the session's zone. */
export function nowText(context: ExecutionContext, decimals: number): CellValue {
  return formatDateTime(dateTimeOf(fromUtc(context.nowUs, timeZoneOf(context))), decimals);
}

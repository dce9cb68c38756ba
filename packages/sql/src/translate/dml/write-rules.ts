import { ObError } from '@sealane/errors';
import type { ColumnDefinition } from '../../catalog.ts';
import { implicitDefault } from '../../ddl/filling.ts';
import type { ExecutionContext } from '../../plan.ts';
import { type Store, type StoreRules, storeRules } from '../../types/store-rules.ts';
import { toStored } from '../../types/to-stored.ts';
import type { CellValue, SqlValue } from '../../values.ts';
import { timeZoneOf } from './row-slot.ts';

/** How one statement stores values: sql_mode's rules, loosened by IGNORE, and where warnings go. */
export interface WriteRules {
  readonly rules: StoreRules;
  readonly timeZone: string;
  readonly ignore: boolean;
  warn(level: 'Note' | 'Warning' | 'Error', errno: number, message: string): void;
  /** How many warnings came, for the OK packet's text. */
  warnings: number;
}

export function writeRules(context: ExecutionContext, ignore: boolean): WriteRules {
  const given = storeRules(String(context.variable('sql_mode', 'session') ?? ''));
  const rules: WriteRules = {
    rules: ignore ? { ...given, strict: false } : given,
    timeZone: timeZoneOf(context),
    ignore,
    warnings: 0,
    warn: (level, errno, message) => {
      rules.warnings += 1;
      context.warn(level, errno, message);
    },
  };
  return rules;
}

/** The value as its column keeps it. @param row counts from 1 @throws 1048 for NULL where none may be, and what toStored throws */
export function storeCell(
  column: ColumnDefinition,
  cell: CellValue,
  row: number,
  write: WriteRules,
): SqlValue {
  if (cell === null) {
    if (column.nullable) return null;
    const error = new ObError('OB_BAD_NULL_ERROR', [column.name]);
    if (write.rules.strict) throw error;
    write.warn('Warning', error.errno, error.message);
    return storeImplicit(column, row, write);
  }
  const store: Store = {
    rules: write.rules,
    timeZone: write.timeZone,
    column: column.name,
    row,
    warn: write.warn,
  };
  return toStored(column.type, cell, store);
}

/** What a NOT NULL column holds when nothing is given and the mode isn't strict. */
export function storeImplicit(column: ColumnDefinition, row: number, write: WriteRules): SqlValue {
  const store: Store = { rules: loose, timeZone: write.timeZone, column: column.name, row, warn: () => {} };
  return toStored(column.type, implicitDefault(column.type), store);
}

const loose = storeRules('');

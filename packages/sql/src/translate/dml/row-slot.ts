import type { ExecutionContext } from '../../plan.ts';
import type { SqlType } from '../../sql-type.ts';
import { fromStored } from '../../types/from-stored.ts';
import type { CellValue, SqlValue } from '../../values.ts';
import type { Scope, ScopeColumn } from '../scope.ts';
import type { TableUse } from '../table-use.ts';
import { constant, type Typed } from '../typed.ts';
import { isHidden, type WriteTarget } from './target.ts';

/**
 * The row that is being written, which expressions read while it takes shape: a generated column, a CHECK, an
 * assignment after another one, VALUES(column). To the translator its columns are constants.
 */
export class RowSlot {
  readonly target: WriteTarget;
  /** Stored values in column order. */
  current: SqlValue[] = [];

  constructor(target: WriteTarget) {
    this.target = target;
  }

  /** The column's value, as expressions take it. */
  typed(place: number): Typed {
    const { type, nullable } = this.target.columns[place] as WriteTarget['columns'][number];
    return constant(
      (context) => valueOfStored(type, this.current[place] ?? null, context),
      type,
      nullable,
      2,
    );
  }

  /** A scope in which names mean the row's columns. @param use  where reading a stored row's is noted */
  scope(alias: string, parent: Scope | undefined, use?: TableUse): Scope {
    const columns = this.target.columns.map(
      (column, place): ScopeColumn => ({
        name: column.name,
        typed: this.typed(place),
        ...(isHidden(column) ? { hidden: true } : {}),
        ...(use === undefined ? {} : { use }),
      }),
    );
    const relation = { alias, database: this.target.table.database, columns };
    return { relations: [relation], visible: columns, parent };
  }
}

/** A stored value in value form. */
export function valueOfStored(type: SqlType, stored: SqlValue, context: ExecutionContext): SqlValue {
  switch (type.name) {
    case 'decimal':
    case 'time':
    case 'enum':
    case 'set':
    case 'timestamp':
      return fromStored(type, stored, timeZoneOf(context)) as SqlValue;
    default:
      return stored;
  }
}

export function timeZoneOf(context: ExecutionContext): string {
  return String(context.variable('time_zone', 'session') ?? 'SYSTEM');
}

/** A stored value as a client sees it. */
export function cellOfStored(type: SqlType, stored: SqlValue, context: ExecutionContext): CellValue {
  return fromStored(type, stored, timeZoneOf(context));
}

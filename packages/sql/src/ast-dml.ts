import type { ColumnReference, Expression, Span } from './ast-expression.ts';
import type {
  FileFormat,
  IntoTarget,
  LimitClause,
  OrderItem,
  Query,
  TableName,
  TableReference,
  WithClause,
} from './ast-select.ts';

export interface Assignment extends Span {
  readonly column: ColumnReference;
  /** May be a 'default' node. */
  readonly value: Expression;
}

/** What INSERT and REPLACE have in common: exactly one of `rows`, `query`; the SET form is one row with `columns`. */
export interface InsertSource {
  readonly table: TableName;
  readonly partitions: readonly string[];
  /** Undefined: no list was written, so all columns. */
  readonly columns: readonly ColumnReference[] | undefined;
  /** A row may be empty, `()`: all defaults. Values may be 'default' nodes. */
  readonly rows: readonly (readonly Expression[])[] | undefined;
  readonly query: Query | undefined;
}

export interface InsertStatement extends InsertSource, Span {
  readonly kind: 'insert';
  readonly hints: string | undefined;
  readonly ignore: boolean;
  /** AS new [(a, b)] after the values. */
  readonly rowAlias: { readonly name: string; readonly columns: readonly string[] } | undefined;
  /** Empty: no ON DUPLICATE KEY UPDATE. */
  readonly onDuplicateKeyUpdate: readonly Assignment[];
}

export interface ReplaceStatement extends InsertSource, Span {
  readonly kind: 'replace';
  readonly hints: string | undefined;
}

export interface UpdateStatement extends Span {
  readonly kind: 'update';
  readonly hints: string | undefined;
  readonly with: WithClause | undefined;
  readonly ignore: boolean;
  /** One plain 'table' for the single-table form, otherwise joins or a comma list. */
  readonly tables: readonly TableReference[];
  readonly assignments: readonly Assignment[];
  readonly where: Expression | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: LimitClause | undefined;
}

export interface DeleteStatement extends Span {
  readonly kind: 'delete';
  readonly hints: string | undefined;
  readonly with: WithClause | undefined;
  readonly ignore: boolean;
  /** Undefined for the single-table form; otherwise what is deleted from (aliases or names, a trailing `.*` dropped). */
  readonly targets: readonly TableName[] | undefined;
  /** The single-table form has one 'table' here (its alias too). */
  readonly from: readonly TableReference[];
  readonly where: Expression | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: LimitClause | undefined;
}

export interface TruncateStatement extends Span {
  readonly kind: 'truncate';
  readonly table: TableName;
}

export interface LoadDataStatement extends Span {
  readonly kind: 'load-data';
  readonly format: 'DATA' | 'XML';
  readonly local: boolean;
  readonly file: string;
  readonly onDuplicate: 'REPLACE' | 'IGNORE' | undefined;
  readonly table: TableName;
  readonly partitions: readonly string[];
  readonly fileFormat: FileFormat;
  readonly ignoreLines: number;
  readonly columns: readonly (ColumnReference | IntoTarget)[];
  readonly set: readonly Assignment[];
}

export interface DoStatement extends Span {
  readonly kind: 'do';
  readonly expressions: readonly Expression[];
}

export interface CallStatement extends Span {
  readonly kind: 'call';
  readonly procedure: TableName;
  readonly args: readonly Expression[];
}

export interface HandlerStatement extends Span {
  readonly kind: 'handler';
  readonly action: 'open' | 'read' | 'close';
  readonly table: TableName;
}

import type { Expression, OnEmptyOrError, Span, TypeNode, WindowSpecification } from './ast-expression.ts';

/** What gives rows: a SELECT, VALUES or TABLE, a set operation of those, or one of them in parentheses with a tail of its own. */
export type Query = SelectQuery | ValuesQuery | TableQuery | SetOperation | ParenthesizedQuery;

/** What may stand around any query. */
export interface QueryTail extends Span {
  readonly with: WithClause | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: LimitClause | undefined;
  readonly locking: readonly LockingClause[];
  readonly into: IntoClause | undefined;
}

export interface SelectQuery extends QueryTail {
  readonly kind: 'select';
  /** The text of an optimizer hint, without its marks. */
  readonly hints: string | undefined;
  readonly distinct: boolean;
  /** Upper case, as written: SQL_CALC_FOUND_ROWS, STRAIGHT_JOIN, HIGH_PRIORITY, SQL_NO_CACHE, … */
  readonly options: readonly string[];
  readonly items: readonly SelectItem[];
  /** The comma list; empty without FROM and for FROM DUAL. */
  readonly from: readonly TableReference[];
  readonly where: Expression | undefined;
  readonly groupBy: readonly OrderItem[];
  readonly rollup: boolean;
  readonly having: Expression | undefined;
  readonly windows: readonly NamedWindow[];
}

/** `start` to `end` is the expression's source with its parentheses and without the alias: the column's title. */
export interface SelectItem extends Span {
  readonly expression: Expression;
  readonly alias: string | undefined;
}

export interface NamedWindow {
  readonly name: string;
  readonly specification: WindowSpecification;
}

/** VALUES ROW(1, 2), ROW(3, 4): columns are column_0, column_1, … */
export interface ValuesQuery extends QueryTail {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expression[])[];
}

/** TABLE t. */
export interface TableQuery extends QueryTail {
  readonly kind: 'table-query';
  readonly table: TableName;
}

/** Left-associative, INTERSECT binds closer. The tail belongs to the whole. */
export interface SetOperation extends QueryTail {
  readonly kind: 'set-operation';
  readonly operator: 'UNION' | 'EXCEPT' | 'INTERSECT';
  readonly all: boolean;
  readonly left: Query;
  readonly right: Query;
}

/** `(query) ORDER BY …`: present only when the inner query has a tail of its own that the outer one adds to. */
export interface ParenthesizedQuery extends QueryTail {
  readonly kind: 'parenthesized';
  readonly query: Query;
}

export interface WithClause extends Span {
  readonly recursive: boolean;
  readonly tables: readonly CommonTable[];
}

export interface CommonTable extends Span {
  readonly name: string;
  readonly columns: readonly string[];
  readonly query: Query;
}

/** `direction` undefined: not written. */
export interface OrderItem extends Span {
  readonly expression: Expression;
  readonly direction: 'ASC' | 'DESC' | undefined;
}

/** Both forms; values are integer literals, parameters or (in routines) columns. */
export interface LimitClause extends Span {
  readonly count: Expression;
  readonly offset: Expression | undefined;
}

export interface LockingClause extends Span {
  /** LOCK IN SHARE MODE is 'share'. */
  readonly strength: 'update' | 'share';
  readonly tables: readonly TableName[];
  readonly wait: 'nowait' | 'skip-locked' | number | undefined;
}

export type IntoClause =
  | ({ readonly kind: 'into-variables'; readonly targets: readonly IntoTarget[] } & Span)
  | ({ readonly kind: 'into-outfile'; readonly file: string; readonly format: FileFormat } & Span)
  | ({ readonly kind: 'into-dumpfile'; readonly file: string } & Span);

/** `user`: @name; otherwise a routine's variable. */
export interface IntoTarget {
  readonly user: boolean;
  readonly name: string;
}

/** CHARACTER SET, FIELDS and LINES of LOAD DATA and INTO OUTFILE; undefined: not written. */
export interface FileFormat {
  readonly charset: string | undefined;
  readonly fieldsTerminatedBy: string | undefined;
  readonly fieldsEnclosedBy: string | undefined;
  readonly optionallyEnclosed: boolean;
  readonly fieldsEscapedBy: string | undefined;
  readonly linesStartingBy: string | undefined;
  readonly linesTerminatedBy: string | undefined;
}

export interface TableName extends Span {
  readonly database: string | undefined;
  readonly name: string;
}

export type TableReference = NamedTable | DerivedTable | JoinedTable | JsonTable;

export interface NamedTable extends TableName {
  /** AS OF SNAPSHOT: an older state of the table. */
  readonly asOf?: Expression | undefined;
  readonly kind: 'table';
  readonly alias: string | undefined;
  /** PARTITION (p0, p1). */
  readonly partitions: readonly string[];
  readonly indexHints: readonly IndexHint[];
}

export interface IndexHint {
  readonly action: 'USE' | 'FORCE' | 'IGNORE';
  readonly scope: 'JOIN' | 'ORDER BY' | 'GROUP BY' | undefined;
  readonly indexes: readonly string[];
}

export interface DerivedTable extends Span {
  readonly kind: 'derived';
  readonly query: Query;
  readonly alias: string;
  readonly columns: readonly string[];
  readonly lateral: boolean;
}

/**
 * INNER, CROSS and plain JOIN are 'inner'; `(a, b)` in parentheses too. STRAIGHT_JOIN is 'straight'.
 * RIGHT JOIN is kept as 'right'.
 */
export interface JoinedTable extends Span {
  readonly kind: 'join';
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'straight';
  readonly natural: boolean;
  readonly left: TableReference;
  readonly right: TableReference;
  readonly on: Expression | undefined;
  readonly using: readonly string[] | undefined;
}

export interface JsonTable extends Span {
  readonly kind: 'json-table';
  readonly document: Expression;
  readonly path: string;
  readonly columns: readonly JsonTableColumn[];
  readonly alias: string;
}

export type JsonTableColumn =
  | { readonly kind: 'ordinality'; readonly name: string }
  | {
      readonly kind: 'path';
      readonly name: string;
      readonly type: TypeNode;
      readonly path: string;
      readonly exists: boolean;
      readonly onEmpty: OnEmptyOrError | undefined;
      readonly onError: OnEmptyOrError | undefined;
    }
  | { readonly kind: 'nested'; readonly path: string; readonly columns: readonly JsonTableColumn[] };

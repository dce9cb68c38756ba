import type { OrderItem, Query } from './ast-select.ts';

/** Where a node stands in its statement's text: UTF-16 offsets, `end` exclusive. Parentheses around an expression are outside its span. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Expression =
  | Literal
  | ColumnReference
  | StarExpression
  | ParameterExpression
  | UserVariableExpression
  | UserVariableAssignment
  | SystemVariableExpression
  | UnaryExpression
  | BinaryExpression
  | LikeExpression
  | RegexpExpression
  | InListExpression
  | InSubqueryExpression
  | BetweenExpression
  | IsExpression
  | ExistsExpression
  | QuantifiedExpression
  | RowExpression
  | SubqueryExpression
  | CaseExpression
  | CastExpression
  | ConvertUsingExpression
  | CollateExpression
  | IntervalExpression
  | FunctionCall
  | AggregateCall
  | WindowCall
  | ExtractExpression
  | TrimExpression
  | JsonValueExpression
  | JsonExtractExpression
  | MemberOfExpression
  | MatchExpression
  | ValuesOfExpression
  | DefaultOfExpression
  | DefaultExpression;

export type ExpressionKind = Expression['kind'];

export type Literal =
  | IntegerLiteral
  | DecimalLiteral
  | FloatLiteral
  | StringLiteral
  | HexLiteral
  | BitLiteral
  | TemporalLiteral
  | NullLiteral
  | BooleanLiteral;

/** Unsigned digits; a minus sign is a `unary` node. One that is over 2^64 - 1 is a `decimal`. */
export interface IntegerLiteral extends Span {
  readonly kind: 'integer';
  readonly value: bigint;
}

/** `1.5`, `.5`, `1.`: exact; `text` as written. */
export interface DecimalLiteral extends Span {
  readonly kind: 'decimal';
  readonly text: string;
}

/** `1e3`: a double; `text` as written. */
export interface FloatLiteral extends Span {
  readonly kind: 'float';
  readonly value: number;
  readonly text: string;
}

/** Escapes resolved, adjacent strings joined. `charset` and a lone surrogate never occur together. */
export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
  /** From an introducer (`_latin1'a'`) or `N'a'` (utf8mb3), in lower case. */
  readonly charset: string | undefined;
}

/** `0x4D`, `x'4D'`: bytes, a number in a numeric context. */
export interface HexLiteral extends Span {
  readonly kind: 'hex';
  readonly bytes: Uint8Array;
  readonly charset: string | undefined;
}

/** `0b101`, `b'101'`: bytes, padded with zeros on the left. */
export interface BitLiteral extends Span {
  readonly kind: 'bit';
  readonly bytes: Uint8Array;
  readonly charset: string | undefined;
}

/** `DATE '2020-01-01'`, `TIME '…'`, `TIMESTAMP '…'`, `{d '…'}`. The text isn't checked by the parser. */
export interface TemporalLiteral extends Span {
  readonly kind: 'temporal';
  readonly type: 'date' | 'time' | 'timestamp';
  readonly text: string;
}

export interface NullLiteral extends Span {
  readonly kind: 'null';
}

export interface BooleanLiteral extends Span {
  readonly kind: 'boolean';
  readonly value: boolean;
}

/** Names as written (not folded). */
export interface ColumnReference extends Span {
  readonly kind: 'column';
  readonly database: string | undefined;
  readonly table: string | undefined;
  readonly name: string;
}

/** `*`, `t.*`, `d.t.*`: only a select item, or the argument of nothing (COUNT(*) has `star`). */
export interface StarExpression extends Span {
  readonly kind: 'star';
  readonly database: string | undefined;
  readonly table: string | undefined;
}

/** `?`; `index` counts from 0 in the statement. */
export interface ParameterExpression extends Span {
  readonly kind: 'parameter';
  readonly index: number;
}

/** `@a`; `name` without the sign, as written. */
export interface UserVariableExpression extends Span {
  readonly kind: 'user-variable';
  readonly name: string;
}

/** `@a := value` inside an expression. */
export interface UserVariableAssignment extends Span {
  readonly kind: 'user-variable-assignment';
  readonly name: string;
  readonly value: Expression;
}

/** `@@name`, `@@global.name`; LOCAL is session; a structured name stays `a.b`. */
export interface SystemVariableExpression extends Span {
  readonly kind: 'system-variable';
  readonly scope: 'session' | 'global' | undefined;
  readonly name: string;
}

/** NOT and ! are both 'NOT'. */
export interface UnaryExpression extends Span {
  readonly kind: 'unary';
  readonly operator: '-' | '+' | '~' | 'NOT' | 'BINARY';
  readonly operand: Expression;
}

export type ComparisonOperator = '=' | '<=>' | '<>' | '<' | '<=' | '>' | '>=';

/**
 * `!=` is '<>', `%` is 'MOD', `&&` is 'AND'; `||` is 'OR', or 'CONCAT' under PIPES_AS_CONCAT.
 * For `+` and `-` one side may be an `interval` node: then it is date arithmetic.
 */
export type BinaryOperator =
  | ComparisonOperator
  | '+'
  | '-'
  | '*'
  | '/'
  | 'DIV'
  | 'MOD'
  | '|'
  | '&'
  | '^'
  | '<<'
  | '>>'
  | 'AND'
  | 'OR'
  | 'XOR'
  | 'CONCAT'
  | 'SOUNDS LIKE';

export interface BinaryExpression extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface LikeExpression extends Span {
  readonly kind: 'like';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly escape: Expression | undefined;
}

/** REGEXP or RLIKE. */
export interface RegexpExpression extends Span {
  readonly kind: 'regexp';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly pattern: Expression;
}

export interface InListExpression extends Span {
  readonly kind: 'in-list';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly items: readonly Expression[];
}

export interface InSubqueryExpression extends Span {
  readonly kind: 'in-subquery';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly query: Query;
}

export interface BetweenExpression extends Span {
  readonly kind: 'between';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly low: Expression;
  readonly high: Expression;
}

export interface IsExpression extends Span {
  readonly kind: 'is';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly what: 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN';
}

export interface ExistsExpression extends Span {
  readonly kind: 'exists';
  readonly query: Query;
}

/** `a > ANY (SELECT …)`; SOME is ANY. */
export interface QuantifiedExpression extends Span {
  readonly kind: 'quantified';
  readonly operator: ComparisonOperator;
  readonly quantifier: 'ANY' | 'ALL';
  readonly operand: Expression;
  readonly query: Query;
}

/** `(a, b)` or `ROW(a, b)`: two items or more. */
export interface RowExpression extends Span {
  readonly kind: 'row';
  readonly items: readonly Expression[];
}

export interface SubqueryExpression extends Span {
  readonly kind: 'subquery';
  readonly query: Query;
}

export interface CaseExpression extends Span {
  readonly kind: 'case';
  readonly operand: Expression | undefined;
  readonly branches: readonly { readonly when: Expression; readonly result: Expression }[];
  readonly otherwise: Expression | undefined;
}

/** A data type as written, in CAST or in a column definition. Synonyms are resolved, see parser/type.ts. */
export interface TypeNode extends Span {
  /** Lower case: MySQL's own name (`int`, `varchar`, `signed`, `unsigned`, `serial`, `geometry`, …). */
  readonly name: string;
  /** In parentheses: width, characters, bits, precision or fractional seconds. */
  readonly length: number | undefined;
  /** The second number: scale. */
  readonly decimals: number | undefined;
  readonly unsigned: boolean;
  readonly zerofill: boolean;
  readonly charset: string | undefined;
  readonly collation: string | undefined;
  /** The attribute BINARY of a character type: the charset's _bin collation. */
  readonly binary: boolean;
  /** Of ENUM and SET. */
  readonly members: readonly string[] | undefined;
}

/** CAST(x AS type), CONVERT(x, type); name one of signed, unsigned, char, binary, date, datetime, time, year, decimal, float, double, json. */
export interface CastExpression extends Span {
  readonly kind: 'cast';
  readonly operand: Expression;
  readonly type: TypeNode;
  /** CAST(… AS type ARRAY). */
  readonly array: boolean;
  /** CAST(x AT TIME ZONE 'zone' AS …). */
  readonly timeZone: string | undefined;
}

export interface ConvertUsingExpression extends Span {
  readonly kind: 'convert-using';
  readonly operand: Expression;
  readonly charset: string;
}

export interface CollateExpression extends Span {
  readonly kind: 'collate';
  readonly operand: Expression;
  readonly collation: string;
}

export type IntervalUnit =
  | 'MICROSECOND'
  | 'SECOND'
  | 'MINUTE'
  | 'HOUR'
  | 'DAY'
  | 'WEEK'
  | 'MONTH'
  | 'QUARTER'
  | 'YEAR'
  | 'SECOND_MICROSECOND'
  | 'MINUTE_MICROSECOND'
  | 'MINUTE_SECOND'
  | 'HOUR_MICROSECOND'
  | 'HOUR_SECOND'
  | 'HOUR_MINUTE'
  | 'DAY_MICROSECOND'
  | 'DAY_SECOND'
  | 'DAY_MINUTE'
  | 'DAY_HOUR'
  | 'YEAR_MONTH';

/** INTERVAL n unit: an argument of DATE_ADD and its kin, a side of + or -, or the offset of a window frame. */
export interface IntervalExpression extends Span {
  readonly kind: 'interval';
  readonly amount: Expression;
  readonly unit: IntervalUnit;
}

/**
 * A call of a function that isn't an aggregate. `name` is in upper case.
 * Special syntaxes come as plain arguments: SUBSTRING(a FROM b FOR c), POSITION(a IN b) (name POSITION),
 * MOD(a, b), NOW and CURRENT_TIMESTAMP without parentheses, GET_FORMAT(DATE, x) (first argument a string).
 */
export interface FunctionCall extends Span {
  readonly kind: 'function';
  /** Of a qualified call, `d.f(x)`. */
  readonly database: string | undefined;
  readonly name: string;
  readonly args: readonly Expression[];
  /** First argument of TIMESTAMPADD and TIMESTAMPDIFF. */
  readonly unit: IntervalUnit | undefined;
  /** CHAR(… USING charset). */
  readonly charset: string | undefined;
}

export type AggregateName =
  | 'COUNT'
  | 'SUM'
  | 'AVG'
  | 'MIN'
  | 'MAX'
  | 'GROUP_CONCAT'
  | 'BIT_AND'
  | 'BIT_OR'
  | 'BIT_XOR'
  | 'STD'
  | 'STDDEV'
  | 'STDDEV_POP'
  | 'STDDEV_SAMP'
  | 'VARIANCE'
  | 'VAR_POP'
  | 'VAR_SAMP'
  | 'JSON_ARRAYAGG'
  | 'JSON_OBJECTAGG'
  | 'APPROX_COUNT_DISTINCT'
  | 'ANY_VALUE';

export interface AggregateCall extends Span {
  readonly kind: 'aggregate';
  readonly name: AggregateName;
  readonly distinct: boolean;
  /** COUNT(*): no args then. */
  readonly star: boolean;
  readonly args: readonly Expression[];
  /** Of GROUP_CONCAT. */
  readonly orderBy: readonly OrderItem[];
  readonly separator: string | undefined;
}

/** `f(…) OVER …`: also ROW_NUMBER, RANK, LAG and their kin, whose `call` is a 'function'. */
export interface WindowCall extends Span {
  readonly kind: 'window';
  readonly call: FunctionCall | AggregateCall;
  readonly fromLast: boolean;
  readonly ignoreNulls: boolean;
  /** OVER name, or OVER (…). */
  readonly over: string | WindowSpecification;
}

export interface WindowSpecification extends Span {
  /** The window it builds on: OVER (w ORDER BY …). */
  readonly base: string | undefined;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: WindowFrame | undefined;
}

export interface WindowFrame extends Span {
  readonly unit: 'ROWS' | 'RANGE' | 'GROUPS';
  readonly from: FrameBound;
  /** Without BETWEEN: undefined, which means CURRENT ROW. */
  readonly to: FrameBound | undefined;
}

export type FrameBound =
  | { readonly kind: 'unbounded-preceding' | 'unbounded-following' | 'current-row' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: Expression };

export interface ExtractExpression extends Span {
  readonly kind: 'extract';
  readonly unit: IntervalUnit;
  readonly operand: Expression;
}

export interface TrimExpression extends Span {
  readonly kind: 'trim';
  readonly side: 'BOTH' | 'LEADING' | 'TRAILING';
  /** Undefined: spaces. */
  readonly remove: Expression | undefined;
  readonly operand: Expression;
}

export type OnEmptyOrError =
  | { readonly kind: 'null' | 'error' }
  | { readonly kind: 'default'; readonly value: Expression };

/** JSON_VALUE(doc, path [RETURNING type] [… ON EMPTY] [… ON ERROR]). */
export interface JsonValueExpression extends Span {
  readonly kind: 'json-value';
  readonly document: Expression;
  readonly path: Expression;
  readonly returning: TypeNode | undefined;
  readonly onEmpty: OnEmptyOrError | undefined;
  readonly onError: OnEmptyOrError | undefined;
}

/** `column -> '$.path'` and, with `unquote`, `column ->> '$.path'`. */
export interface JsonExtractExpression extends Span {
  readonly kind: 'json-extract';
  readonly operand: Expression;
  readonly path: Expression;
  readonly unquote: boolean;
}

/** `a MEMBER OF (array)`. */
export interface MemberOfExpression extends Span {
  readonly kind: 'member-of';
  readonly operand: Expression;
  readonly array: Expression;
}

export interface MatchExpression extends Span {
  readonly kind: 'match';
  readonly columns: readonly Expression[];
  readonly against: Expression;
  readonly mode: 'natural' | 'natural-expansion' | 'boolean' | 'expansion' | undefined;
}

/** VALUES(column) in ON DUPLICATE KEY UPDATE. */
export interface ValuesOfExpression extends Span {
  readonly kind: 'values-of';
  readonly column: ColumnReference;
}

/** DEFAULT(column). */
export interface DefaultOfExpression extends Span {
  readonly kind: 'default-of';
  readonly column: ColumnReference;
}

/** The bare keyword DEFAULT as a value of INSERT or UPDATE (or SET variable = DEFAULT). */
export interface DefaultExpression extends Span {
  readonly kind: 'default';
}

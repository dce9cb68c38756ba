import type { ExecutionContext } from '../plan.ts';
import type { SqlType } from '../sql-type.ts';
import type { SqlValue } from '../values.ts';

/** Computes a value in value form (functions/definition.ts) when the statement runs. */
export type Evaluate = (context: ExecutionContext) => SqlValue;

/** How strongly an operand's collation counts; the lower wins. Source: MySQL's collation coercibility. */
export type Coercibility = 0 | 2 | 4 | 5 | 6;

/** An expression whose names are resolved and whose type is known. */
export interface Typed {
  /** SQLite text. Of a constant it is empty: it becomes a `?` where it is used. */
  readonly sql: string;
  readonly type: SqlType;
  /** `stored`: as a column of this type is kept (seams of the types folder). `value`: as functions take it. */
  readonly form: 'stored' | 'value';
  readonly nullable: boolean;
  /** Same for every row: value form. */
  readonly constant?: Evaluate;
  /** The constant's value where the text itself has it. */
  readonly literal?: SqlValue;
  readonly coercibility: Coercibility;
  /** A bare column. */
  readonly column?: ColumnOrigin;
}

/** Where a result column comes from, for its metadata. */
export interface ColumnOrigin {
  readonly database: string;
  /** The alias. */
  readonly table: string;
  readonly originalTable: string;
  readonly originalName: string;
  readonly primaryKey?: boolean;
  readonly uniqueKey?: boolean;
  readonly multipleKey?: boolean;
  readonly autoIncrement?: boolean;
}

/** An expression in SQLite text, in value form unless said otherwise. */
export function computed(
  sql: string,
  type: SqlType,
  options: { nullable?: boolean; form?: 'stored' | 'value'; coercibility?: Coercibility } = {},
): Typed {
  return {
    sql,
    type,
    form: options.form ?? 'value',
    nullable: options.nullable ?? true,
    coercibility: options.coercibility ?? 4,
  };
}

export function literal(value: SqlValue, type: SqlType): Typed {
  return {
    sql: '',
    type,
    form: 'value',
    nullable: value === null,
    constant: () => value,
    literal: value,
    coercibility: value === null ? 6 : 4,
  };
}

/** A constant that is known only when the statement runs. */
export function constant(
  evaluate: Evaluate,
  type: SqlType,
  nullable = true,
  coercibility: Coercibility = 4,
): Typed {
  return { sql: '', type, form: 'value', nullable, constant: evaluate, coercibility };
}

export const nullType: SqlType = { name: 'null' };
export const intType: SqlType = { name: 'int', length: 1 };
export const bigintType: SqlType = { name: 'bigint', length: 21 };
export const unsignedType: SqlType = { name: 'bigint', unsigned: true, length: 21 };
export const doubleType: SqlType = { name: 'double' };
/** DATETIME, DATE and TIME with so many digits. */
export const datetimeType = (decimals = 0): SqlType => ({ name: 'datetime', decimals });
export const textType = (length: number, collation = 'utf8mb4_general_ci'): SqlType => ({
  name: 'varchar',
  length,
  charset: charsetOf(collation),
  collation,
});
export const decimalType = (length: number, decimals: number): SqlType => ({
  name: 'decimal',
  length: Math.min(Math.max(length, decimals, 1), 65),
  decimals: Math.min(decimals, 30),
});

function charsetOf(collation: string): string {
  const end = collation.indexOf('_');
  return end < 0 ? collation : collation.slice(0, end);
}

/** The classes by which MySQL chooses how to compute and compare. */
export type TypeClass = 'int' | 'decimal' | 'double' | 'text' | 'bytes' | 'temporal' | 'json' | 'null';

export function classOf(type: SqlType): TypeClass {
  switch (type.name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
    case 'year':
    case 'bit':
      return 'int';
    case 'decimal':
      return 'decimal';
    case 'float':
    case 'double':
      return 'double';
    case 'date':
    case 'time':
    case 'datetime':
    case 'timestamp':
      return 'temporal';
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return 'bytes';
    case 'json':
      return 'json';
    case 'null':
      return 'null';
    default:
      return 'text';
  }
}

export function isNumeric(type: SqlType): boolean {
  const kind = classOf(type);
  return kind === 'int' || kind === 'decimal' || kind === 'double';
}

/** Whether integers of this type may not fit SQLite's, so that they come as TEXT. */
export function isWideUnsigned(type: SqlType): boolean {
  return (
    (type.name === 'bigint' && type.unsigned === true) ||
    (type.name === 'bit' && (type.length ?? 1) > 63) ||
    (type.name === 'set' && (type.members?.length ?? 0) > 63)
  );
}

import type { SqlType } from '../sql-type.ts';
import { isCaseSensitive } from '../types/charset.ts';
import type { SqlValue } from '../values.ts';
import type { FunctionArgument, ScalarFunction } from './definition.ts';

type Options = Partial<
  Pick<
    ScalarFunction,
    | 'deterministic'
    | 'oncePerStatement'
    | 'strict'
    | 'numeric'
    | 'nullable'
    | 'typed'
    | 'sqlite'
    | 'unbounded'
  >
>;

export const anyNumber = Number.POSITIVE_INFINITY;

/** A function that answers NULL to NULL and depends on its arguments alone, unless `options` say otherwise. */
export function define(
  name: string,
  [min, max]: readonly [number, number],
  returns: ScalarFunction['returns'],
  call: NonNullable<ScalarFunction['call']>,
  options: Options = {},
): ScalarFunction {
  return { name, arity: { min, max }, deterministic: true, strict: true, returns, call, ...options };
}

/** The same function under other names. */
export function named(names: readonly string[], definition: ScalarFunction): ScalarFunction[] {
  return names.map((name) => ({ ...definition, name }));
}

export const intType: SqlType = { name: 'int', length: 11 };
export const booleanType: SqlType = { name: 'int', length: 1 };
export const bigintType: SqlType = { name: 'bigint', length: 21 };
export const unsignedType: SqlType = { name: 'bigint', unsigned: true, length: 20 };
export const doubleType: SqlType = { name: 'double' };
export const dateType: SqlType = { name: 'date' };
export const jsonType: SqlType = { name: 'json' };

const defaultCollation = 'utf8mb4_general_ci';
/** Characters of utf8mb4 that fit a VARCHAR. */
const varcharMax = 16_383;

/** A character string of at most so many characters. */
export function textType(length: number, collation: string = defaultCollation): SqlType {
  const name = length > varcharMax ? 'longtext' : 'varchar';
  const charset = collation.split('_')[0] ?? 'utf8mb4';
  return { name, length: Math.min(length, 4_294_967_295), charset, collation };
}

/** A byte string of at most so many bytes. */
export function bytesType(length: number): SqlType {
  const name = length > 65_535 ? 'longblob' : 'varbinary';
  return { name, length: Math.min(length, 4_294_967_295), charset: 'binary', collation: 'binary' };
}

/** Whether values of the type are byte strings. */
export function isByteString(type: SqlType): boolean {
  return type.charset === 'binary' || /(blob|binary)$/.test(type.name);
}

/** Whether values of the type are strings, of characters or bytes. */
export function isString(type: SqlType | undefined): boolean {
  return type !== undefined && (/(char|text|blob|binary)$/.test(type.name) || type.members !== undefined);
}

/** The answer is a text like its arguments: of bytes if one of them is, with the collation that counts among them. */
export function likeArguments(args: readonly FunctionArgument[], length: number): SqlType {
  if (args.some(({ type }) => isByteString(type))) return bytesType(length);
  const collations = args.flatMap(({ type }) => type.collation ?? []);
  return textType(length, collations.find(isCaseSensitive) ?? collations[0] ?? defaultCollation);
}

/** Whether texts of these types are compared without regard to case. */
export function foldsCase(types: readonly SqlType[]): boolean {
  return !types.some(
    (type) => isByteString(type) || (type.collation !== undefined && isCaseSensitive(type.collation)),
  );
}

/** Most characters (or bytes) that a value of such a type prints as, where the type has no length of its own. */
const PRINTED: Readonly<Record<string, number>> = {
  tinyint: 4,
  smallint: 6,
  mediumint: 9,
  int: 11,
  bigint: 20,
  decimal: 11,
  float: 12,
  double: 22,
  year: 4,
  date: 10,
  time: 17,
  datetime: 26,
  timestamp: 26,
  tinytext: 255,
  tinyblob: 255,
  text: 65_535,
  blob: 65_535,
  mediumtext: 16_777_215,
  mediumblob: 16_777_215,
  longtext: 4_294_967_295,
  longblob: 4_294_967_295,
  json: 4_294_967_295,
  null: 0,
};

/** Most characters of a value of the argument's type. */
export function lengthOf(argument: FunctionArgument | undefined): number {
  if (argument === undefined) return 0;
  const { name, length, decimals = 0, members } = argument.type;
  if (members !== undefined) return members.join(',').length;
  if (name === 'decimal') return (length ?? 10) + (decimals > 0 ? 2 : 1);
  return length ?? PRINTED[name] ?? 1;
}

/** MySQL's true and false. */
export function truth(value: boolean): SqlValue {
  return value ? 1n : 0n;
}

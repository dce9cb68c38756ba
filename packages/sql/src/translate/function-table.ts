import { ddlFunctions } from '../ddl/convert-stored.ts';
import type { ScalarFunction, SqliteAggregate, SqliteFunction } from '../functions/definition.ts';
import { rememberingFailure } from '../functions/execution-scope.ts';
import { aggregateFunctions as moreAggregates, scalarFunctions } from '../functions/index.ts';
import type { SqlType } from '../sql-type.ts';
import type { SqlValue } from '../values.ts';
import { operatorAggregates } from './runtime/aggregates.ts';
import { operatorFunctions } from './runtime/functions.ts';

const byName = new Map(scalarFunctions.map((entry) => [entry.name, entry]));

/** @param name without regard to case */
export function findFunction(name: string): ScalarFunction | undefined {
  return byName.get(name.toLowerCase());
}

const parsedTypes = new Map<string, readonly SqlType[]>();

/** Argument types come as JSON text in front of the arguments, the same for each row. */
function typesOf(key: SqlValue | undefined): readonly SqlType[] {
  const text = String(key);
  let types = parsedTypes.get(text);
  if (types === undefined) {
    types = JSON.parse(text) as readonly SqlType[];
    if (parsedTypes.size < 1000) parsedTypes.set(text, types);
  }
  return types;
}

/** A function as the translator and SQLite call it: with its types in front where it wants them. */
export function callable({ call, strict, typed }: ScalarFunction): (...args: SqlValue[]) => SqlValue {
  if (call === undefined) throw new TypeError('a function without call is SQLite text only');
  const guarded = (args: readonly SqlValue[], types: readonly SqlType[]): SqlValue =>
    strict === true && args.includes(null) ? null : call(args, types);
  if (typed !== true) return (...args) => guarded(args, []);
  return (types, ...args) => guarded(args, typesOf(types));
}

const allFunctions: readonly SqliteFunction[] = [
  ...operatorFunctions,
  ...ddlFunctions,
  ...scalarFunctions
    .filter(({ call }) => call !== undefined)
    .map((entry) => ({
      name: `sl_${entry.name}`,
      deterministic: entry.deterministic && entry.oncePerStatement !== true,
      call: callable(entry),
    })),
];

/** Everything that must be registered on each SQLite handle. */
export const sqliteFunctions: readonly SqliteFunction[] = allFunctions.map(
  ({ name, deterministic, call }) => ({
    name,
    deterministic,
    call: rememberingFailure(call),
  }),
);

export const sqliteAggregates: readonly SqliteAggregate[] = [...operatorAggregates, ...moreAggregates];

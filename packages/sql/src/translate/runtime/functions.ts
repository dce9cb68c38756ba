import type { SqliteFunction } from '../../functions/definition.ts';
import { joinFunction } from './aggregates.ts';
import { bitFunctions } from './bits.ts';
import { castFunctions } from './casts.ts';
import { convertFunctions } from './convert.ts';
import { dateAddFunctions } from './date-add.ts';
import { exactFunctions } from './exact.ts';
import { jsonFunctions } from './json-key.ts';
import { jsonTableFunctions } from './json-table.ts';
import { likeFunctions } from './like.ts';
import { matchFunctions } from './match.ts';
import { realFunctions } from './real.ts';
import { temporalFunctions } from './temporal.ts';
import { tickFunctions } from './tick.ts';
import { variableFunctions } from './variables.ts';

/** What operators and conversions call; names begin with `sx_`. */
export const operatorFunctions: readonly SqliteFunction[] = [
  ...exactFunctions,
  ...realFunctions,
  ...bitFunctions,
  ...convertFunctions,
  ...temporalFunctions,
  ...tickFunctions,
  ...castFunctions,
  ...dateAddFunctions,
  ...likeFunctions,
  ...matchFunctions,
  ...jsonFunctions,
  ...jsonTableFunctions,
  ...variableFunctions,
  joinFunction,
];

const byName = new Map(operatorFunctions.map((entry) => [entry.name, entry]));

export function operatorFunction(name: string): SqliteFunction {
  const found = byName.get(name);
  if (found === undefined) throw new TypeError(`no operator function ${name}`);
  return found;
}

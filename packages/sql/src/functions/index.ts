import { basicFunctions } from './basic.ts';
import type { ScalarFunction, SqliteAggregate } from './definition.ts';

/** Every function of MySQL's that statements may call, one row each. */
export const scalarFunctions: readonly ScalarFunction[] = [...basicFunctions];

/** Aggregates beside those that the translator brings for COUNT, SUM, AVG, MIN, MAX and their kin. */
export const aggregateFunctions: readonly SqliteAggregate[] = [];

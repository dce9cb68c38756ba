import { basicFunctions } from './basic.ts';
import { dateArithmeticFunctions } from './date-arithmetic.ts';
import { dateFormatFunctions } from './date-format.ts';
import { datePartFunctions } from './date-part.ts';
import type { ScalarFunction, SqliteAggregate } from './definition.ts';
import { digestFunctions } from './digest.ts';
import { doubleFunctions } from './double.ts';
import { informationFunctions } from './information.ts';
import { jsonChangeFunctions } from './json-change.ts';
import { jsonReadFunctions } from './json-read.ts';
import { networkFunctions } from './network.ts';
import { numberFunctions } from './number.ts';
import { regexpFunctions } from './regexp.ts';
import { sleepFunctions } from './sleep.ts';
import { strToDateFunctions } from './str-to-date.ts';
import { textFunctions } from './text.ts';
import { textCodeFunctions } from './text-code.ts';
import { textSearchFunctions } from './text-search.ts';
import { unixTimeFunctions } from './unix-time.ts';
import { userLockFunctions } from './user-locks.ts';
import { uuidFunctions } from './uuid.ts';

/** Every function of MySQL's that statements may call, one row each. */
export const scalarFunctions: readonly ScalarFunction[] = [
  ...basicFunctions,
  ...textFunctions,
  ...textSearchFunctions,
  ...textCodeFunctions,
  ...regexpFunctions,
  ...digestFunctions,
  ...numberFunctions,
  ...doubleFunctions,
  ...datePartFunctions,
  ...dateFormatFunctions,
  ...strToDateFunctions,
  ...dateArithmeticFunctions,
  ...unixTimeFunctions,
  ...jsonReadFunctions,
  ...jsonChangeFunctions,
  ...informationFunctions,
  ...networkFunctions,
  ...uuidFunctions,
  ...sleepFunctions,
  ...userLockFunctions,
];

/** Aggregates beside those that the translator brings for COUNT, SUM, AVG, MIN, MAX and their kin. */
export const aggregateFunctions: readonly SqliteAggregate[] = [];

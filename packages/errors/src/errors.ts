import type { ErrorRow } from './error-row.ts';
import { accessErrors } from './table/access-errors.ts';
import { clusterErrors } from './table/cluster-errors.ts';
import { queryErrors } from './table/query-errors.ts';
import { schemaErrors } from './table/schema-errors.ts';
import { transactionErrors } from './table/transaction-errors.ts';
import { valueErrors } from './table/value-errors.ts';

export type { ErrorRow, RetryClass } from './error-row.ts';

/**
 * The one table of errors. Sources: OceanBase's error reference (names, codes, and the wording of what
 * only it reports) and MySQL 5.7's server error reference (numbers, SQLSTATE, wording). An error
 * that only MySQL has carries MySQL's name and the negated number as its code. New rows go into the
 * group's file in table/.
 */
export const errors = {
  ...accessErrors,
  ...schemaErrors,
  ...queryErrors,
  ...valueErrors,
  ...transactionErrors,
  ...clusterErrors,
} as const satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof errors;

const names = Object.keys(errors) as ErrorName[];
const nameByCode = new Map(names.map((name) => [errors[name].code, name]));

/** @returns the error's name, or undefined for a code that isn't in the table */
export function errorByCode(code: number): ErrorName | undefined {
  return nameByCode.get(code);
}

/** @returns every error that a MySQL client sees under this number */
export function errorsByErrno(errno: number): readonly ErrorName[] {
  return names.filter((name) => errors[name].errno === errno);
}

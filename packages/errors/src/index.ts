export type { ErrorRow, RetryClass } from './error-row.ts';
export { type ErrorName, errorByCode, errors, errorsByErrno } from './errors.ts';
export { isObError, ObError, type ObErrorOptions } from './ob-error.ts';

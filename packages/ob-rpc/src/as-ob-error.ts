import { isObError, ObError } from '@sealane/errors';

/** @returns the error itself when it is ours, otherwise OB_CONNECT_ERROR that says what was being done */
export function asObError(error: unknown, what: string): ObError {
  if (isObError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ObError('OB_CONNECT_ERROR', [], { message: `${what}: ${reason}`, cause: error });
}

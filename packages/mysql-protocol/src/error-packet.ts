import { errors, isObError, ObError } from '@sealane/errors';
import type { Err } from './packets/err.ts';

/**
 * The last step of every failure: OceanBase's code becomes MySQL's number and SQLSTATE here and nowhere else. What is
 * no ObError is our own fault: the client sees "Internal error", the log has the rest.
 */
export function errorPacket(error: unknown): Err {
  const known = isObError(error) ? error : new ObError('OB_ERR_UNEXPECTED', [], { cause: error });
  return { errno: known.errno, sqlState: known.sqlState, message: known.message };
}

/**
 * The way back, for our own client: the table's error of this number, with the server's own message.
 *
 * @returns ObError with details { errno, sqlState } as received; OB_ERR_UNEXPECTED for a number not in the table
 */
export function errorFromPacket({ errno, sqlState, message }: Err): ObError {
  const name =
    errorNames.get(`${errno} ${sqlState} ${message}`) ??
    errorNames.get(`${errno} ${sqlState}`) ??
    errorNames.get(`${errno}`);
  return new ObError(name ?? 'OB_ERR_UNEXPECTED', [], { message, details: { errno, sqlState } });
}

/** Several errors share a number; the SQLSTATE and the text tell most of them apart. The first in the table stands for the rest. */
const errorNames = new Map<string, keyof typeof errors>();
for (const name of Object.keys(errors) as (keyof typeof errors)[]) {
  const { errno, sqlState, message } = errors[name];
  for (const key of [`${errno}`, `${errno} ${sqlState}`, `${errno} ${sqlState} ${message}`]) {
    if (!errorNames.has(key)) errorNames.set(key, name);
  }
}

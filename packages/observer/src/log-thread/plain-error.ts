import { type ErrorName, errors, isObError, ObError } from '@sealane/errors';

/** An error as it goes to the other thread. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export function plainError(error: unknown): PlainError {
  if (!isObError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { name: 'OB_ERR_UNEXPECTED', message, details: {} };
  }
  const details = Object.entries(error.details).filter(([, value]) => isPlain(value));
  return { name: error.name, message: error.message, details: Object.fromEntries(details) };
}

export function obError({ name, message, details }: PlainError): ObError {
  const known = Object.hasOwn(errors, name);
  return new ObError(known ? (name as ErrorName) : 'OB_ERR_UNEXPECTED', [], { message, details });
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}

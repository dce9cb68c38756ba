import type { ErrorRow, RetryClass } from './error-row.ts';
import { type ErrorName, errors } from './errors.ts';

/** What a message template may be filled with. */
type TemplateArgument = string | number | bigint;

export interface ObErrorOptions {
  /** Replaces the table's message where the situation allows a better one. */
  readonly message?: string;
  /** Facts for the log and for whoever handles the error; never a secret or a SQL value. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error class of the product. Match on `name` or `code`, never on the message.
 *
 * The MySQL side (`errno`, `sqlState`) are columns of the same table and are read only where an
 * ERR packet is written.
 */
export class ObError extends Error {
  override readonly name: ErrorName;
  readonly details: Readonly<Record<string, unknown>>;

  /** @param args fill the `%s` and `%d` of the table's message, in order */
  constructor(name: ErrorName, args: readonly TemplateArgument[] = [], options: ObErrorOptions = {}) {
    super(options.message ?? fillTemplate(errors[name].message, args), { cause: options.cause });
    this.name = name;
    this.details = options.details ?? {};
  }

  /** OceanBase's error code, negative. */
  get code(): number {
    return errors[this.name].code;
  }

  /** The number a MySQL client sees. */
  get errno(): number {
    return errors[this.name].errno;
  }

  /** Five characters. */
  get sqlState(): string {
    return errors[this.name].sqlState;
  }

  get retry(): RetryClass {
    const row: ErrorRow = errors[this.name];
    return row.retry;
  }
}

export function isObError(value: unknown, name?: ErrorName): value is ObError {
  return value instanceof ObError && (name === undefined || value.name === name);
}

function fillTemplate(template: string, args: readonly TemplateArgument[]): string {
  let next = 0;
  return template.replace(/%[sd]/g, (placeholder) => {
    const argument = args[next++];
    return argument === undefined ? placeholder : String(argument);
  });
}

import type { ObError } from '@sealane/errors';
import type { ExecutionContext } from '../plan.ts';

let current: ExecutionContext | undefined;

/**
 * Runs `body` with `context` as what functions called from SQLite see. Running is synchronous, so
 * that one variable for the process is enough; runs may nest.
 */
export function withExecution<Result>(context: ExecutionContext, body: () => Result): Result {
  const outer = current;
  current = context;
  try {
    return body();
  } finally {
    current = outer;
  }
}

/** @returns the statement that is running; undefined while a follower applies rows, where no function may need it */
export function currentExecution(): ExecutionContext | undefined {
  return current;
}

let writing = false;

/** Like withExecution, for a statement that writes rows: some warnings are errors then, in strict mode. */
export function withWriting<Result>(context: ExecutionContext, ignore: boolean, body: () => Result): Result {
  const outer = writing;
  writing = !ignore;
  try {
    return withExecution(context, body);
  } finally {
    writing = outer;
  }
}

/** Whether rows are being written, not under IGNORE. */
export function isWriting(): boolean {
  return writing;
}

/**
 * Tells of a value that had to be cut: a warning, or the error itself where rows are written in a strict mode.
 * Source: MySQL's Strict_error_handler.
 */
export function complain(error: ObError): void {
  const execution = currentExecution();
  if (execution === undefined) return;
  const mode = String(execution.variable('sql_mode', 'session') ?? '').toUpperCase();
  if (isWriting() && /STRICT_|TRADITIONAL/.test(mode)) throw error;
  execution.warn('Warning', error.errno, error.message);
}

let failure: unknown;

/**
 * Calls a function for SQLite and remembers what it throws: the driver loses an error that is thrown while an
 * aggregate of ours is at work, and answers nothing.
 */
export function rememberingFailure<Args extends unknown[], Result>(
  call: (...args: Args) => Result,
): (...args: Args) => Result {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
}

/** @returns the last error that a function threw; undefined after it was taken */
export function takeFailure(): unknown {
  const taken = failure;
  failure = undefined;
  return taken;
}

import { ObError } from '@sealane/errors';
import type { ExecutionContext, SessionState, StatementResult } from '@sealane/sql';
import { StorageError } from '@sealane/storage';
import type { ParsedText, SqlEngine } from '../session/sql-engine.ts';
import type { StatementWarnings } from './statement-context.ts';

/** Puts into the session what the next statement may ask about this one. */
export function noteResult(
  state: SessionState,
  parsed: ParsedText,
  result: StatementResult,
  warnings: StatementWarnings,
): void {
  if (result.kind === 'rows') {
    state.rowCount = -1n;
    // With this option the plan itself has counted the rows beyond LIMIT.
    if (!/\bSQL_CALC_FOUND_ROWS\b/i.test(parsed.text)) state.foundRows = BigInt(result.rows.length);
  } else {
    // LAST_INSERT_ID() is the plan's to set: a given key, which the OK packet tells, doesn't count.
    state.rowCount = result.affectedRows;
  }
  if (!showsDiagnostics(parsed)) state.warnings = warnings.kept;
}

/** The error itself is the last of the warnings. */
export function noteFailure(state: SessionState, error: ObError, warnings: StatementWarnings): void {
  state.rowCount = -1n;
  state.warnings = [
    ...warnings.kept.slice(0, 63),
    { level: 'Error', errno: error.errno, message: error.message },
  ];
}

/** SHOW WARNINGS and the like leave what they show. */
function showsDiagnostics({ statement, text }: ParsedText): boolean {
  if (statement.kind === 'show' && 'subject' in statement) {
    return /^(warnings|errors|count-warnings|count-errors)$/.test(String(statement.subject));
  }
  return statement.kind === 'select' && /@@(session\.)?(warning|error)_count/i.test(text);
}

/** Whatever was thrown, as the error that the client is to see. */
export function clientError(error: unknown, engine: SqlEngine, context?: ExecutionContext): ObError {
  return asObError(context === undefined ? error : engine.translateError(error, context));
}

/** The same where no statement is at hand. */
export function asObError(error: unknown): ObError {
  if (error instanceof ObError) return error;
  if (error instanceof StorageError && error.diskFailed) {
    return new ObError('OB_SERVER_OUTOF_DISK_SPACE', [], { cause: error });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new ObError('OB_ERR_UNEXPECTED', [], { message: `Internal error: ${why}`, cause: error });
}

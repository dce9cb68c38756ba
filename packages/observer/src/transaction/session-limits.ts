import { ObError } from '@sealane/errors';
import type { CellValue } from '@sealane/sql';

/** Time limits of a session, in milliseconds. */
export interface SessionLimits {
  /** ob_query_timeout; for a SELECT max_execution_time too, where it is shorter and not 0. */
  readonly statementMs: number;
  readonly lockWaitMs: number;
  readonly transactionMs: number;
  readonly idleTransactionMs: number;
}

type ReadVariable = (name: string) => CellValue | undefined;

export function sessionLimits(variable: ReadVariable): SessionLimits {
  const lockWaitUs = numberOf(variable('ob_trx_lock_timeout'), -1);
  const innodbMs = numberOf(variable('innodb_lock_wait_timeout'), 50) * 1000;
  return {
    statementMs: numberOf(variable('ob_query_timeout'), 10_000_000) / 1000,
    // -1 stands for "as long as the statement may".
    lockWaitMs: lockWaitUs < 0 ? innodbMs : Math.min(innodbMs, lockWaitUs / 1000),
    transactionMs: numberOf(variable('ob_trx_timeout'), 86_400_000_000) / 1000,
    idleTransactionMs: numberOf(variable('ob_trx_idle_timeout'), 86_400_000_000) / 1000,
  };
}

/** max_execution_time, for SELECT only. @returns undefined for no limit */
export function executionTimeMs(variable: ReadVariable): number | undefined {
  const ms = numberOf(variable('max_execution_time'), 0);
  return ms > 0 ? ms : undefined;
}

/** What a SELECT is told whose time is up: which limit it was. */
export function statementTimeout(variable: ReadVariable): ObError {
  const executionMs = executionTimeMs(variable);
  const isExecutionTime = executionMs !== undefined && executionMs < sessionLimits(variable).statementMs;
  return new ObError(isExecutionTime ? 'ER_QUERY_TIMEOUT' : 'OB_TRANS_STMT_TIMEOUT');
}

/** ON and OFF variables are kept as 1 and 0, or as whatever a client once sent. */
export function isOn(value: CellValue | undefined): boolean {
  const text = String(value ?? '').toUpperCase();
  return text === '1' || text === 'ON' || text === 'TRUE';
}

function numberOf(value: CellValue | undefined, otherwise: number): number {
  const number = value === undefined || value === null ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : otherwise;
}

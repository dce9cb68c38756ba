import type { DdlPlan, ExecutionContext, StoredStatement } from '../plan.ts';
import type { OkResult } from '../result.ts';
import { type StoreRules, storeRules } from '../types/store-rules.ts';

/** What a DDL statement comes to. */
export type Compiled = ReturnType<DdlPlan['compile']>;

export function ok(affectedRows = 0n, info = ''): OkResult {
  return { kind: 'ok', affectedRows, lastInsertId: 0n, info };
}

export function done(statements: readonly StoredStatement[]): Compiled {
  return { statements, result: ok() };
}

export function sessionRules(context: ExecutionContext): StoreRules {
  return storeRules(String(context.variable('sql_mode', 'session') ?? ''));
}

/** Whether a variable that is ON or OFF is on. Unknown is on. */
export function isOn(context: ExecutionContext, name: string): boolean {
  const value = context.variable(name, 'session');
  return !(value === 0n || value === 0 || value === '0' || String(value).toUpperCase() === 'OFF');
}

export function nowMs(context: ExecutionContext): number {
  return Number(context.nowUs / 1000n);
}

import type { DdlPlan, SessionState, StatementResult } from '@sealane/sql';
import type { LogRecord, WriteTransaction } from '@sealane/storage';
import type { TenantNode } from '../tenant/tenant-node.ts';
import type { StatementServices } from './services.ts';
import { executionContext, type StatementWarnings } from './statement-context.ts';

/** What a DDL statement did in the open write transaction, to be committed. */
export interface ExecutedDdl {
  readonly result: StatementResult;
  /** Undefined when there is nothing to do, as with IF NOT EXISTS. */
  readonly record: LogRecord | undefined;
}

/**
 * Carries out a DDL statement on the leader first: what fails (a duplicate key for a new UNIQUE index)
 * must fail here, not on every copy.
 */
export function executeDdl(
  plan: DdlPlan,
  write: WriteTransaction,
  node: TenantNode,
  services: StatementServices,
  run: {
    readonly state: SessionState;
    readonly parameters: readonly [];
    readonly warnings: StatementWarnings;
    readonly checkpoint: () => void;
  },
): ExecutedDdl {
  const context = executionContext(node, services, { handle: write, ...run });
  const { statements, then: rows, result } = plan.compile(context);
  for (const { sql, binds } of statements) write.run(sql, binds);
  const typed =
    plan.text === undefined ? {} : { typed: { database: run.state.database ?? '', text: plan.text } };
  if (rows === undefined) {
    const record = { kind: 'statements', statements, ...typed } as const;
    return { result, record: statements.length === 0 ? undefined : record };
  }
  write.record();
  const catalog = services.engine.buildCatalog(
    write.all(services.engine.catalogQuery),
    node.catalog().version + 1,
  );
  const rowsResult = rows.run(executionContext(node, services, { handle: write, catalog, ...run }));
  const changeset = write.changes();
  const record: LogRecord = {
    kind: 'statements',
    statements,
    ...typed,
    ...(changeset === undefined ? {} : { changeset }),
  };
  return { result: rowsResult, record };
}

import type { Step } from '../step.ts';
import type { StepContext } from './carry-out.ts';

/** Asks the new leader to take a log stream over. */
export async function switchLeader(
  context: StepContext,
  step: Extract<Step, { kind: 'switch-leader' }>,
): Promise<void> {
  const tenants = await context.sql.query(
    step.to,
    `SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_ID = ${step.tenantId}`,
  );
  const tenant = tenants[0]?.[0] ?? 'sys';
  await context.sql.query(
    step.to,
    `ALTER SYSTEM SWITCH REPLICA LEADER LS = ${step.lsId} SERVER = '${step.to}' TENANT = ${tenant}`,
  );
}

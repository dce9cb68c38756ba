import type { ClusterView } from '../cluster-view.ts';
import { requireTlsSql } from '../goal.ts';
import type { RequireTls } from '../step.ts';
import type { StepContext } from './carry-out.ts';

/** A tenant's variable, set by root of the sys tenant. */
export async function requireTls(
  context: StepContext,
  { tenant, on }: RequireTls,
  view: ClusterView,
): Promise<void> {
  await context.sql.ask(view, requireTlsSql(tenant, on));
}

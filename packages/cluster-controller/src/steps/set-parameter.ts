import type { ClusterView } from '../cluster-view.ts';
import { setParameterSql } from '../goal.ts';
import type { SetParameter } from '../step.ts';
import type { StepContext } from './carry-out.ts';

/** Sets a cluster parameter through whichever node answers. */
export async function setParameter(
  context: StepContext,
  step: SetParameter,
  view: ClusterView,
): Promise<void> {
  await context.sql.ask(view, setParameterSql(step.name, step.value));
  context.sql.close(); // The next look dials again and so sees what new connections are offered.
}

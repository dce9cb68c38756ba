import type { ClusterView, Server } from '../cluster-view.ts';
import type { StepContext } from './carry-out.ts';

/** Takes the stop flag away. */
export async function startServer(context: StepContext, server: Server, view: ClusterView): Promise<void> {
  await context.sql.ask(view, `ALTER SYSTEM START SERVER '${server}'`, server);
}

import type { Server } from '../cluster-view.ts';
import type { StepContext } from './carry-out.ts';

/** Starts the server's process; that it serves is read back afterwards. */
export async function startProcess(context: StepContext, server: Server): Promise<void> {
  context.sql.forget(server);
  await context.target.start(server);
}

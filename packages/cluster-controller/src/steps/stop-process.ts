import type { Server } from '../cluster-view.ts';
import type { StepContext } from './carry-out.ts';

/** Ends the server's process and waits until it is gone. */
export async function stopProcess(context: StepContext, server: Server): Promise<void> {
  context.sql.forget(server);
  await context.target.stop(server);
}

import type { ClusterView, Server } from '../cluster-view.ts';
import type { StepContext } from './carry-out.ts';
import { requireWallet } from './require-wallet.ts';

/** Ends the server's process and waits until it is gone. A certificate may expire between STOP SERVER and this. */
export async function stopProcess(context: StepContext, server: Server, view: ClusterView): Promise<void> {
  await requireWallet(context, server, view);
  context.sql.forget(server);
  await context.target.stop(server);
}

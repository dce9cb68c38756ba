import type { ClusterView, Server } from '../cluster-view.ts';
import type { StepContext } from './carry-out.ts';
import { requireWallet } from './require-wallet.ts';

/** OceanBase's own check of majority and log sync, then the flag that moves leaders away. */
export async function stopServer(context: StepContext, server: Server, view: ClusterView): Promise<void> {
  await requireWallet(context, server, view);
  await context.sql.ask(view, `ALTER SYSTEM STOP SERVER '${server}'`, server);
}

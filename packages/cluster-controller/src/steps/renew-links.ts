import type { Server } from '../cluster-view.ts';
import { renewLinksSql } from '../goal.ts';
import type { StepContext } from './carry-out.ts';

/** Returns when every new link carries calls; where one doesn't open, the old one stays, and the server's answer says why. */
export async function renewLinks({ sql }: StepContext, server: Server): Promise<void> {
  await sql.query(server, renewLinksSql(server));
}

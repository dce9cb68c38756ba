import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import type { Server } from '../cluster-view.ts';
import type { StepContext } from './carry-out.ts';

const FREEZE_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 100;

/** Writes out the server's memory, so that it has little to replay when it comes back. */
export async function minorFreeze(context: StepContext, server: Server): Promise<void> {
  await context.sql.query(server, `ALTER SYSTEM MINOR FREEZE SERVER = ('${server}')`);
  const deadline = performance.now() + FREEZE_TIMEOUT_MS;
  while ((await runningMerges(context, server)) > 0) {
    if (performance.now() > deadline) throw timedOut(server);
    await delay(POLL_INTERVAL_MS);
  }
}

async function runningMerges(context: StepContext, server: Server): Promise<number> {
  const [ip, port] = server.split(':');
  const rows = await context.sql.query(
    server,
    `SELECT COUNT(*) FROM oceanbase.GV$OB_TABLET_COMPACTION_PROGRESS
     WHERE TYPE = 'MINI_MERGE' AND SVR_IP = '${ip}' AND SVR_PORT = ${port}`,
  );
  return Number(rows[0]?.[0] ?? 0);
}

function timedOut(server: Server): ObError {
  const message = `the minor freeze of ${server} did not end within ${FREEZE_TIMEOUT_MS / 1000} s`;
  return new ObError('OB_TIMEOUT', [], { message });
}

import type { LogEntry } from '@sealane/consensus';
import type { FetchedLog } from '@sealane/ob-rpc';
import type { LogStream } from '../replication/index.ts';

/** Of one piece: a follower that is far behind doesn't hold up what the log does meanwhile. */
const pieceSizeMax = 512 * 1024;
const signOfLifeMs = 500;

/**
 * A tenant's committed entries in their order, until the tenant is dropped here, for a program that follows the log. What is asked for faster than it
 * is read waits at the reader's end of the link.
 *
 * @throws ObError as CommittedLog.entries
 */
export async function* followLog(
  log: Pick<LogStream, 'committed' | 'role'>,
  { afterLsn, isOpen }: { readonly afterLsn: number; isOpen(): boolean },
): AsyncGenerator<FetchedLog> {
  for (let lsn = afterLsn; isOpen(); ) {
    // Before the look: what is committed after it is newer.
    const nowUs = Date.now() * 1000;
    const entries = log.committed.entries(lsn, pieceSizeMax);
    const last = entries.at(-1);
    lsn = last?.lsn ?? lsn;
    yield {
      entries: together(entries),
      endLsn: log.committed.endLsn,
      safeTimeUs: safeTimeUs(log, last, nowUs),
    };
    await log.committed.more(lsn, signOfLifeMs);
  }
}

/** Time of the log never goes back, and a leader gives every entry a later one than its clock shows now. */
function safeTimeUs(log: Pick<LogStream, 'role'>, last: LogEntry | undefined, nowUs: number): number {
  if (last !== undefined) return Number(last.scn / 1000n);
  return log.role().serving ? nowUs : 0;
}

function together(entries: readonly LogEntry[]): Uint8Array {
  return Buffer.concat(entries.map((entry) => entry.bytes));
}

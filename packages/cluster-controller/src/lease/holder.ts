import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { processLives } from './process-lives.ts';

/** Who holds a lease. */
export interface Holder {
  /** Another one for each run, so that nobody takes another's lease for his own. */
  readonly token: string;
  /** The same for all programs of one machine, and for no other's. */
  readonly machine: string;
  readonly pid: number;
  /** For people: `root@host`. */
  readonly who: string;
}

/** This program, as a holder. */
export function thisHolder(): Holder {
  return { token: randomUUID(), machine: machineId(), pid: process.pid, who: `${userName()}@${hostname()}` };
}

/** Whether the holder is a process of this machine that is gone: it will never give its lease back. */
export function isGone(holder: Pick<Holder, 'machine' | 'pid'>, self: Holder): boolean {
  return holder.machine === self.machine && !processLives(holder.pid);
}

/** systemd's machine-id(5), which clones of an image may share, hence the name beside it; the name alone elsewhere. */
function machineId(): string {
  try {
    return `${hostname()} ${readFileSync('/etc/machine-id', 'utf8').trim()}`;
  } catch {
    return hostname();
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'somebody'); // A user id without a name, as in containers.
  }
}

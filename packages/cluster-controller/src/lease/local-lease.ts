import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ObError } from '@sealane/errors';
import { processLives } from './process-lives.ts';

/**
 * Keeps a second controller of this machine away from the same base directory while one is at work; see cluster-lease.ts for other
 * machines.
 *
 * @param file  holds the process id of the controller that works
 * @returns gives the lease back
 * @throws ObError OB_OP_NOT_ALLOW when another one lives
 */
export function takeLocalLease(file: string): () => void {
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (tryTake(file)) return () => rmSync(file, { force: true });
    const holder = leaseHolder(file);
    if (holder !== undefined) {
      const message = `another controller (process ${holder}) is at work on this cluster; wait for it or stop it`;
      throw new ObError('OB_OP_NOT_ALLOW', [], { message, details: { file, holder } });
    }
    rmSync(file, { force: true }); // Its holder is gone: killed before it could give the lease back.
  }
  throw new ObError('OB_OP_NOT_ALLOW', [], {
    message: `can't take the lease ${file}: others keep taking it`,
  });
}

/** The process id of the controller that is at work; undefined when none is. */
export function leaseHolder(file: string): number | undefined {
  const holder = readHolder(file);
  return holder !== undefined && processLives(holder) ? holder : undefined;
}

function tryTake(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

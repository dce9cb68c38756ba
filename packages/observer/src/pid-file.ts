import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';

/**
 * Notes in run/observer.pid that this process works in the base directory, and gives it free at the end.
 *
 * @throws ObError OB_INVALID_CONFIG when another observer is at work there
 */
export function claimBaseDirectory(runDirectory: string): Disposable {
  const file = join(runDirectory, 'observer.pid');
  const other = runningObserver(file);
  if (other !== undefined) {
    throw new ObError('OB_INVALID_CONFIG', [], {
      message: `another observer (pid ${other}) works in this base directory (${file}); stop it first, or give another --data_dir`,
    });
  }
  writeFileSync(file, `${process.pid}\n`);
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

function runningObserver(file: string): number | undefined {
  const pid = Number(read(file));
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
  // A number may have been given to another program since; where the system tells, look.
  const commandLine = read(`/proc/${pid}/cmdline`);
  return commandLine === undefined || commandLine.includes('observer') ? pid : undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // No such file: nobody there.
    return undefined;
  }
}

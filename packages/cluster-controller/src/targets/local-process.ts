import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import type { ProcessState } from '../cluster-view.ts';

/** An observer drains on SIGTERM; after this long it is ended for good, as the documented restart does at once. */
const DRAIN_TIMEOUT_MS = 10_000;
const KILL_TIMEOUT_MS = 5_000;
const POLL_INTERVAL_MS = 15;
const LAST_WORDS_SIZE_MAX = 2_000;

const NOT_RUNNING: ProcessState = { running: false, pid: undefined, instance: undefined };

/**
 * Starts a program of ours that outlives this one; its process id is noted in `run/controller.pid`, what it prints in
 * `log/PROGRAM.out` and `log/PROGRAM.err`.
 */
export function startDetached(directory: string, program: string, command: readonly string[]): number {
  for (const folder of ['etc', 'wallet', 'log', 'store', 'run']) {
    mkdirSync(join(directory, folder), { recursive: true });
  }
  const out = openSync(join(directory, 'log', `${program}.out`), 'a');
  const errors = openSync(errorsFile(directory, program), 'w');
  const [file = process.execPath, ...args] = command;
  const child = spawn(file, args, { cwd: directory, detached: true, stdio: ['ignore', out, errors] });
  closeSync(out);
  closeSync(errors);
  child.on('error', () => undefined); // Seen as "not running" right afterwards.
  child.unref();
  if (child.pid === undefined) {
    throw new ObError('OB_ERR_UNEXPECTED', [], { message: `can't start ${file} in ${directory}` });
  }
  writeFileSync(pidFile(directory), `${child.pid}\n`);
  return child.pid;
}

/** The process that was started in this directory, if it still runs and is not another one with a used-up id. */
export function processIn(directory: string): ProcessState {
  const pid = readPid(directory);
  if (pid === undefined) return NOT_RUNNING;
  const seen = lookUp(pid);
  // While a process becomes another program it has no command line for a moment.
  if (seen === undefined || (seen.command !== '' && !seen.command.includes(directory))) return NOT_RUNNING;
  return { running: true, pid, instance: `${pid} ${seen.startedAt}` };
}

/** Asks it to drain, ends it after a deadline, returns when it is gone. */
export async function stopProcessIn(directory: string): Promise<void> {
  const { running, pid } = processIn(directory);
  if (!running || pid === undefined) return;
  signal(pid, 'SIGTERM');
  if (!(await goneWithin(pid, DRAIN_TIMEOUT_MS))) {
    signal(pid, 'SIGKILL');
    if (!(await goneWithin(pid, KILL_TIMEOUT_MS))) throw stays(pid, directory);
  }
  rmSync(pidFile(directory), { force: true });
}

/** What it wrote to stderr since it was started. */
export function lastWordsIn(directory: string, program: string): string {
  try {
    return readFileSync(errorsFile(directory, program), 'utf8').slice(-LAST_WORDS_SIZE_MAX).trim();
  } catch {
    return '';
  }
}

/** Looks at the process itself: its pid file goes a moment earlier. */
async function goneWithin(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (lookUp(pid) !== undefined) {
    if (performance.now() > deadline) return false;
    await delay(POLL_INTERVAL_MS);
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone in the meantime, which is what was wanted.
  }
}

function lookUp(pid: number): { command: string; startedAt: string } | undefined {
  return process.platform === 'linux' ? lookUpInProc(pid) : lookUpWithPs(pid);
}

/** Field 22 of /proc/PID/stat is the start time; the name before it may hold spaces, so count after its bracket. */
function lookUpInProc(pid: number): { command: string; startedAt: string } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    if (fields[0] === 'Z') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { command, startedAt: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function lookUpWithPs(pid: number): { command: string; startedAt: string } | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=,command=', '-p', String(pid)], {
      encoding: 'utf8',
    }).trim();
    return text === '' ? undefined : { startedAt: text.slice(0, 24), command: text.slice(24) };
  } catch {
    return undefined;
  }
}

function readPid(directory: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile(directory), 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function stays(pid: number, directory: string): ObError {
  const message = `process ${pid} in ${directory} does not end, not even when killed; look at it with ps`;
  return new ObError('OB_TIMEOUT', [], { message });
}

/** Our own note: the observer takes its `observer.pid` away a moment before it is gone, or without being gone. */
function pidFile(directory: string): string {
  return join(directory, 'run', 'controller.pid');
}

function errorsFile(directory: string, program: string): string {
  return join(directory, 'log', `${program}.err`);
}

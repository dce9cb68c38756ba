import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FileCopy, FileTask, FileTaskResults } from './file-task.ts';

/** A file of a database couldn't be copied, read through, or made durable. */
export class DatabaseFileError extends Error {
  override readonly name = 'DatabaseFileError';
}

/**
 * Copies a tenant's file as it is at one moment, in a thread of its own; its writer and its readers
 * go on. The copy is on the disk and checked when the promise is fulfilled.
 *
 * @throws DatabaseFileError when it can't be read or written; what was written of the copy is gone
 */
export async function copyDatabaseFile(
  options: { readonly file: string; readonly target: string; readonly bytesPerSecondMax: number },
  signal?: AbortSignal,
): Promise<FileCopy> {
  try {
    return await runFileTask({ kind: 'copy', ...options }, signal);
  } catch (error) {
    for (const suffix of ['', '-journal']) rmSync(`${options.target}${suffix}`, { force: true });
    throw error;
  }
}

/** Reads a copy through: its LSN, its hash, whether its pages are whole. @throws DatabaseFileError when they aren't */
export function checkDatabaseFile(file: string): Promise<FileCopy> {
  return runFileTask({ kind: 'check', file });
}

/**
 * Everything that was committed before the call is on the disk when the promise is fulfilled, and as much
 * of it as no reader stands in the way of has left the write-ahead file.
 *
 * @throws DatabaseFileError, Error when the disk refuses
 */
export async function makeDatabaseFileDurable(file: string): Promise<void> {
  await runFileTask({ kind: 'checkpoint', file });
  // The database file itself must not be opened here: closing it would drop SQLite's locks on it, which are the process's.
  const writeAhead = await open(`${file}-wal`, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (writeAhead === undefined) return;
  try {
    await writeAhead.sync();
  } finally {
    await writeAhead.close();
  }
}

/**
 * Puts a checked copy in the place of a database that nobody in this process has open. After a crash the old
 * file may be there without its write-ahead file: whoever calls this must know how to call it again then.
 */
export function putDatabaseFile(copy: string, file: string): void {
  // Frames of the old file must not be taken for the new one's.
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  syncDirectory(dirname(file));
  renameSync(copy, file);
  syncDirectory(dirname(file));
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function runFileTask<Task extends FileTask>(
  task: Task,
  signal?: AbortSignal,
): Promise<FileTaskResults[Task['kind']]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./file-worker.ts', import.meta.url), { workerData: task });
    const abort = (): void => void worker.terminate();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    worker.once('message', resolve);
    worker.once('error', (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      reject(new DatabaseFileError(`${task.kind} of ${task.file} failed: ${reason}`, { cause: error }));
    });
    worker.once('exit', () => {
      signal?.removeEventListener('abort', abort);
      reject(new DatabaseFileError(`${task.kind} of ${task.file} was given up`));
    });
  });
}

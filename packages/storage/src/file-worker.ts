import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { readAppliedLsn } from './applied-lsn.ts';
import { Database } from './database.ts';
import type { CheckTask, CopyTask, FileCopy, FileTask } from './file-task.ts';
import { quoteName } from './table-shape.ts';

const pagesPerStep = 256;
const hashPieceSize = 1024 * 1024;

/** A thread for one task with one file; it may block as long as it likes. */

parentPort?.postMessage(await run(workerData as FileTask));

function run(task: FileTask): Promise<FileCopy> | FileCopy | null {
  switch (task.kind) {
    case 'copy':
      return copy(task);
    case 'check':
      return check(task);
    case 'checkpoint':
      return checkpoint(task.file);
  }
}

/**
 * SQLite copies page by page under one read transaction: however long it takes, it is one state, and
 * writers go on. What they write meanwhile stays in the write-ahead file, so that too slow isn't good either.
 */
async function copy({ file, target, bytesPerSecondMax }: CopyTask): Promise<FileCopy> {
  rmSync(target, { force: true });
  const source = open(file, true);
  try {
    source.execute('BEGIN');
    readAppliedLsn(source);
    const startedAtMs = performance.now();
    await source.copyTo(target, pagesPerStep, (copiedSize) => {
      const aheadMs = (copiedSize / bytesPerSecondMax) * 1000 - (performance.now() - startedAtMs);
      if (aheadMs > 1) sleep(aheadMs);
    });
  } finally {
    source.close();
  }
  // What piled up in the write-ahead file would otherwise be moved by the next commit, on the thread that serves.
  checkpoint(file);
  return check({ kind: 'check', file: target });
}

/** The copy as it is on the disk: its hash, its LSN, and SQLite's own opinion of its pages. */
function check({ file }: CheckTask): FileCopy {
  const { sizeBytes, sha256 } = hashFile(file);
  // Immutable: opened like an ordinary database it would get a write-ahead file beside it.
  const database = open(`${pathToFileURL(file).href}?immutable=1`, true);
  try {
    const lsn = readAppliedLsn(database);
    checkPages(database, file);
    return { lsn, sizeBytes, sha256 };
  } finally {
    database.close();
  }
}

/** Passive: waits for nobody, and lets nobody wait. The rest is moved by a later one. */
function checkpoint(file: string): null {
  const database = open(file, false);
  try {
    database.all('PRAGMA wal_checkpoint(PASSIVE)');
  } finally {
    database.close();
  }
  return null;
}

function checkPages(database: Database, file: string): void {
  database.execute('PRAGMA ignore_check_constraints = ON');
  const tables = database.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  for (const [name] of tables) {
    const [flaw] = flawsOf(database, String(name));
    if (flaw !== undefined) throw new Error(`${file} is damaged: ${flaw}`);
  }
}

function flawsOf(database: Database, table: string): string[] {
  try {
    const rows = database.all(`PRAGMA quick_check(${quoteName(table)})`);
    return rows.map(([text]) => String(text)).filter((text) => text !== 'ok');
  } catch (error) {
    // Generated columns call functions that only the serving thread has; the hash still speaks for this table.
    if (error instanceof Error && error.message.includes('unknown function')) return [];
    throw error;
  }
}

/** Reads what the disk gives after everything was forced to it. */
function hashFile(path: string): { sizeBytes: number; sha256: string } {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
    const hash = createHash('sha256');
    const piece = new Uint8Array(hashPieceSize);
    let sizeBytes = 0;
    for (;;) {
      const count = readSync(file, piece, 0, piece.length, sizeBytes);
      if (count === 0) return { sizeBytes, sha256: hash.digest('hex') };
      hash.update(piece.subarray(0, count));
      sizeBytes += count;
    }
  } finally {
    closeSync(file);
  }
}

function open(file: string, readOnly: boolean): Database {
  return new Database({ file, readOnly, functions: [], aggregates: [], cacheSizeKib: 2048 });
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

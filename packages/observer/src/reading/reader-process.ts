import { constants, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { createSqlEngine, sqlFunctions } from '../session/sql-binding.ts';
import { type FromReader, piecesAhead, type ToReader } from './read-job.ts';
import { Reader } from './reader.ts';

/**
 * A process of its own for reads that take long: it can be killed, as SQLite in Node can't be interrupted. Started by
 * ReaderChild, with which it speaks in the messages of read-job.ts.
 */
const reader = new Reader(createSqlEngine(), sqlFunctions);
let answer: Generator<FromReader, undefined> | undefined;
let credit = 0;

process.on('message', (message: ToReader) => {
  if (message.kind === 'read') {
    answer = reader.read(message.job);
    credit = piecesAhead;
  } else if (message.kind === 'more') credit += 1;
  else reader.forget();
  sendPieces();
});
process.on('disconnect', () => process.exit(0));
endWithParent(Number(process.argv[2]));
// Point reads come first on a small machine. Not before: a start that takes long helps nobody.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

function sendPieces(): void {
  while (credit > 0 && answer !== undefined) {
    const { value } = answer.next();
    if (value === undefined) return;
    credit -= 1;
    const isLast = value.kind === 'done' || value.kind === 'failed';
    // The state that was read is let go before the next read can come.
    if (isLast) answer.return(undefined);
    if (isLast) answer = undefined;
    process.send?.(value);
  }
}

/** A parent that was killed can't say so, and this thread may be busy in SQLite: another one looks. */
function endWithParent(parent: number): void {
  const watch = `setInterval(() => { if (process.ppid !== ${parent}) process.kill(process.pid, 'SIGKILL'); }, 500)`;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}

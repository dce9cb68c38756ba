import { ObError } from '@sealane/errors';
import { ReaderPool } from '../../src/reading/reader-pool.ts';
import { endless, jobOf } from './read-jobs.ts';

/** Starts a read that takes for ever on the file it is given, and tells its parent which process runs it. */
const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const pool = new ReaderPool({ logger });
pool
  .read(jobOf(process.argv[2] ?? '', endless), {
    signal: new AbortController().signal,
    timeoutMs: 600_000,
    timeoutError: () => new ObError('OB_TRANS_STMT_TIMEOUT'),
  })
  .catch(() => undefined);
process.send?.(pool.processes[0]?.pid);

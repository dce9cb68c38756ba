import { ObError } from '@sealane/errors';
import { ReaderPool } from '../../src/reading/reader-pool.ts';

/** Starts a read that takes for ever on the file it is given, and tells its parent which process runs it. */
const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const pool = new ReaderPool({ logger });
const numbers = 'with recursive r (i) as (select 1 union all select i + 1 from r where i < 999)';
pool
  .read(
    {
      tenantId: 1002,
      file: process.argv[2] ?? '',
      text: `${numbers} select count(*) from r a, r b, r c, r d`,
      parameters: [],
      state: {
        connectionId: 1,
        tenantId: 1002,
        tenant: 'test',
        user: 'root',
        clientHost: '127.0.0.1',
        accountHost: '%',
        database: 'test',
        variables: {},
        userVariables: {},
        lastInsertId: 0n,
        rowCount: 0n,
        foundRows: 0n,
        warnings: [],
      },
      nowUs: 0n,
      nodeVariables: {},
      stateNumber: 0,
      virtualTables: [],
    },
    {
      signal: new AbortController().signal,
      timeoutMs: 600_000,
      timeoutError: () => new ObError('OB_TRANS_STMT_TIMEOUT'),
    },
  )
  .catch(() => undefined);
process.send?.(pool.processes[0]?.pid);

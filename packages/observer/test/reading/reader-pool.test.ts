import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import { initialStatements } from '@sealane/sql';
import { openTenantDatabase } from '@sealane/storage';
import t, { type Test } from 'tap';
import type { Rows } from '../../src/reading/read-job.ts';
import type { ReadAnswer, ReadLimits } from '../../src/reading/reader-child.ts';
import { ReaderPool, type ReaderPoolOptions } from '../../src/reading/reader-pool.ts';
import { sqlFunctions } from '../../src/session/sql-binding.ts';
import { storeVariables, variableSchema } from '../../src/tenant/global-variables.ts';
import { endless, jobOf, numbers } from './read-jobs.ts';

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const PATIENCE_MS = 30_000;

t.setTimeout(120_000);

t.test('reads run side by side up to the bound, and the next one takes over a process', async (t) => {
  const { pool, read } = open(t, { countMax: 2 });

  t.strictSame(await whole(await read('select 1 + 1, now(), @a')), [[2n, '2023-11-14 22:13:20', 'mine']]);
  t.equal(pool.processes.length, 1);
  const first = new AbortController();
  const interrupted = t.rejects(read(endless, { signal: first.signal }), {
    name: 'OB_ERR_QUERY_INTERRUPTED',
  });
  const late = t.rejects(read(endless, { timeoutMs: 1_500 }), { name: 'OB_TRANS_STMT_TIMEOUT' });
  const waiting = read('select 3');
  t.equal(pool.processes.length, 2);
  t.equal(pool.waitingCount, 1);
  await t.rejects(read(endless, { timeoutMs: 5 }), { name: 'OB_TRANS_STMT_TIMEOUT' }, 'waiting counts too');
  first.abort(new ObError('OB_ERR_QUERY_INTERRUPTED'));
  await interrupted;
  t.strictSame(await whole(await waiting), [[3n]]);
  await late;
});

t.test('more than may wait are refused, and an interrupted one no longer waits', async (t) => {
  const { pool, read } = open(t, { countMax: 1, waitingMax: 1 });
  const interrupt = new AbortController();
  const busy = t.rejects(read(endless, { signal: interrupt.signal }), { name: 'OB_ERR_QUERY_INTERRUPTED' });
  const waits = new AbortController();
  const waiting = t.rejects(read('select 1', { signal: waits.signal }), { name: 'OB_ERR_QUERY_INTERRUPTED' });

  await t.rejects(read('select 2'), { name: 'OB_QUEUE_OVERFLOW' });
  waits.abort(new ObError('OB_ERR_QUERY_INTERRUPTED'));
  await waiting;
  t.equal(pool.waitingCount, 0);
  interrupt.abort(new ObError('OB_ERR_QUERY_INTERRUPTED'));
  await busy;
});

t.test('a process that dies fails its read alone; an idle one ends', async (t) => {
  const { pool, read } = open(t, { countMax: 1, idleMs: 50 });
  const busy = t.rejects(read(endless), {
    name: 'OB_ERR_UNEXPECTED',
    message: /ended by itself \(SIGKILL\)/,
  });
  const waiting = read('select 7');
  const { pid } = pool.processes[0] ?? {};
  t.ok(pid !== undefined);
  process.kill(pid as number, 'SIGKILL');

  await busy;
  t.strictSame(await whole(await waiting), [[7n]]);
  await until(() => pool.processes.length === 0);
  t.strictSame(await whole(await read('select 8')), [[8n]], 'another one is started');
});

t.test('errors and warnings of the statement come back, and the process goes on', async (t) => {
  const { pool, read } = open(t, { countMax: 1 });

  await t.rejects(read('select * from nothing'), { name: 'OB_TABLE_NOT_EXIST', message: /test\.nothing/ });
  await t.rejects(read("select json_extract('{', '$.a')"), { name: /JSON/ });
  const answer = await read("select cast('7x' as signed)");
  t.match(answer.kind === 'whole' && answer.done.warnings, { count: 1, kept: [{ errno: 1292 }] });
  t.equal(pool.processes.length, 1);
});

t.test('global variables are as the tenant stored them, NULL too, or as delivered', async (t) => {
  const { read } = open(t, { countMax: 1 });

  const answer = await read('select @@global.character_set_results, @@global.character_set_client');
  t.strictSame(await whole(answer), [[null, 'utf8mb4']]);
});

t.test('rows are made no faster than they are taken, and need not be taken', async (t) => {
  const { pool, read } = open(t, { countMax: 1 });
  const large = `${numbers} select repeat('x', 1000), a.i from r a, r b limit 20000`;
  await read('select 1');
  const answer = await read(large, { timeoutMs: 5_000 });
  if (answer.kind !== 'begun') throw new Error('it came at once');
  // Longer than its time: the clock stands while nobody takes rows.
  await delay(5_500);
  let count = answer.rows.length;
  let ended = 0;
  for await (const rows of answer.rest(() => ended++)) count += rows.length;

  t.equal(count, 20_000);
  t.equal(ended, 1);
  const unread = await read(large);
  if (unread.kind !== 'begun') throw new Error('it came at once');
  unread.rest(() => undefined).cancel();
  t.strictSame(await whole(await read('select 9')), [[9n]]);
  t.equal(pool.waitingCount, 0);
});

t.test('clients that take no rows keep nobody from reading', async (t) => {
  const { pool, read } = open(t, { countMax: 1, processesMax: 3, idleMs: 50 });
  const large = `${numbers} select repeat('x', 1000), a.i from r a, r b limit 50000`;
  const slow = await Promise.all([read(large), read(large)]);

  t.strictSame(await whole(await read('select 9')), [[9n]]);
  t.equal(pool.processes.length, 3);
  await t.rejects(read('select sleep(10)', { timeoutMs: 100 }), { name: 'OB_TRANS_STMT_TIMEOUT' });
  for (const each of slow) if (each.kind === 'begun') each.rest(() => undefined).cancel();
  await until(() => pool.processes.length === 0);
});

t.test('a process ends with its parent, also in the middle of a statement', async (t) => {
  const parent = fork(join(import.meta.dirname, 'reading-parent.ts'), [tenantFile(t)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [reader] = (await once(parent, 'message')) as [number];
  await delay(300);
  parent.kill('SIGKILL');

  await until(() => !exists(reader));
  t.pass();
});

interface Opened {
  readonly pool: ReaderPool;
  read(text: string, limits?: Partial<ReadLimits>): Promise<ReadAnswer>;
}

function open(t: Test, options: Omit<ReaderPoolOptions, 'logger'>): Opened {
  const file = tenantFile(t);
  const pool = new ReaderPool({ logger, ...options });
  t.teardown(() => pool.close());
  return {
    pool,
    read: (text, limits) =>
      pool.read(jobOf(file, text), {
        signal: new AbortController().signal,
        timeoutMs: PATIENCE_MS,
        timeoutError: () => new ObError('OB_TRANS_STMT_TIMEOUT'),
        ...limits,
      }),
  };
}

function tenantFile(t: Test): string {
  const file = join(t.testdir(), 'data.sqlite');
  const database = openTenantDatabase({ file, ...sqlFunctions });
  const write = database.begin({ recorded: false });
  for (const { sql, binds } of [...initialStatements(), variableSchema]) write.run(sql, binds);
  storeVariables(write, [{ name: 'character_set_results', value: null }]);
  write.commit(1);
  t.teardown(() => database.close());
  return file;
}

async function whole(answer: ReadAnswer): Promise<Rows> {
  if (answer.kind === 'whole' && answer.done.result.kind === 'rows') return answer.done.result.rows;
  throw new Error('the answer came in pieces, or has no rows');
}

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${PATIENCE_MS} ms: ${condition}`);
    await delay(10);
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

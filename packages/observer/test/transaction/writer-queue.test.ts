import { ObError } from '@sealane/errors';
import t from 'tap';
import { SavepointStack } from '../../src/transaction/savepoint-stack.ts';
import { executionTimeMs, isOn, sessionLimits } from '../../src/transaction/session-limits.ts';
import { WriterQueue } from '../../src/transaction/writer-queue.ts';

t.test('the place goes from hand to hand in the order of asking, and nobody steps in between', async (t) => {
  const queue = new WriterQueue();
  const order: number[] = [];
  const first = await queue.acquire({ timeoutMs: 1000 });
  const waiting = [1, 2, 3].map(async (number) => {
    const release = await queue.acquire({ timeoutMs: 1000 });
    order.push(number);
    await new Promise((resolve) => setImmediate(resolve));
    release();
  });
  first();
  first();
  const late = queue.acquire({ timeoutMs: 1000 }).then((release) => {
    order.push(4);
    release();
  });
  await Promise.all([...waiting, late]);

  t.strictSame(order, [1, 2, 3, 4]);
  t.equal(queue.taken, false);
});

t.test('a wait ends with its time, its signal, a refusal, or at once where too many wait', async (t) => {
  const queue = new WriterQueue(2);
  const release = await queue.acquire({ timeoutMs: 0 });
  const controller = new AbortController();
  const interrupted = queue.acquire({ timeoutMs: 1000, signal: controller.signal });
  const late = queue.acquire({ timeoutMs: 5 });
  await t.rejects(queue.acquire({ timeoutMs: 1000 }), { name: 'OB_ERR_EXCLUSIVE_LOCK_CONFLICT' }, 'too many');
  await t.rejects(late, { name: 'OB_ERR_EXCLUSIVE_LOCK_CONFLICT' });
  controller.abort(new ObError('OB_ERR_QUERY_INTERRUPTED'));
  await t.rejects(interrupted, { name: 'OB_ERR_QUERY_INTERRUPTED' });
  await t.rejects(queue.acquire({ timeoutMs: 1000, signal: controller.signal }), {
    name: 'OB_ERR_QUERY_INTERRUPTED',
  });
  const refused = queue.acquire({ timeoutMs: 1000 });
  queue.refuseAll(new ObError('OB_NOT_MASTER'));
  await t.rejects(refused, { name: 'OB_NOT_MASTER' });
  t.equal(queue.waitingCount, 0);
  release();

  await t.resolves(queue.acquire({ timeoutMs: 0 }));
});

t.test('savepoints are names first and SQLite’s from the first write on', (t) => {
  const calls: string[] = [];
  const stack = new SavepointStack();
  stack.set('a');
  stack.set('B');
  stack.set('a');
  stack.attach({
    savepoint: (name) => calls.push(`set ${name}`),
    rollbackTo: (name) => calls.push(`back ${name}`),
    release: (name) => calls.push(`release ${name}`),
  });
  t.strictSame(calls, ['set session_2', 'set session_3'], 'in the order in which they were set last');
  stack.rollbackTo('b');
  t.throws(() => stack.rollbackTo('A'), {
    name: 'OB_SAVEPOINT_NOT_EXIST',
    message: 'SAVEPOINT A does not exist',
  });
  stack.set('c');
  stack.set('C');
  stack.release('b');
  t.throws(() => stack.release('c'), { name: 'OB_SAVEPOINT_NOT_EXIST' }, 'younger ones go with it');

  t.strictSame(calls.slice(2), [
    'back session_2',
    'set session_4',
    'release session_4',
    'set session_5',
    'release session_2',
  ]);
  t.end();
});

t.test('limits come from the session’s variables', (t) => {
  const limits = (values: Record<string, bigint>) => sessionLimits((name) => values[name]);

  t.strictSame(limits({}), {
    statementMs: 10_000,
    lockWaitMs: 50_000,
    transactionMs: 86_400_000,
    idleTransactionMs: 86_400_000,
  });
  t.match(limits({ ob_query_timeout: 1_500n, ob_trx_lock_timeout: 2_000n }), {
    statementMs: 1.5,
    lockWaitMs: 2,
  });
  t.match(limits({ ob_trx_lock_timeout: -1n, innodb_lock_wait_timeout: 3n }), { lockWaitMs: 3000 });
  t.equal(
    executionTimeMs(() => 0n),
    undefined,
  );
  t.equal(
    executionTimeMs(() => 250n),
    250,
  );
  t.strictSame(['ON', 1n, 'true', 'OFF', 0, null, undefined].map(isOn), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  t.end();
});

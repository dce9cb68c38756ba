import { join } from 'node:path';
import { encodeLogRecord, openTenantDatabase } from '@sealane/storage';
import t, { type Test } from 'tap';
import { type FreezeFacts, keptFrom, type LogBounds, LogKeeper } from '../../src/snapshot/log-keeper.ts';
import { deadlineAfter, waitUntil } from '../../src/wait.ts';

const mib = 2 ** 20;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

// Worker threads take their time to start where the machine is busy.
t.setTimeout(120_000);

t.test('a freeze frees what is durably in the file, and says so once it has', async (t) => {
  const { keeper, log, frozen } = keeperOf(t, { appliedLsn: 8 });
  log.maxLsn = 10;

  await keeper.freeze();

  t.strictSame(log.cuts, [8], 'not what is only in the log');
  t.strictSame(frozen, [
    { tenantId: 1002, checkpointLsn: 8, baseLsn: 8, logSizeBytes: 2 * mib, automatic: false },
  ]);
  await keeper.freeze();
  t.equal(frozen.length, 1, 'nothing more to free');
});

t.test('a tail stays, and everything that a copy being read needs', async (t) => {
  const { keeper, log, bounds, hold } = keeperOf(t, { appliedLsn: 10 });
  log.maxLsn = 10;
  bounds.tailSize = 3 * mib;
  await keeper.freeze();
  t.strictSame(log.cuts, [7], 'of entries of one MiB, three are left');

  bounds.tailSize = 0;
  hold.lsn = 9;
  await keeper.freeze();
  t.strictSame(log.cuts, [7, 9]);
  hold.lsn = undefined;
  await keeper.freeze();
  t.strictSame(log.cuts, [7, 9, 10]);
});

t.test('while the file is about to be replaced, nothing is freed', async (t) => {
  const { keeper, log, hold } = keeperOf(t, { appliedLsn: 10 });
  log.maxLsn = 10;
  hold.rebuilding = true;
  await keeper.freeze();
  t.strictSame(log.cuts, []);
});

t.test('a log that has grown too large is freed by itself', async (t) => {
  const { keeper, log, bounds, frozen } = keeperOf(t, { appliedLsn: 10 });
  log.maxLsn = 7;
  bounds.sizeMax = 10 * mib;
  keeper.start();
  t.notOk(await waitUntil(() => log.cuts.length > 0, deadlineAfter(50), 5), 'at 70 of 80 percent');

  log.maxLsn = 9;
  t.ok(await waitUntil(() => frozen.length > 0, deadlineAfter(5_000), 5));
  t.match(frozen, [{ automatic: true, baseLsn: 9 }]);
});

t.test('a disk that refuses leaves the log as it is', async (t) => {
  const { keeper, log } = keeperOf(t, { appliedLsn: 10, file: '/nowhere/data.sqlite' });
  log.maxLsn = 10;
  await t.rejects(keeper.freeze(), { name: 'DatabaseFileError' });
  t.strictSame(log.cuts, []);
});

t.test('the tail is counted in entries of the usual size', (t) => {
  const bounds = { sizeMax: 100 * mib, thresholdPercent: 80, tailSize: 2 * mib };
  t.equal(keptFrom({ baseLsn: 100, maxLsn: 110, logSizeBytes: 10 * mib }, bounds), 108);
  t.equal(
    keptFrom({ baseLsn: 5, maxLsn: 5, logSizeBytes: 32 }, bounds) < 5,
    true,
    'an empty log loses nothing',
  );
  t.end();
});

/** A log of entries of one MiB each, and a real file. */
function keeperOf(t: Test, start: { appliedLsn: number; file?: string }) {
  const file = join(t.testdir(), 'data.sqlite');
  const database = openTenantDatabase({ file, functions: [], aggregates: [] });
  const sql = 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)';
  database.apply(1, encodeLogRecord({ kind: 'statements', statements: [{ sql, binds: [] }] }));
  const bounds: { -readonly [Key in keyof LogBounds]: LogBounds[Key] } = {
    sizeMax: 100 * mib,
    thresholdPercent: 80,
    tailSize: 0,
  };
  const hold = { lsn: undefined as number | undefined, rebuilding: false };
  const log = {
    baseLsn: 0,
    maxLsn: 0,
    cuts: [] as number[],
    status: async () => ({
      baseLsn: log.baseLsn,
      maxLsn: log.maxLsn,
      logSizeBytes: (log.maxLsn - log.baseLsn) * mib,
    }),
    truncateBefore: async (lsn: number) => {
      log.cuts.push(lsn);
      log.baseLsn = Math.min(lsn, log.maxLsn);
    },
  };
  const frozen: FreezeFacts[] = [];
  const keeper = new LogKeeper({
    tenantId: 1002,
    file: start.file ?? file,
    appliedLsn: () => start.appliedLsn,
    log,
    holdLsn: () => hold.lsn,
    rebuilding: () => hold.rebuilding,
    bounds: () => bounds,
    logger: silent,
    frozen: (facts) => frozen.push(facts),
    intervalMs: 5,
  });
  t.teardown(() => {
    keeper.stop();
    database.close();
  });
  return { keeper, log, bounds, hold, frozen };
}

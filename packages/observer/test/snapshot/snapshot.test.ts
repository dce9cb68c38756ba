import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { encodeLogRecord, openTenantDatabase, type TenantDatabase } from '@sealane/storage';
import t, { type Test } from 'tap';
import type { StreamClient } from '../../src/log-thread/stream-client.ts';
import type { LogPosition } from '../../src/snapshot/log-position.ts';
import { ReplicaRebuild } from '../../src/snapshot/replica-rebuild.ts';
import { fetchSnapshot } from '../../src/snapshot/snapshot-fetch.ts';
import {
  decide,
  forgetDecision,
  recoverInstallation,
  type TenantFiles,
  tenantFiles,
} from '../../src/snapshot/snapshot-install.ts';
import { SnapshotSource } from '../../src/snapshot/snapshot-source.ts';
import {
  closeRequest,
  openAnswerBody,
  openRequest,
  readRequest,
  snapshotPcodes,
} from '../../src/snapshot/snapshot-wire.ts';
import { TenantCopies } from '../../src/snapshot/tenant-copies.ts';

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const fast = 1024 * 1024 * 1024;
const members = ['10.0.0.1:2882', '10.0.0.2:2882', '10.0.0.3:2882'];
const [leader = '', follower = ''] = members;

// Worker threads take their time to start where the machine is busy.
t.setTimeout(120_000);

t.test(
  'a follower without anything takes over the file of the leader, and its log begins there',
  async (t) => {
    const { source, mesh, ahead } = leaderWith(t, 3_000);
    const { files, database, rebuild, log } = followerOf(t, mesh);

    rebuild.request({ from: leader, lsn: 2 });
    rebuild.request({ from: leader, lsn: 2 });
    await log.reset;

    t.strictSame(log.resets, [{ lsn: ahead.appliedLsn, term: 7, scn: 42n, members }]);
    t.equal(database.appliedLsn, ahead.appliedLsn);
    t.equal(database.digest().digest, ahead.digest().digest);
    await rebuild.stop();
    t.strictSame(readdirSync(files.directory).sort(), [
      'data.sqlite',
      'data.sqlite-shm',
      'data.sqlite-wal',
      'log',
    ]);
    t.equal(source.holdLsn, undefined, 'the leader has removed its copy');
    t.equal(log.failures, 0);
  },
);

t.test(
  'a transfer goes on where a broken link has cut it, and begins anew when the copy is gone',
  async (t) => {
    const { mesh, source, ahead, outgoing } = leaderWith(t, 3_000);
    const offsets: number[] = [];
    let calls = 0;
    const breaking = {
      call: async (server: string, pcode: number, body: unknown) => {
        calls += 1;
        if (calls % 3 === 0) throw new ObError('OB_RPC_SEND_ERROR');
        if (pcode === snapshotPcodes.read) {
          const { offset, id } = readRequest(body);
          offsets.push(offset);
          if (offsets.length === 3) await source.close(id, follower);
        }
        return mesh.call(server, pcode, body);
      },
    };

    const target = join(t.testdir({}), 'incoming.sqlite');
    const offer = await fetchSnapshot({
      mesh: breaking,
      tenantId: 1002,
      from: leader,
      lsn: 1,
      target,
      bytesPerSecondMax: fast,
      signal: new AbortController().signal,
      retryMs: 1,
    });

    t.equal(
      offsets.filter((offset) => offset === 0).length,
      2,
      `twice from the beginning: ${offsets.join(' ')}`,
    );
    const copy = openTenantDatabase({ file: target, functions: [], aggregates: [] });
    t.equal(copy.digest().digest, ahead.digest().digest);
    t.equal(offer.position.lsn, ahead.appliedLsn);
    copy.close();
    await source.stop();
    t.strictSame(readdirSync(outgoing), [], 'nothing of it is left at the leader');
  },
);

t.test('a piece or a file that came changed is not taken', async (t) => {
  const { mesh, source } = leaderWith(t, 500);
  t.teardown(() => source.stop());
  let reads = 0;
  const changing = {
    call: async (server: string, pcode: number, body: unknown) => {
      const answer = await mesh.call(server, pcode, body);
      if (pcode === snapshotPcodes.open && (answer as { state: string }).state === 'ready')
        return { ...(answer as object), sha256: 'another' };
      if (pcode !== snapshotPcodes.read) return answer;
      reads += 1;
      const { bytes, crc32 } = answer as { bytes: Uint8Array; crc32: number };
      return reads === 1 ? { bytes: bytes.map((byte, at) => (at === 5 ? byte ^ 1 : byte)), crc32 } : answer;
    },
  };
  const { database, rebuild, log } = followerOf(t, changing);

  rebuild.request({ from: leader, lsn: 1 });
  await log.failed;

  t.ok(reads >= 2, 'the changed piece was asked for again');
  t.equal(database.appliedLsn, 0, 'the file with another hash was not taken');
  t.strictSame(log.resets, []);
});

t.test('a source that is silent for too long is given up', async (t) => {
  const { rebuild, log } = followerOf(
    t,
    { call: () => Promise.reject(new ObError('OB_TIMEOUT')) },
    { patienceMs: 20 },
  );
  rebuild.request({ from: leader, lsn: 1 });
  await log.failed;
  t.equal(rebuild.running, false);
});

t.test('a file that can’t be put in place ends the node, and the next start goes on', async (t) => {
  const { mesh, ahead } = leaderWith(t, 10);
  const { files, database, rebuild, log } = followerOf(t, mesh);
  log.refuses = true;
  rebuild.request({ from: leader, lsn: 1 });
  await log.failed;
  t.equal(log.fatal, 'OB_IO_ERROR');

  database.close();
  t.strictSame(recoverInstallation(files)?.lsn, ahead.appliedLsn);
  const again = openTenantDatabase({ file: files.database, functions: [], aggregates: [] });
  t.equal(again.digest().digest, ahead.digest().digest);
  again.close();
});

t.test(
  'a leader that is behind what is asked for says so, and makes a new copy when the old one is too old',
  async (t) => {
    const { source, ahead } = leaderWith(t, 10);
    t.teardown(() => source.stop());
    t.throws(() => source.open({ lsn: ahead.appliedLsn + 1 }, follower), { name: 'OB_EAGAIN' });

    const first = await opened(source, 1);
    t.equal(source.holdLsn, first.position.lsn, 'the log is kept from there');
    await source.close(first.id, follower);
    insert(ahead, 1);
    const second = await opened(source, ahead.appliedLsn);
    t.not(second.id, first.id);
    await t.rejects(source.read({ id: first.id, offset: 0, size: 1 }, follower), {
      name: 'OB_ENTRY_NOT_EXIST',
    });
  },
);

t.test('a copy that nobody reads is removed', async (t) => {
  const { source, outgoing } = leaderWith(t, 10, { idleMs: 20 });
  await opened(source, 1);
  while (readdirSync(outgoing).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(source.holdLsn, undefined);
});

t.test('leftovers of another process are removed at the start', async (t) => {
  const files = tenantFiles(t.testdir(), 'test');
  mkdirSync(files.outgoing, { recursive: true });
  writeFileSync(join(files.outgoing, 'old.sqlite'), '');
  writeFileSync(files.incoming, '');

  t.equal(recoverInstallation(files), undefined);
  new SnapshotSource(sourceOptions(files, () => 0));

  t.notOk(existsSync(files.incoming));
  t.notOk(existsSync(files.outgoing));
});

t.test('a crash at any point of the installation leaves the old file or the new one', async (t) => {
  const position: LogPosition = { lsn: 11, term: 7, scn: 42n, members };
  const steps = [
    'fetched',
    'decided',
    'old write-ahead file gone',
    'new file in place',
    'log reset',
  ] as const;
  for (const [reached, step] of steps.entries()) {
    const files = tenantFiles(t.testdir(), 'test');
    recoverInstallation(files);
    filled(files.incoming, 10).close();
    const old = filled(files.database, 3);
    const oldDigest = old.digest().digest;
    // As a crash leaves it: the write-ahead file holds what isn't in the file yet.
    if (reached >= 1) decide(files, position);
    if (reached >= 2) for (const suffix of ['-wal', '-shm']) rmSync(`${files.database}${suffix}`);
    if (reached >= 3) recoverInstallation(files);
    if (reached >= 4) forgetDecision(files);

    const begins = recoverInstallation(files);

    t.strictSame(begins, reached >= 1 && reached < 4 ? position : undefined, step);
    const database = openTenantDatabase({ file: files.database, functions: [], aggregates: [] });
    if (reached === 0) t.equal(database.digest().digest, oldDigest, `${step}: the old file`);
    else t.strictSame(database.reader().all('SELECT count(*) FROM "d.t"'), [[10n]], `${step}: the new file`);
    t.notOk(existsSync(files.incoming));
    database.close();
    old.close();
  }
});

function leaderWith(t: Test, rows: number, more: { idleMs?: number } = {}) {
  const files = tenantFiles(`${t.testdirName}-leader`, 'test');
  rmSync(files.directory, { recursive: true, force: true });
  recoverInstallation(files);
  const ahead = filled(files.database, rows);
  const source = new SnapshotSource({ ...sourceOptions(files, () => ahead.appliedLsn), ...more });
  t.teardown(async () => {
    await source.stop();
    ahead.close();
    rmSync(`${t.testdirName}-leader`, { recursive: true, force: true });
  });
  const mesh = {
    call: async (_server: string, pcode: number, body: unknown) => {
      // As over a wire: nothing is shared.
      const request = structuredClone(body);
      if (pcode === snapshotPcodes.open) return openAnswerBody(source.open(openRequest(request), follower));
      if (pcode === snapshotPcodes.read) return source.read(readRequest(request), follower);
      return source.close(closeRequest(request).id, follower);
    },
  };
  return { source, mesh, ahead, outgoing: files.outgoing };
}

function sourceOptions(files: TenantFiles, appliedLsn: () => number) {
  return {
    tenantId: 1002,
    file: files.database,
    directory: files.outgoing,
    appliedLsn,
    position: async (lsn: number) => ({ lsn, term: 7, scn: 42n, members }),
    bytesPerSecondMax: () => fast,
    logger: silent,
  };
}

function followerOf(
  t: Test,
  mesh: {
    call(
      server: string,
      pcode: number,
      body: unknown,
      options: { timeoutMs: number; tenantId: number },
    ): Promise<unknown>;
  },
  timings: { patienceMs?: number } = {},
) {
  const files = tenantFiles(t.testdir(), 'test');
  recoverInstallation(files);
  const database = openTenantDatabase({ file: files.database, functions: [], aggregates: [] });
  const reset = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<void>();
  const log = {
    resets: [] as LogPosition[],
    failures: 0,
    refuses: false,
    fatal: undefined as string | undefined,
    reset: reset.promise,
    failed: failed.promise,
    mayInstall: () => true,
    resetTo: async (position: LogPosition) => {
      log.resets.push(position);
      reset.resolve();
    },
    installFailed: async () => {
      log.failures += 1;
      setImmediate(() => failed.resolve());
    },
  };
  const rebuild = new ReplicaRebuild({
    tenantId: 1002,
    files,
    mesh,
    log,
    appliedLsn: () => database.appliedLsn,
    replace: (copy) => {
      if (log.refuses) throw new Error('no such file');
      database.replaceWith(copy);
    },
    failed: (error) => {
      log.fatal = error.name;
    },
    bytesPerSecondMax: () => fast,
    logger: silent,
    fetchTimings: { retryMs: 1, ...timings },
    pauseMs: 1,
  });
  t.teardown(async () => {
    await rebuild.stop();
    if (!log.refuses) database.close();
  });
  return { files, database, rebuild, log };
}

async function opened(source: SnapshotSource, lsn: number) {
  for (;;) {
    const answer = source.open({ lsn }, follower);
    if (answer.state === 'ready') return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function filled(file: string, rows: number): TenantDatabase {
  const database = openTenantDatabase({ file, functions: [], aggregates: [] });
  const sql = 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY, v TEXT)';
  database.apply(1, encodeLogRecord({ kind: 'statements', statements: [{ sql, binds: [] }] }));
  insert(database, rows);
  return database;
}

function insert(database: TenantDatabase, rows: number): void {
  const transaction = database.begin();
  for (let row = 0; row < rows; row++)
    transaction.run('INSERT INTO "d.t" (v) VALUES (?)', ['some text '.repeat(200)]);
  transaction.commit(database.appliedLsn + 1);
}

t.test('a tenant’s data go to servers of the cluster only', async (t) => {
  const files = tenantFiles(t.testdir(), 'test');
  recoverInstallation(files);
  const database = filled(files.database, 10);
  const copies = new TenantCopies({
    tenants: [
      {
        identity: { id: 1002 },
        node: { database },
        stream: {
          position: async (lsn: number) => ({ lsn, term: 7, scn: 42n, members }),
        } as unknown as StreamClient,
        files,
      },
    ],
    mesh: { call: () => Promise.reject(new ObError('OB_TIMEOUT')), servers: [follower] },
    bounds: () => ({ sizeMax: 1, thresholdPercent: 80, tailSize: 0 }),
    bytesPerSecondMax: () => fast,
    logger: silent,
    failed: () => undefined,
    rebuilt: () => undefined,
    frozen: () => undefined,
  });
  t.teardown(async () => {
    await copies.stop();
    database.close();
  });
  const ask = async (from: string | undefined, tenantId = 1002) =>
    copies.handlers().get(snapshotPcodes.open)?.({
      from,
      tenantId,
      body: { lsn: 1 },
      waitedMs: 0,
      identity: 'observer',
      remoteAddress: '127.0.0.1:40000',
    });

  await t.rejects(ask(undefined), { name: 'OB_SERVER_NOT_IN_WHITE_LIST' });
  await t.rejects(ask('10.0.0.9:2882'), { name: 'OB_SERVER_NOT_IN_WHITE_LIST' });
  await t.rejects(ask(follower, 7), { name: 'OB_TENANT_NOT_IN_SERVER' });
  t.strictSame(await ask(follower), { state: 'copying' });
});

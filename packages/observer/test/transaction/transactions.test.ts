import t from 'tap';
import { equalCopies, failure, openCluster, run, servers, until } from '../session/cluster.ts';

t.test(
  'a statement on any node is carried out by the leader, and every copy gets the same rows',
  async (t) => {
    const cluster = await openCluster(t);
    for (const [index] of servers.entries()) {
      const session = await cluster.session(index);
      t.equal(await run(session, `INSERT INTO "d.t" VALUES (${index}, 'from ${index}')`), 1n);
      t.equal(((await run(session, 'SELECT id FROM "d.t"')) as unknown[]).length, index + 1);
    }

    await until(() => equalCopies(cluster));
    t.equal(cluster.nodes[2].node.database.appliedLsn, cluster.nodes[0].node.database.appliedLsn);
  },
);

t.test('a transaction is seen by itself only, until it commits', async (t) => {
  const cluster = await openCluster(t);
  const writer = await cluster.session(1);
  const reader = await cluster.session(2);
  await run(writer, `begin; INSERT INTO "d.t" VALUES (1, 'a'); UPDATE "d.t" SET v = 'b'`);

  t.strictSame(await run(writer, 'SELECT v FROM "d.t"'), [['b']]);
  t.strictSame(await run(reader, 'SELECT v FROM "d.t"'), []);
  t.equal(writer.inTransaction, true);
  await run(writer, 'commit');
  t.strictSame(await run(reader, 'SELECT v FROM "d.t"'), [['b']]);
  t.equal(writer.inTransaction, false);
  await until(() => equalCopies(cluster));
});

t.test('a transaction that changed nothing, or rolled back, leaves no entry in the log', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  const { database } = cluster.nodes[0].node;
  const lsn = database.appliedLsn;
  await run(session, 'begin; SELECT * FROM "d.t"; commit');
  await run(session, `begin; INSERT INTO "d.t" VALUES (1, 'a'); rollback`);
  await run(session, `begin; UPDATE "d.t" SET v = 'b'; commit`);
  await run(session, `begin; INSERT INTO "d.t" VALUES (1, 'a'); DELETE FROM "d.t"; commit`);

  t.equal(database.appliedLsn, lsn);
  t.strictSame(await run(session, 'SELECT * FROM "d.t"'), []);
});

t.test('a statement that fails is undone alone, in a transaction and by itself', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  t.equal(
    await failure(session, `/* then fail */ INSERT INTO "d.t" VALUES (9, 'x')`),
    'OB_ERR_DATA_TOO_LONG',
  );
  t.match(session.state.warnings, [{ level: 'Note' }, { level: 'Error', errno: 1406 }]);
  await run(session, `begin; INSERT INTO "d.t" VALUES (1, 'a')`);
  t.equal(
    await failure(session, `/* then fail */ INSERT INTO "d.t" VALUES (2, 'b')`),
    'OB_ERR_DATA_TOO_LONG',
  );
  t.equal(await failure(session, `INSERT INTO "d.t" VALUES (1, 'again')`), 'OB_ERR_PRIMARY_KEY_DUPLICATE');
  await run(session, `INSERT INTO "d.t" VALUES (3, 'c'); commit`);

  t.strictSame(await run(session, 'SELECT id FROM "d.t"'), [[1n], [3n]]);
  await until(() => equalCopies(cluster));
});

t.test('savepoints before and after the first write, on a follower', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(2);
  await run(session, `begin; savepoint a; savepoint b; INSERT INTO "d.t" VALUES (1, 'a')`);
  await run(session, `savepoint c; INSERT INTO "d.t" VALUES (2, 'b'); rollback to c`);
  t.strictSame(await run(session, 'SELECT id FROM "d.t"'), [[1n]]);
  await run(session, `savepoint C; INSERT INTO "d.t" VALUES (3, 'c'); release c`);
  t.equal(await failure(session, 'rollback to c'), 'OB_SAVEPOINT_NOT_EXIST');
  await run(session, 'rollback to b');
  t.strictSame(await run(session, 'SELECT id FROM "d.t"'), []);
  await run(
    session,
    `INSERT INTO "d.t" VALUES (4, 'd'); rollback to a; INSERT INTO "d.t" VALUES (5, 'e'); commit`,
  );

  t.strictSame(await run(session, 'SELECT id FROM "d.t"'), [[5n]]);
  t.equal(await failure(session, 'rollback to a'), 'OB_SAVEPOINT_NOT_EXIST');
  t.equal(await failure(session, 'savepoint a'), 'none', 'without a transaction it lasts for nothing');
});

t.test('one writes at a time: who waits too long gets 1205, who waits his turn goes on', async (t) => {
  const cluster = await openCluster(t);
  const first = await cluster.session(0);
  const second = await cluster.session(1);
  const impatient = await cluster.session(2);
  await run(impatient, 'set ob_trx_lock_timeout = 20000');
  await run(first, `begin; INSERT INTO "d.t" VALUES (1, 'a')`);

  const waiting = run(second, `INSERT INTO "d.t" VALUES (2, 'b')`);
  t.equal(await failure(impatient, `INSERT INTO "d.t" VALUES (3, 'c')`), 'OB_ERR_EXCLUSIVE_LOCK_CONFLICT');
  t.strictSame(await run(impatient, 'SELECT * FROM "d.t"'), [], 'readers never wait');
  await run(first, 'commit');
  await waiting;

  t.strictSame(await run(impatient, 'SELECT id FROM "d.t"'), [[1n], [2n]]);
});

t.test('SELECT … FOR UPDATE in a transaction takes the writer', async (t) => {
  const cluster = await openCluster(t);
  const first = await cluster.session(1);
  const second = await cluster.session(2);
  await run(second, 'set ob_trx_lock_timeout = 10000');
  await run(first, 'begin; /* for update */ SELECT * FROM "d.t"');

  t.equal(await failure(second, `INSERT INTO "d.t" VALUES (3, 'c')`), 'OB_ERR_EXCLUSIVE_LOCK_CONFLICT');
  await run(first, 'commit');
  t.equal(await failure(second, `INSERT INTO "d.t" VALUES (3, 'c')`), 'none');
});

t.test('a repeatable transaction sees one state until it writes, and ends like any other', async (t) => {
  const cluster = await openCluster(t);
  const { executor } = cluster.nodes[0].runtime;
  const session = await cluster.session(1);
  const other = await cluster.session(2);
  await run(other, `INSERT INTO "d.t" VALUES (1, 'a')`);
  await run(session, `set transaction_isolation = REPEATABLE-READ; begin; savepoint s; SELECT * FROM "d.t"`);
  await run(other, `INSERT INTO "d.t" VALUES (2, 'b')`);
  t.strictSame(
    await run(session, 'SELECT id FROM "d.t"'),
    [[1n]],
    'nobody waits for it, and it sees nothing of it',
  );
  await run(session, `savepoint u; INSERT INTO "d.t" VALUES (3, 'c')`);
  t.strictSame(
    await run(session, 'SELECT id FROM "d.t"'),
    [[1n], [2n], [3n]],
    'a write needs the latest state',
  );
  await run(session, 'rollback to u');
  t.strictSame(await run(session, 'SELECT id FROM "d.t"'), [[1n], [2n]]);
  await run(session, 'rollback to s; commit');

  await run(session, 'begin; SELECT * FROM "d.t"');
  t.equal(executor.transactions().length, 1);
  await run(session, 'commit');
  t.equal(executor.transactions().length, 0);
  await run(session, 'begin; SELECT * FROM "d.t"');
  cluster.log.elect(servers[1]);
  t.equal(await failure(session, 'SELECT * FROM "d.t"'), 'OB_TRANS_KILLED');
  await run(session, 'rollback');
  t.strictSame(
    await run(session, 'SELECT id FROM "d.t"'),
    [[1n], [2n]],
    'alone, each statement sees what is committed',
  );
});

t.test('DDL commits what is open, is replicated as statements, and fails on the leader first', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  await run(session, `begin; INSERT INTO "d.t" VALUES (1, 'same'), (2, 'same')`);
  await run(session, 'create TABLE "d.u" (id INTEGER PRIMARY KEY)');
  t.equal(session.inTransaction, false);
  const { appliedLsn } = cluster.nodes[0].node.database;
  t.equal(await failure(session, 'create UNIQUE INDEX "d.t.v" ON "d.t" (v)'), 'OB_ERR_UNEXPECTED');
  t.equal(cluster.nodes[0].node.database.appliedLsn, appliedLsn, 'it never came to the log');
  await run(session, '/* select */ create TABLE "d.made" (id INTEGER PRIMARY KEY, v TEXT)');
  t.equal(
    await failure(session, '/* select then fail */ create TABLE "d.half" (id INTEGER PRIMARY KEY, v TEXT)'),
    'OB_ERR_DATA_TOO_LONG',
  );

  await until(() => equalCopies(cluster));
  const catalog = cluster.nodes[2].node.catalog();
  t.ok(catalog.relation('d', 'u') && catalog.relation('d', 'made'));
  t.notOk(catalog.relation('d', 'half'), 'CREATE TABLE … SELECT is whole or not at all');
  t.strictSame(await run(session, 'SELECT count(*) FROM "d.made"'), [[2n]]);
});

t.test('when the leader is lost, its open transaction is killed and nothing of it stays', async (t) => {
  const cluster = await openCluster(t);
  const onLeader = await cluster.session(0);
  const onFollower = await cluster.session(1);
  const other = await cluster.session(2);
  await run(onFollower, `begin; INSERT INTO "d.t" VALUES (1, 'lost')`);
  cluster.log.elect(servers[1]);
  await run(other, `INSERT INTO "d.t" VALUES (1, 'kept')`);

  t.equal(await failure(onFollower, 'SELECT * FROM "d.t"'), 'OB_TRANS_KILLED');
  t.equal(await failure(onFollower, `INSERT INTO "d.t" VALUES (2, 'x')`), 'OB_TRANS_NEED_ROLLBACK');
  t.equal(await failure(onFollower, 'commit'), 'OB_TRANS_ROLLBACKED');
  t.strictSame(await run(onFollower, 'SELECT v FROM "d.t"'), [['kept']]);
  await run(onLeader, `begin; INSERT INTO "d.t" VALUES (3, 'c')`);
  cluster.log.elect(servers[0]);
  t.equal(await failure(onLeader, 'commit'), 'OB_TRANS_KILLED');
  t.equal(await failure(onLeader, `INSERT INTO "d.t" VALUES (3, 'c')`), 'none');
  await until(() => equalCopies(cluster));
});

t.test('commits in doubt are unknown, and every copy ends up with the same answer', async (t) => {
  for (const keepStalled of [true, false]) {
    const cluster = await openCluster(t);
    const session = await cluster.session(1);
    const autocommit = await cluster.session(2);
    const other = await cluster.session(2);
    await run(session, `begin; INSERT INTO "d.t" VALUES (1, 'in doubt')`);
    cluster.log.stalling = true;
    const commit = failure(session, 'commit');
    await until(() => cluster.log.stalledCount === 1);
    const onTop = failure(autocommit, `INSERT INTO "d.t" VALUES (2, 'on top')`);
    const waiting = run(other, `begin; INSERT INTO "d.t" VALUES (3, 'after'); commit`);
    await until(() => cluster.nodes[0].runtime.executor.queue.waitingCount === 1);
    t.strictSame(await run(other, 'SELECT * FROM "d.t"').catch(String), [], 'nobody reads what is in doubt');
    cluster.log.elect(servers[1], { keepStalled });

    t.equal(await commit, 'OB_TRANS_UNKNOWN');
    t.equal(await onTop, 'none', 'what waited for it was never proposed, and is executed again');
    await waiting;
    await until(() => equalCopies(cluster));
    const expected = keepStalled ? [[1n], [2n], [3n]] : [[2n], [3n]];
    t.strictSame(await run(session, 'SELECT id FROM "d.t"'), expected, 'who waited found the new leader');
    t.equal(session.inTransaction, false);
  }
});

t.test(
  'when its session was told that a commit is in doubt, nothing is executed until its fate is known',
  async (t) => {
    const cluster = await openCluster(t);
    const session = await cluster.session(0);
    const next = await cluster.session(0);
    cluster.log.stalling = true;
    const doubtful = failure(session, `INSERT INTO "d.t" VALUES (1, 'slow')`);
    await until(() => cluster.log.stalledCount === 1);
    cluster.log.leader?.giveUpWaiting();
    t.equal(await doubtful, 'OB_TRANS_UNKNOWN');
    const after = run(next, `UPDATE "d.t" SET v = v || ' but there'`);
    await new Promise((resolve) => setImmediate(resolve));
    t.equal(cluster.nodes[0].runtime.executor.queue.waitingCount, 1);
    cluster.log.resume();

    t.equal(await after, 1n, 'it sees the row that came late');
    await until(() => equalCopies(cluster));
    t.strictSame(await run(next, 'SELECT v FROM "d.t"'), [['slow but there']]);
  },
);

t.test('answers that tell of others’ rows wait until those are committed, or are given up', async (t) => {
  const cluster = await openCluster(t);
  const first = await cluster.session(0);
  const duplicate = await cluster.session(1);
  const changesNothing = await cluster.session(2);
  cluster.log.stalling = true;
  const answers: string[] = [];
  const insert = failure(first, `INSERT INTO "d.t" VALUES (1, 'a')`).then((it) => answers.push(it));
  await until(() => cluster.log.stalledCount === 1);
  const failing = failure(duplicate, `INSERT INTO "d.t" VALUES (1, 'b')`).then((it) => answers.push(it));
  const idle = run(changesNothing, `UPDATE "d.t" SET v = 'c' WHERE v = 'b'`).then((it) =>
    answers.push(`changed ${it}`),
  );
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.strictSame(answers, []);
  cluster.log.resume();
  await Promise.all([insert, failing, idle]);
  t.strictSame(answers, ['none', 'OB_ERR_PRIMARY_KEY_DUPLICATE', 'changed 0']);

  cluster.log.stalling = true;
  const lost = failure(first, `INSERT INTO "d.t" VALUES (2, 'lost')`);
  await until(() => cluster.log.stalledCount === 1);
  const again = run(duplicate, `INSERT INTO "d.t" VALUES (2, 'again')`);
  await new Promise((resolve) => setTimeout(resolve, 10));
  cluster.log.elect(servers[1]);
  t.equal(await lost, 'OB_TRANS_UNKNOWN');
  t.equal(await again, 1n, 'the row that was in its way has never been');
  await until(() => equalCopies(cluster));
});

t.test(
  'lost answers: reads are asked again, single writes are unknown, transactions are killed',
  async (t) => {
    const cluster = await openCluster(t);
    const session = await cluster.session(1);
    const inTransaction = await cluster.session(1);
    await run(inTransaction, `begin; INSERT INTO "d.t" VALUES (1, 'a')`);
    cluster.mesh.losesAnswers.add(servers[0]);
    setTimeout(() => cluster.mesh.losesAnswers.delete(servers[0]), 60);
    t.equal(await failure(inTransaction, `INSERT INTO "d.t" VALUES (2, 'b')`), 'OB_TRANS_KILLED');
    t.strictSame(await run(session, 'SELECT * FROM "d.t"'), [], 'a read goes on until it gets through');
    await run(inTransaction, 'rollback');

    cluster.mesh.losesAnswers.add(servers[0]);
    t.equal(await failure(session, `INSERT INTO "d.t" VALUES (3, 'c')`), 'OB_TRANS_UNKNOWN');
    cluster.mesh.losesAnswers.clear();
    t.strictSame(await run(session, 'SELECT id FROM "d.t"'), [[3n]], 'it was done, in fact');
    t.equal(
      await failure(session, `INSERT INTO "d.t" VALUES (4, 'd')`),
      'none',
      'the killed one let the writer go',
    );
  },
);

t.test('no leader in time is 4012; one that comes in time is waited for', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  const hurried = await cluster.session(2);
  await run(hurried, 'set ob_query_timeout = 50000');
  cluster.log.depose();
  const patient = run(session, `INSERT INTO "d.t" VALUES (1, 'a')`);
  t.equal(await failure(hurried, 'SELECT * FROM "d.t"'), 'OB_TIMEOUT');
  t.strictSame(await run(hurried, 'SELECT 1'), [[1n]], 'what needs no leader is answered');
  t.strictSame(await run(hurried, '/* weak */ SELECT count(*) FROM "d.t"'), [[0n]]);
  cluster.log.elect(servers[2]);

  t.equal(await patient, 1n);
});

t.test('a link that was cut is tried again for as long as the statement may take', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  cluster.mesh.cut.add(servers[0]);
  setTimeout(() => cluster.mesh.cut.clear(), 50);

  t.equal(await run(session, `INSERT INTO "d.t" VALUES (1, 'a')`), 1n);
});

t.test('a leader that answers nothing is left when somebody else leads', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  const inTransaction = await cluster.session(1);
  await run(inTransaction, `set ob_query_timeout = 8000000; begin; INSERT INTO "d.t" VALUES (1, 'a')`);
  cluster.mesh.stopped.add(servers[0]);
  const read = run(session, 'SELECT id FROM "d.t"');
  const write = failure(inTransaction, `INSERT INTO "d.t" VALUES (2, 'b')`);
  await new Promise((resolve) => setImmediate(resolve));
  cluster.log.elect(servers[2]);

  t.strictSame(await read, [], 'the read went to the new leader');
  t.equal(await write, 'OB_TRANS_KILLED', 'before its time was over');
  cluster.mesh.stopped.clear();
});

t.test('a session stands for its transaction until it has ended or is lost', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  t.notOk(session.holdsTransaction(1));
  await run(session, `begin; INSERT INTO "d.t" VALUES (1, 'a')`);
  t.ok(session.holdsTransaction(1));
  await run(session, 'commit');
  t.notOk(session.holdsTransaction(1));

  // The answer to its first write is lost: the leader may hold what the session has given up.
  await run(session, 'begin');
  cluster.mesh.stopped.add(servers[0]);
  const write = failure(session, `INSERT INTO "d.t" VALUES (2, 'b')`);
  await new Promise((resolve) => setImmediate(resolve));
  cluster.log.elect(servers[2]);
  t.equal(await write, 'OB_TRANS_KILLED');
  t.notOk(session.holdsTransaction(2));
  cluster.mesh.stopped.clear();
});

t.test('transactions of sessions that closed, idled or can never come back are undone', async (t) => {
  const cluster = await openCluster(t);
  const { executor } = cluster.nodes[0].runtime;
  const closing = await cluster.session(1);
  await run(closing, `begin; INSERT INTO "d.t" VALUES (1, 'a')`);
  await closing.close();
  t.equal(executor.queue.taken, false, 'closing lets the writer go at once');

  const idling = await cluster.session(1);
  await run(idling, 'set ob_trx_idle_timeout = 500000');
  await run(idling, `begin; INSERT INTO "d.t" VALUES (1, 'a')`);
  executor.reap(() => false);
  t.equal(executor.transactions().length, 1);
  await until(() => {
    executor.reap(() => false);
    return executor.transactions().length === 0;
  });
  t.equal(await failure(idling, 'commit'), 'OB_TRANS_KILLED');

  const gone = await cluster.session(2);
  await run(gone, `begin; INSERT INTO "d.t" VALUES (1, 'a')`);
  executor.reap(({ key }) => key.origin === servers[2]);
  t.equal(executor.queue.taken, false);
  const long = await cluster.session(2);
  await run(long, `set ob_trx_timeout = 5000; begin; INSERT INTO "d.t" VALUES (1, 'a')`);
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.equal(await failure(long, 'SELECT * FROM "d.t"'), 'OB_TRANS_TIMEOUT');
  t.equal(executor.queue.taken, false);

  const restarted = await cluster.session(2);
  await run(restarted, `begin; INSERT INTO "d.t" VALUES (1, 'a')`);
  await executor.control({
    key: { origin: servers[2], incarnation: 2, connectionId: 99 },
    transactionId: 0,
    action: { name: 'read-index' },
    timeoutMs: 1000,
  });
  t.equal(executor.queue.taken, false, 'its server has started anew: nobody can finish it');
});

t.test('generated keys go on from the greatest, whoever leads', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  await run(session, `INSERT INTO "d.t" VALUES (10, 'ten'); INSERT INTO "d.t" VALUES (:key, 'generated')`);
  t.strictSame(await run(session, 'select last_insert_id()'), [[11n]]);
  await run(session, `begin; INSERT INTO "d.t" VALUES (:key, 'undone'); rollback`);
  await run(session, `INSERT INTO "d.t" VALUES (:key, 'next')`);
  t.strictSame(await run(session, 'select last_insert_id()'), [[13n]], 'a taken key stays taken');
  cluster.log.elect(servers[2]);
  await run(session, `INSERT INTO "d.t" VALUES (:key, 'new leader')`);

  t.strictSame(await run(session, 'SELECT id FROM "d.t" ORDER BY id'), [[10n], [11n], [13n], [14n]]);
});

t.test('KILL QUERY ends a wait for the writer on another node', async (t) => {
  const cluster = await openCluster(t);
  const first = await cluster.session(0);
  const second = await cluster.session(1);
  await run(first, `begin; INSERT INTO "d.t" VALUES (1, 'a')`);
  const waiting = failure(second, `INSERT INTO "d.t" VALUES (2, 'b')`);
  await until(() => cluster.nodes[0].runtime.executor.queue.waitingCount === 1);
  second.kill('query');

  t.equal(await waiting, 'OB_ERR_QUERY_INTERRUPTED');
  second.kill('connection');
  t.equal(await failure(second, 'SELECT 1'), 'OB_SESSION_KILLED');
});

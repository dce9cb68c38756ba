import t from 'tap';
import { equalCopies, failure, openCluster, run, servers, until } from './cluster.ts';

t.test('a text of several statements runs one after the other, up to the one that fails', async (t) => {
  const { session: open } = await openCluster(t);
  const session = await open(0);
  const outcomes: boolean[] = [];
  const text = `INSERT INTO "d.t" VALUES (1, 'a'); SELECT * FROM "d.t"; ??? nonsense; INSERT INTO "d.t" VALUES (2, 'b')`;

  await t.rejects(
    async () => {
      for await (const { more } of session.query(text)) outcomes.push(more);
    },
    { name: 'OB_ERR_PARSER_SYNTAX' },
  );

  t.strictSame(outcomes, [true, true]);
  t.strictSame(await run(session, 'SELECT id FROM "d.t"'), [[1n]]);
  t.match(session.state.warnings, [], 'a statement that went well has no warnings');
});

t.test('a session notes what the next statement may ask about the last', async (t) => {
  const { session: open } = await openCluster(t);
  const session = await open(1);
  await run(session, `INSERT INTO "d.t" VALUES (:key, 'a')`);
  t.equal(session.state.lastInsertId, 1n);
  t.equal(session.state.rowCount, 1n);
  t.match(session.state.warnings, [{ level: 'Note', errno: 1, message: 'a note' }]);
  await run(session, 'SELECT * FROM "d.t"');
  t.equal(session.state.foundRows, 1n);
  t.equal(session.state.rowCount, -1n);
  t.equal(session.state.lastInsertId, 1n, 'it stays');
  t.equal(await failure(session, 'SELECT * FROM "d.nothing"'), 'OB_TABLE_NOT_EXIST');
  t.match(session.state.warnings, [{ level: 'Error', errno: 1146 }]);
});

t.test('with CLIENT_FOUND_ROWS the rows that matched are counted', async (t) => {
  const { session: open } = await openCluster(t);
  const session = await open(0, { foundRows: true });

  t.equal(await run(session, `/* matched */ UPDATE "d.t" SET v = 'x'`), 7n);
});

t.test('autocommit off begins transactions by itself; turning it on commits', async (t) => {
  const { session: open } = await openCluster(t);
  const session = await open(1);
  const other = await open(2);
  await run(session, 'set autocommit = 0; SELECT 1');
  t.equal(session.inTransaction, false, 'nothing concerned a table');
  await run(session, `INSERT INTO "d.t" VALUES (1, 'a')`);
  t.equal(session.inTransaction, true);
  t.strictSame(await run(other, 'SELECT * FROM "d.t"'), []);
  await run(session, 'set autocommit = 1');

  t.equal(session.inTransaction, false);
  t.strictSame(await run(other, 'SELECT id FROM "d.t"'), [[1n]]);
});

t.test('BEGIN commits what is open, COMMIT AND CHAIN begins again, READ ONLY refuses writes', async (t) => {
  const { session: open } = await openCluster(t);
  const session = await open(1);
  await run(
    session,
    `begin; INSERT INTO "d.t" VALUES (1, 'a'); begin; INSERT INTO "d.t" VALUES (2, 'b'); rollback`,
  );
  t.strictSame(await run(session, 'SELECT id FROM "d.t"'), [[1n]]);
  await run(session, `begin; INSERT INTO "d.t" VALUES (3, 'c'); commit and chain`);
  t.equal(session.inTransaction, true);
  await run(session, 'rollback; begin read only');
  t.equal(
    await failure(session, `INSERT INTO "d.t" VALUES (4, 'd')`),
    'OB_ERR_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  );
  await run(session, 'commit; set transaction_read_only = 1');
  t.equal(
    await failure(session, `INSERT INTO "d.t" VALUES (4, 'd')`),
    'OB_ERR_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
    'a session can be so from the start',
  );
  t.strictSame(await run(session, 'SELECT id FROM "d.t"'), [[1n], [3n]]);
});

t.test('statements prepared over the protocol and in SQL', async (t) => {
  const { session: open } = await openCluster(t);
  const session = await open(2);
  const { id, parameterCount } = await session.prepare('INSERT INTO "d.t" VALUES (?, ?)');
  t.equal(parameterCount, 2);
  await session.execute(id, [1n, 'a']);
  await t.rejects(session.execute(id, [1n]), { name: 'OB_INVALID_ARGUMENT' });
  session.closePrepared(id);
  await t.rejects(session.execute(id, [2n, 'b']), { name: 'OB_EER_UNKNOWN_STMT_HANDLER' });

  await run(session, 'prepare s SELECT v FROM "d.t" WHERE id = ?; set @a = 1');
  t.strictSame(await run(session, 'execute s'), [['a']]);
  t.equal(await failure(session, 'prepare s ??? nonsense'), 'OB_ERR_PARSER_SYNTAX');
  t.equal(await failure(session, 'execute s'), 'OB_EER_UNKNOWN_STMT_HANDLER', 'the old one is gone too');
});

t.test('virtual tables and statements without tables are answered by the session’s own node', async (t) => {
  const { session: open, mesh } = await openCluster(t);
  const session = await open(1);
  const calls = mesh.calls;

  t.strictSame(await run(session, 'SELECT c FROM temp."oceanbase.V"'), [[servers[1]]]);
  t.strictSame(await run(session, 'SELECT 1'), [[1n]]);
  await run(session, 'set @a = 2');
  t.equal(mesh.calls, calls, 'nobody was asked');
  t.strictSame(
    await run(session, 'SELECT c FROM temp."oceanbase.V", (SELECT count(*) FROM "d.t")'),
    [[servers[0]]],
    'beside a stored table it is the leader’s',
  );
  await run(session, 'INSERT INTO "d.t" SELECT 1, c FROM temp."oceanbase.V"');
  t.strictSame(await run(session, 'SELECT v FROM "d.t"'), [[servers[0]]]);
});

t.test('SET GLOBAL is the tenant’s on every node and after a restart; a session keeps its own', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(1);
  const other = await cluster.session(2);
  await run(other, 'set max_execution_time = 7');
  await run(session, 'set global max_execution_time = 5000');

  for (const { node } of cluster.nodes)
    await until(() => node.globalVariable('max_execution_time') === 5000n);
  t.equal(other.state.variables['max_execution_time'], 7n);
  await until(() => equalCopies(cluster));
});

t.test('USE knows a database, or says 1049', async (t) => {
  const { session: open } = await openCluster(t);
  const session = await open(1);
  await run(session, 'use d');
  t.equal(session.state.database, 'd');
  t.equal(await failure(session, 'use nowhere'), 'OB_ERR_BAD_DATABASE');
  await t.rejects(session.useDatabase('NOWHERE'), { name: 'OB_ERR_BAD_DATABASE' });
  t.equal(session.state.database, 'd');
});

t.test('a reset session is as new, but for its database', async (t) => {
  const { session: open } = await openCluster(t);
  const session = await open(1);
  await run(
    session,
    `use d; set @a = 1; set max_execution_time = 9; begin; INSERT INTO "d.t" VALUES (:key, 'a')`,
  );
  const { id } = await session.prepare('SELECT 1');
  await session.reset();

  t.equal(session.inTransaction, false);
  t.match(session.state, { database: 'd', variables: {}, userVariables: {}, lastInsertId: 0n });
  await t.rejects(session.execute(id, []), { name: 'OB_EER_UNKNOWN_STMT_HANDLER' });
  t.strictSame(await run(session, 'SELECT * FROM "d.t"'), [], 'the transaction was undone');
});

t.test('a statement that may not take any time ends with 4012 before it runs', async (t) => {
  const { session: open } = await openCluster(t);
  const session = await open(0);
  await run(session, 'set ob_query_timeout = 0');

  t.equal(await failure(session, 'SELECT * FROM "d.t"'), 'OB_TRANS_STMT_TIMEOUT');
});

t.test('a weak read stays on its node and never goes back behind what its session has seen', async (t) => {
  const cluster = await openCluster(t);
  const session = await cluster.session(2);
  const follower = cluster.nodes[2].node.log as { isPaused?: boolean };
  follower.isPaused = true;
  await run(session, `INSERT INTO "d.t" VALUES (1, 'a')`);
  const read = run(session, '/* weak */ SELECT id FROM "d.t"');
  setTimeout(() => {
    follower.isPaused = false;
    cluster.log.catchUp();
  }, 20);

  t.strictSame(await read, [[1n]]);
  const { mesh } = cluster;
  const { calls } = mesh;
  await run(session, 'set ob_read_consistency = WEAK; SELECT id FROM "d.t"');
  t.equal(mesh.calls, calls);
});

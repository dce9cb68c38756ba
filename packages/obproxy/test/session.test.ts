import {
  capability,
  commandCode,
  commandName,
  decodeOk,
  encodeOk,
  type Ok,
  PacketWriter,
  serverStatus,
} from '@sealane/mysql-protocol';
import t from 'tap';
import { LoginExchange } from '../src/front/login-exchange.ts';
import { parseProxyLogin } from '../src/front/login-name.ts';
import { okForClient } from '../src/session/answer-filter.ts';
import { PreparedStatements } from '../src/session/prepared-statements.ts';
import { SessionState } from '../src/session/session-state.ts';
import { commandKind, type KeptText } from '../src/session/statement-kind.ts';

/** What a session is made of, apart from its sockets. */

const plainOk: Ok = { affectedRows: 0n, lastInsertId: 0n, status: 2, warningCount: 0, info: '', changes: [] };

t.test('a login name says user, tenant and cluster, in both spellings', async (t) => {
  const separators = [':', '-', '.'];
  for (const [text, user, tenant, cluster] of [
    ['root@test#obcluster', 'root', 'test', 'obcluster'],
    ['root@test#obcluster:1001', 'root', 'test', 'obcluster'],
    ['root@test', 'root', 'test', undefined],
    ['root#obcluster', 'root', 'sys', 'obcluster'],
    ['root', 'root', 'sys', undefined],
    ['obcluster:test:root', 'root', 'test', 'obcluster'],
    ['obcluster-test-root', 'root', 'test', 'obcluster'],
    ['a:b', 'a:b', 'sys', undefined],
  ] as const)
    t.strictSame(parseProxyLogin(text, separators), { user, tenant, cluster }, text);
});

t.test('only a read without an effect may be sent twice', async (t) => {
  const kind = (text: string) => commandKind(Buffer.concat([Buffer.from([3]), Buffer.from(text)]));
  for (const text of [
    'SELECT 1',
    '  /* why */ select * from t',
    '(SELECT 1) UNION SELECT 2',
    'SHOW TABLES',
    "SELECT 'a;b'",
  ])
    t.equal(kind(text).repeatable, !text.includes(';b'), text);
  for (const text of [
    'INSERT INTO t VALUES (1)',
    'SELECT * FROM t FOR UPDATE',
    'SELECT * FROM t LOCK IN SHARE MODE',
    'SELECT 1 INTO @x',
    'SELECT @x := 1',
    'SELECT 1; DELETE FROM t',
    "SELECT GET_LOCK('a', 1)",
    'SELECT FOUND_ROWS()',
    'CALL p()',
    `SELECT '${'x'.repeat(10_000)}'`,
  ])
    t.equal(kind(text).repeatable, false, text.slice(0, 40));
  t.equal(kind("SELECT GET_LOCK('a', 1)").pins, 'on');
  t.equal(kind('SELECT /*+ READ_CONSISTENCY(WEAK) */ 1').weak, true);
  t.equal(commandKind(Buffer.from([commandCode.COM_STMT_EXECUTE])).repeatable, false);
});

t.test('a session is made anew from what servers told of it', async (t) => {
  const state = new SessionState();
  state.startWith('d`1', plainOk);
  const before = state.version;
  state.observe({
    ...plainOk,
    status: serverStatus.IN_TRANSACTION,
    lastInsertId: 7n,
    changes: [
      { kind: 'variable', name: 'sql_mode', value: "A'B" },
      { kind: 'variable', name: 'wait_timeout', value: '60' },
      { kind: 'variable', name: '@`x`', value: 'NULL' },
    ],
  });
  t.ok(state.version > before);
  t.equal(state.inTransaction, true);
  t.same(replayed(state), [
    'COM_INIT_DB d`1',
    "SET last_insert_id = 7, sql_mode = 'A''B', wait_timeout = 60, @`x` = NULL",
  ]);

  const { version } = state;
  state.observe({ ...plainOk, changes: [{ kind: 'variable', name: 'wait_timeout', value: '60' }] });
  t.equal(state.version, version, 'what is known already changes nothing');
  state.observe({
    ...plainOk,
    changes: [
      { kind: 'variable', name: '__default', value: 'sql_mode' },
      { kind: 'variable', name: '__next_transaction_isolation', value: 'REPEATABLE-READ' },
      { kind: 'variable', name: 'tracefile_identifier', value: 'a\\b' },
      { kind: 'variable', name: 'character_set_results', value: '' },
    ],
  });
  state.allowMultiStatements(true);
  state.keep(keptBy('PREPARE s FROM @x'), Buffer.from('PREPARE s FROM @x'));
  t.same(replayed(state), [
    'COM_INIT_DB d`1',
    'COM_SET_OPTION \0\0',
    'SET @`x` = NULL',
    'PREPARE s FROM @x',
    "SET last_insert_id = 7, wait_timeout = 60, @`x` = NULL, sql_mode = DEFAULT, tracefile_identifier = CONVERT(x'615c62' USING utf8mb4), character_set_results = NULL",
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  ]);
  state.observe({
    ...plainOk,
    changes: [{ kind: 'variable', name: '__default', value: '__next_transaction_isolation' }],
  });
  state.keep(keptBy('DEALLOCATE PREPARE `S`'), Buffer.from('DEALLOCATE PREPARE `S`'));
  t.equal(replayed(state).length, 3, 'the transaction has begun, the statement is gone');
  state.reset();
  t.same(replayed(state), ['COM_INIT_DB d`1']);
  t.equal(state.inTransaction, false);
});

t.test('an OK’s number is LAST_INSERT_ID() only where the server doesn’t tell it', async (t) => {
  const state = new SessionState();
  const flag = { kind: 'variable', name: 'ob_capability_flag', value: '256' } as const;
  state.startWith(undefined, { ...plainOk, changes: [flag] });
  state.observe({ ...plainOk, lastInsertId: 5n });
  t.same(replayed(state), []);
});

t.test('what a proxy must know of a statement is seen from its text', async (t) => {
  const kind = (text: string) => commandKind(Buffer.concat([Buffer.from([3]), Buffer.from(text)]));
  for (const text of ['INSERT INTO t VALUES (1)', 'SELECT 1', 'update t set a = 1;', 'SET @x = 1'])
    t.equal(kind(text).mayCommit, false, text);
  for (const text of [
    'COMMIT',
    'BEGIN',
    'CREATE TABLE t (a INT)',
    'SET autocommit = 1',
    'INSERT INTO t VALUES (1); COMMIT',
    'INSERT INTO t VALUES (1) /*!; COMMIT */',
    'ALTER TABLE t ADD b INT',
    '',
  ])
    t.equal(kind(text).mayCommit, true, text);
  for (const text of ['ROLLBACK', 'rollback work ;']) t.equal(kind(text).undoes, true, text);
  for (const text of ['ROLLBACK AND CHAIN', 'ROLLBACK TO a', 'COMMIT'])
    t.equal(kind(text).undoes, false, text);
  for (const text of [
    'SET GLOBAL a = 1',
    "SET PASSWORD = 'x'",
    'WITH a AS (SELECT 1) DELETE FROM t',
    'SELECT /*! 1 */',
  ])
    t.equal(kind(text).repeatable, false, text);
  for (const text of ['SELECT FOUND_ROWS()', 'select row_count()']) t.equal(kind(text).asksOfLast, 'counts');
  for (const text of ['SHOW WARNINGS', 'show count(*) errors', 'SELECT @@warning_count'])
    t.equal(kind(text).asksOfLast, 'warnings');
  for (const text of ['LOCK TABLES t READ', 'CREATE TEMPORARY TABLE t (a INT)', "DO GET_LOCK('a', 1)"])
    t.equal(kind(text).pins, 'on', text);
  for (const text of ['UNLOCK TABLES', 'SELECT RELEASE_ALL_LOCKS()']) t.equal(kind(text).pins, 'off', text);
  t.same(kind('KILL QUERY 7;').kill, { connectionId: 7, what: 'query' });
  t.same(kind('kill connection 8').kill, { connectionId: 8, what: 'connection' });
  t.equal(kind('KILL CONNECTION_ID()').kill, undefined);
  t.same(kind('PREPARE `a``B` FROM @`x`').keeps, { key: 'prepare a`b', variable: 'x', removes: false });
});

t.test('a prepared statement has one number for the client, whichever server has it', async (t) => {
  const statements = new PreparedStatements(64);
  const [first, second] = [{}, {}];
  const id = statements.add(Buffer.from('SELECT ?'), 1, first, 40);
  const bound = execute(id, [1, 0xfd, 0x00], 'a');
  t.equal(Buffer.from(statements.translated(bound, first)).readUInt32LE(1), 40);
  t.equal(statements.missingOn(first, bound), undefined);
  t.match(statements.missingOn(second, bound), { id, text: Buffer.from('SELECT ?') });

  statements.preparedOn(id, second, 9);
  const again = execute(id, [0], 'a');
  const translated = Buffer.from(statements.translated(again, second));
  t.equal(translated.readUInt32LE(1), 9);
  t.same(
    translated,
    execute(9, [1, 0xfd, 0x00], 'a'),
    'a server that has just prepared it is told the types',
  );
  t.same(Buffer.from(statements.translated(again, second)), execute(9, [0], 'a'), 'once');
  t.equal(Buffer.from(statements.translated(again, first)).readUInt32LE(1), 40, 'both have it');

  const piece = Buffer.concat([
    Buffer.of(commandCode.COM_STMT_SEND_LONG_DATA),
    u32(id),
    Buffer.from('\0\0long'),
  ]);
  statements.sendLongData(piece);
  t.same(
    statements.longDataFor(again, second).map((each) => Buffer.from(each).readUInt32LE(1)),
    [9],
    'what was sent ahead goes wherever it is executed',
  );
  statements.dropLongData(again);
  t.same(statements.longDataFor(again, second), []);
  for (let size = 0; size <= 64; size += piece.length) statements.sendLongData(piece);
  t.throws(() => statements.longDataFor(again, second), { name: 'OB_ERR_NET_PACKET_TOO_LARGE' });

  statements.forget(Buffer.concat([Buffer.from([commandCode.COM_STMT_CLOSE]), u32(id)]));
  t.equal(statements.size, 0);
  t.throws(() => statements.mustKnow(execute(77, [0], 'a')), { name: 'OB_EER_UNKNOWN_STMT_HANDLER' });
});

t.test('an OK is told in the client’s capabilities, without what is the proxy’s business', async (t) => {
  const server = capability.SESSION_TRACK;
  const changes = [
    { kind: 'database', name: 'd' },
    { kind: 'variable', name: '@`x`', value: '1' },
  ] as const;
  const ok: Ok = { ...plainOk, status: plainOk.status | 0x4000, info: 'Rows matched: 1', changes };
  const packet = encoded(ok, server);
  const tracked = okForClient(packet, ok, { client: server, server });
  t.same(decodeOk(tracked.subarray(4), server).changes, [changes[0]]);
  const untracked = decodeOk(okForClient(packet, ok, { client: 0, server }).subarray(4), 0);
  t.match(untracked, { info: 'Rows matched: 1', status: plainOk.status, changes: [] });
  const same = encoded(plainOk, server);
  t.equal(okForClient(same, plainOk, { client: server, server }), same, 'nothing to be changed');
});

t.test('a client is asked once; the next server takes the same answer', async (t) => {
  let asked = 0;
  const exchange = new LoginExchange(async () => {
    asked += 1;
    return Buffer.from('answer');
  }, false);
  const question = Buffer.from('\xfecaching_sha2_password\0aaaaaaaaaaaaaaaaaaaa\0', 'latin1');
  await exchange.ask(question, false);
  exchange.overForClient();
  t.same(exchange.credentials, { plugin: 'caching_sha2_password', authResponse: Buffer.from('answer') });
  t.same(await exchange.ask(question, false), Buffer.from('answer'));
  t.equal(asked, 1);
  await t.rejects(exchange.ask(Buffer.from([1, 4]), false), { name: 'ER_NOT_SUPPORTED_AUTH_MODE' });
});

t.test('a password that comes over TLS does not go on in clear', async (t) => {
  const whole = Buffer.from([1, 4]);
  for (const [client, server, passes] of [
    [true, true, true],
    [true, false, false],
    // RSA, as far as the client knows.
    [false, false, true],
    [false, true, true],
  ] as const) {
    const exchange = new LoginExchange(async () => Buffer.from('secret\0'), client);
    const verdict = await exchange.ask(whole, server).then(
      () => true,
      ({ name }) => name === 'ER_NOT_SUPPORTED_AUTH_MODE' && false,
    );
    t.equal(verdict, passes, `client ${client}, server ${server}`);
    t.same(
      await exchange.ask(Buffer.from([1, 3]), server),
      Buffer.from('secret\0'),
      'anything else is asked',
    );
    if (passes && client)
      await t.rejects(
        exchange.ask(whole, false),
        { name: 'ER_NOT_SUPPORTED_AUTH_MODE' },
        'nor later, elsewhere',
      );
  }
});

/** The commands in words. */
function replayed(state: SessionState): string[] {
  return state.replay().map(({ command }) => {
    const text = Buffer.from(command).toString('utf8', 1);
    return command[0] === commandCode.COM_QUERY ? text : `${commandName(command[0] ?? 0)} ${text}`;
  });
}

function keptBy(text: string): KeptText {
  const { keeps } = commandKind(Buffer.concat([Buffer.of(commandCode.COM_QUERY), Buffer.from(text)]));
  if (keeps === undefined) throw new Error('nothing is kept');
  return keeps;
}

/** COM_STMT_EXECUTE of one parameter. @param types  flag, and the types where it is 1 */
function execute(id: number, types: readonly number[], value: string): Buffer {
  return Buffer.concat([
    Buffer.from([commandCode.COM_STMT_EXECUTE]),
    u32(id),
    Buffer.from([0, 1, 0, 0, 0, 0]),
    Buffer.from(types),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function encoded(ok: Ok, capabilities: number): Uint8Array {
  const writer = new PacketWriter();
  encodeOk(writer, ok, { capabilities });
  return Uint8Array.from(writer.take());
}

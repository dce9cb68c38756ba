import { commandCode } from '@sealane/mysql-protocol';
import type mysql from 'mysql2/promise';
import t from 'tap';
import { digest, everyType } from './fake-session.ts';
import { client, eventually, failure, RawClient, serve } from './serve.ts';

t.setTimeout(60_000);

t.test('mysql2 reads every type as text and from a prepared statement, and both agree', async (t) => {
  const connection = await client(t, await serve(t));

  const [text] = await connection.query<mysql.RowDataPacket[]>('select every');
  const [binary] = await connection.execute<mysql.RowDataPacket[]>('select every');

  t.same(binary[0], text[0]);
  const row: Record<string, unknown> = text[0] ?? {};
  t.equal(row['c_ubigint'], '18446744073709551615');
  t.equal(row['c_decimal'], '-12345678901234.56789');
  t.same(row['c_bit'], Buffer.of(1, 3));
  t.equal(row['c_datetime'], '2026-11-24 07:44:04.123456');
  t.equal(row['c_varchar'], 'grüße 你好 😀');
  t.same(row['c_json'], { a: [1, 2, 'ü'] });
  t.equal(row['c_null'], null);
});

t.test('parameters arrive as they were bound', async (t) => {
  const served = await serve(t);
  const connection = await client(t, served);
  const bytes = Buffer.of(0xff, 0xfe, 0x00, 0x80);

  await connection.execute('insert ? ? ? ? ? ?', [
    'grün',
    1.5,
    null,
    bytes,
    true,
    new Date(Date.UTC(2026, 10, 24, 7, 44, 4, 120)),
  ]);

  const [parameters] = served.fake.sessions[0]?.executed ?? [];
  t.equal(parameters?.[0], 'grün');
  t.equal(Number(parameters?.[1]), 1.5);
  t.equal(parameters?.[2], null);
  t.same(Buffer.from(parameters?.[3] as Uint8Array), bytes);
  t.match(String(parameters?.[4]), /1|true/);
  t.match(String(parameters?.[5]), /^2026-11-2\d /);
});

t.test('a prepared statement is forgotten when it is closed', async (t) => {
  const served = await serve(t, { preparedStatementsMax: 2 });
  const connection = await client(t, served);

  const one = await connection.prepare('insert ?');
  await connection.prepare('insert ? ?');
  t.match(await failure(connection.prepare('insert ? ? ?')), {
    errno: 1461,
    message: /\(current value: 2\)/,
  });
  await one.close();
  t.match(await failure(connection.prepare('bad')), { errno: 1064, sqlState: '42000' });
  await connection.prepare('insert ? ? ?');

  t.equal(served.fake.sessions[0]?.preparedCount, 2);
});

t.test('wrong tenant, user and password look the same, and the log tells them apart', async (t) => {
  const served = await serve(t);

  for (const user of ['root@nowhere', 'nobody@test', 'root@test']) {
    const error = await failure(client(t, served, { user, password: 'wrong' }));
    t.match(error, {
      errno: 1045,
      sqlState: '42000',
      message: `Access denied for user '${user.replace(/@.*/, '')}'@'127.0.0.1' (using password: YES)`,
    });
  }

  const lines = served.fake.log.filter(({ message }) => message === 'MySQL LOGIN');
  t.equal(lines.length, 3);
  t.match(lines[0]?.fields, {
    tenant_name: 'nowhere',
    user_name: 'root',
    ret: -4043,
    use_ssl: false,
    reason: 'no such tenant',
  });
  t.match(await failure(client(t, served, { user: 'nobody', password: '' })), {
    errno: 1045,
    message: /using password: NO/,
  });
});

t.test('a login goes through the checks in order', async (t) => {
  const served = await serve(t);

  served.fake.state = 'starting';
  t.match(await failure(client(t, served)), { errno: 8001 });
  const early = await client(t, served, { user: 'root', password: '' });
  await early.query('select 1');

  served.fake.state = 'stopping';
  t.match(await failure(client(t, served, { user: 'root', password: '' })), { errno: 8002 });

  served.fake.state = 'serving';
  t.match(await failure(client(t, served, { user: 'root@test#elsewhere' })), { errno: 4666 });
  t.match(await failure(client(t, served, { connectAttributes: { __cluster_id: '7' } })), { errno: 4666 });
  t.match(await failure(client(t, served, { database: 'nowhere' })), { errno: 1049, sqlState: '42000' });
  await client(t, served, {
    user: 'root@test#obcluster:1',
    connectAttributes: { __cluster_name: 'obcluster' },
  });
});

t.test('the line "MySQL LOGIN" and the line "connection close" tell a connection', async (t) => {
  const served = await serve(t);
  const connection = await client(t, served, {
    connectAttributes: { _client_version: '9.9', __mysql_client_type: '__ob_proxy' },
  });
  t.equal(served.fake.links[0]?.fromProxy, true, 'the ledger shows a proxy’s connection as one');
  await connection.end();

  await eventually('the close is logged', () =>
    served.fake.log.some(({ message }) => message === 'connection close'),
  );
  const [login, close] = served.fake.log;
  t.match(login, {
    level: 'info',
    message: 'MySQL LOGIN',
    fields: {
      user_name: 'root',
      tenant_name: 'test',
      tenant_id: 1002,
      host_name: '%',
      from_proxy: true,
      use_ssl: false,
      ret: 0,
      client_version: '9.9',
    },
  });
  t.match(close, {
    message: 'connection close',
    fields: { reason: 'quit', sessid: login?.fields['sessid'] },
  });
  t.equal(served.fake.links[0]?.closed, 'quit');
  t.ok(served.fake.sessions[0]?.closed);
});

t.test('several statements give several results, up to the one that fails', async (t) => {
  const served = await serve(t);
  const several = await client(t, served, { multipleStatements: true });
  const single = await client(t, served);

  const [results] = await several.query('insert a; select digest x; use d2');
  t.equal((results as unknown[]).length, 3);
  t.match((results as mysql.ResultSetHeader[])[0], { affectedRows: 3, insertId: 7 });
  t.match(await failure(several.query('insert a; select nothing; insert b')), {
    errno: 1054,
    sqlState: '42S22',
  });
  t.same(served.fake.sessions[0]?.statements.at(-1)?.trim(), 'select nothing');
  t.match(await failure(single.query('insert a; insert b')), { errno: 1064 });
  t.match(await failure(single.query(' ')), { errno: 1065 });
});

t.test('an error of a statement, ours included, leaves the connection alive', async (t) => {
  const served = await serve(t);
  const connection = await client(t, served);

  t.match(await failure(connection.query('select nothing')), {
    errno: 1054,
    message: "Unknown column 'nothing' in 'field list'",
  });
  t.match(await failure(connection.query('select bug')), {
    errno: 4016,
    sqlState: 'HY000',
    message: 'Internal error',
  });
  const [rows] = await connection.query<mysql.RowDataPacket[]>('select digest still here');

  t.equal(rows[0]?.['digest'], digest('still here'));
  t.ok(served.fake.log.some(({ level }) => level === 'error'));
});

t.test('status flags and session changes follow the session', async (t) => {
  const served = await serve(t);
  const connection = await client(t, served);

  const [begun] = await connection.query<mysql.ResultSetHeader>('begin');
  const [changed] = await connection.query<mysql.ResultSetHeader>('use d2');
  const [zoned] = await connection.query<mysql.ResultSetHeader>('set time_zone');

  t.equal(begun.serverStatus & 0x3, 0x3, 'in a transaction, autocommit on');
  t.match(changed, { stateChanges: { schema: 'd2' } });
  t.match(zoned, { stateChanges: { systemVariables: { time_zone: '+08:00' } } });
  const [mode] = await connection.query<mysql.ResultSetHeader>('set sql_mode');
  t.equal(mode.serverStatus & 0x200, 0x200, 'no backslash escapes');
});

t.test('COM_CHANGE_USER opens another session on the same connection', async (t) => {
  const served = await serve(t);
  const connection = await client(t, served);
  await connection.prepare('insert ?');

  await connection.changeUser({ user: 'app@test', password: 'pass wörd', database: 'd3' });
  const [rows] = await connection.query<mysql.RowDataPacket[]>('select database()');

  t.equal(rows[0]?.['DATABASE()'], 'd3');
  t.ok(served.fake.sessions[0]?.closed);
  t.match(served.listener.processes.rows(), [{ user: 'app', tenant: 'test', database: 'd3' }]);
  t.match(await failure(connection.changeUser({ user: 'app@test', password: 'wrong' })), { errno: 1045 });
  await eventually('the connection is closed', () => served.listener.connectionCount === 0);
});

t.test('the small commands answer as MySQL does', async (t) => {
  const served = await serve(t);
  const raw = await RawClient.loggedIn(t, served.port);
  const command = (name: keyof typeof commandCode, ...rest: Uint8Array[]): Promise<string> => {
    raw.send(Buffer.concat([Buffer.of(commandCode[name]), ...rest]));
    return raw.verdict();
  };

  t.equal(await command('COM_PING'), 'OK');
  t.equal(await command('COM_INIT_DB', Buffer.from('d4')), 'OK');
  t.equal(served.fake.sessions[0]?.state.database, 'd4');
  t.equal(await command('COM_INIT_DB', Buffer.from('nowhere')), "1049 Unknown database 'nowhere'");
  t.equal(await command('COM_RESET_CONNECTION'), 'OK');
  t.equal(await command('COM_SET_OPTION', Buffer.of(1, 0)), '0xfe');
  raw.query('insert a; insert b');
  t.match(await raw.verdict(), /^1064 /);
  t.equal(await command('COM_SET_OPTION', Buffer.of(0, 0)), '0xfe');
  raw.query('insert a; insert b');
  t.equal(await raw.verdict(), 'OK');
  t.equal(await raw.verdict(), 'OK');
  t.equal(await command('COM_PROCESS_KILL', Buffer.of(5, 0, 0, 0)), 'OK');
  t.equal(served.fake.sessions[0]?.statements.at(-1), 'KILL 5');
  t.equal(
    await command('COM_STMT_FETCH', Buffer.of(1, 0, 0, 0, 1, 0, 0, 0)),
    '1421 The statement (1) has no open cursor.',
  );
  t.match(
    await command('COM_STMT_RESET', Buffer.of(9, 0, 0, 0)),
    /^1243 Unknown prepared statement handler \(9\) given to mysqld_stmt_reset/,
  );
  t.match(await command('COM_STMT_EXECUTE', Buffer.of(9, 0, 0, 0, 0, 1, 0, 0, 0)), /^1243 /);
  t.match(await command('COM_STMT_EXECUTE', Buffer.of(9, 0)), /^1835 /);
  t.equal(await command('COM_DEBUG'), '1047 Unknown command');
  raw.send(Buffer.of(commandCode.COM_STATISTICS));
  t.match(
    Buffer.from((await raw.packet())?.payload ?? []).toString(),
    /^Uptime: \d+ {2}Threads: 1 {2}Questions: \d+ /,
  );
  raw.send(Buffer.concat([Buffer.of(commandCode.COM_FIELD_LIST), Buffer.from('t\0')]));
  for (const { name } of everyType) t.ok(Buffer.from((await raw.packet())?.payload ?? []).includes(name));
  t.equal(await raw.verdict(), '0xfe');
  t.equal(await command('COM_FIELD_LIST', Buffer.from('u\0')), "1146 Table 'test.u' doesn't exist");
  t.equal(await command('COM_QUIT'), 'closed');
});

t.test('parameters sent ahead in pieces reach the next execution, and only that one', async (t) => {
  const served = await serve(t, { maxAllowedPacket: 100_000 });
  const raw = await RawClient.loggedIn(t, served.port);
  raw.send(Buffer.concat([Buffer.of(commandCode.COM_STMT_PREPARE), Buffer.from('insert ?')]));
  for (let packets = 0; packets < 2; packets++) await raw.packet();
  const longData = (piece: string): void =>
    raw.send(
      Buffer.concat([Buffer.of(commandCode.COM_STMT_SEND_LONG_DATA, 1, 0, 0, 0, 0, 0), Buffer.from(piece)]),
    );
  const execute = (...rest: number[]): Promise<string> => {
    raw.send(Buffer.of(commandCode.COM_STMT_EXECUTE, 1, 0, 0, 0, 0, 1, 0, 0, 0, ...rest));
    return raw.verdict();
  };

  longData('grü');
  longData('ße');
  t.equal(await execute(0, 1, 254, 0), 'OK');
  t.equal(await execute(1, 0), 'OK', 'the types are remembered, the value is NULL');
  longData('x'.repeat(99_000));
  longData('x'.repeat(99_000));
  t.match(await execute(0, 0), /^1153 /);
  longData('again');
  t.equal(await execute(0, 0), 'OK');

  t.same(served.fake.sessions[0]?.executed, [['grüße'], [null], ['again']]);
});

t.test('packets over 16 MiB come and go whole', async (t) => {
  const served = await serve(t, { maxAllowedPacket: 64 * 1024 * 1024 });
  const connection = await client(t, served);
  const text = `select digest ${'abcdefghij'.repeat(2_000_000)}`;

  const [sent] = await connection.query<mysql.RowDataPacket[]>(text);
  const [received] = await connection.query<mysql.RowDataPacket[]>('select big 17000000');
  const exact = 0xffffff - 'select digest '.length - 1;
  const [edge] = await connection.query<mysql.RowDataPacket[]>(`select digest ${'y'.repeat(exact)}`);

  t.equal(sent[0]?.['digest'], digest(text.slice(14)));
  t.equal(received[0]?.['big'].length, 17_000_000);
  t.equal(edge[0]?.['digest'], digest('y'.repeat(exact)));
});

t.test('a packet over max_allowed_packet is refused with 1153 before it is read', async (t) => {
  const served = await serve(t, { maxAllowedPacket: 1_000_000 });
  const raw = await RawClient.loggedIn(t, served.port);

  raw.socket.write(Buffer.of(0xff, 0xff, 0x1f, 0, commandCode.COM_QUERY));

  t.match(await raw.verdict(), /^1153 Got a packet bigger than 'max_allowed_packet' bytes/);
  t.equal(await raw.verdict(), 'closed');
});

t.test('a client in GBK or latin1 is understood and answered in it', async (t) => {
  const served = await serve(t);
  const raw = await RawClient.loggedIn(t, served.port, { user: 'root@sys' });
  const ask = async (text: Uint8Array): Promise<Buffer[]> => {
    raw.send(Buffer.concat([Buffer.of(commandCode.COM_QUERY), text]));
    const payloads: Buffer[] = [];
    do payloads.push(Buffer.from((await raw.packet())?.payload ?? []));
    while (payloads[0]?.[0] !== 0 && payloads.at(-1)?.[0] !== 0xfe);
    return payloads;
  };

  await ask(Buffer.from('set names gbk'));
  await ask(Buffer.concat([Buffer.from('use '), Buffer.of(0xc4, 0xe3)]));
  const [, definition, row] = await ask(Buffer.from('select database()'));
  t.equal(served.fake.sessions[0]?.state.database, '你');
  t.same([...(row ?? [])], [2, 0xc4, 0xe3]);
  t.equal(definition?.readUInt16LE((definition?.length ?? 0) - 12), 28, 'the definition says GBK');

  await ask(Buffer.from('set names latin1'));
  await ask(Buffer.concat([Buffer.from('use '), Buffer.of(0xfc)]));
  const [, , latin] = await ask(Buffer.from('select database()'));
  t.equal(served.fake.sessions[0]?.state.database, 'ü');
  t.same([...(latin ?? [])], [1, 0xfc]);
});

t.test('a value in a column of type NULL is sent as text in both forms', async (t) => {
  const connection = await client(t, await serve(t));

  const [text] = await connection.query('select null-typed');
  const [binary] = await connection.execute('select null-typed');

  t.same(text, [{ x: 'a value after all' }]);
  t.same(binary, text);
});

t.test('a tenant may have its own max_allowed_packet', async (t) => {
  const served = await serve(t, { maxAllowedPacket: 1_000 });
  Object.assign(served.fake.ports, {
    maxAllowedPacket: (tenantId: number) => (tenantId === 1002 ? 5_000 : undefined),
  });
  const sys = await client(t, served, { user: 'root@sys', password: '' });
  const test = await client(t, served);

  await test.query(`insert ${'x'.repeat(4_000)}`);
  t.match(await failure(sys.query(`insert ${'x'.repeat(4_000)}`)), { errno: 1153 });
});

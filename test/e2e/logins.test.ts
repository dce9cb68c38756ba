import { startCluster } from '@sealane/testkit';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise';
import t, { type Test } from 'tap';

/** Logins of real drivers to a real node: plugins, ages of passwords, limits, and what the audit says of them. */

t.setTimeout(120_000);

t.test('users come by either plugin, as their accounts allow, and the audit has it', async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const [node] = cluster.nodes;
  const address = { host: node?.svr_ip ?? '', port: node?.sql_port ?? 0 };
  const root = await open(t, { ...address, user: 'root@sys' });
  await root.query('ALTER SYSTEM SET ssl_client_authentication = TRUE');
  const ssl = { rejectUnauthorized: false };

  await t.test('caching_sha2_password: under TLS, remembered, and under RSA', async (t) => {
    await root.query("CREATE USER sam IDENTIFIED WITH caching_sha2_password BY 'one'");
    const sam = { ...address, user: 'sam@sys' };
    t.equal(await whoAmI(t, { ...sam, password: 'one', ssl }), 'sam@%');
    t.equal(await whoAmI(t, { ...sam, password: 'one' }), 'sam@%', 'the short way');
    await root.query("ALTER USER sam IDENTIFIED BY 'two'");
    t.equal(await whoAmI(t, { ...sam, password: 'one', ssl }), 1045, 'what was remembered is forgotten');
    t.equal(await whoAmI(t, { ...sam, password: 'two' }), 'sam@%', 'without TLS under the RSA key');
    const changing = await open(t, { ...address, user: 'root@sys' });
    await changing.changeUser({ user: 'sam@sys', password: 'two' });
    t.equal(await current(changing), 'sam@%', 'COM_CHANGE_USER');
  });

  await t.test('new users get the default plugin', async (t) => {
    await root.query("SET GLOBAL default_authentication_plugin = 'caching_sha2_password'");
    await root.query("CREATE USER new IDENTIFIED BY 'x'");
    await root.query('SET GLOBAL default_authentication_plugin = DEFAULT');
    t.equal(await whoAmI(t, { ...address, user: 'new', password: 'x', ssl }), 'new@%');
  });

  await t.test('an expired password can only be changed', async (t) => {
    await root.query("CREATE USER old IDENTIFIED BY 'x' PASSWORD EXPIRE");
    const old = { ...address, user: 'old', password: 'x' };
    t.equal(await whoAmI(t, old), 1862, 'by a client that can');
    const session = await open(t, { ...old, flags: ['CAN_HANDLE_EXPIRED_PASSWORDS'] });
    t.equal(await failure(session.query('SELECT 1')), 1820);
    await session.query("ALTER USER USER() IDENTIFIED BY 'y'");
    t.equal(await current(session), 'old@%');
    t.equal(await whoAmI(t, { ...old, password: 'y' }), 'old@%');
  });

  await t.test('locks and limits of accounts', async (t) => {
    await root.query("CREATE USER few IDENTIFIED BY 'x' WITH MAX_USER_CONNECTIONS 1");
    const few = { ...address, user: 'few', password: 'x' };
    const first = await open(t, few);
    t.equal(await whoAmI(t, few), 1226);
    await first.end();
    await root.query('ALTER USER few ACCOUNT LOCK');
    t.equal(await whoAmI(t, few), 3118);
  });

  await t.test('failures in a row close an account', async (t) => {
    await root.query("CREATE USER guessed IDENTIFIED BY 'x'");
    await root.query('ALTER SYSTEM SET connection_control_failed_connections_threshold = 2');
    const wrong = { ...address, user: 'guessed', password: 'y' };
    for (const _ of [1, 2]) t.equal(await whoAmI(t, wrong), 1045);
    t.equal(await whoAmI(t, { ...wrong, password: 'x' }), 3118);
    await root.query('ALTER SYSTEM SET connection_control_failed_connections_threshold = 0');
    t.equal(await whoAmI(t, { ...wrong, password: 'x' }), 'guessed@%');
  });

  await t.test('each attempt is a row of GV$OB_LOGIN_AUDIT', async (t) => {
    const [rows] = await root.query(`SELECT USER_NAME, HOST_NAME, PLUGIN, SSL_PROTOCOL, DRIVER, RET, REASON
      FROM oceanbase.GV$OB_LOGIN_AUDIT WHERE USER_NAME IN ('sam', 'few', 'old') AND CLIENT_IP = '127.0.0.1'`);
    const sha2 = { USER_NAME: 'sam', PLUGIN: 'caching_sha2_password', DRIVER: 'Node-MySQL-2' };
    t.match(rows, [
      { ...sha2, HOST_NAME: '%', SSL_PROTOCOL: 'TLSv1.3', RET: 0, REASON: '' },
      { ...sha2, SSL_PROTOCOL: null, RET: 0 },
      { ...sha2, HOST_NAME: null, RET: 1045, REASON: 'password is wrong' },
      { ...sha2, RET: 0 },
      { ...sha2, RET: 0 },
      { USER_NAME: 'old', RET: 1862, REASON: 'password has expired' },
      { USER_NAME: 'old', RET: 0 },
      { USER_NAME: 'old', RET: 0 },
      { USER_NAME: 'few', RET: 0 },
      { USER_NAME: 'few', RET: 1226, REASON: 'max_user_connections' },
      { USER_NAME: 'few', RET: 3118, REASON: 'account is locked' },
    ]);
  });
});

async function open(t: Test, options: ConnectionOptions): Promise<Connection> {
  const connection = await createConnection(options);
  connection.on('error', () => undefined);
  t.teardown(() => connection.destroy());
  return connection;
}

/** @returns CURRENT_USER(), or the number of the error */
async function whoAmI(t: Test, options: ConnectionOptions): Promise<unknown> {
  try {
    const connection = await open(t, options);
    const user = await current(connection);
    await connection.end();
    return user;
  } catch (error) {
    return (error as { errno?: number }).errno ?? error;
  }
}

async function current(connection: Connection): Promise<string> {
  const [rows] = await connection.query('SELECT CURRENT_USER() AS who');
  return String((rows as { who: string }[])[0]?.who);
}

async function failure(promise: Promise<unknown>): Promise<number | undefined> {
  return promise.then(
    () => undefined,
    (error: { errno: number }) => error.errno,
  );
}

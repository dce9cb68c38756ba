import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  askNode,
  connectTo,
  rowsOf,
  runProgram,
  startCluster,
  type TestCluster,
  type TestNode,
  within,
} from '@sealane/testkit';
import { type Connection, createConnection } from 'mysql2/promise';
import t from 'tap';

/** Users of a real cluster: made on one node, known on all, allowed what they were granted from the next statement on. */

const FILE_TIMEOUT_MS = 150_000;
const CLIENT_TIMEOUT_MS = 20_000;
const REPLICATED_MS = 10_000;
/** Nothing else in the cluster's files reads like this. */
const SECRET = 'never-to-be-seen-7Qx';

t.setTimeout(FILE_TIMEOUT_MS);

t.test('accounts and privileges', async (t) => {
  const cluster = await startCluster(t);
  const leader = leaderOf(cluster);
  const [follower] = cluster.nodes.filter((node) => node !== leader);
  if (follower === undefined) throw new Error('no follower');
  const root = await connectTo(cluster, follower);
  t.teardown(() => root.end());

  await root.query('CREATE TABLE t (a INT PRIMARY KEY, b INT)');
  await root.query('INSERT INTO t VALUES (1, 2)');
  await root.query(`CREATE USER ann IDENTIFIED BY '${SECRET}', ben IDENTIFIED BY '${SECRET}'`);

  await t.test('the mariadb client gets in on each node, with the right password only', async (t) => {
    for (const node of cluster.nodes) {
      const status = await within(REPLICATED_MS, `ann gets in on ${node.name}`, async () => {
        const result = await mariadb(node, ['-u', 'ann@test', `-p${SECRET}`, '-Ne', 'SELECT CURRENT_USER()']);
        return result.code === 0 ? result : undefined;
      });
      t.equal(status.stdout.trim(), 'ann@%');
      const wrong = await mariadb(node, ['-u', 'ann@test', '-pwrong', '-e', 'SELECT 1']);
      t.match(wrong.stderr, /ERROR 1045/);
    }
  });

  await t.test('GRANT and REVOKE count from the next statement on, on every node', async (t) => {
    for (const node of cluster.nodes) {
      const ann = await loginAs('ann', node);
      t.teardown(() => ann.end());
      t.equal(await errnoOf(ann.query('SELECT a FROM test.t')), 1142);
      t.equal(await errnoOf(ann.query('USE test')), 1044);
      t.equal(await errnoOf(ann.prepare('SELECT a FROM test.t')), 1142);

      await root.query('GRANT SELECT (a), UPDATE (b) ON test.t TO ann');
      t.same(await rowsOf(ann, 'SELECT a FROM test.t'), [[1]]);
      await ann.query('USE test');
      t.equal(await errnoOf(ann.query('SELECT * FROM t')), 1142);
      t.equal(await errnoOf(ann.query('SELECT b FROM t')), 1143);
      t.equal(await errnoOf(ann.execute('UPDATE t SET a = ?', [3])), 1143);
      await ann.execute('UPDATE t SET b = ? WHERE a = 1', [3]);
      const [databases, tables] = [await rowsOf(ann, 'SHOW DATABASES'), await rowsOf(ann, 'SHOW TABLES')];
      t.same(databases, [['information_schema'], ['test']]);
      t.same(tables, [['t']]);

      await root.query('REVOKE ALL PRIVILEGES, GRANT OPTION FROM ann');
      t.equal(await errnoOf(ann.execute('UPDATE t SET b = ? WHERE a = 1', [4])), 1142);
      t.equal(await errnoOf(ann.query('SELECT a FROM t')), 1142);
    }
  });

  await t.test('roles are there after a login when they are default ones', async (t) => {
    await root.query('CREATE ROLE reader');
    await root.query('GRANT SELECT ON test.* TO reader');
    await root.query('GRANT reader TO ben');
    const before = await loginAs('ben', leader);
    t.teardown(() => before.end());
    t.equal(await errnoOf(before.query('SELECT a FROM test.t')), 1142);
    await before.query('SET ROLE reader');
    t.same(await rowsOf(before, 'SELECT a FROM test.t'), [[1]]);
    t.same(await rowsOf(before, 'SELECT CURRENT_ROLE()'), [['`reader`@`%`']]);

    await root.query('SET DEFAULT ROLE reader TO ben');
    const after = await loginAs('ben', leader);
    t.teardown(() => after.end());
    t.same(await rowsOf(after, 'SELECT a FROM test.t'), [[1]]);
    await root.query('REVOKE reader FROM ben');
    t.equal(await errnoOf(after.query('SELECT a FROM test.t')), 1142);
  });

  await t.test('an expired password lets its user do nothing but change it', async (t) => {
    await root.query('ALTER USER ben PASSWORD EXPIRE');
    const { svr_ip: host, sql_port: port } = leader;
    const login = createConnection({ host, port, user: 'ben@test', password: SECRET });
    t.equal(await errnoOf(login), 1862, 'a client that knows nothing of it is not let in');

    const ben = ['-u', 'ben@test', `-p${SECRET}`, '--connect-expired-password', '-e'];
    t.match((await mariadb(leader, [...ben, 'SELECT 1'])).stderr, /ERROR 1820/);
    t.equal((await mariadb(leader, [...ben, `SET PASSWORD = '${SECRET}'; SELECT 1`])).code, 0);
    t.equal((await mariadb(leader, [...ben, 'SELECT 1'])).code, 0);
  });

  await t.test('others and their statements are seen and ended with the right to it only', async (t) => {
    const ann = await loginAs('ann', follower);
    t.teardown(() => ann.end());
    const users = async () => new Set((await rowsOf(ann, 'SHOW PROCESSLIST')).map(([, user]) => user));
    const [[rootId]] = (await rowsOf(root, 'SELECT CONNECTION_ID()')) as [[number]];
    t.same(await users(), new Set(['ann']));
    t.equal(await errnoOf(ann.query(`KILL ${rootId}`)), 1095);
    t.equal(await errnoOf(ann.query("ALTER SYSTEM SET rpc_timeout = '2s'")), 1227);

    await root.query('GRANT PROCESS ON *.* TO ann');
    t.ok((await users()).has('root'));
  });

  await t.test('DBA_OB_USERS and mysql.user list them; to themselves as to nobody else', async (t) => {
    const listed = await rowsOf(
      root,
      'SELECT USER_NAME, TYPE, PASSWD FROM oceanbase.DBA_OB_USERS ORDER BY 1',
    );
    t.same(listed, [
      ['ann', 'USER', '***'],
      ['ben', 'USER', '***'],
      ['reader', 'ROLE', ''],
      ['root', 'USER', ''],
    ]);
    const ben = await loginAs('ben', leader);
    t.teardown(() => ben.end());
    t.equal(await errnoOf(ben.query('SELECT user FROM mysql.user')), 1142);
    t.equal(await errnoOf(ben.query('SELECT USER_NAME FROM oceanbase.DBA_OB_USERS')), 1142);
    const everybody = await askNode(
      cluster,
      leader,
      'SELECT DISTINCT TENANT_ID FROM oceanbase.CDB_OB_USERS',
      {
        user: 'root@sys',
      },
    );
    t.ok(everybody.length >= 2, 'of several tenants');
  });

  await t.test('a dropped user may do nothing any more, and no password is in any file', async (t) => {
    const ann = await loginAs('ann', leader);
    t.teardown(() => ann.end());
    await root.query('GRANT SELECT ON test.* TO ann');
    t.same(await rowsOf(ann, 'SELECT a FROM test.t'), [[1]]);
    await root.query('DROP USER ann, ben');
    t.equal(await errnoOf(ann.query('SELECT a FROM test.t')), 1142);

    const files = filesIn(cluster.baseDirectory);
    const told = files.filter((file) => readFileSync(file).includes(SECRET));
    t.ok(files.length > 10);
    t.same(told, []);
  });
});

function leaderOf({ nodes }: TestCluster): TestNode {
  const leader = nodes.find(({ leads }) => leads.some(({ tenant_id }) => tenant_id === 1002));
  if (leader === undefined) throw new Error('nobody leads tenant test');
  return leader;
}

/** @returns undefined for what isn't refused */
function errnoOf(answer: Promise<unknown>): Promise<number | undefined> {
  return answer.then(
    () => undefined,
    (error: { readonly errno: number }) => error.errno,
  );
}

/** As soon as the node knows of the account. */
function loginAs(user: string, node: TestNode): Promise<Connection> {
  return within(REPLICATED_MS, `${user} gets in on ${node.name}`, () =>
    createConnection({ host: node.svr_ip, port: node.sql_port, user: `${user}@test`, password: SECRET }),
  );
}

function mariadb(node: TestNode, args: readonly string[]): ReturnType<typeof runProgram> {
  const address = ['-h', node.svr_ip, '-P', String(node.sql_port), '--protocol=TCP'];
  return runProgram('mariadb', [...address, ...args], { timeoutMs: CLIENT_TIMEOUT_MS });
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

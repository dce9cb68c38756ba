import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { connectTo, rowsOf, startCluster, type TestCluster, type TestNode, within } from '@sealane/testkit';
import t from 'tap';

/** Tenants come and go in a running cluster, each with a log, a file and users of its own. */

const SETTLE_TIMEOUT_MS = 30_000;
t.setTimeout(180_000);

t.test('a tenant is made, used, moved, locked and dropped, while servers come and go', async (t) => {
  const cluster = await startCluster(t);
  const [first, second, third] = cluster.nodes as [TestNode, TestNode, TestNode];
  const admin = await connectTo(cluster, second, { user: 'root@sys' });
  t.teardown(() => admin.end());
  await admin.query("CREATE RESOURCE UNIT box MAX_CPU 2, MEMORY_SIZE '1G'");
  await admin.query("CREATE RESOURCE POOL pool1 UNIT = 'box', UNIT_NUM = 1");

  await t.test('what can’t be granted is refused before anything is made', async (t) => {
    const wrong = [
      ["CREATE RESOURCE UNIT box MAX_CPU 2, MEMORY_SIZE '1G'", 4649],
      ["CREATE RESOURCE UNIT small MAX_CPU 0, MEMORY_SIZE '1G'", 1210],
      ['CREATE RESOURCE UNIT half MAX_CPU 2', 1210],
      ['DROP RESOURCE UNIT box', 4634],
      ['CREATE RESOURCE POOL pool2 UNIT = nothing', 4648],
      ["CREATE RESOURCE POOL pool2 UNIT = box, ZONE_LIST = ('zone9')", 4530],
      ['CREATE RESOURCE POOL pool2 UNIT = box, UNIT_NUM = 2', 4179],
      ["CREATE TENANT shop RESOURCE_POOL_LIST = ('pool9')", 4650],
      ["CREATE TENANT seed RESOURCE_POOL_LIST = ('pool1')", 5160],
      ["CREATE TENANT shop RESOURCE_POOL_LIST = ('pool1') SET no_such_variable = 1", 1193],
      ["CREATE TENANT shop RESOURCE_POOL_LIST = ('pool1') SET ob_compatibility_mode = 'oracle'", 1235],
      ["CREATE TENANT shop RESOURCE_POOL_LIST = ('pool1') READ ONLY", 1235],
      ["CREATE TENANT test RESOURCE_POOL_LIST = ('pool1')", 5156],
      ['DROP TENANT nobody', 5157],
      ['DROP TENANT sys', 4179],
    ] as const;
    for (const [statement, errno] of wrong) t.equal(await errnoOf(admin.query(statement)), errno, statement);
    t.equal(await tenantCount(admin), 2);
  });

  await admin.query(
    "CREATE TENANT shop RESOURCE_POOL_LIST = ('pool1'), PRIMARY_ZONE = 'zone3;zone1' SET ob_tcp_invited_nodes = '%', max_connections = 99",
  );

  await t.test('the primary zone leads it, and every server takes its logins at once', async (t) => {
    t.equal(await leaderPort(admin), third.svr_port);
    for (const node of cluster.nodes) {
      const session = await loginSoon(cluster, node);
      t.same(await rowsOf(session, 'SELECT @@max_connections'), [[99]]);
      await session.end();
    }
    const session = await connectTo(cluster, first, { user: 'root@shop' });
    await session.query('CREATE DATABASE d');
    await session.query('CREATE TABLE d.t (id INT PRIMARY KEY)');
    await session.query('INSERT INTO d.t VALUES (1)');
    for (const node of cluster.nodes) {
      await session.query(`CREATE USER of_${node.svr_port}`);
      const theirs = await connectTo(cluster, node, { user: `of_${node.svr_port}@shop` });
      await theirs.end();
    }
    t.equal(await errnoOf(session.query('CREATE RESOURCE UNIT mine MAX_CPU 1')), 1227, 'only sys grants');
    const own = await rowsOf(session, 'SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS');
    t.same(own, [['shop']], 'another tenant’s name is nobody’s business');
    for (const [view, column, seen] of [
      ['GV$OB_PROCESSLIST', 'TENANT', [['shop']]],
      ['DBA_OB_RESOURCE_POOLS', 'NAME', [['pool1']]],
      ['DBA_OB_UNIT_CONFIGS', 'NAME', [['box']]],
      ['DBA_OB_ROOTSERVICE_EVENT_HISTORY', 'EVENT', []],
    ] as const)
      t.same(await rowsOf(session, `SELECT DISTINCT ${column} FROM oceanbase.${view}`), seen, view);
    await session.end();
  });

  await t.test('a locked tenant takes no logins, and its leader moves with its primary zone', async (t) => {
    await admin.query('ALTER TENANT shop LOCK');
    t.equal(await errnoOf(connectTo(cluster, second, { user: 'root@shop' })), 5260);
    await admin.query("ALTER TENANT shop UNLOCK, PRIMARY_ZONE = 'zone1'");
    t.equal(await leaderPort(admin), first.svr_port);
  });

  await t.test('a rolling restart keeps it, and a server that was down follows what it missed', async (t) => {
    const rolled = await cluster.controller('restart', '--rolling');
    t.equal(rolled.code, 0, rolled.stderr);
    const session = await connectTo(cluster, second, { user: 'root@shop' });
    t.teardown(() => session.end().catch(() => undefined));
    t.same(await rowsOf(session, 'SELECT * FROM d.t'), [[1]]);
    const root = await connectTo(cluster, second, { user: 'root@sys' });
    t.teardown(() => root.end());
    const status = await cluster.status();
    process.kill(status.nodes.find(({ name }) => name === third.name)?.pid ?? 0, 'SIGKILL');

    await root.query('DROP TENANT shop');

    await within(SETTLE_TIMEOUT_MS, 'its sessions end', async () => {
      return (await errnoOf(session.query('SELECT 1'))) !== undefined;
    });
    t.equal(await errnoOf(connectTo(cluster, second, { user: 'root@shop' })), 1045);
    t.ok(storeOf(cluster, third).includes('tenant-1004'), 'the dead server still has its files');
    t.equal((await cluster.controller('up')).code, 0);
    for (const node of cluster.nodes) {
      await within(SETTLE_TIMEOUT_MS, `${node.name} has removed its files`, () =>
        Promise.resolve(!storeOf(cluster, node).some((name) => name.startsWith('tenant-'))),
      );
    }
    await root.query("CREATE TENANT shop RESOURCE_POOL_LIST = ('pool1')");
    const again = await loginSoon(cluster, third);
    t.equal(await errnoOf(again.query('SELECT * FROM d.t')), 1049, 'a new tenant of the same name is empty');
    await again.end();
    t.same(
      await rowsOf(root, "SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = 'shop'"),
      [[1006]],
      'a number is used once',
    );
  });
});

type Session = Awaited<ReturnType<typeof connectTo>>;

/** A server opens a tenant when it has applied the row that names it. */
async function loginSoon(cluster: TestCluster, node: TestNode): Promise<Session> {
  let session: Session | undefined;
  await within(SETTLE_TIMEOUT_MS, `a login at ${node.name}`, async () => {
    session = await connectTo(cluster, node, { user: 'root@shop' }).catch(() => undefined);
    return session !== undefined;
  });
  if (session === undefined) throw new Error('no session');
  return session;
}

async function leaderPort(admin: Session): Promise<unknown> {
  const rows = await rowsOf(
    admin,
    "SELECT SVR_PORT FROM oceanbase.GV$OB_LOG_STAT WHERE TENANT_ID = 1004 AND ROLE = 'LEADER'",
  );
  return rows[0]?.[0];
}

async function tenantCount(admin: Session): Promise<unknown> {
  return (await rowsOf(admin, 'SELECT COUNT(*) FROM oceanbase.DBA_OB_TENANTS'))[0]?.[0];
}

function storeOf(cluster: TestCluster, node: TestNode): string[] {
  return readdirSync(join(cluster.directoryOf(node), 'store'));
}

async function errnoOf(work: Promise<unknown>): Promise<number | string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    const { errno, code, message } = error as { errno?: number; code?: string; message: string };
    return errno ?? code ?? message;
  }
}

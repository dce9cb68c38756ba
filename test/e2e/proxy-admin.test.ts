import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  askNode,
  Load,
  rowsOf,
  runProgram,
  startCluster,
  startProxy,
  type TestNode,
  within,
} from '@sealane/testkit';
import { type Connection, createConnection } from 'mysql2/promise';
import t from 'tap';

/** The proxy is asked and changed by SQL while clients are at work. */

const SETTLE_TIMEOUT_MS = 15_000;
t.setTimeout(180_000);

t.test('TLS is switched on and off, on both sides of a proxy, and no client notices', async (t) => {
  const cluster = await startCluster(t);
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const base = mkdtempSync(join(tmpdir(), 'sealane-proxy-admin-'));
  t.teardown(() => rmSync(base, { recursive: true, force: true }));
  cpSync(join(cluster.directoryOf(node), 'wallet'), join(base, 'wallet'), { recursive: true });
  const first = await startProxy(t, cluster, ['--base-dir', base]);
  let proxy = first;
  const admin = await open(t, proxy.port, { user: 'root@proxysys' });
  const alter = (what: string) => admin.query(`ALTER PROXYCONFIG SET ${what}`);
  const plainOut = async (): Promise<readonly unknown[]> =>
    (
      await rowsOf(
        admin,
        "SELECT LINK_ID FROM oceanbase.GV$OB_LINKS WHERE DIRECTION = 'OUT' AND MODE = 'PLAIN' AND CLOSED_AT IS NULL",
      )
    ).flat();

  await t.test('root@proxysys gets in with other people’s clients, and nobody else does', async (t) => {
    const seen = await mariadb(proxy.port, "SHOW PROXYCONFIG LIKE 'enable_server_ssl'");
    t.match(seen.stdout, /enable_server_ssl\tFalse/, seen.stderr);
    await t.rejects(open(t, proxy.port, { user: 'somebody@proxysys' }), /Access denied/);
    await t.rejects(open(t, proxy.port, { user: 'root@proxysys', password: 'x' }), /Access denied/);
    await alter("obproxy_sys_password = 'secret'");
    await t.rejects(open(t, proxy.port, { user: 'root@proxysys' }), /Access denied/);
    t.same(
      await rowsOf(await open(t, proxy.port, { user: 'root@proxysys', password: 'secret' }), 'SELECT 1'),
      [[1]],
    );
    await alter("obproxy_sys_password = ''");
  });

  await t.test('where servers offer no TLS, it is refused, not left out', async (t) => {
    const client = await open(t, proxy.port);
    await client.query('SET @kept = 1');
    await alter('enable_server_ssl = True');
    await t.rejects(client.query('SELECT 1'), /offers no TLS/);
    await alter('server_ssl_fallback = True');
    t.same(await rowsOf(client, 'SELECT @kept'), [[1]], 'unless the parameter for that is set');
    await alter('enable_server_ssl = False, server_ssl_fallback = False');
    t.same(await rowsOf(client, 'SELECT @kept'), [[1]]);
  });

  await askNode(cluster, node, 'ALTER SYSTEM SET ssl_client_authentication = True', { user: 'root@sys' });
  await within(SETTLE_TIMEOUT_MS, 'all servers offer TLS', async () => {
    const enabled = 'SELECT COUNT(*) FROM oceanbase.GV$OB_TLS_STATUS WHERE ENABLED = ?'.replace('?', "'YES'");
    return (await askNode(cluster, node, enabled, { user: 'root@sys' }))[0]?.[0] === 3;
  });

  await t.test('sessions get another link between two transactions, idle ones at once', async (t) => {
    const load = await Load.start({ host: '127.0.0.1', ports: [proxy.port], writers: 6, pauseMs: 2 });
    const [idle, busy] = [await open(t, proxy.port), await open(t, proxy.port)];
    await idle.query("SET @x = 'kept', sql_mode = 'ANSI_QUOTES'");
    await idle.execute('SELECT ?', [1]);
    await busy.query('BEGIN');
    await busy.query('SELECT COUNT(*) FROM load_rows');
    await within(SETTLE_TIMEOUT_MS, 'rows are written', () => load.acknowledgedCount > 100);

    for (const [enabled, mode] of [
      ['True', 'ENCRYPTED'],
      ['False', 'PLAIN'],
    ] as const) {
      await alter(`enable_server_ssl = ${enabled}`);
      const others = "MODE <> ? AND DIRECTION = 'OUT' AND CLOSED_AT IS NULL".replace('?', `'${mode}'`);
      const left = enabled === 'True' ? 1 : 0;
      await within(SETTLE_TIMEOUT_MS, `all links but that of the transaction are ${mode}`, async () => {
        const [[count] = []] = await rowsOf(
          admin,
          `SELECT COUNT(*) FROM oceanbase.GV$OB_LINKS WHERE ${others}`,
        );
        return count === left;
      });
      if (enabled === 'True') {
        await busy.query('COMMIT');
        await within(
          SETTLE_TIMEOUT_MS,
          'and then that one, too',
          async () => (await plainOut()).length === 0,
        );
      }
      t.same(
        await rowsOf(idle, 'SELECT @x, @@sql_mode'),
        [['kept', 'ANSI_QUOTES']],
        `the same session, ${mode}`,
      );
      t.same((await idle.execute({ sql: 'SELECT ?', rowsAsArray: true }, [2]))[0], [[2]]);
    }
    const result = await load.stop();
    t.same(result.failures, {});
    t.same(result.unknown, []);
    t.same(await rowsOf(idle, 'SELECT COUNT(*) FROM load_rows'), [[result.acknowledged.length]]);
    t.comment(`${result.acknowledged.length} acknowledged, longest gap ${result.longestGapMs} ms`);
  });

  await t.test('both ledgers tell of the same links', async (t) => {
    await alter('enable_server_ssl = True');
    const client = await open(t, proxy.port);
    await client.query('SELECT 1');
    const [own] = await rowsOf(
      admin,
      `SELECT KIND, SVR_PORT, LOCAL_ADDR, MODE, LOCAL_CERT_SHA256, PEER_CERT_SHA256, CLEAR_BYTES_IN, CLEAR_BYTES_OUT, PEER_ADDR
       FROM oceanbase.GV$OB_LINKS WHERE DIRECTION = 'OUT' AND CLOSED_AT IS NULL ORDER BY LINK_ID DESC LIMIT 1`,
    );
    t.match(own, ['PROXY', proxy.port, /./, 'ENCRYPTED', /^[0-9a-f]{64}$/, /^[0-9a-f]{64}$/, 0, 0]);
    const [kind, , local, , , peerCertificate] = own ?? [];
    const theirs = await askNode(
      cluster,
      serverOf(cluster.nodes, String(own?.[8])),
      `SELECT KIND, MODE, LOCAL_CERT_SHA256 FROM oceanbase.V$OB_LINKS WHERE PEER_ADDR = '${local}'`,
      { user: 'root@sys' },
    );
    t.same(theirs, [[kind, 'ENCRYPTED', peerCertificate]]);
  });

  await t.test('clients are offered TLS from then on, and may be made to use it', async (t) => {
    await t.rejects(open(t, proxy.port, { ca: cluster.ca }), /secure connection/);
    await alter('enable_client_ssl = True');
    t.same(await rowsOf(await open(t, proxy.port, { ca: cluster.ca }), 'SELECT 1'), [[1]]);
    t.same(await rowsOf(await open(t, proxy.port), 'SELECT 1'), [[1]]);
    await alter(`ssl_attributes = '{"using_ssl": "ENABLE_FORCE", "min_tls_version": "TLSV1.3"}'`);
    await t.rejects(open(t, proxy.port), /secure transport/i);
    t.same(await rowsOf(await open(t, proxy.port, { ca: cluster.ca }), 'SELECT 1'), [[1]]);
    await t.rejects(open(t, proxy.port, { ca: cluster.ca, maxVersion: 'TLSv1.2' }));
    await alter("ssl_attributes = ''");
  });

  await t.test('keys are exchanged by SQL or by file; a bad one leaves what is in use', async (t) => {
    const own = async (): Promise<unknown> => {
      const over = await open(t, proxy.port, { user: 'root@proxysys', ca: cluster.ca });
      const [[fingerprint] = []] = await rowsOf(
        over,
        `SELECT LOCAL_CERT_SHA256 FROM oceanbase.GV$OB_LINKS
         WHERE DIRECTION = 'IN' AND CLOSED_AT IS NULL ORDER BY LINK_ID DESC LIMIT 1`,
      );
      over.destroy();
      return fingerprint;
    };
    const before = await own();
    const update = (value: object) =>
      admin.query(
        `UPDATE proxyconfig.security_config SET CONFIG_VAL='${JSON.stringify(value)}' WHERE APP_NAME='obproxy' AND VERSION='1'`,
      );
    const other = join(cluster.directoryOf(cluster.nodes[1] ?? node), 'wallet');
    writeFileSync(join(base, 'bad.pem'), 'no key');
    const files = {
      sourceType: 'FILE',
      CA: join(other, 'ca.pem'),
      publicKey: join(other, 'server-cert.pem'),
    };
    await t.rejects(update({ ...files, privateKey: 'bad.pem' }), /not a private key/);
    await t.rejects(update({ ...files, sourceType: 'DBMESH', privateKey: 'x' }), /sourceType is FILE/);
    t.equal(await own(), before);
    await update({ ...files, privateKey: join(other, 'server-key.pem') });
    const after = await own();
    t.not(after, before);
    t.same(await rowsOf(admin, 'SELECT * FROM proxyconfig.security_config'), [['obproxy', '1', '******']]);
    await admin.query("UPDATE proxyconfig.security_config SET CONFIG_VAL=''");
    t.equal(await own(), before);
    for (const name of ['server-cert.pem', 'server-key.pem'])
      copyFileSync(join(other, name), join(base, 'wallet', name));
    await within(
      SETTLE_TIMEOUT_MS,
      'the files that have changed are used',
      async () => (await own()) === after,
    );
  });

  await t.test('what was set holds after a restart', async (t) => {
    await first.stop();
    proxy = await startProxy(t, cluster, ['--base-dir', base]);
    const again = await open(t, proxy.port, { user: 'root@proxysys', ca: cluster.ca });
    t.match(await rowsOf(again, "SHOW PROXYCONFIG LIKE 'enable\\_%\\_ssl'"), [
      ['enable_client_ssl', 'True'],
      ['enable_server_ssl', 'True'],
    ]);
  });
});

t.test('clients are shown, ended and bounded', async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const proxy = await startProxy(t, cluster);
  const admin = await open(t, proxy.port, { user: 'root@proxysys' });
  const client = await open(t, proxy.port);
  const sessions = async () =>
    (await rowsOf(admin, 'SHOW PROXYSESSION')).filter(([, , , tenant]) => tenant === 'test');
  const [[id, , , , user] = []] = await sessions();

  await t.test('with what their sessions have become', async (t) => {
    t.equal(user, 'root');
    await client.query("SET @x = 'y'");
    await client.query('BEGIN');
    const attributes = new Map(
      (await rowsOf(admin, `SHOW PROXYSESSION ATTRIBUTE ${id}`)).map(([name, value]) => [name, value]),
    );
    t.equal(attributes.get('db'), 'test');
    t.equal(attributes.get('server_trans_stat'), '1');
    t.equal(attributes.get('server_port'), String(cluster.nodes[0]?.sql_port));
    t.same(await rowsOf(admin, `SHOW PROXYSESSION VARIABLES ${id} LIKE '%x%'`), [
      ['@`x`', "CONVERT(x'79' USING utf8mb4)"],
    ]);
    await client.query('COMMIT');
    t.ok((await rowsOf(admin, 'SHOW PROCESSLIST')).some(([shown]) => shown === id));
    t.match(await rowsOf(admin, 'SHOW PROXYNET CONNECTION'), [[proxy.pid, /./, /IN|OUT/]]);
  });

  await t.test('a statement is ended, and the connection lives on', async (t) => {
    const asleep = client.query('SELECT SLEEP(20)').then(
      ([rows]) => rows,
      (error: unknown) => error,
    );
    await within(
      SETTLE_TIMEOUT_MS,
      'it runs',
      async () => (await sessions())[0]?.[9] === 'MCS_ACTIVE_READER',
    );
    await admin.query(`KILL QUERY ${id}`);
    await asleep;
    t.same(await rowsOf(client, 'SELECT 1'), [[1]]);
  });

  await t.test('beyond client_max_connections nobody comes in but root@proxysys', async (t) => {
    const count = (await rowsOf(admin, 'SHOW PROCESSLIST')).length;
    await admin.query(`ALTER PROXYCONFIG SET client_max_connections = ${count}`);
    await t.rejects(open(t, proxy.port), /Too many connections/);
    const other = await open(t, proxy.port, { user: 'root@proxysys' });
    await other.end();
    await admin.query(`KILL ${id}`);
    await t.rejects(client.query('SELECT 1'));
    await within(SETTLE_TIMEOUT_MS, 'there is room again', async () => {
      await (await open(t, proxy.port)).end();
      return true;
    });
  });

  await t.test('whoever doesn’t log in makes room for whoever does', async (t) => {
    await admin.query('ALTER PROXYCONFIG SET client_login_max = 3, client_max_connections = 100');
    const silent = Array.from({ length: 8 }, () => connect(proxy.port, '127.0.0.1'));
    const ended = silent.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on('error', () => undefined);
          socket.once('close', () => resolve());
          socket.resume();
        }),
    );
    t.teardown(() => {
      for (const socket of silent) socket.destroy();
    });
    await Promise.all(ended.slice(0, 5));
    t.same(await rowsOf(await open(t, proxy.port), 'SELECT 1'), [[1]]);
  });

  await t.test('a client that doesn’t read holds up its server, not the proxy’s memory', async (t) => {
    await admin.query('ALTER PROXYCONFIG SET client_login_max = 512');
    await within(SETTLE_TIMEOUT_MS, 'a table of 32 MiB', async () => {
      const filler = await open(t, proxy.port);
      await filler.query('CREATE TABLE IF NOT EXISTS big (id INT PRIMARY KEY, v LONGTEXT)');
      for (let at = 0; at < 32; at++)
        await filler.query('REPLACE INTO big VALUES (?, ?)', [at, 'x'.repeat(1024 * 1024)]);
      return true;
    });
    const before = rssOf(proxy.pid);
    const readers = await Promise.all(Array.from({ length: 8 }, () => open(t, proxy.port)));
    for (const reader of readers) {
      const { stream } = (reader as unknown as { readonly connection: { readonly stream: Socket } })
        .connection;
      void reader.query('SELECT v FROM big').catch(() => undefined);
      stream.pause();
    }
    await within(SETTLE_TIMEOUT_MS, 'answers are under way', async () => {
      const busy = (await sessions()).filter(([, , , , , , , , , state]) => state === 'MCS_ACTIVE_READER');
      return busy.length === readers.length;
    });
    t.ok(rssOf(proxy.pid) - before < 128, '256 MiB are asked for, and not kept here');
    for (const reader of readers) reader.destroy();
  });
});

t.test('a lost transaction closes its connection where that is wanted, as obproxy does', async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const proxy = await startProxy(t, cluster, ['-o', 'enable_transaction_lost_error=False']);
  const client = await open(t, proxy.port);
  await client.query('BEGIN');
  await client.query('SELECT 1');
  process.kill(cluster.nodes[0]?.pid ?? 0, 'SIGKILL');
  await t.rejects(client.query('SELECT 1'), /closed|lost|ECONNRESET/i);
});

/** In MiB. */
function rssOf(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

interface OpenOptions {
  readonly user?: string;
  readonly password?: string;
  readonly ca?: string;
  readonly maxVersion?: 'TLSv1.2';
}

async function open(
  t: { teardown(undo: () => void): void },
  port: number,
  { user = 'root@test', password = '', ca, maxVersion }: OpenOptions = {},
): Promise<Connection> {
  const tls =
    ca === undefined ? {} : { ssl: { ca: readFileSync(ca, 'utf8'), ...(maxVersion ? { maxVersion } : {}) } };
  const database = user.endsWith('@test') ? { database: 'test' } : {};
  const client = await createConnection({ host: '127.0.0.1', port, user, password, ...database, ...tls });
  client.on('error', () => undefined);
  t.teardown(() => client.destroy());
  return client;
}

function mariadb(port: number, statement: string) {
  const where = ['-h127.0.0.1', `-P${port}`, '-uroot@proxysys', '--skip-ssl'];
  return runProgram('mariadb', [...where, '-N', '-B', '-e', statement], { timeoutMs: 10_000 });
}

function serverOf(nodes: readonly TestNode[], address: string): TestNode {
  const found = nodes.find((node) => `${node.svr_ip}:${node.sql_port}` === address);
  if (found === undefined) throw new Error(`no node at ${address}`);
  return found;
}

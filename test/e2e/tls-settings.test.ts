import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askNode, runProgram, startCluster, type TestCluster, type TestNode, within } from '@sealane/testkit';
import { createAuthority, createRevocationList, issueCertificate } from '@sealane/transport-security';
import t from 'tap';

/** TLS of a real node as strangers see it: openssl and MySQL's clients. */

const TIMEOUT_MS = 30_000;
const SYS = { user: 'root@sys' };
t.setTimeout(180_000);

t.test('a node speaks the TLS versions that it is told to, and says so', async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const node = firstOf(cluster);
  const ask = (sql: string, tls = true) => askNode(cluster, node, sql, { ...SYS, tls });
  const shown = async (statement: string): Promise<Record<string, string>> =>
    Object.fromEntries((await ask(statement)).map(([name, value]) => [String(name), String(value)]));

  await t.test('while TLS is off nobody gets it, and nothing that needs it can be asked for', async (t) => {
    t.match(await handshake(node, []), { cipher: undefined });
    t.match(await ask("SHOW VARIABLES LIKE 'have_ssl'", false), [['have_ssl', 'DISABLED']]);
    await t.rejects(ask('SET GLOBAL require_secure_transport = ON', false), {
      errno: 3160,
      message: /No secure transports/,
    });
    await t.rejects(ask('ALTER INSTANCE RELOAD TLS', false), { errno: 4147, message: /TLS is off/ });
    await ask('ALTER SYSTEM SET ssl_client_authentication = True', false);
  });

  const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
  const spoken = async (): Promise<string[]> => {
    const answers = await Promise.all(versions.map((version) => handshake(node, [version])));
    return answers.flatMap(({ version }) => (version === undefined ? [] : [version]));
  };

  await t.test('openssl s_client in each version gets 1.2 and 1.3, or what a parameter leaves', async (t) => {
    t.strictSame(await spoken(), ['TLSv1.2', 'TLSv1.3']);
    for (const [set, left] of [
      ["sql_protocol_min_tls_version = 'TLSv1'", ['TLSv1.2', 'TLSv1.3']],
      ["sql_protocol_min_tls_version = 'TLSv1.3'", ['TLSv1.3']],
      ["sql_protocol_min_tls_version = 'none', _tls_profile = 'strict'", ['TLSv1.3']],
      ["_tls_profile = 'intermediate'", ['TLSv1.2', 'TLSv1.3']],
    ] as const) {
      await ask(`ALTER SYSTEM SET ${set}`);
      t.strictSame(await spoken(), left, set);
      t.match(await shown("SHOW VARIABLES LIKE 'tls_version'"), { tls_version: left.join(',') });
    }
    await t.rejects(ask("ALTER SYSTEM SET _tls_profile = 'loose'"), {
      errno: 4147,
      message: /Invalid config/,
    });
  });

  await t.test('old suites, groups and renegotiation are refused', async (t) => {
    t.match(await handshake(node, ['TLSv1.2'], ['-cipher', 'AES128-SHA']), { cipher: undefined });
    t.match(await handshake(node, ['TLSv1.2'], ['-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256']), {
      cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    });
    t.match(await handshake(node, ['TLSv1.3'], ['-groups', 'X448']), { cipher: undefined });
    t.match(await handshake(node, ['TLSv1.3'], ['-groups', 'P-384']), { version: 'TLSv1.3' });
    const asked = await handshake(node, ['TLSv1.2'], [], 'R\n');
    t.match(asked.output, /RENEGOTIATING[\s\S]*no renegotiation/);
  });

  await t.test("SHOW STATUS and SHOW VARIABLES tell MySQL's words and the truth", async (t) => {
    const status = await shown("SHOW STATUS LIKE 'Ssl_%'");
    t.match(status, { Ssl_version: /^TLSv1\.3$/, Ssl_cipher: /^TLS_/, Ssl_server_not_after: / GMT$/ });
    t.ok(Number(status['Ssl_accepts']) > Number(status['Ssl_finished_accepts']), 'some were refused');
    t.match(await shown("SHOW VARIABLES LIKE 'ssl_c%'"), {
      ssl_ca: 'wallet/ca.pem',
      ssl_cert: 'wallet/server-cert.pem',
      ssl_cipher: /^ECDHE-ECDSA-AES128-GCM-SHA256:/,
      ssl_crl: '',
    });
    t.match(await ask("SHOW STATUS LIKE 'Ssl_cipher'", false), [['Ssl_cipher', '']]);
    const client = await runProgram(
      'mysql',
      [
        '-h',
        node.svr_ip,
        '-P',
        String(node.sql_port),
        '-u',
        'root@sys',
        `--ssl-ca=${cluster.ca}`,
        '-e',
        '\\s',
      ],
      { timeoutMs: TIMEOUT_MS },
    );
    t.match(client.stdout, /SSL:\s+Cipher in use is TLS_/);
  });

  await t.test(
    'a tenant that requires TLS takes no login in clear, and keeps TLS from being turned off',
    async (t) => {
      await ask('SET GLOBAL require_secure_transport = ON');
      await t.rejects(ask('SELECT 1', false), { errno: 3159, message: /insecure transport/ });
      t.match(await ask('SELECT 1'), [[1]]);
      t.match(await askNode(cluster, node, 'SELECT 1'), [[1]], 'another tenant has its own say');
      await t.rejects(ask('ALTER SYSTEM SET ssl_client_authentication = False'), {
        errno: 4179,
        message: /tenant sys/,
      });
      await ask('SET GLOBAL require_secure_transport = OFF');
      t.match(await ask('SELECT 1', false), [[1]]);
    },
  );

  await t.test('a wallet of no use is named, by statement and by view, and does no harm', async (t) => {
    const wallet = join(cluster.directoryOf(node), 'wallet');
    const certificate = join(wallet, 'server-cert.pem');
    const good = readFileSync(certificate);
    const [before] = await tlsStatus(cluster, node);
    writeFileSync(certificate, good.subarray(0, 200));
    await t.rejects(ask('ALTER INSTANCE RELOAD TLS'), {
      errno: 4147,
      message: /server-cert\.pem is not a certificate/,
    });
    const [failed] = await tlsStatus(cluster, node);
    t.match(failed, ['YES', before?.[1], 'FAILED', /cut off/]);
    t.match(
      (await cluster.controller('status')).stdout,
      /wallet not loaded, the one before is in use: .*cut off/,
    );
    const expiry = 'SELECT SSL_CERT_EXPIRED_TIME = NOT_AFTER FROM oceanbase.GV$OB_SERVERS s';
    t.match(await ask(`${expiry} JOIN oceanbase.GV$OB_TLS_STATUS t USING (SVR_IP, SVR_PORT)`), [[1]]);

    await ask('ALTER INSTANCE RELOAD TLS NO ROLLBACK ON ERROR');
    t.match((await tlsStatus(cluster, node))[0], ['NO']);
    t.match(await ask("SHOW VARIABLES LIKE 'have_ssl'", false), [['have_ssl', 'DISABLED']]);

    writeFileSync(certificate, good);
    await within(TIMEOUT_MS, 'the watch sees the good file', async () => {
      const [row] = await tlsStatus(cluster, node);
      return row?.[0] === 'YES' && row[2] === 'LOADED' ? true : undefined;
    });
    t.match(await ask("SHOW VARIABLES LIKE 'have_ssl'"), [['have_ssl', 'YES']]);
  });

  await t.test('a revoked client certificate is refused as soon as the list lies there', async (t) => {
    const directory = join(cluster.baseDirectory, 'certificates');
    const authority = {
      certificate: readFileSync(cluster.ca, 'utf8'),
      key: readFileSync(join(directory, 'ca-key.pem'), 'utf8'),
    };
    const client = await issueCertificate(authority, { commonName: 'app', addresses: [], use: ['client'] });
    const files = { cert: join(directory, 'app.pem'), key: join(directory, 'app-key.pem') };
    writeFileSync(files.cert, client.certificate);
    writeFileSync(files.key, client.key, { mode: 0o600 });
    const login = () =>
      runProgram(
        'mysql',
        ['-h', node.svr_ip, '-P', String(node.sql_port), '-u', 'root@sys', `--ssl-ca=${cluster.ca}`].concat([
          `--ssl-cert=${files.cert}`,
          `--ssl-key=${files.key}`,
          '-e',
          'SELECT 1',
        ]),
        { timeoutMs: TIMEOUT_MS },
      );
    t.equal((await login()).code, 0);

    const serial = await runProgram('openssl', ['x509', '-noout', '-serial', '-in', files.cert], {
      timeoutMs: TIMEOUT_MS,
    });
    const list = await createRevocationList(authority, {
      number: 7n,
      revoked: [{ serialNumber: serial.stdout.trim().slice('serial='.length), revokedAt: new Date() }],
      thisUpdate: new Date(Date.now() - 60_000),
      nextUpdate: new Date(Date.now() + 86_400_000),
    });
    writeFileSync(join(directory, 'crl.pem'), list);
    copyFileSync(join(directory, 'crl.pem'), join(cluster.directoryOf(node), 'wallet', 'crl.pem'));
    await within(TIMEOUT_MS, 'the list is loaded', async () => {
      const [row] = await ask('SELECT CRL_NUMBER FROM oceanbase.V$OB_TLS_STATUS');
      return row?.[0] === '7' ? true : undefined;
    });
    t.not((await login()).code, 0);
    const other = await createAuthority({ commonName: 'stranger' });
    writeFileSync(files.cert, other.certificate);
    writeFileSync(files.key, other.key);
    t.not((await login()).code, 0, 'nor is a certificate of another CA taken');
    t.match(await ask('SELECT 1'), [[1]], 'who shows none comes in');
  });
});

function firstOf(cluster: TestCluster): TestNode {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  return node;
}

function tlsStatus(cluster: TestCluster, node: TestNode) {
  return askNode(
    cluster,
    node,
    'SELECT ENABLED, CERT_SHA256, LAST_RELOAD_RESULT, LAST_RELOAD_REASON FROM oceanbase.GV$OB_TLS_STATUS',
    SYS,
  );
}

interface Handshake {
  readonly version: string | undefined;
  readonly cipher: string | undefined;
  readonly output: string;
}

/** Protocols below TLS 1.2 need OpenSSL's security level 0 at the client. */
async function handshake(
  node: TestNode,
  versions: readonly string[],
  more: readonly string[] = [],
  input = 'Q\n',
): Promise<Handshake> {
  const old = versions.some((version) => version === 'TLSv1' || version === 'TLSv1.1');
  const flags = versions.map((version) => `-${version.toLowerCase().replace('v', '').replace('.', '_')}`);
  const args = ['s_client', '-connect', `${node.svr_ip}:${node.sql_port}`, '-starttls', 'mysql'];
  const level = old ? ['-cipher', 'DEFAULT:@SECLEVEL=0'] : [];
  const run = await runProgram('openssl', [...args, ...flags, ...level, ...more], {
    timeoutMs: TIMEOUT_MS,
    input,
  });
  const output = `${run.stdout}${run.stderr}`;
  const [, version, cipher] = /New, (TLSv[\d.]+), Cipher is (\S+)/.exec(output) ?? [];
  return { version, cipher, output };
}

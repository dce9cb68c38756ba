import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, startCluster, type TestCluster } from '@sealane/testkit';
import { createConnection } from 'mysql2/promise';
import t, { type Test } from 'tap';
import { lacksMariaDb, startMariaDb } from '../differential/mariadb.ts';
import { type MatrixCertificates, makeCertificates } from './certificates.ts';
import { type Client, clients, type Rule, rules, type Verdict } from './matrix.ts';
import { runClient } from './run-client.ts';

t.setTimeout(180_000);
const password = 'a password';

t.test('who may come how is decided as MariaDB decides it', { skip: lacksMariaDb() }, async (t) => {
  const certificates = await makeCertificates(t.testdir());
  const [port = 0] = await freePorts(1);
  const [cluster, theirs] = await Promise.all([
    startCluster(t, { nodes: 1 }),
    startMariaDb(t, { port, accounts: true, tls: serverFiles(certificates) }),
  ]);
  const ourPort = cluster.nodes[0]?.sql_port ?? 0;
  const rows = rules(certificates);
  await turnTlsOn(cluster, certificates);
  await makeUsers({ host: '127.0.0.1', port: ourPort, user: 'root@sys' }, rows);
  await makeUsers({ ...theirs.address }, rows);

  let compared = 0;
  const seen = new Map<string, Set<Verdict>>();
  for (const client of clients(certificates)) {
    const verdicts = await Promise.all(
      rows.slice(0, client.cutOff === true ? 4 : rows.length).map(async (rule) => ({
        rule,
        ours: await runClient(client, { user: rule.user, password, port: ourPort }),
        theirs: await runClient(client, { user: rule.user, password, port }),
      })),
    );
    for (const { rule, ours, theirs } of verdicts) {
      compare(t, { rule, client, ours, theirs });
      seen.set(rule.user, (seen.get(rule.user) ?? new Set()).add(ours === 'in' ? 'in' : 'out'));
      compared += 1;
    }
  }
  for (const { user } of rows.slice(0, -2))
    t.equal(seen.get(user)?.size, 2, `${user}: some get in, some don't`);
  t.ok(compared > 100, `${compared} cases compared with MariaDB ${theirs.version}`);
  for (const difference of differences) t.ok(difference.seen, `still so: ${difference.why}`);
  t.strictSame(await reasons(cluster), expectedReasons, 'the audit tells the refusals apart');
});

/** Of the refusals in GV$OB_LOGIN_AUDIT: OceanBase's words, or OpenSSL's verdict on a certificate. */
async function reasons(cluster: TestCluster): Promise<readonly string[]> {
  const [node] = cluster.nodes;
  const connection = await createConnection({
    host: '127.0.0.1',
    port: node?.sql_port ?? 0,
    user: 'root@sys',
  });
  const [rows] = await connection.query(
    'SELECT DISTINCT ret, user_name, reason FROM oceanbase.GV$OB_LOGIN_AUDIT WHERE ret <> 0',
  );
  await connection.end();
  const refusals = rows as { ret: number; user_name: string; reason: string }[];
  const words = refusals.filter(({ ret }) => ret === 1045).map(({ reason }) => reason);
  const verdicts = refusals.flatMap(({ reason }) => / is refused: ([A-Z_]+)/.exec(reason)?.[1] ?? []);
  return [...new Set([...words, ...verdicts])].toSorted();
}

const expectedReasons = [
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'INVALID_PURPOSE',
  'UNABLE_TO_GET_CRL', // the self-signed one: there is no list of its issuer, which is itself
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'X509 check failed',
  'X509 cipher check failed',
  'not use ssl',
  'x509 issue check failed',
  'x509 subject check failed',
];

interface Case {
  readonly rule: Rule;
  readonly client: Client;
  readonly ours: Verdict;
  readonly theirs: Verdict;
}

/** What MariaDB says otherwise, and why we don't; the number is the section of OceanBase's reference. */
const differences: {
  seen?: boolean;
  readonly why: string;
  readonly concerns: (each: Case) => boolean;
  readonly ours: Verdict;
  readonly theirs: Verdict;
}[] = [
  {
    why: 'CIPHER alone asks for a certificate, too (3.3: the three X509 conditions come first)',
    concerns: ({ rule, client }) => rule.user === 'cipher' && client.name === 'no certificate, cipher',
    ours: '1045',
    theirs: 'in',
  },
];

function compare(t: Test, each: Case): void {
  const { rule, client, ours, theirs } = each;
  const title = `REQUIRE ${rule.require}, ${client.name}: ${ours}`;
  const known = differences.find((difference) => difference.concerns(each));
  if (known === undefined || ours === theirs) t.equal(ours, theirs, title);
  else {
    known.seen = true;
    t.strictSame({ ours, theirs }, { ours: known.ours, theirs: known.theirs }, `${title}; ${known.why}`);
  }
}

function serverFiles({ ca, serverCert, serverKey, crl }: MatrixCertificates) {
  return { ca, cert: serverCert, key: serverKey, crl };
}

async function turnTlsOn(cluster: TestCluster, files: MatrixCertificates): Promise<void> {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const wallet = join(cluster.directoryOf(node), 'wallet');
  copyFileSync(files.ca, join(wallet, 'ca.pem'));
  copyFileSync(files.crl, join(wallet, 'crl.pem'));
  copyFileSync(files.serverCert, join(wallet, 'server-cert.pem'));
  copyFileSync(files.serverKey, join(wallet, 'server-key.pem'));
  const connection = await createConnection({ host: node.svr_ip, port: node.sql_port, user: 'root@sys' });
  await connection.query('ALTER SYSTEM SET ssl_client_authentication = TRUE');
  await connection.end();
}

async function makeUsers(
  address: Parameters<typeof createConnection>[0],
  rows: readonly Rule[],
): Promise<void> {
  const connection = await createConnection(address as string);
  for (const { user, require } of rows) {
    await connection.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}' REQUIRE ${require}`);
  }
  await connection.end();
}

import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { askNode, startCluster, type TestCluster, type TestNode, within } from '@sealane/testkit';
import {
  type CertificateRequest,
  createAuthority,
  createRevocationList,
  type Issued,
  issueCertificate,
  readAuthority,
  serialNumber,
} from '@sealane/transport-security';
import t from 'tap';
import { plantWallet } from './planted-wallet.ts';

/** Faults planted one by one in a cluster that would otherwise be ready: each is found, named, and nothing is changed by looking. */

const FILE_TIMEOUT_MS = 180_000;
const BACK_TIMEOUT_MS = 20_000;
const DAY_MS = 86_400_000;
const HALF_AN_HOUR_IN_DAYS = 1 / 48;

t.setTimeout(FILE_TIMEOUT_MS);

interface Plan {
  readonly ready: boolean;
  readonly findings: readonly { where: string; what: string; fits: boolean; next?: string }[];
  readonly handshakes: readonly { kind: string; from: string; to: string; over: string; agreed: boolean }[];
}

type Undo = () => Promise<void> | void;

interface PlantedFault {
  readonly name: string;
  readonly plant: () => Promise<Undo> | Undo;
  /** More arguments of `encryption plan`. */
  readonly args?: () => readonly string[];
  readonly where: string | RegExp;
  readonly what: RegExp;
}

const cluster = await startCluster(t, { proxy: true });
const [first, second, third] = cluster.nodes as [TestNode, TestNode, TestNode];
const certificates = join(cluster.baseDirectory, 'certificates');
const authority = readAuthority(certificates) as Issued;
const scratch = t.testdir({});

const faults: readonly PlantedFault[] = [
  {
    name: 'a key is missing',
    plant: () => takenAway(walletFile(second, 'server-key.pem')),
    where: second.name,
    what: /server-key\.pem is missing/,
  },
  {
    name: 'a file cannot be read',
    plant: () => unreadable(walletFile(second, 'server-cert.pem')),
    where: second.name,
    what: /can't be read: EISDIR/,
  },
  {
    name: 'the key is that of another certificate',
    plant: () =>
      replaced(walletFile(second, 'server-key.pem'), readFileSync(walletFile(third, 'server-key.pem'))),
    where: second.name,
    what: /key and cert not match/,
  },
  {
    name: 'the certificate has expired',
    plant: () => withLeaf(second, { validFrom: new Date(Date.now() - 9 * DAY_MS), days: 2 }),
    where: second.name,
    what: /server-cert\.pem expired on/,
  },
  {
    name: 'the certificate is not valid yet',
    plant: () => withLeaf(second, { validFrom: new Date(Date.now() + 9 * DAY_MS) }),
    where: second.name,
    what: /is not valid before/,
  },
  {
    name: 'the certificate ends within the hour',
    plant: () => withLeaf(second, { days: HALF_AN_HOUR_IN_DAYS }),
    where: second.name,
    what: /within the hour/,
  },
  {
    name: 'the certificate names another address',
    plant: () => withLeaf(second, { addresses: ['10.1.1.1'] }),
    where: `${first.name} → ${second.name}`,
    what: /observer-1 refuses: .*does not name 127\.0\.0\.1/,
  },
  {
    name: 'the certificate is for servers only',
    plant: () => withLeaf(second, { use: ['server'] }),
    where: `${second.name} → ${third.name}`,
    what: /observer-3 refuses/,
  },
  {
    name: 'the key is too weak',
    plant: () => withLeaf(second, { key: weakKey() }),
    where: second.name,
    what: /a key of 1024 bits/,
  },
  {
    name: 'a node has certificate and CA of its own making',
    plant: async () => withLeaf(second, {}, await createAuthority({ commonName: 'Regenerated CA' })),
    where: second.name,
    what: /its ca\.pem is another one than the others’/,
  },
  {
    name: 'a certificate is revoked by the list that another node has',
    plant: async () => replaced(walletFile(first, 'crl.pem'), await listRevoking(second, DAY_MS)),
    where: `${second.name} → ${first.name}`,
    what: /observer-1 refuses: .*CERT_REVOKED/,
  },
  {
    name: 'a revocation list had to be replaced',
    plant: async () => replaced(walletFile(first, 'crl.pem'), await listRevoking(undefined, -60_000)),
    where: first.name,
    what: /crl\.pem .*had to be replaced by/,
  },
  {
    name: "the proxy's wallet is of another CA",
    plant: async () =>
      plantWallet(join(cluster.baseDirectory, 'obproxy', 'wallet'), {}, await createAuthority()),
    where: 'obproxy → observer-1',
    what: /refuses/,
  },
  {
    name: "a tool's certificate has expired",
    plant: () => toolWallet({ validFrom: new Date(Date.now() - 9 * DAY_MS), days: 2 }),
    args: () => ['--tool-wallet', `obcdc=${join(scratch, 'obcdc')}`],
    where: `obcdc → ${first.name}`,
    what: /observer-1 refuses: .*CERT_HAS_EXPIRED/,
  },
  {
    name: 'links would only be authenticated',
    plant: () => parameter('rpc_client_authentication_method', 'SSL_NO_ENCRYPT', 'NONE', ['NONE']),
    where: first.name,
    what: /not encrypted: rpc_client_authentication_method is SSL_NO_ENCRYPT/,
  },
  {
    name: 'another controller is at work',
    plant: () => written(join(cluster.baseDirectory, 'controller', 'lease'), `${process.pid}\n`),
    where: 'controller',
    what: new RegExp(`another controller \\(process ${process.pid}\\) is at work`),
  },
  {
    name: 'a roll is not over',
    plant: () => written(join(cluster.baseDirectory, 'controller', 'journal.jsonl'), unfinishedRoll()),
    where: 'controller',
    what: /"encryption disable" was interrupted at 127\.0\.0\.1:\d+, 0 of 1 nodes done/,
  },
  {
    name: 'a node is stopped',
    plant: () => stopped(third),
    where: third.name,
    what: /ACTIVE, stopped since/,
  },
  {
    name: 'a node is down',
    plant: () => killed(third),
    where: third.name,
    what: /does not answer: its process is not running/,
  },
];

t.test('a cluster without a fault is ready, by every ordered pair of processes', async (t) => {
  const before = await everything(cluster);
  const { code, plan } = await planned();

  t.equal(code, 0);
  t.ok(plan.ready);
  t.equal(plan.handshakes.filter(({ kind }) => kind === 'node').length, 6);
  t.ok(plan.handshakes.every(({ agreed }) => agreed));
  t.same(
    plan.handshakes.filter(({ kind }) => kind === 'proxy').map(({ to }) => to),
    cluster.nodes.map(({ name }) => name),
  );
  t.same(await everything(cluster), before, 'looking changed nothing');
});

for (const fault of faults) {
  t.test(`${fault.name}: found before anything changes`, async (t) => {
    const undo = await fault.plant();
    const before = await everything(cluster);
    const { code, plan } = await planned(fault.args?.());
    const after = await everything(cluster);
    await undo();

    t.equal(code, 3);
    t.equal(plan.ready, false);
    const found = plan.findings.filter(({ fits }) => !fits);
    t.ok(
      found.some(({ where, what }) => matches(where, fault.where) && fault.what.test(what)),
      `${fault.where}: ${fault.what} among ${JSON.stringify(found)}`,
    );
    t.ok(
      found.every(({ next }) => (next ?? '') !== ''),
      'each says what to do next',
    );
    t.same(after, before, 'looking changed nothing');
  });
}

t.test('enable refuses for the same reason, and the cluster stays as it was', async (t) => {
  const undo = await withLeaf(second, { validFrom: new Date(Date.now() - 9 * DAY_MS), days: 2 });
  const before = await everything(cluster);
  const refused = await cluster.controller('encryption', 'enable', '--yes');
  const after = await everything(cluster);
  await undo();

  t.equal(refused.code, 3);
  t.match(refused.stderr, /nothing was changed.*observer-2: wallet\/server-cert\.pem expired on/);
  t.same(after, before);
  t.ok((await planned()).plan.ready, 'with its wallet back it is ready again');
});

t.test('where TLS is on already, the nodes are tried as they run', async (t) => {
  const undoSetting = await parameter('ssl_client_authentication', 'True', 'False', ['False']);
  await within(BACK_TIMEOUT_MS, 'every node has loaded its wallet', async () => {
    const rows = await askNode(
      cluster,
      first,
      "SELECT COUNT(*) FROM oceanbase.GV$OB_TLS_STATUS WHERE ENABLED = 'YES'",
      {
        user: 'root@sys',
      },
    );
    return Number(rows[0]?.[0]) === 3 ? true : undefined;
  });
  const before = await everything(cluster);
  const { plan } = await planned();
  const wire = plan.handshakes.filter(({ over }) => over === 'wire');
  t.equal(wire.length, 6);
  t.ok(wire.every(({ agreed }) => agreed));
  t.same(await everything(cluster), before, 'looking changed nothing');

  // Its node keeps the one that it has loaded, since this one would fail handshakes.
  const undoWallet = await withLeaf(second, { validFrom: new Date(Date.now() - 9 * DAY_MS), days: 2 });
  const refused = (await planned()).plan.handshakes.filter(({ over, agreed }) => over === 'wire' && !agreed);
  await undoWallet();
  await undoSetting();
  t.same(
    refused.map(({ from, to }) => `${from} → ${to}`).toSorted(),
    [`${second.name} → ${first.name}`, `${second.name} → ${third.name}`],
    'what lies on its disk is refused by the others; what it shows is not',
  );
});

async function planned(args: readonly string[] = []): Promise<{ code: number; plan: Plan }> {
  const { code, stdout, stderr } = await cluster.controller('encryption', 'plan', '--json', ...args);
  try {
    return { code, plan: JSON.parse(stdout) as Plan };
  } catch {
    throw new Error(`no plan: ${stdout}${stderr}`);
  }
}

/** What looking must not change: parameters, wallets, links, servers, the journal. */
async function everything({ baseDirectory, nodes }: TestCluster): Promise<unknown> {
  const ask = (sql: string) => askNode(cluster, first, sql, { user: 'root@sys' });
  const wallets = [...nodes.map(({ name }) => name), 'obproxy'].flatMap((name) => {
    const directory = join(baseDirectory, name, 'wallet');
    return readdirSync(directory).map((file) => stampOf(join(directory, file)));
  });
  return {
    parameters: await ask('SELECT SVR_PORT, NAME, VALUE FROM oceanbase.GV$OB_PARAMETERS ORDER BY 1, 2'),
    links: await ask(`SELECT SVR_PORT, LINK_ID, MODE, OPENED_AT FROM oceanbase.GV$OB_LINKS
      WHERE KIND = 'RPC' AND CLOSED_AT IS NULL AND PEER_SVR_PORT IS NOT NULL ORDER BY 1, 2`),
    servers: await ask(
      'SELECT SVR_PORT, STATUS, START_SERVICE_TIME, STOP_TIME FROM oceanbase.DBA_OB_SERVERS',
    ),
    wallets,
    journal: existsSync(join(baseDirectory, 'controller', 'journal.jsonl'))
      ? stampOf(join(baseDirectory, 'controller', 'journal.jsonl'))
      : 'none',
  };
}

function stampOf(file: string): string {
  const { mtimeMs, ino } = statSync(file);
  const text = statSync(file).isDirectory() ? 'a directory' : readFileSync(file);
  return `${file} ${mtimeMs} ${ino} ${createHash('sha256').update(text).digest('hex')}`;
}

function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text);
}

function walletFile(node: TestNode, file: string): string {
  return join(cluster.directoryOf(node), 'wallet', file);
}

function takenAway(file: string): Undo {
  const text = readFileSync(file);
  rmSync(file);
  return () => writeFileSync(file, text, { mode: 0o600 });
}

/** Also for root, who may read everything. */
function unreadable(file: string): Undo {
  const undo = takenAway(file);
  mkdirSync(file);
  return () => {
    rmSync(file, { recursive: true });
    return undo();
  };
}

function replaced(file: string, text: string | Buffer): Undo {
  const undo = existsSync(file) ? takenAway(file) : () => rmSync(file);
  writeFileSync(file, text, { mode: 0o600 });
  return undo;
}

function written(file: string, text: string): Undo {
  mkdirSync(dirname(file), { recursive: true });
  return replaced(file, text);
}

function withLeaf(node: TestNode, request: Partial<CertificateRequest>, signer = authority): Promise<Undo> {
  return plantWallet(join(cluster.directoryOf(node), 'wallet'), request, signer);
}

async function toolWallet(request: Partial<CertificateRequest>): Promise<Undo> {
  const directory = join(scratch, 'obcdc');
  const issued = await issueCertificate(authority, {
    commonName: 'obcdc',
    addresses: [],
    use: ['client'],
    ...request,
  });
  mkdirSync(directory);
  writeFileSync(join(directory, 'ca.pem'), authority.certificate);
  writeFileSync(join(directory, 'client-cert.pem'), issued.certificate);
  writeFileSync(join(directory, 'client-key.pem'), issued.key, { mode: 0o600 });
  return () => rmSync(directory, { recursive: true });
}

/** @param lastsMs  from now on; negative when it is over */
function listRevoking(node: TestNode | undefined, lastsMs: number): Promise<string> {
  const revoked =
    node === undefined
      ? []
      : [
          {
            serialNumber: serialNumber(
              new X509Certificate(readFileSync(walletFile(node, 'server-cert.pem'))),
            ),
            revokedAt: new Date(),
          },
        ];
  return createRevocationList(authority, {
    number: 1n,
    revoked,
    thisUpdate: new Date(Date.now() - DAY_MS),
    nextUpdate: new Date(Date.now() + lastsMs),
  });
}

function weakKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;
}

async function parameter(name: string, value: string, was: string, shown: readonly string[]): Promise<Undo> {
  const set = async (to: string, holds: (values: readonly unknown[]) => boolean) => {
    await askNode(cluster, first, `ALTER SYSTEM SET ${name} = '${to}'`, { user: 'root@sys' });
    await within(BACK_TIMEOUT_MS, `every node shows ${name} = ${to}`, async () => {
      const rows = await askNode(
        cluster,
        first,
        `SELECT DISTINCT VALUE FROM oceanbase.GV$OB_PARAMETERS WHERE NAME = '${name}'`,
        { user: 'root@sys' },
      );
      return holds(rows.flat()) ? true : undefined;
    });
  };
  const before = (values: readonly unknown[]) => JSON.stringify(values) === JSON.stringify(shown);
  await set(value, (values) => values.length === 1 && !before(values));
  return () => set(was, before);
}

function unfinishedRoll(): string {
  const server = `${second.svr_ip}:${second.svr_port}`;
  const at = new Date().toISOString();
  const line = (step: object) =>
    `${JSON.stringify({ at, goal: 'encryption disable', event: 'begin', step })}\n`;
  const nodes = [{ server, instance: 'as it was' }];
  return line({ kind: 'begin-roll', mode: 'PLAIN', nodes }) + line({ kind: 'begin-node', server });
}

async function stopped(node: TestNode): Promise<Undo> {
  const server = `${node.svr_ip}:${node.svr_port}`;
  const alter = (verb: string) =>
    askNode(cluster, first, `ALTER SYSTEM ${verb} SERVER '${server}'`, { user: 'root@sys' });
  await alter('STOP');
  return async () => {
    await alter('START');
    await allServe();
  };
}

async function killed(node: TestNode): Promise<Undo> {
  process.kill(node.pid, 'SIGKILL');
  await within(BACK_TIMEOUT_MS, 'its process is gone', async () => {
    const seen = (await cluster.status()).nodes.find(({ name }) => name === node.name);
    return seen?.running === false ? true : undefined;
  });
  return async () => {
    await cluster.controller('up');
    await allServe();
  };
}

async function allServe(): Promise<void> {
  await within(BACK_TIMEOUT_MS, 'the cluster is ready again', async () =>
    (await planned()).plan.ready ? true : undefined,
  );
}

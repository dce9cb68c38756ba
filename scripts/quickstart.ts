import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Load, type LoadResult, runController } from '@sealane/testkit';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';

/**
 * The story that scripts/quickstart tells. Every line that it prints was just seen: it drives the controller by its
 * command line, the proxy and the nodes by an ordinary MySQL client, and stops at the first thing that isn't as it should be.
 */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CONTROLLER = join(ROOT, 'packages', 'cluster-controller', 'src', 'main.ts');
const NOTES = 1000;
const DIRECTED_LINKS = 6;
/** Between nodes, of clients, and the proxy's. */
const LINK_KINDS = ['RPC', 'SQL', 'PROXY'];

/** Where SQL is spoken. */
interface Address {
  readonly host: string;
  readonly port: number;
}

interface Node {
  readonly svr_ip: string;
  readonly svr_port: number;
  readonly sql_port: number;
}

interface Cluster {
  readonly nodes: readonly [Node, Node, Node];
  readonly proxy: Address;
}

interface Told {
  readonly what: string;
  readonly seconds: number;
}

const { values: options } = parseArgs({
  options: { 'base-dir': { type: 'string', default: join(ROOT, '.sealane') } },
});
const baseDirectory = resolve(options['base-dir']);
const told: Told[] = [];

try {
  await tell();
} catch (error) {
  process.stderr.write(`\nquickstart stopped: ${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write(`logs: ${baseDirectory}/observer-*/log, ${baseDirectory}/obproxy/log\n`);
  process.exitCode = 1;
}

async function tell(): Promise<void> {
  if (existsSync(join(baseDirectory, 'cluster.json')))
    await step('remove the earlier cluster', removeEarlier);
  await step('make certificates, start three nodes and a proxy', startCluster);
  const cluster = await readCluster();
  const first = at(cluster.nodes[0]);
  await step('write through the proxy, read through each node', () => writeAndRead(cluster));
  await step('look at the links', () => expectLinks({ plain: DIRECTED_LINKS }));
  const old = await connect(first, 'root@test');
  await step('allow and want encryption, restart nothing', () => setParameters(first, cluster.proxy));
  await step('look at the links again', () => expectLinks({ plain: DIRECTED_LINKS }));
  await step('compare an old and a new MySQL connection', () => compareConnections(first, old));
  old.destroy();
  await step('rolling restart while clients write through the proxy', () => rollUnderLoad(cluster));
  await step('look at the links for the last time', () => expectLinks({ plain: 0 }));
  await step('read every ledger: nodes and proxy', () => expectEncryptedKinds(cluster));
  await step('have the controller verify it', verify);
  summarise(cluster.proxy);
}

async function step(what: string, body: () => Promise<string>): Promise<void> {
  const startedAt = performance.now();
  process.stdout.write(`▸ ${what}\n`);
  const seen = await body();
  const seconds = (performance.now() - startedAt) / 1000;
  told.push({ what, seconds });
  process.stdout.write(`  ✓ ${seen}  (${seconds.toFixed(1)} s)\n`);
}

async function removeEarlier(): Promise<string> {
  await controller('down', '--remove');
  return 'stopped, data and certificates removed';
}

async function startCluster(): Promise<string> {
  await controller('up', '--nodes', '3');
  const { nodes, proxy } = await readCluster();
  const ports = nodes.map((node) => `SQL ${node.sql_port} RPC ${node.svr_port}`);
  return `${ports.join(', ')}; proxy ${proxy.port}`;
}

async function readCluster(): Promise<Cluster> {
  const status = JSON.parse(await controller('status', '--json')) as {
    nodes: Cluster['nodes'];
    proxies: readonly { host: string; sql_port: number }[];
  };
  const [proxy] = status.proxies;
  if (proxy === undefined) throw new Error('the cluster has no proxy');
  return { nodes: status.nodes, proxy: { host: proxy.host, port: proxy.sql_port } };
}

async function writeAndRead({ nodes, proxy }: Cluster): Promise<string> {
  const writer = await connect(proxy, 'root@test');
  await writer.query('CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(100))');
  const rows = Array.from({ length: NOTES }, (_, id) => `(${id}, 'note ${id}')`).join(', ');
  await writer.query(`INSERT INTO notes VALUES ${rows}`);
  await writer.end();
  for (const node of nodes) {
    const count = await ask(at(node), 'root@test', 'SELECT COUNT(*) AS value FROM notes');
    if (Number(count) !== NOTES) throw new Error(`${NOTES} rows were written, ${node.sql_port} has ${count}`);
  }
  const ports = nodes.map((node) => node.sql_port).join(', ');
  return `${NOTES} rows written through ${proxy.port}, read through ${ports}`;
}

async function setParameters(node: Address, proxy: Address): Promise<string> {
  const admin = await connect(node, 'root@sys');
  await admin.query("ALTER SYSTEM SET ssl_client_authentication = 'True'");
  await admin.query("ALTER SYSTEM SET _ob_ssl_invited_nodes = 'ALL'");
  await admin.end();
  const proxyAdmin = await connect(proxy, 'root@proxysys');
  await proxyAdmin.query('ALTER PROXYCONFIG SET enable_server_ssl = True');
  await proxyAdmin.query('ALTER PROXYCONFIG SET enable_client_ssl = True');
  await proxyAdmin.end();
  return "ssl_client_authentication = 'True', _ob_ssl_invited_nodes = 'ALL', both sides of the proxy";
}

/** The mode of a link is fixed when it opens: the old connection stays in clear, a new one is encrypted. */
async function compareConnections(node: Address, old: Connection): Promise<string> {
  const fresh = await connect(node, 'root@test', authority());
  const oldCipher = await cipherOf(old);
  const newCipher = await cipherOf(fresh);
  await fresh.end();
  if (oldCipher !== '') throw new Error(`the old connection claims the cipher ${oldCipher}`);
  if (newCipher === '') throw new Error('the new connection is in clear');
  const client = commandLineClient();
  const line = client === undefined ? '' : `; ${client}: ${sslLineOf(client, node)}`;
  return `old: in clear; new: ${newCipher}${line}`;
}

async function rollUnderLoad({ nodes, proxy }: Cluster): Promise<string> {
  const ssl = { ca: authority() };
  const load = await Load.start({ host: proxy.host, ports: [proxy.port], writers: 2, pauseMs: 2, ssl });
  let result: LoadResult;
  try {
    await watchController('encryption', 'enable', '--yes');
  } finally {
    result = await load.stop();
  }
  return `${await checkRows(nodes, result)}; longest pause in writing ${result.longestGapMs} ms`;
}

/** The proxy keeps restarts from the clients: no statement failed, and every row is there, seen through each node. */
async function checkRows(
  nodes: readonly Node[],
  { acknowledged, unknown, failures }: LoadResult,
): Promise<string> {
  const failed = Object.entries(failures).map(([error, count]) => `${count} × ${error}`);
  if (failed.length > 0 || unknown.length > 0)
    throw new Error(`${unknown.length} statements failed through the proxy: ${failed.join(', ')}`);
  for (const node of nodes) {
    const connection = await connect(at(node), 'root@test', authority());
    const [rows] = await connection.query<RowDataPacket[]>('SELECT id FROM load_rows');
    await connection.end();
    const there = new Set(rows.map((row) => Number(row['id'])));
    const lost = acknowledged.filter((id) => !there.has(id));
    if (lost.length > 0)
      throw new Error(`${lost.length} acknowledged rows are missing through ${node.sql_port}`);
  }
  return `0 statements failed; ${acknowledged.length} rows acknowledged, all there through each node`;
}

async function expectLinks({ plain }: { plain: number }): Promise<string> {
  const status = JSON.parse(await controller('status', '--json')) as {
    plain_links: number;
    encrypted_links: number;
  };
  const seen = `${status.plain_links} of ${DIRECTED_LINKS} links PLAIN, ${status.encrypted_links} ENCRYPTED`;
  if (status.plain_links !== plain || status.encrypted_links !== DIRECTED_LINKS - plain)
    throw new Error(seen);
  return seen;
}

/** What is open now, by kind, in the words of both ends: the nodes' ledgers, and the proxy's for its own. */
async function expectEncryptedKinds({ nodes, proxy }: Cluster): Promise<string> {
  const rows = [
    ...(await Promise.all(nodes.map((node) => openLinks(at(node), 'root@sys')))).flat(),
    ...(await openLinks(proxy, 'root@proxysys')),
  ];
  const counts = [...Map.groupBy(rows, ({ KIND, MODE }) => `${KIND} ${MODE}`)].map(
    ([kind, links]) => `${links.length} ${kind}`,
  );
  const seen = counts.toSorted().join(', ');
  const kinds = new Set(rows.map(({ KIND }) => KIND));
  if (!LINK_KINDS.every((kind) => kinds.has(kind)) || rows.some(({ MODE }) => MODE !== 'ENCRYPTED'))
    throw new Error(`link ends: ${seen}`);
  return `link ends: ${seen}`;
}

async function openLinks(address: Address, user: string): Promise<RowDataPacket[]> {
  const connection = await connect(address, user, authority());
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT KIND, MODE FROM oceanbase.V$OB_LINKS WHERE CLOSED_AT IS NULL',
  );
  await connection.end();
  return rows;
}

async function verify(): Promise<string> {
  return (await controller('encryption', 'verify', '--kind', 'rpc')).trim();
}

function summarise(proxy: Address): void {
  const width = Math.max(...told.map(({ what }) => what.length));
  const total = told.reduce((sum, { seconds }) => sum + seconds, 0);
  const line = (what: string, seconds: number) =>
    `  ${what.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s\n`;
  process.stdout.write(`\n${told.map(({ what, seconds }) => line(what, seconds)).join('')}`);
  process.stdout.write(`  ${'─'.repeat(width + 10)}\n${line('all of it', total)}\n`);
  const near = relative(process.cwd(), baseDirectory);
  const directory = near.startsWith('..') ? baseDirectory : near;
  const stop = `npx cluster-controller down --base-dir ${directory}`;
  process.stdout.write(`The cluster is left running: three nodes and a proxy, every link of the kinds ${LINK_KINDS.join(', ')} ENCRYPTED.
  connect   mysql -h ${proxy.host} -P ${proxy.port} -u root@test --ssl-ca=${directory}/certificates/ca.pem test
  look      npx cluster-controller status --base-dir ${directory}
  stop      ${stop}\n`);
}

/** @returns what it printed; @throws Error with its own words when it did not end with 0 */
async function controller(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runController([...args, '--base-dir', baseDirectory]);
  if (code !== 0)
    throw new Error(`cluster-controller ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
  return stdout;
}

/** The same, for somebody who watches. */
function watchController(...args: string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [CONTROLLER, ...args, '--base-dir', baseDirectory], {
      stdio: 'inherit',
    });
    child.on('error', fail);
    child.on('exit', (code) => {
      if (code === 0) done();
      else fail(new Error(`cluster-controller ${args.join(' ')} ended with ${code}`));
    });
  });
}

function at(node: Node): Address {
  return { host: node.svr_ip, port: node.sql_port };
}

function authority(): string {
  return readFileSync(join(baseDirectory, 'certificates', 'ca.pem'), 'utf8');
}

function connect(address: Address, user: string, ca?: string): Promise<Connection> {
  const database = user.endsWith('@test') ? { database: 'test' } : {};
  return createConnection({ ...address, user, ...database, ...(ca === undefined ? {} : { ssl: { ca } }) });
}

async function ask(address: Address, user: string, text: string): Promise<unknown> {
  const connection = await connect(address, user);
  const [rows] = await connection.query<RowDataPacket[]>(text);
  await connection.end();
  return rows[0]?.['value'];
}

async function cipherOf(connection: Connection): Promise<string> {
  const [rows] = await connection.query<RowDataPacket[]>("SHOW STATUS LIKE 'Ssl_cipher'");
  return String(rows[0]?.['Value'] ?? '');
}

/** `mysql` or `mariadb`, where one of them is installed. */
function commandLineClient(): string | undefined {
  return ['mariadb', 'mysql'].find((name) => spawnSync(name, ['--version']).status === 0);
}

function sslLineOf(client: string, { host, port }: Address): string {
  const address = ['-h', host, '-P', String(port), '-u', 'root@test'];
  const trust = [`--ssl-ca=${join(baseDirectory, 'certificates', 'ca.pem')}`];
  const result = spawnSync(client, [...address, ...trust, '-e', '\\s'], { encoding: 'utf8', timeout: 5_000 });
  const line = result.stdout.split('\n').find((text) => text.startsWith('SSL:'));
  return line?.replace(/\s+/g, ' ').trim() ?? `no SSL line (${result.stderr.trim()})`;
}

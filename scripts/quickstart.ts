import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Load, type LoadResult, runController } from '@sealane/testkit';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';

/**
 * The story that scripts/quickstart tells. Every line that it prints was just seen: it drives the controller by its
 * command line and the nodes by an ordinary MySQL client, and stops at the first thing that isn't as it should be.
 */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CONTROLLER = join(ROOT, 'packages', 'cluster-controller', 'src', 'main.ts');
const NOTES = 1000;
const DIRECTED_LINKS = 6;

interface Node {
  readonly svr_ip: string;
  readonly svr_port: number;
  readonly sql_port: number;
}

type Nodes = readonly [Node, Node, Node];

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
  process.stderr.write(`logs: ${baseDirectory}/observer-*/log\n`);
  process.exitCode = 1;
}

async function tell(): Promise<void> {
  if (existsSync(join(baseDirectory, 'cluster.json')))
    await step('remove the earlier cluster', removeEarlier);
  await step('make certificates, start three nodes', startNodes);
  const nodes = await nodesOf();
  const [first] = nodes;
  await step('write through one node, read through the others', () => writeAndRead(nodes));
  await step('look at the links', () => expectLinks({ plain: DIRECTED_LINKS }));
  const old = await connect(first, 'root@test');
  await step('allow and want encryption, restart nothing', () => setParameters(first));
  await step('look at the links again', () => expectLinks({ plain: DIRECTED_LINKS }));
  await step('compare an old and a new MySQL connection', () => compareConnections(first, old));
  old.destroy();
  await step('rolling restart while clients write', () => rollUnderLoad(nodes));
  await step('look at the links for the last time', () => expectLinks({ plain: 0 }));
  await step('have the controller verify it', verify);
  summarise(first);
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

async function startNodes(): Promise<string> {
  await controller('up', '--nodes', '3');
  return (await nodesOf()).map((node) => `SQL ${node.sql_port} RPC ${node.svr_port}`).join(', ');
}

async function nodesOf(): Promise<Nodes> {
  return (JSON.parse(await controller('status', '--json')) as { nodes: Nodes }).nodes;
}

async function writeAndRead([first, second, third]: Nodes): Promise<string> {
  const writer = await connect(first, 'root@test');
  await writer.query('CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(100))');
  const rows = Array.from({ length: NOTES }, (_, id) => `(${id}, 'note ${id}')`).join(', ');
  await writer.query(`INSERT INTO notes VALUES ${rows}`);
  await writer.end();
  for (const node of [second, third]) {
    const count = await ask(node, 'root@test', 'SELECT COUNT(*) AS value FROM notes');
    if (Number(count) !== NOTES) throw new Error(`${NOTES} rows were written, ${node.sql_port} has ${count}`);
  }
  return `${NOTES} rows written through ${first.sql_port}, read through ${second.sql_port} and ${third.sql_port}`;
}

async function setParameters(node: Node): Promise<string> {
  const admin = await connect(node, 'root@sys');
  await admin.query("ALTER SYSTEM SET ssl_client_authentication = 'True'");
  await admin.query("ALTER SYSTEM SET _ob_ssl_invited_nodes = 'ALL'");
  await admin.end();
  return "ssl_client_authentication = 'True', _ob_ssl_invited_nodes = 'ALL'";
}

/** The mode of a link is fixed when it opens: the old connection stays in clear, a new one is encrypted. */
async function compareConnections(node: Node, old: Connection): Promise<string> {
  const ca = readFileSync(join(baseDirectory, 'certificates', 'ca.pem'), 'utf8');
  const fresh = await connect(node, 'root@test', ca);
  const oldCipher = await cipherOf(old);
  const newCipher = await cipherOf(fresh);
  await fresh.end();
  if (oldCipher !== '') throw new Error(`the old connection claims the cipher ${oldCipher}`);
  if (newCipher === '') throw new Error('the new connection is in clear');
  const client = commandLineClient();
  const line = client === undefined ? '' : `; ${client}: ${sslLineOf(client, node)}`;
  return `old: in clear; new: ${newCipher}${line}`;
}

async function rollUnderLoad(nodes: Nodes): Promise<string> {
  const ports = nodes.map((node) => node.sql_port);
  const ca = readFileSync(join(baseDirectory, 'certificates', 'ca.pem'), 'utf8');
  const load = await Load.start({ host: nodes[0].svr_ip, ports, writers: 2, pauseMs: 2, ssl: { ca } });
  let result: LoadResult;
  try {
    await watchController('encryption', 'enable', '--yes');
  } finally {
    result = await load.stop();
  }
  return `${await checkRows(nodes, result)}; longest pause in writing ${result.longestGapMs} ms`;
}

/** Every row that was acknowledged is there, seen through each node. */
async function checkRows(nodes: Nodes, { acknowledged, unknown }: LoadResult): Promise<string> {
  for (const node of nodes) {
    const connection = await connect(node, 'root@test');
    const [rows] = await connection.query<RowDataPacket[]>('SELECT id FROM load_rows');
    await connection.end();
    const there = new Set(rows.map((row) => Number(row['id'])));
    const lost = acknowledged.filter((id) => !there.has(id));
    if (lost.length > 0)
      throw new Error(`${lost.length} acknowledged rows are missing through ${node.sql_port}`);
  }
  const uncertain = unknown.length === 0 ? '' : `, ${unknown.length} statements cut off by a restart`;
  return `${acknowledged.length} rows acknowledged, all there through each node${uncertain}`;
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

async function verify(): Promise<string> {
  return (await controller('encryption', 'verify', '--kind', 'rpc')).trim();
}

function summarise(node: Node): void {
  const width = Math.max(...told.map(({ what }) => what.length));
  const total = told.reduce((sum, { seconds }) => sum + seconds, 0);
  const line = (what: string, seconds: number) =>
    `  ${what.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s\n`;
  process.stdout.write(`\n${told.map(({ what, seconds }) => line(what, seconds)).join('')}`);
  process.stdout.write(`  ${'─'.repeat(width + 10)}\n${line('all of it', total)}\n`);
  const near = relative(process.cwd(), baseDirectory);
  const directory = near.startsWith('..') ? baseDirectory : near;
  const stop = `npx cluster-controller down --base-dir ${directory}`;
  process.stdout.write(`The cluster is left running.
  connect   mysql -h ${node.svr_ip} -P ${node.sql_port} -u root@test --ssl-ca=${directory}/certificates/ca.pem test
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

function connect(node: Node, user: string, ca?: string): Promise<Connection> {
  const address = { host: node.svr_ip, port: node.sql_port, user };
  const database = user.endsWith('@test') ? { database: 'test' } : {};
  return createConnection({ ...address, ...database, ...(ca === undefined ? {} : { ssl: { ca } }) });
}

async function ask(node: Node, user: string, text: string): Promise<unknown> {
  const connection = await connect(node, user);
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

function sslLineOf(client: string, node: Node): string {
  const address = ['-h', node.svr_ip, '-P', String(node.sql_port), '-u', 'root@test'];
  const trust = [`--ssl-ca=${join(baseDirectory, 'certificates', 'ca.pem')}`];
  const result = spawnSync(client, [...address, ...trust, '-e', '\\s'], { encoding: 'utf8', timeout: 5_000 });
  const line = result.stdout.split('\n').find((text) => text.startsWith('SSL:'));
  return line?.replace(/\s+/g, ' ').trim() ?? `no SSL line (${result.stderr.trim()})`;
}

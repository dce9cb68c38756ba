import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { connectTo, runController, startCluster, type TestCluster } from '../packages/testkit/src/index.ts';

/**
 * Whether obcdc keeps up with the highest rate at which the cluster commits: single-row inserts over many connections, and how long after
 * its commit each change was read. README.md says what the figures are.
 */
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    connections: { type: 'string', default: '32' },
    'warm-up': { type: 'string', default: '8' },
  },
});

interface Told {
  readonly changes: number;
  readonly medianMs: number;
  readonly maxMs: number;
  readonly cpuUs: number;
}

const READER = fileURLToPath(new URL('cdc/reader.ts', import.meta.url));
const undo: (() => Promise<void> | void)[] = [];
const owner = { teardown: (step: () => Promise<void> | void) => void undo.push(step) };
let nextId = 1;

try {
  await main();
} finally {
  for (const step of undo.reverse()) await step();
}

async function main(): Promise<void> {
  const cluster = await startCluster(owner);
  const directory = mkdtempSync(join(tmpdir(), 'sealane-bench-cdc-'));
  owner.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const address = await leaderAddress(cluster);
  const admin = await createConnection(address);
  await admin.query('CREATE TABLE bench_cdc (id BIGINT PRIMARY KEY, k INT NOT NULL, c VARCHAR(120))');
  await load(address, Number(options['warm-up']));
  const rootserverList = cluster.nodes
    .map((node) => `${node.svr_ip}:${node.svr_port}:${node.sql_port}`)
    .join(';');
  const plain = { rootserver_list: rootserverList, store_service_path: join(directory, 'copy') };
  console.log('| obcdc | Commits/s | Delivered/s | Lag, median | Lag, most | CPU of obcdc a change |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  const alone = await load(address, Number(options.seconds));
  console.log(`| none | ${Math.round(alone)} | | | | |`);
  await measure('in clear', plain, address);
  await measure('over TLS', { ...plain, ...(await secure(cluster, directory)) }, address);
  await admin.end();
}

async function measure(name: string, config: object, address: Address): Promise<void> {
  const reader = fork(READER, [JSON.stringify(config)]);
  const undone = () => void reader.kill('SIGKILL');
  owner.teardown(undone);
  await caughtUp(reader);
  const before = await ask(reader);
  const startedAt = performance.now();
  const perSecond = await load(address, Number(options.seconds));
  const told = await ask(reader);
  const seconds = (performance.now() - startedAt) / 1000;
  const cells = [
    name,
    Math.round(perSecond),
    Math.round(told.changes / seconds),
    `${Math.round(told.medianMs)} ms`,
    `${Math.round(told.maxMs)} ms`,
    `${Math.round((told.cpuUs - before.cpuUs) / told.changes)} µs`,
  ];
  console.log(`| ${cells.join(' | ')} |`);
  reader.disconnect();
}

/** It has read what was before, and compiled what it needs for that. */
async function caughtUp(reader: ChildProcess): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    await delay(500);
    quiet = (await ask(reader)).changes === 0 ? quiet + 1 : 0;
  }
}

function ask(reader: ChildProcess): Promise<Told> {
  return new Promise((resolve, reject) => {
    reader.once('message', (told) => resolve(told as Told));
    reader.once('exit', (code) => reject(new Error(`the reader ended with ${code}`)));
    reader.send('tell');
  });
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** @returns commits a second */
async function load(address: Address, seconds: number): Promise<number> {
  const count = Number(options.connections);
  const connections = await Promise.all(Array.from({ length: count }, () => createConnection(address)));
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1000;
  let commits = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < endAt) {
        const id = nextId++;
        await connection.execute('INSERT INTO bench_cdc VALUES (?, ?, ?)', [
          id,
          id % 1000,
          `some text of ${id}`,
        ]);
        commits += 1;
      }
      await connection.end();
    }),
  );
  return commits / ((performance.now() - startedAt) / 1000);
}

async function leaderAddress(cluster: TestCluster): Promise<Address> {
  const { nodes } = await cluster.status();
  const leader = nodes.find(({ leads }) => leads.some(({ tenant_id: id }) => id === 1002));
  if (leader === undefined) throw new Error('nobody leads the tenant');
  return { host: leader.svr_ip, port: leader.sql_port, user: 'root@test', database: 'test' };
}

/** Turns TLS on for new links; those between the nodes stay as they are, so that only obcdc's differs. */
async function secure(cluster: TestCluster, directory: string): Promise<object> {
  const wallet = join(directory, 'wallet');
  const authority = join(cluster.baseDirectory, 'certificates');
  const made = await runController([
    'certs',
    'make',
    '--client',
    'obcdc',
    '--out',
    wallet,
    '--authority',
    authority,
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no nodes');
  const admin = await connectTo(cluster, node, { user: 'root@sys' });
  await admin.query('ALTER SYSTEM SET ssl_client_authentication = True');
  await admin.end();
  return { ssl_client_authentication: '1', rpc_client_authentication_method: 'SSL_IO', wallet };
}

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Connection } from 'mysql2/promise';
import {
  askNode,
  connectTo,
  startCluster,
  type TestCluster,
  type TestNode,
  within,
} from '../packages/testkit/src/index.ts';

/**
 * How long a node whose disk was wiped takes to be back in sync, with so much data in place and writes going on.
 * Run: node bench/rejoin.ts [--mib 1024] [--writers 4]
 */
const { values: options } = parseArgs({
  options: { mib: { type: 'string', default: '1024' }, writers: { type: 'string', default: '4' } },
});

const rowSize = 1024 * 1024;
const batchRows = 4;
const baselineMs = 10_000;
const rejoinTimeoutMs = 600_000;

const undo: (() => Promise<void> | void)[] = [];
const owner = { teardown: (step: () => Promise<void> | void) => void undo.push(step) };

async function main(): Promise<void> {
  const cluster = await startCluster(owner);
  const { nodes } = await cluster.status();
  const leader = nodes.find(({ leads }) => leads.some(({ tenant_id }) => tenant_id === 1002));
  const wiped = nodes.find((node) => node !== leader);
  if (leader === undefined || wiped === undefined) throw new Error('the tenant has no leader');
  await asRoot(cluster, leader, "ALTER SYSTEM SET _log_tail_size = '1M'");
  await fill(cluster, leader, Number(options.mib));
  await asRoot(cluster, leader, 'ALTER SYSTEM MINOR FREEZE TENANT = test');
  const [base] = await asRoot(
    cluster,
    leader,
    'SELECT BASE_LSN, END_LSN FROM oceanbase.V$OB_LOG_STAT WHERE TENANT_ID = 1002',
  );
  console.log(`${options.mib} MiB are in place; the log begins behind entry ${base?.[0]} of ${base?.[1]}`);

  const load = await Writers.start(cluster, leader, Number(options.writers));
  await delay(baselineMs);
  load.print('before');
  process.kill(wiped.pid, 'SIGKILL');
  rmSync(join(cluster.directoryOf(wiped), 'store'), { recursive: true });
  await delay(1_000);
  load.reset();
  const startedAt = performance.now();
  const up = await cluster.controller('up');
  if (up.code !== 0) console.log(`the controller waited no longer: ${up.stderr.trim()}`);
  await within(rejoinTimeoutMs, 'the wiped node is in sync', async () => {
    const rows = await asRoot(cluster, wiped, 'SELECT IN_SYNC FROM oceanbase.V$OB_LOG_STAT');
    return rows.length === 2 && rows.every(([state]) => state === 'YES');
  });
  const elapsedMs = performance.now() - startedAt;
  load.print('during the rejoin');
  await load.stop();
  console.log(`in sync ${(elapsedMs / 1000).toFixed(1)} s after the start of the wiped node`);
  for (const line of rebuilds(join(cluster.directoryOf(wiped), 'log', 'observer.log')))
    console.log(`  ${line}`);
  const counts = await Promise.all(nodes.map((node) => countRows(cluster, node)));
  console.log(`rows on the three nodes: ${counts.join(' ')}`);
}

/** Rows of 1 MiB; all but the first come from those, so that they needn't be sent. */
async function fill(cluster: TestCluster, node: TestNode, mib: number): Promise<void> {
  const connection = await connectTo(cluster, node);
  await connection.query('CREATE TABLE bulk (id INT PRIMARY KEY, v LONGTEXT)');
  const value = 'The quick brown fox jumps over the lazy dog. '
    .repeat(Math.ceil(rowSize / 45))
    .slice(0, rowSize);
  for (let id = 0; id < Math.min(mib, batchRows); id++) {
    await connection.query('INSERT INTO bulk VALUES (?, ?)', [id, value]);
  }
  for (let from = batchRows; from < mib; from += batchRows) {
    await connection.query('INSERT INTO bulk SELECT id + ?, v FROM bulk WHERE id < ?', [
      from,
      Math.min(batchRows, mib - from),
    ]);
  }
  await connection.end();
}

/** Single-row inserts over connections of their own, each waiting for its answer. */
class Writers {
  #latencies: number[] = [];
  #failures = 0;
  #sinceMs = performance.now();
  #running = true;
  #loops: Promise<void>[] = [];
  #next = 0;

  static async start(cluster: TestCluster, node: TestNode, count: number): Promise<Writers> {
    const writers = new Writers();
    const connections = await Promise.all(Array.from({ length: count }, () => connectTo(cluster, node)));
    await connections[0]?.query('CREATE TABLE small (id INT PRIMARY KEY, v VARCHAR(200))');
    writers.#loops = connections.map((connection) => writers.#write(connection));
    return writers;
  }

  reset(): void {
    this.#latencies = [];
    this.#failures = 0;
    this.#sinceMs = performance.now();
  }

  print(when: string): void {
    const sorted = this.#latencies.toSorted((left, right) => left - right);
    const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1);
    const perSecond = Math.round((sorted.length * 1000) / (performance.now() - this.#sinceMs));
    console.log(
      `writes ${when}: ${perSecond} a second, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, longest ${at(1)} ms, ${this.#failures} failed`,
    );
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  async #write(connection: Connection): Promise<void> {
    while (this.#running) {
      const startedAt = performance.now();
      try {
        await connection.query('INSERT INTO small VALUES (?, ?)', [this.#next++, 'v'.repeat(100)]);
        this.#latencies.push(performance.now() - startedAt);
      } catch {
        this.#failures += 1;
      }
    }
    await connection.end();
  }
}

async function countRows(cluster: TestCluster, node: TestNode): Promise<string> {
  const sql = 'SELECT /*+ READ_CONSISTENCY(WEAK) */ COUNT(*) FROM';
  const [bulk] = await askNode(cluster, node, `${sql} bulk`);
  const [small] = await askNode(cluster, node, `${sql} small`);
  return `${bulk?.[0]}+${small?.[0]}`;
}

function asRoot(cluster: TestCluster, node: TestNode, sql: string): Promise<readonly (readonly unknown[])[]> {
  return askNode(cluster, node, sql, { user: 'root@sys' });
}

/** What the node says of its rebuilds, each step with the seconds since the first. */
function rebuilds(logFile: string): string[] {
  const lines = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"rebuild: '))
    .map((line) => JSON.parse(line) as { time: number; tenantId: number; msg: string; sizeBytes?: number });
  return lines.map(({ time, tenantId, msg, sizeBytes }) => {
    const size = sizeBytes === undefined ? '' : ` (${Math.round(sizeBytes / 2 ** 20)} MiB)`;
    return `${((time - (lines[0]?.time ?? time)) / 1000).toFixed(1)} s  tenant ${tenantId}  ${msg}${size}`;
  });
}

try {
  await main();
} finally {
  for (const step of undo.reverse()) await step();
}

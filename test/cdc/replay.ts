import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectTo, runProgram, type Teardown, type TestCluster, within } from '@sealane/testkit';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { startMariaDb } from '../differential/mariadb.ts';
import { contentsOf, differences } from './compare.ts';
import { Random } from './random.ts';
import { makeCdcWallet, rootserverList, secureFlags, TailProcess } from './tail-process.ts';
import { Workload } from './workload.ts';

const CATCH_UP_TIMEOUT_MS = 300_000;
const REPLAY_TIMEOUT_MS = 600_000;

export interface ReplayOptions {
  readonly seed: number;
  /** Rows changed by 8 clients. */
  readonly changes: number;
  /** How often obcdc is killed, and started again. */
  readonly kills: number;
  say(text: string): void;
}

export interface ReplayResult {
  readonly changes: number;
  readonly differences: readonly string[];
  /** What obcdc wrote, each line a record. */
  readonly records: readonly string[];
}

/**
 * A workload on a cluster while leaders change and encryption is turned on; obcdc follows, is killed and goes on. What it wrote as
 * SQL is replayed into a MariaDB server, and the tables of both are compared.
 */
export async function replay(
  test: Teardown,
  cluster: TestCluster,
  options: ReplayOptions,
): Promise<ReplayResult> {
  const { say } = options;
  const random = new Random(options.seed);
  const tails = await startTails(test, cluster);
  const workload = new Workload(cluster, options);
  const running = workload.run();
  const troubles = Promise.all([
    changeLeaders(cluster, workload, say),
    turnOnEncryption(cluster, workload, say),
    ...tails.map((tail) => killNowAndThen(tail, workload, options.kills, random)),
  ]);
  await Promise.all([running, troubles]);
  say(`${workload.changes} rows were changed`);
  for (const [message, count] of workload.failures) say(`${count} × ${message}`);
  const endLsn = await endOf(cluster);
  await within(CATCH_UP_TIMEOUT_MS, `both outputs reach LSN ${endLsn}`, () =>
    tails.every(({ lsn }) => lsn >= endLsn),
  );
  for (const tail of tails) await tail.end('SIGTERM');
  const [sql, json] = tails;
  say('replaying');
  return {
    changes: workload.changes,
    differences: await replayed(test, cluster, sql.output),
    records: readFileSync(json.output, 'utf8').split('\n').slice(0, -1),
  };
}

async function startTails(
  test: Teardown,
  cluster: TestCluster,
): Promise<[sql: TailProcess, json: TailProcess]> {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-cdc-'));
  const wallet = await makeCdcWallet(cluster, directory);
  const tails = (['sql', 'json'] as const).map((format) => {
    const own = join(directory, format);
    mkdirSync(own);
    const flags = [...secureFlags('AUTO', wallet), '-T', '0'];
    return new TailProcess({ directory: own, rootserverList: rootserverList(cluster), format, flags });
  });
  test.teardown(async () => {
    for (const tail of tails) await tail.end('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  for (const tail of tails) tail.start();
  return tails as [TailProcess, TailProcess];
}

async function changeLeaders(
  cluster: TestCluster,
  workload: Workload,
  say: (text: string) => void,
): Promise<void> {
  for (const [at, node] of cluster.nodes.slice(1).entries()) {
    await progress(workload, at === 0 ? 0.2 : 0.8);
    const admin = await connectTo(cluster, node, { user: 'root@sys' });
    const server = `${node.svr_ip}:${node.svr_port}`;
    await admin.query(`ALTER SYSTEM SWITCH REPLICA LEADER SERVER '${server}' TENANT test`);
    await admin.end();
    say(`${server} leads`);
  }
}

async function turnOnEncryption(
  cluster: TestCluster,
  workload: Workload,
  say: (text: string) => void,
): Promise<void> {
  await progress(workload, 0.4);
  const { code, stderr } = await cluster.controller('encryption', 'enable', '--yes');
  if (code !== 0) throw new Error(`encryption enable: ${stderr}`);
  say('encryption is on');
}

async function killNowAndThen(
  tail: TailProcess,
  workload: Workload,
  kills: number,
  random: Random,
): Promise<void> {
  for (let kill = 1; kill <= kills; kill++) {
    await progress(workload, (kill - random.next() * 0.5) / (kills + 1));
    await tail.end('SIGKILL');
    tail.start();
  }
}

async function progress(workload: Workload, share: number): Promise<void> {
  await within(CATCH_UP_TIMEOUT_MS, `${share} of the changes are done`, () => workload.progress >= share);
}

async function endOf(cluster: TestCluster): Promise<number> {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('a cluster without nodes');
  const admin = await connectTo(cluster, node, { user: 'root@sys' });
  const [rows] = await admin.query<RowDataPacket[]>(
    'SELECT MAX(END_LSN) AS lsn FROM oceanbase.GV$OB_LOG_STAT WHERE TENANT_ID = 1002',
  );
  await admin.end();
  return Number(rows[0]?.['lsn']);
}

async function replayed(test: Teardown, cluster: TestCluster, file: string): Promise<readonly string[]> {
  const mariaDb = await startMariaDb(test);
  const target = await createConnection(mariaDb.address);
  await target.query('CREATE DATABASE test CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci');
  const client = await runProgram(
    'mariadb',
    ['--socket', String(mariaDb.address.socketPath), '--user', 'root'],
    {
      timeoutMs: REPLAY_TIMEOUT_MS,
      input: readFileSync(file),
    },
  );
  if (client.code !== 0) throw new Error(`the replay failed: ${client.stderr}`);
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('a cluster without nodes');
  const source = await connectTo(cluster, node);
  const found = differences(await contentsOf(source), await contentsOf(target));
  await source.end();
  await target.end();
  return found;
}

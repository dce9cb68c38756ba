import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type RowDataPacket,
} from 'mysql2/promise';
import { freePorts, startCluster } from '../packages/testkit/src/index.ts';
import { lacksMariaDb, startMariaDb } from '../test/differential/mariadb.ts';

/**
 * Acknowledged single-row inserts a second, three nodes with fsync on next to one MariaDB that flushes at each commit,
 * in turns. README.md says what the figures are.
 */
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '8' },
    connections: { type: 'string', default: '1,8,32' },
    statement: { type: 'string', default: 'prepared' },
    alone: { type: 'boolean', default: false },
  },
});

/** A server under load, and what its processes cost. */
interface Subject {
  readonly name: string;
  readonly address: ConnectionOptions;
  readonly pids: readonly number[];
  /** Of the logs' files, since the start. */
  fsyncs(): Promise<number>;
}

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of all of the subject's processes. */
  readonly cpuUsPerCommit: number;
  readonly fsyncsPerCommit: number;
  /** Of this process, which is the load: the same one for every server. */
  readonly clientCpuUsPerCommit: number;
}

const undo: (() => Promise<void> | void)[] = [];
const owner = { teardown: (step: () => Promise<void> | void) => void undo.push(step) };
/** Each insert has a key of its own, greater than all before it. */
let nextId = 1;

try {
  await main();
} finally {
  for (const step of undo.reverse()) await step();
}

async function main(): Promise<void> {
  if (!['prepared', 'text'].includes(options.statement)) {
    throw new Error(`--statement: prepared or text, not ${options.statement}`);
  }
  const subjects = [await sealane(), ...(options.alone ? [] : await mariaDb())];
  for (const subject of subjects) {
    await prepareTable(subject);
    // JIT compilers work until the code that counts is compiled, and take processor time from it meanwhile.
    await measure(subject, 32, Number(options['warm-up']));
  }
  console.log(
    `${options.statement} INSERTs, ${options.rounds} rounds of ${options.seconds} s in turns, medians; CPU of all processes of a server`,
  );
  for (const count of options.connections.split(',').map(Number)) {
    const results = new Map<Subject, Measured[]>(subjects.map((subject) => [subject, []]));
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const subject of subjects) {
        results.get(subject)?.push(await measure(subject, count, Number(options.seconds)));
      }
    }
    for (const [subject, measured] of results) print(subject, count, measured);
  }
}

async function sealane(): Promise<Subject> {
  const cluster = await startCluster(owner);
  const { nodes } = await cluster.status();
  const leader = nodes.find(({ leads }) => leads.some(({ tenant_id }) => tenant_id === 1002));
  if (leader === undefined) throw new Error('nobody leads the tenant');
  const address = { host: leader.svr_ip, port: leader.sql_port, user: 'root@test', database: 'test' };
  return {
    name: 'sealane, 3 nodes',
    address,
    pids: nodes.map(({ pid }) => pid),
    fsyncs: () =>
      ask(
        { ...address, user: 'root', database: 'oceanbase' },
        "SELECT SUM(value) FROM GV$SYSSTAT WHERE name = 'palf write io count to disk'",
      ),
  };
}

async function mariaDb(): Promise<readonly Subject[]> {
  const lacking = lacksMariaDb();
  if (lacking !== false) {
    console.log(`without MariaDB: ${lacking}`);
    return [];
  }
  const [port = 0] = await freePorts(1);
  const { pid, version } = await startMariaDb(owner, { durable: true, port });
  const address = { host: '127.0.0.1', port, user: 'root' };
  await ask(address, 'CREATE DATABASE test');
  return [
    {
      name: `MariaDB ${version.split('-')[0]}`,
      address: { ...address, database: 'test' },
      pids: [pid],
      fsyncs: () =>
        ask(
          address,
          "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'Innodb_data_fsyncs'",
        ),
    },
  ];
}

async function prepareTable({ address }: Subject): Promise<void> {
  await ask(address, 'CREATE TABLE bench_commit (id BIGINT PRIMARY KEY, k INT NOT NULL, c VARCHAR(120))');
}

/** Each connection inserts one row after another, as fast as it is answered. */
async function measure(subject: Subject, count: number, seconds: number): Promise<Measured> {
  const connections = await Promise.all(
    Array.from({ length: count }, () => createConnection(subject.address)),
  );
  // The first statement of a connection prepares it.
  for (const connection of connections) await insert(connection);
  const latenciesMs: number[] = [];
  const [fsyncsBefore, cpuBefore] = [await subject.fsyncs(), cpuUs(subject.pids)];
  const ownCpuBefore = process.cpuUsage();
  const beginMs = performance.now();
  const endMs = beginMs + seconds * 1000;
  await Promise.all(
    connections.map(async (connection) => {
      for (let atMs = performance.now(); atMs < endMs; ) {
        await insert(connection);
        const nowMs = performance.now();
        latenciesMs.push(nowMs - atMs);
        atMs = nowMs;
      }
    }),
  );
  const elapsedSeconds = (performance.now() - beginMs) / 1000;
  const cpu = cpuUs(subject.pids) - cpuBefore;
  const { user, system } = process.cpuUsage(ownCpuBefore);
  const fsyncs = (await subject.fsyncs()) - fsyncsBefore;
  await Promise.all(connections.map((connection) => connection.end()));
  latenciesMs.sort((a, b) => a - b);
  const commits = latenciesMs.length;
  return {
    perSecond: commits / elapsedSeconds,
    p50Ms: latenciesMs[Math.floor(commits * 0.5)] ?? 0,
    p99Ms: latenciesMs[Math.floor(commits * 0.99)] ?? 0,
    cpuUsPerCommit: cpu / commits,
    fsyncsPerCommit: fsyncs / commits,
    clientCpuUsPerCommit: (user + system) / commits,
  };
}

async function insert(connection: Connection): Promise<void> {
  const id = nextId++;
  const row = [id, id % 1000, `083868641912-28773972837-${id}`];
  if (options.statement === 'text') {
    await connection.query(`INSERT INTO bench_commit VALUES (${row[0]}, ${row[1]}, '${row[2]}')`);
  } else {
    await connection.execute('INSERT INTO bench_commit VALUES (?, ?, ?)', row);
  }
}

function print({ name }: Subject, count: number, measured: readonly Measured[]): void {
  const median = (key: keyof Measured) =>
    measured.map((each) => each[key]).sort((a, b) => a - b)[measured.length >> 1] ?? 0;
  console.log(
    [
      `${count} connections`.padEnd(15),
      name.padEnd(18),
      `${median('perSecond').toFixed(0).padStart(6)}/s`,
      `p50 ${median('p50Ms').toFixed(2).padStart(6)} ms`,
      `p99 ${median('p99Ms').toFixed(2).padStart(6)} ms`,
      `${median('cpuUsPerCommit').toFixed(0).padStart(5)} µs CPU a commit`,
      `${median('clientCpuUsPerCommit').toFixed(0).padStart(3)} of the client`,
      `${median('fsyncsPerCommit').toFixed(2)} fsyncs a commit`,
    ].join('   '),
  );
}

/** The first column of the first row. */
async function ask(address: ConnectionOptions, sql: string): Promise<number> {
  const connection = await createConnection(address);
  try {
    const [rows] = await connection.query<RowDataPacket[]>({ sql, rowsAsArray: true });
    return Array.isArray(rows) ? Number((rows[0] as unknown as unknown[])?.[0]) : 0;
  } finally {
    await connection.end();
  }
}

/** User and system time. Source: proc(5), fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms. */
function cpuUs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) * 10_000;
  }, 0);
}

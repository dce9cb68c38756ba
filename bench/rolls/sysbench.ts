import { spawn, spawnSync } from 'node:child_process';

const TABLES = 2;
const ROWS = 1_000;
/** A transaction that was rolled back is begun again, and counted; anything else ends sysbench. */
const RETRIED_ERRORS = '6002';

export interface SysbenchOptions {
  readonly host: string;
  readonly port: number;
  readonly threads: number;
}

export interface SysbenchResult {
  /** Zero unless an error came that isn't to be retried. */
  readonly exitCode: number;
  readonly transactions: number;
  /** Transactions that were begun again. */
  readonly retried: number;
  readonly reconnects: number;
  /** Of one transaction of twenty statements. */
  readonly longestTransactionMs: number;
  readonly output: string;
}

export function hasSysbench(): boolean {
  return spawnSync('sysbench', ['--version']).status === 0;
}

/** Fills the tables that `runSysbench` works on. */
export async function prepareSysbench(options: SysbenchOptions): Promise<void> {
  await run(options, ['cleanup']);
  const { code, output } = await run(options, ['prepare']);
  if (code !== 0) throw new Error(`sysbench prepare: ${output}`);
}

/** sysbench's oltp_read_write, a program that knows nothing of us, for that long. */
export async function runSysbench(options: SysbenchOptions, seconds: number): Promise<SysbenchResult> {
  const { code, output } = await run(options, ['run', `--time=${seconds}`]);
  const number = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? 0);
  return {
    exitCode: code,
    transactions: number(/transactions:\s+(\d+)/),
    retried: number(/ignored errors:\s+(\d+)/),
    reconnects: number(/reconnects:\s+(\d+)/),
    longestTransactionMs: Math.round(number(/max:\s+([\d.]+)/)),
    output,
  };
}

function run(options: SysbenchOptions, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(
    'sysbench',
    [
      'oltp_read_write',
      `--mysql-host=${options.host}`,
      `--mysql-port=${options.port}`,
      '--mysql-user=root@test',
      '--mysql-db=test',
      `--mysql-ignore-errors=${RETRIED_ERRORS}`,
      `--tables=${TABLES}`,
      `--table-size=${ROWS}`,
      `--threads=${options.threads}`,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = `${output}${chunk.toString()}`.slice(-100_000);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}

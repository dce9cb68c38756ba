import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Teardown } from '@sealane/testkit';
import { type ConnectionOptions, createConnection } from 'mysql2/promise';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 100;

/** A MariaDB server of our own, with the defaults of MySQL 5.7 where it has others. */
export interface MariaDb {
  readonly pid: number;
  readonly address: ConnectionOptions;
  readonly version: string;
}

export interface MariaDbOptions {
  /** A transaction is on the disk before it is acknowledged. Default: no */
  readonly durable?: boolean;
  /** Listens there on 127.0.0.1, beside the socket. Default: nowhere */
  readonly port?: number;
  /** Accounts count. Default: everybody may do everything */
  readonly accounts?: boolean;
  /** Paths of PEM files; TLS is offered then. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string; readonly crl: string };
}

const programs = { server: ['mariadbd', 'mysqld'], install: ['mariadb-install-db', 'mysql_install_db'] };

/** @returns a reason why there can be no MariaDB server here, or false */
export function lacksMariaDb(): string | false {
  const missing = Object.values(programs).find((names) => found(names) === undefined);
  return missing === undefined ? false : `${missing[0]} is not installed (Debian: mariadb-server)`;
}

function found(names: readonly string[]): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return directories
    .flatMap((directory) => names.map((name) => join(directory, name)))
    .find((path) => existsSync(path));
}

/** Starts a server in a directory of its own, behind a socket only; it is stopped and removed when the test ends. */
export async function startMariaDb(test: Teardown, options: MariaDbOptions = {}): Promise<MariaDb> {
  const directory = mkdtempSync(join(tmpdir(), 'mariadb-'));
  const data = join(directory, 'data');
  const installed = spawnSync(
    found(programs.install) ?? '',
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--tmpdir=${directory}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    { timeout: START_TIMEOUT_MS, encoding: 'utf8' },
  );
  if (installed.status !== 0) throw new Error(`mariadb-install-db failed: ${installed.stderr}`);
  const socketPath = join(directory, 'socket');
  const server = spawn(found(programs.server) ?? '', serverArguments(data, socketPath, options), {
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  test.teardown(async () => {
    server.kill('SIGTERM');
    await Promise.race([ended, delay(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  const address = { socketPath, user: 'root' };
  return { pid: server.pid ?? 0, address, version: await versionWhenUp(address, server) };
}

function serverArguments(
  data: string,
  socketPath: string,
  { durable = false, port, accounts = false, tls }: MariaDbOptions,
): readonly string[] {
  const files = Object.entries(tls ?? {}).map(([name, path]) => `--ssl-${name}=${path}`);
  return [
    '--no-defaults',
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    `--datadir=${data}`,
    `--socket=${socketPath}`,
    `--pid-file=${join(data, 'pid')}`,
    `--log-error=${join(data, 'error.log')}`,
    ...(port === undefined ? ['--skip-networking'] : ['--bind-address=127.0.0.1', `--port=${port}`]),
    ...(accounts ? ['--skip-name-resolve'] : ['--skip-grant-tables']),
    ...files,
    '--default-time-zone=+08:00',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_general_ci',
    '--lower-case-table-names=1',
    `--innodb-buffer-pool-size=${durable ? '256M' : '16M'}`,
    `--innodb-flush-log-at-trx-commit=${durable ? 1 : 0}`,
  ];
}

async function versionWhenUp(address: ConnectionOptions, server: ChildProcess): Promise<string> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      const connection = await createConnection(address);
      const [rows] = await connection.query('SELECT VERSION() AS version');
      await connection.end();
      return String((rows as { version: string }[])[0]?.version);
    } catch (error) {
      if (Date.now() > deadline || server.exitCode !== null) throw error;
      await delay(POLL_MS);
    }
  }
}

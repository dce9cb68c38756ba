import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { isObError } from '@sealane/errors';
import { Command, CommanderError } from 'commander';
import { openLog } from './log-file.ts';
import { startLogThread } from './log-thread/worker.ts';
import { type CommandLine, nodeDirectories, resolveNodeConfig } from './node-config.ts';
import { Observer } from './observer.ts';
import { claimBaseDirectory } from './pid-file.ts';
import { version } from './version.ts';

/** Exit codes of every program: done, failed, wrong usage. */
const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

interface Options {
  readonly local_ip?: string;
  readonly rpc_port?: string;
  readonly mysql_port?: string;
  readonly zone?: string;
  readonly appname?: string;
  readonly cluster_id?: string;
  readonly data_dir: string;
  readonly log_level?: string;
  readonly metrics_port?: string;
  readonly metrics_ip?: string;
  readonly rs_list?: string;
  readonly optstr?: string;
}

// Not exitCode: what a failed start has left open must not keep the process.
process.exit(await main(process.argv));

async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('observer')
    .description('A node of a Sealane cluster. At later starts only --data_dir is needed.')
    .version(version)
    .option('-I, --local_ip <ip>', 'the address this server is known by')
    .option('-P, --rpc_port <port>', 'port of OB-RPC')
    .option('-p, --mysql_port <port>', 'port of the MySQL protocol')
    .option('-m, --metrics_port <port>', 'port of metrics for Prometheus, 0 for none')
    .option('--metrics_ip <ip>', 'the address of that port, 127.0.0.1 when not given')
    .option('-z, --zone <zone>', 'zone of this server')
    .option('-n, --appname <name>', 'name of the cluster')
    .option('-c, --cluster_id <id>', 'ID of the cluster')
    .option('-d, --data_dir <directory>', 'base directory: etc/ wallet/ log/ store/ run/', '.')
    .option('-l, --log_level <level>', 'DEBUG, INFO, WARN, ERROR')
    .option('-r, --rs_list <list>', "all servers: 'ip:rpc_port:sql_port;…'")
    .option('-o, --optstr <list>', "parameters: 'name=value,…'")
    .exitOverride();
  try {
    program.parse([...argv]);
  } catch (error) {
    return error instanceof CommanderError && error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  return run(program.opts<Options>());
}

async function run(options: Options): Promise<number> {
  try {
    const { config, parameters } = resolveNodeConfig(commandLine(options));
    const directories = nodeDirectories(config.baseDirectory);
    for (const directory of Object.values(directories)) mkdirSync(directory, { recursive: true });
    using _claim = claimBaseDirectory(directories.run);
    const logLevel = parameters['syslog_level'] ?? 'INFO';
    const { logger, flush } = openLog(directories.log, logLevel);
    try {
      return await serve(
        new Observer({ config, given: parameters, logLevel, logger, startThread: startLogThread }),
      );
    } catch (error) {
      logger.error({ error: describe(error) }, 'the observer ends');
      throw error;
    } finally {
      flush();
    }
  } catch (error) {
    process.stderr.write(`observer: ${describe(error)}\n`);
    return exitCodes.failed;
  }
}

/** Runs until a signal asks for the end (drains, then 0) or the node can't go on (throws). */
async function serve(observer: Observer): Promise<number> {
  const signalled = new Promise<void>((settle) => {
    process.once('SIGTERM', () => settle());
    process.once('SIGINT', () => settle());
  });
  await observer.start();
  process.stdout.write(`${JSON.stringify({ event: 'ready', pid: process.pid, ...observer.addresses() })}\n`);
  await Promise.race([signalled, observer.failed]);
  await observer.stop();
  return exitCodes.done;
}

function commandLine(options: Options): CommandLine {
  const given = {
    ip: options.local_ip,
    rpcPort: options.rpc_port,
    sqlPort: options.mysql_port,
    zone: options.zone,
    clusterName: options.appname,
    clusterId: options.cluster_id,
    servers: options.rs_list,
    metricsPort: options.metrics_port,
    metricsIp: options.metrics_ip,
    options:
      [options.log_level && `syslog_level=${options.log_level}`, options.optstr].filter(Boolean).join(',') ||
      undefined,
  };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return { baseDirectory: resolve(options.data_dir), ...Object.fromEntries(entries) };
}

function describe(error: unknown): string {
  if (isObError(error)) return `${error.message} (${error.name} ${error.code})`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

import { join, resolve } from 'node:path';
import { nativePasswordHash } from '@sealane/mysql-protocol';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import pino from 'pino';
import packageFile from '../package.json' with { type: 'json' };
import { ConfigFile } from './config/config-file.ts';
import { ProxyConfig } from './config/proxy-config.ts';
import { ObProxy } from './proxy.ts';

interface Flags {
  readonly baseDir: string;
  readonly listenHost: string;
  readonly listenPort?: number;
  readonly rsList?: string;
  readonly clusterName?: string;
  readonly wallet: string;
  readonly enableClientSsl?: true;
  readonly enableServerSsl?: true;
  readonly parameters?: Readonly<Record<string, string>>;
}

const exitCodes = { failed: 1, usage: 2 };

async function main(): Promise<void> {
  const program = new Command('obproxy')
    .description('Routes MySQL clients to the servers that lead their tenants')
    .version(packageFile.version)
    .exitOverride()
    .option('-d, --base-dir <directory>', 'where etc/ and wallet/ lie', '.')
    .option('--listen-host <ip>', 'address for clients', '127.0.0.1')
    .option('-p, --listen-port <port>', 'port for clients, 0 for a free one (default: 2883)', parsePort)
    .option('-r, --rs-list <servers>', "servers to begin with: 'ip:sql_port;…'")
    .option('-c, --cluster-name <name>', 'the only cluster that is served')
    .option(
      '--wallet <directory>',
      'ca.pem, server-cert.pem and server-key.pem, seen from the base directory',
      'wallet',
    )
    .option('--enable-client-ssl', 'offer TLS to clients')
    .option('--enable-server-ssl', 'speak TLS with servers, and with no others')
    .option('-o, --parameters <list>', "parameters for this run: 'name=value,…'", parseParameters);
  program.parse();
  const flags = program.opts<Flags>();
  const baseDirectory = resolve(flags.baseDir);
  const logger = pino({ base: {} });
  const config = new ProxyConfig(
    new ConfigFile(join(baseDirectory, 'etc'), 'obproxy_config.json'),
    given(flags),
  );
  if (config.text('rootservice_list') === '' && config.text('target_db_server') === '')
    throw new InvalidArgumentError(
      'no server to begin with: give --rs-list, or set rootservice_list, or target_db_server.',
    );
  const proxy = new ObProxy({
    listenHost: flags.listenHost,
    config,
    sysUser: 'root@sys',
    sysPassword: process.env['SEALANE_SYS_PASSWORD'] ?? '',
    baseDirectory,
    walletDirectory: resolve(baseDirectory, flags.wallet),
    version: packageFile.version,
    logger,
  });
  const port = await proxy.start();
  logger.info({ listen_port: port }, 'obproxy started');
  const stop = (): void => {
    void proxy.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** What the command line and the environment say of parameters: it holds for this run, whatever is kept. */
function given(flags: Flags): Readonly<Record<string, string>> {
  const password = process.env['SEALANE_PROXYSYS_PASSWORD'];
  const values = {
    listen_port: flags.listenPort,
    rootservice_list: flags.rsList,
    rootservice_cluster_name: flags.clusterName,
    enable_client_ssl: flags.enableClientSsl,
    enable_server_ssl: flags.enableServerSsl,
    obproxy_sys_password: password === undefined ? undefined : nativePasswordHash(password),
  };
  const said = Object.entries(values).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said.map(([name, value]) => [name, String(value)])), ...flags.parameters };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('a port is a number from 0 to 65535.');
}

function parseParameters(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    if (at <= 0) throw new InvalidArgumentError(`'${pair}' is no name=value.`);
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
  });
  return Object.fromEntries(pairs);
}

try {
  await main();
} catch (error) {
  if (error instanceof CommanderError && !(error instanceof InvalidArgumentError))
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else {
    process.stderr.write(`obproxy: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof InvalidArgumentError ? exitCodes.usage : exitCodes.failed;
  }
}

import { TransportSecurity } from '@sealane/transport-security';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import pino from 'pino';
import packageFile from '../package.json' with { type: 'json' };
import { ObProxy } from './proxy.ts';

interface Flags {
  readonly listenHost: string;
  readonly listenPort: number;
  readonly rsList: string;
  readonly clusterName?: string;
  readonly wallet: string;
  readonly enableClientSsl: boolean;
  readonly enableServerSsl: boolean;
}

const graceMs = 10_000;
const exitCodes = { failed: 1, usage: 2 };

async function main(): Promise<void> {
  const program = new Command('obproxy')
    .description('Routes MySQL clients to the servers that lead their tenants')
    .version(packageFile.version)
    .exitOverride()
    .option('--listen-host <ip>', 'address for clients', '127.0.0.1')
    .option('-p, --listen-port <port>', 'port for clients, 0 for a free one', parsePort, 2883)
    .requiredOption('-r, --rs-list <servers>', "servers to begin with: 'ip:sql_port;…'")
    .option('-c, --cluster-name <name>', 'the only cluster that is served')
    .option('--wallet <directory>', 'ca.pem, server-cert.pem and server-key.pem', 'wallet')
    .option('--enable-client-ssl', 'offer TLS to clients', false)
    .option('--enable-server-ssl', 'speak TLS with servers, and with no others', false);
  program.parse();
  const flags = program.opts<Flags>();
  const logger = pino({ base: {} });
  const security = new TransportSecurity({ walletDirectory: flags.wallet, logger });
  if (flags.enableClientSsl || flags.enableServerSsl)
    security.reload({ sslClientAuthentication: true, sqlMinTlsVersion: 'none' }, 'start');
  const proxy = new ObProxy({
    listenHost: flags.listenHost,
    listenPort: flags.listenPort,
    rootserviceList: flags.rsList.split(';').filter((each) => each !== ''),
    clusterName: flags.clusterName,
    sysUser: 'root@sys',
    sysPassword: process.env['SEALANE_SYS_PASSWORD'] ?? '',
    enableClientSsl: flags.enableClientSsl,
    enableServerSsl: flags.enableServerSsl,
    security,
    logger,
  });
  const port = await proxy.start();
  logger.info({ listen_port: port }, 'obproxy started');
  const stop = (): void => {
    void proxy.stop(graceMs).then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('a port is a number from 0 to 65535.');
}

try {
  await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else {
    process.stderr.write(`obproxy: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodes.failed;
  }
}

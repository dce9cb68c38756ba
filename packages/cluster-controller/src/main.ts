import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isObError } from '@sealane/errors';
import { KEY_TYPES } from '@sealane/transport-security';
import { Command, CommanderError, Option } from 'commander';
import pino from 'pino';
import packageFile from '../package.json' with { type: 'json' };
import { LIST_DAYS } from './certs/prepare.ts';
import { PHASES } from './certs/rotation.ts';
import { inspectCerts } from './commands/certs/inspect.ts';
import { type MakeOptions, makeCerts } from './commands/certs/make.ts';
import { type RenewOptions, renewCerts } from './commands/certs/renew.ts';
import { type RevokeOptions, revokeCerts } from './commands/certs/revoke.ts';
import { type RotateOptions, rotateCerts } from './commands/certs/rotate.ts';
import { down } from './commands/down.ts';
import { type EncryptionCommand, encryption } from './commands/encryption.ts';
import { restart } from './commands/restart.ts';
import { status } from './commands/status.ts';
import type { CommandOptions, Surroundings } from './commands/surroundings.ts';
import { type UpCommandOptions, up } from './commands/up.ts';
import type { VerifyOptions } from './commands/verify-encryption.ts';
import { pathsUnder } from './targets/cluster-file.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_REFUSED = 3;
/** A longer log becomes `….old` at the next start. */
const LOG_SIZE_MAX = 8 * 1024 * 1024;

async function main(): Promise<void> {
  const program = new Command('cluster-controller')
    .description('Starts a local cluster, turns transmission encryption on and off, restarts node by node')
    .version(packageFile.version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `
The password of root@sys is read from SEALANE_SYS_PASSWORD; without it none is used.
Exit codes: 0 done, 1 failed, 2 usage, 3 refused by a safety check.`,
    );

  withTarget(program.command('up'))
    .description(
      'start a local cluster as processes and wait until it serves; again on a running one: nothing changes',
    )
    .option('--nodes <count>', 'how many nodes, 3 when not given', parseCount)
    .option('--free-ports', 'take free ports even where the usual ones (2881, 2882, …) are free')
    .option('--parameters <list>', "start a new cluster's nodes with these: 'name=value,…'")
    .action((options: CommandOptions & UpCommandOptions) => run(options, (around) => up(around, options)));
  withTarget(program.command('down'))
    .description('stop the nodes of a local cluster; data stays')
    .option('--remove', 'remove data, certificates and journal as well')
    .action((options: CommandOptions & { remove?: true }) =>
      run(options, (around) => down(around, options.remove === true)),
    );
  withTarget(program.command('status'))
    .description('nodes, leaders, log gap, links, certificates')
    .action((options: CommandOptions) => run(options, status));
  withTarget(program.command('encryption'))
    .description('plan, enable, disable or verify encryption of the links between nodes')
    .argument('<what>', 'plan | enable | disable | verify', parseWhat)
    .option('--yes', 'ask nothing')
    .option(
      '--since <time>',
      'verify: since when no byte may have gone in clear: a time, or 90s, 10m, 2h ago',
    )
    .addOption(new Option('--kind <kind>', 'verify: only these links').choices(['rpc', 'sql']))
    .action((what: EncryptionCommand, options: CommandOptions & VerifyOptions & { yes?: true }) => {
      if (what !== 'verify' && (options.since ?? options.kind) !== undefined)
        throw new CommanderError(EXIT_USAGE, 'usage', '--since and --kind are for encryption verify');
      return run(options, (around) => encryption(around, what, { ...options, yes: options.yes === true }));
    });
  withTarget(program.command('restart'))
    .description('restart all nodes one by one, or one of them, in the documented order')
    .option('--rolling', 'all nodes, one at a time, the leader last; so it is without --server, too')
    .addOption(new Option('--server <ip:port>', 'one node, by its RPC address').conflicts('rolling'))
    .action((options: CommandOptions & { server?: string }) =>
      run(options, (around) => restart(around, options.server)),
    );
  addCerts(program.command('certs').exitOverride());
  await program.parseAsync();
}

function addCerts(certs: Command): void {
  certs.description('make, look at, and exchange certificates');
  withTarget(certs.command('make'))
    .description(
      'make a CA, a wallet for each node, and certificates for clients; a CA that is there is used',
    )
    .requiredOption('--out <dir>', 'for ca.pem, ca-key.pem, client-cert.pem, client-key.pem')
    .option('--node <name=address,…>', 'a node, the address others dial, more names of it', parseNode)
    .option('--client <name>', "a client's common name; the first one's files are client-….pem", parseName)
    .option('--wallets <dir>', 'nodes’ wallets go to DIR/NAME/wallet, not to OUT/NAME/wallet')
    .addOption(keyOption().default('ecdsa'))
    .option('--days <count>', 'how long leaves are good, 365 when not given', parseDays)
    .addOption(
      new Option('--ca-days <count>', 'how long a new CA is good, 3650 when not given')
        .argParser(parseDays)
        .conflicts('authority'),
    )
    .option(
      '--crl-url <url>',
      "where the CA's revocation list will be published, for the leaves",
      parseCrlUrl,
    )
    .option('--keep', 'leave a complete set as it is')
    .option('--overwrite', 'replace what is there, but for the CA')
    .option(
      '--authority <dir>',
      'where the CA lies that signs; --out when not given, and one is made if it has none',
    )
    .action((options: CommandOptions & MakeOptions) => {
      if (options.node === undefined && options.client === undefined)
        throw new CommanderError(EXIT_USAGE, 'usage', 'certs make wants --node or --client');
      return run(options, (around) => makeCerts(around, options));
    });
  withTarget(certs.command('inspect'))
    .description(
      'show certificates, what would be refused and why; of a running cluster also what ends first',
    )
    .argument('[path]', 'a PEM file or a directory; the running cluster when not given')
    .option('--ca <file>', 'the CAs to judge by, instead of ca.pem beside')
    .action((path: string | undefined, options: CommandOptions & { ca?: string }) => {
      if (path === undefined && options.ca !== undefined)
        throw new CommanderError(
          EXIT_USAGE,
          'usage',
          '--ca wants a path; a node is judged by its own ca.pem',
        );
      return run(options, (around) => inspectCerts(around, path, options));
    });
  withSigning(withTarget(certs.command('renew')))
    .description('make new certificates for the nodes and write them beside; nothing in use changes')
    .option('--out <dir>', 'where to; certificates/renewed under the base directory when not given')
    .option('--overwrite', 'replace what is there')
    .action((options: CommandOptions & RenewOptions) =>
      run(options, (around) => renewCerts(around, options)),
    );
  withRotation(withTarget(certs.command('rotate')))
    .description('exchange the nodes’ certificates in a running cluster, node by node, without a restart')
    .action((options: CommandOptions & RotateOptions) =>
      run(options, (around) => rotateCerts(around, 'leaf', options)),
    );
  withRotation(withTarget(certs.command('rotate-ca')))
    .description('exchange the CA: both trusted everywhere, new leaves everywhere, the old one dropped')
    .addOption(
      new Option('--until <phase>', 'stop after this phase; run it again to go on')
        .choices(PHASES)
        .conflicts('backOut'),
    )
    .option('--force', 'drop the old CA although somebody still shows a certificate of it')
    .action((options: CommandOptions & RotateOptions) =>
      run(options, (around) => rotateCerts(around, 'ca', options)),
    );
  withTarget(certs.command('revoke'))
    .description('put certificates on the revocation list, and the list into every wallet')
    .argument('[what...]', 'certificate files or serial numbers; none: a new term for the list that there is')
    .option('--authority <dir>', 'where ca.pem and ca-key.pem lie')
    .option('--days <count>', `until the next list is due, ${LIST_DAYS} when not given`, parseDays)
    .action((what: string[], options: CommandOptions & RevokeOptions) =>
      run(options, (around) => revokeCerts(around, what, options)),
    );
}

function withSigning(command: Command): Command {
  return command
    .option(
      '--authority <dir>',
      'where ca.pem and ca-key.pem lie; certificates/ under the base directory when not given',
    )
    .option('--days <count>', 'how long the new ones are good, 365 when not given', parseDays)
    .addOption(keyOption())
    .addOption(new Option('--keep-keys', 'certify the keys that are there again').conflicts('key'))
    .option(
      '--crl-url <url>',
      "where the CA's revocation list is published; where the old certificate says when not given",
      parseCrlUrl,
    );
}

function withRotation(command: Command): Command {
  const making = ['authority', 'days', 'key', 'keepKeys', 'crlUrl'];
  const from = 'take ready-made files, laid out as certs make does, instead of making some';
  const backOut = 'go back to where an unfinished rotation began';
  return withSigning(command)
    .addOption(new Option('--from <dir>', from).conflicts(making))
    .addOption(new Option('--back-out', backOut).conflicts([...making, 'from']));
}

function keyOption(): Option {
  return new Option('--key <type>', 'kind of new keys').choices([...KEY_TYPES]);
}

function withTarget(command: Command): Command {
  return command
    .exitOverride()
    .addOption(
      new Option('--base-dir <dir>', 'where a local cluster lies, and what the controller notes')
        .default('.sealane')
        .env('SEALANE_BASE_DIR'),
    )
    .addOption(
      new Option('--target <kind>', 'what the nodes are').choices(['local', 'compose']).default('local'),
    )
    .option('--project-directory <dir>', 'where docker-compose.yml lies, for --target compose', '.')
    .option('--json', 'one JSON object on stdout, nothing else');
}

async function run(
  options: CommandOptions,
  command: (around: Surroundings) => Promise<number>,
): Promise<void> {
  // A compose project keeps its journal apart from that of a local cluster in the same place.
  const baseDirectory =
    options.target === 'compose' ? resolve(options.baseDir, 'compose') : resolve(options.baseDir);
  const logFile = pathsUnder(baseDirectory).log;
  const around: Surroundings = {
    options,
    baseDirectory,
    projectDirectory: resolve(options.projectDirectory),
    password: process.env['SEALANE_SYS_PASSWORD'] ?? '',
    input: process.stdin,
    output: process.stdout,
    openLog: () => {
      mkdirSync(dirname(logFile), { recursive: true });
      if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_SIZE_MAX)
        renameSync(logFile, `${logFile}.old`);
      return pino({ level: 'debug' }, pino.destination({ dest: logFile, sync: true }));
    },
  };
  process.exitCode = await command(around);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count))
    throw new CommanderError(EXIT_USAGE, 'usage', `--nodes wants a number, not ${text}`);
  return count;
}

function parseDays(text: string): number {
  const days = Number(text);
  if (days > 0 && Number.isFinite(days)) return days;
  throw new CommanderError(EXIT_USAGE, 'usage', `days are a number greater than 0, not ${text}`);
}

/** Scanners fetch it in clear: whoever checks the list checks its signature. */
function parseCrlUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new CommanderError(EXIT_USAGE, 'usage', `--crl-url wants http://HOST/PATH, not ${text}`);
}

function parseNode(text: string, others: readonly string[] = []): readonly string[] {
  if (/^[\w.-]+=[^,=\s]+(,[^,=\s]+)*$/.test(text)) return [...others, text];
  throw new CommanderError(EXIT_USAGE, 'usage', `--node wants NAME=ADDRESS[,ADDRESS…], not ${text}`);
}

/** It becomes part of a file's name. */
function parseName(text: string, others: readonly string[] = []): readonly string[] {
  if (/^[\w.@-]+$/.test(text)) return [...others, text];
  throw new CommanderError(
    EXIT_USAGE,
    'usage',
    `--client wants a name of letters, digits, . - _ @, not ${text}`,
  );
}

function parseWhat(text: string): string {
  if (['plan', 'enable', 'disable', 'verify'].includes(text)) return text;
  throw new CommanderError(
    EXIT_USAGE,
    'usage',
    `encryption wants plan, enable, disable or verify, not ${text}`,
  );
}

/** One line that says what is wrong; a stack only for a fault of our own. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.code === 'usage') process.stderr.write(`cluster-controller: ${error.message}\n`);
    return error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
  if (!isObError(error)) {
    process.stderr.write(`cluster-controller: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT_FAILED;
  }
  process.stderr.write(`cluster-controller: ${error.message}\n`);
  if (process.argv.includes('--json')) {
    process.stdout.write(
      `${JSON.stringify({ done: false, error: error.name, code: error.code, reason: error.message })}\n`,
    );
  }
  return error.name === 'OB_OP_NOT_ALLOW' ? EXIT_REFUSED : EXIT_FAILED;
}

try {
  await main();
} catch (error) {
  process.exitCode = report(error);
}

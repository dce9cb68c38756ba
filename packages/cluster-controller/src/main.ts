import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isObError } from '@sealane/errors';
import { Command, CommanderError, Option } from 'commander';
import pino from 'pino';
import packageFile from '../package.json' with { type: 'json' };
import { down } from './commands/down.ts';
import { encryption } from './commands/encryption.ts';
import { restart } from './commands/restart.ts';
import { status } from './commands/status.ts';
import type { CommandOptions, Surroundings } from './commands/surroundings.ts';
import { type UpCommandOptions, up } from './commands/up.ts';
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
    .action((what: 'plan' | 'enable' | 'disable' | 'verify', options: CommandOptions & { yes?: true }) =>
      run(options, (around) => encryption(around, what, options.yes === true)),
    );
  withTarget(program.command('restart'))
    .description('restart all nodes one by one, or one of them, in the documented order')
    .option('--rolling', 'all nodes, one at a time, the leader last; so it is without --server, too')
    .addOption(new Option('--server <ip:port>', 'one node, by its RPC address').conflicts('rolling'))
    .action((options: CommandOptions & { server?: string }) =>
      run(options, (around) => restart(around, options.server)),
    );
  await program.parseAsync();
}

function withTarget(command: Command): Command {
  return command
    .exitOverride()
    .option('--base-dir <dir>', 'where a local cluster lies, and what the controller notes', '.sealane')
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

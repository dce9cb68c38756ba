import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isObError } from '@sealane/errors';
import { Command, CommanderError } from 'commander';
import pino from 'pino';
import packageFile from '../package.json' with { type: 'json' };
import { addCerts } from './commands/certs/certs-command.ts';
import { EXIT_USAGE } from './commands/command-line.ts';
import { addDashboard } from './commands/dashboard-command.ts';
import { addDown } from './commands/down-command.ts';
import { addEncryption } from './commands/encryption-command.ts';
import { addReport } from './commands/report-command.ts';
import { addRestart } from './commands/restart-command.ts';
import { addStatus } from './commands/status-command.ts';
import type { CommandOptions, Surroundings } from './commands/surroundings.ts';
import { addUp } from './commands/up-command.ts';
import { addWatch } from './commands/watch-command.ts';
import { pathsUnder } from './targets/cluster-file.ts';

const EXIT_FAILED = 1;
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
The passwords of root@sys and of root@proxysys are read from SEALANE_SYS_PASSWORD and SEALANE_PROXYSYS_PASSWORD; without one none
is used.
Exit codes: 0 done, 1 failed, 2 usage, 3 refused by a safety check.`,
    );

  addUp(program, run);
  addDown(program, run);
  addStatus(program, run);
  addWatch(program, run);
  addDashboard(program, run);
  addEncryption(program, run);
  addRestart(program, run);
  addCerts(program, run);
  addReport(program, run);
  await program.parseAsync();
}

async function run(
  options: CommandOptions,
  command: (around: Surroundings) => Promise<number>,
): Promise<void> {
  // Other targets keep their journals apart from that of a local cluster in the same place.
  const baseDirectory =
    options.target === 'local' ? resolve(options.baseDir) : resolve(options.baseDir, options.target);
  const logFile = pathsUnder(baseDirectory).log;
  const around: Surroundings = {
    options,
    baseDirectory,
    projectDirectory: resolve(options.projectDirectory),
    password: process.env['SEALANE_SYS_PASSWORD'] ?? '',
    proxyPassword: process.env['SEALANE_PROXYSYS_PASSWORD'] ?? '',
    input: process.stdin,
    output: process.stdout,
    openLog: () => {
      mkdirSync(dirname(logFile), { recursive: true });
      if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_SIZE_MAX)
        renameSync(logFile, `${logFile}.old`);
      const destination = pino.destination({ dest: logFile, sync: true });
      destination.on('error', () => undefined); // A full disk; without a listener it would end the program.
      return pino({ level: 'debug' }, destination);
    },
  };
  process.exitCode = await command(around);
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

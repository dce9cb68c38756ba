import { type Command, CommanderError, Option } from 'commander';
import type { CommandOptions, Surroundings } from './surroundings.ts';

export const EXIT_USAGE = 2;

/** Runs a command with what it needs around it, and takes over its exit code. */
export type Run = (
  options: CommandOptions,
  command: (around: Surroundings) => Promise<number>,
) => Promise<void>;

/** What is wrong with the command line; main.ts prints it, and the program ends with exit code 2. */
export function usage(message: string): CommanderError {
  return new CommanderError(EXIT_USAGE, 'usage', message);
}

/** The options that say which cluster is meant; every command has them. */
export function withTarget(command: Command): Command {
  return command
    .exitOverride()
    .addOption(
      new Option('--base-dir <dir>', 'where a local cluster lies, and what the controller notes')
        .default('.sealane')
        .env('SEALANE_BASE_DIR'),
    )
    .addOption(
      new Option('--target <kind>', 'what the nodes are')
        .choices(['local', 'compose', 'hosts'])
        .default('local'),
    )
    .option('--project-directory <dir>', 'where docker-compose.yml lies, for --target compose', '.')
    .option('--hosts <file>', 'nodes, proxies and the commands for each, for --target hosts')
    .option('--json', 'one JSON object on stdout, nothing else');
}

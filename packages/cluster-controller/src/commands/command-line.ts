import { type Command, CommanderError, Option } from 'commander';
import { DIALECTS } from '../dialect/gate.ts';
import type { OverrideRequest } from '../override.ts';
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
    .addOption(
      new Option(
        '--dialect <dialect>',
        'whose SQL is spoken: with oceanbase only what OceanBase documents, and links are looked at from outside',
      )
        .choices([...DIALECTS])
        .default('sealane'),
    )
    .option('--json', 'one JSON object on stdout, nothing else');
}

export const OVERRIDE_FLAG = '--override <node=reason>';
export const OVERRIDE_HELP =
  'restart this node although it is out of sync or cut off, because that is its cure; no majority is put at risk; the reason is noted in the journal';

export function parseOverride(text: string): OverrideRequest {
  const [, node, reason] = /^([^=]+)=(.*\S.*)$/s.exec(text) ?? [];
  if (node === undefined || reason === undefined)
    throw usage(
      `--override wants NODE=reason, for instance observer-2='expired, renewed by hand', not ${text}`,
    );
  return { node, reason };
}

import { type Command, Option } from 'commander';
import type { OverrideRequest } from '../override.ts';
import { OVERRIDE_FLAG, OVERRIDE_HELP, parseOverride, type Run, withTarget } from './command-line.ts';
import { restart } from './restart.ts';
import type { CommandOptions } from './surroundings.ts';

export function addRestart(program: Command, run: Run): void {
  withTarget(program.command('restart'))
    .description('restart all nodes one by one, or one of them, in the documented order')
    .option('--rolling', 'all nodes, one at a time, the leader last; so it is without --server, too')
    .addOption(new Option('--server <ip:port>', 'one node, by its RPC address').conflicts('rolling'))
    .option(OVERRIDE_FLAG, OVERRIDE_HELP, parseOverride)
    .action((options: CommandOptions & { server?: string; override?: OverrideRequest }) =>
      run(options, (around) => restart(around, options.server, options.override)),
    );
}

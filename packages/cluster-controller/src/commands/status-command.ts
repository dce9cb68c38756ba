import type { Command } from 'commander';
import { type Run, withTarget } from './command-line.ts';
import { status } from './status.ts';
import type { CommandOptions } from './surroundings.ts';

export function addStatus(program: Command, run: Run): void {
  withTarget(program.command('status'))
    .description('nodes, leaders, log gap, links, certificates')
    .action((options: CommandOptions) => run(options, status));
}

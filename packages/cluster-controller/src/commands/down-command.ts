import type { Command } from 'commander';
import { type Run, withTarget } from './command-line.ts';
import { down } from './down.ts';
import type { CommandOptions } from './surroundings.ts';

export function addDown(program: Command, run: Run): void {
  withTarget(program.command('down'))
    .description('stop the proxy and the nodes of a local cluster; data stays')
    .option('--remove', 'remove data, certificates and journal as well')
    .action((options: CommandOptions & { remove?: true }) =>
      run(options, (around) => down(around, options.remove === true)),
    );
}

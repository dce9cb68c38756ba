import type { Command } from 'commander';
import { type Run, withTarget } from './command-line.ts';
import type { CommandOptions } from './surroundings.ts';
import { type WatchCommandOptions, watch } from './watch.ts';

export function addWatch(program: Command, run: Run): void {
  withTarget(program.command('watch'))
    .description('show the cluster in this terminal while it changes: links, nodes, statements, the ladder')
    .option('--probe', 'measure gaps in writes: write a row of test.sealane_write_probe over and over')
    .option('--once', 'print one screen and end; so it is without a terminal, too')
    .action((options: CommandOptions & WatchCommandOptions) =>
      run(options, (around) => watch(around, options)),
    );
}

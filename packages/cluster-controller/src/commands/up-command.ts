import type { Command } from 'commander';
import { type Run, usage, withTarget } from './command-line.ts';
import type { CommandOptions } from './surroundings.ts';
import { type UpCommandOptions, up } from './up.ts';

export function addUp(program: Command, run: Run): void {
  withTarget(program.command('up'))
    .description(
      'start a local cluster as processes and wait until it serves; again on a running one: nothing changes',
    )
    .option('--nodes <count>', 'how many nodes, 3 when not given', parseCount)
    .option('--free-ports', 'take free ports even where the usual ones (2881, 2882, …) are free')
    .option('--no-proxy', 'no obproxy: clients come to the nodes themselves')
    .option('--parameters <list>', "start a new cluster's nodes with these: 'name=value,…'")
    .action((options: CommandOptions & UpCommandOptions) => run(options, (around) => up(around, options)));
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count)) throw usage(`--nodes wants a number, not ${text}`);
  return count;
}

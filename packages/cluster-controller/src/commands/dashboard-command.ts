import type { Command } from 'commander';
import { type Run, usage, withTarget } from './command-line.ts';
import { type DashboardCommandOptions, dashboard } from './dashboard.ts';
import type { CommandOptions } from './surroundings.ts';

export function addDashboard(program: Command, run: Run): void {
  withTarget(program.command('dashboard'))
    .description('show the cluster in a browser while it changes; read-only')
    .option('--port <port>', 'where to serve it, 0 for a free port', parsePort, 2887)
    .option('--host <address>', 'where to listen; beyond loopback, whoever reaches it may read', '127.0.0.1')
    .option('--probe', 'measure gaps in writes: write a row of test.sealane_write_probe over and over')
    .action((options: CommandOptions & DashboardCommandOptions) =>
      run(options, (around) => dashboard(around, options)),
    );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw usage(`--port wants a number from 0 to 65535, not ${text}`);
}

import { dashboardMetrics } from '../dashboard/dashboard-metrics.ts';
import { DashboardListener } from '../dashboard/listener.ts';
import { readPageFiles } from '../dashboard/page-files.ts';
import { openLookout } from './lookout.ts';
import { printJson, type Surroundings } from './surroundings.ts';

export interface DashboardCommandOptions {
  readonly port: number;
  readonly host: string;
  readonly probe?: true;
}

/** Serves the page until it is told to end. */
export async function dashboard(around: Surroundings, options: DashboardCommandOptions): Promise<number> {
  const { port, host } = options;
  const lookout = await openLookout(around, { probe: options.probe === true });
  const listener: DashboardListener = new DashboardListener({
    host,
    port,
    files: readPageFiles(),
    history: () => lookout.history,
    latest: () => lookout.latest,
    metrics: () => dashboardMetrics(lookout.latest, listener.stream.clientCount),
  });
  const bound = await listener.start();
  lookout.start();
  lookout.watch((snapshot) => listener.stream.tell(snapshot));
  say(around, host, bound);
  await untilSignal();
  await Promise.all([listener.stop(), lookout.stop()]);
  return 0;
}

function say(around: Surroundings, host: string, port: number): void {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
  if (around.options.json === true) {
    printJson(around, { event: 'ready', url, pid: process.pid });
    return;
  }
  around.output.write(`dashboard ${url}  (read-only; Ctrl-C ends it)\n`);
  if (!['127.0.0.1', 'localhost', '::1'].includes(host))
    around.output.write('whoever reaches this address may read it: names, addresses and modes, in clear\n');
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

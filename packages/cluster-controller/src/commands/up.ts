import { isObError, ObError } from '@sealane/errors';
import { Journal } from '../journal.ts';
import { takeLease } from '../lease.ts';
import { nodeJson, statusText } from '../report.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import type { LocalTarget } from '../targets/local.ts';
import { startLocalCluster, waitUntilServing } from '../up.ts';
import { clusterOf, paintFor, printJson, progressFor, type Surroundings } from './surroundings.ts';

export interface UpCommandOptions {
  readonly nodes?: number;
  readonly freePorts?: true;
  readonly parameters?: string;
}

/** Accounts that a new cluster has; without a password until one is set. */
const USERS = [
  { user: 'root', tenant: 'sys', password: '', login: 'root@sys' },
  { user: 'root', tenant: 'test', password: '', login: 'root@test' },
];

export async function up(around: Surroundings, options: UpCommandOptions): Promise<number> {
  if (around.options.target !== 'local') {
    const message = 'up starts local clusters; for the compose target run docker-compose up -d';
    throw new ObError('OB_OP_NOT_ALLOW', [], { message });
  }
  const startedAt = performance.now();
  const paths = pathsUnder(around.baseDirectory);
  const giveBack = takeLease(paths.lease);
  const progress = progressFor(around);
  try {
    const say = (text: string) => progress.say(text);
    const { target, started } = await startLocalCluster({
      baseDirectory: around.baseDirectory,
      nodes: options.nodes,
      freePorts: options.freePorts === true,
      parameters: options.parameters,
      say,
    });
    const cluster = clusterOf(around, target);
    try {
      const view = await waitUntilServing(target, cluster.observe, (seen) => progress.see(seen));
      progress.say(`the cluster serves`);
      progress.close();
      const elapsedMs = Math.round(performance.now() - startedAt);
      if (around.options.json === true) printJson(around, upJson(around, target, started, elapsedMs, view));
      else around.output.write(`\n${statusText(view, paintFor(around))}\n\n${hints(around, target)}\n`);
      return 0;
    } catch (error) {
      // Beside nodes that serve, one that is late may be taking its data from them: that is no reason to stop it.
      const isLate = isObError(error, 'OB_TIMEOUT') && started.length < target.nodes.length;
      if (!isLate) await Promise.all(started.map((server) => target.stop(server)));
      throw error;
    } finally {
      cluster.sql.close();
    }
  } finally {
    progress.close();
    giveBack();
  }
}

function upJson(
  around: Surroundings,
  target: LocalTarget,
  started: readonly string[],
  elapsedMs: number,
  view: Parameters<typeof nodeJson>[1],
) {
  const paths = pathsUnder(around.baseDirectory);
  return {
    cluster: 'sealane',
    base_dir: around.baseDirectory,
    nodes: view.nodes.map((node) => nodeJson(target, view, node)),
    ca: paths.ca,
    client_certificate: `${paths.certificates}/client-cert.pem`,
    client_key: `${paths.certificates}/client-key.pem`,
    users: USERS,
    started: started.length,
    elapsed_ms: elapsedMs,
    unfinished: new Journal(paths.journal).unfinishedRoll()?.goal ?? null,
  };
}

function hints(around: Surroundings, target: LocalTarget): string {
  const paths = pathsUnder(around.baseDirectory);
  const unfinished = new Journal(paths.journal).unfinishedRoll();
  const [first] = target.nodes;
  return [
    `connect   mysql -h ${first?.reach.host} -P ${first?.reach.port} -u root@test`,
    `encrypt   npx cluster-controller encryption enable --base-dir ${around.baseDirectory}`,
    `stop      npx cluster-controller down --base-dir ${around.baseDirectory}`,
    ...(unfinished === undefined
      ? []
      : [`unfinished: ${unfinished.goal} was interrupted; run it again and it goes on where it was`]),
  ].join('\n');
}

import { isObError, ObError } from '@sealane/errors';
import type { ClusterView, ProcessState } from '../cluster-view.ts';
import { Journal } from '../journal.ts';
import { takeLocalLease } from '../lease/local-lease.ts';
import { type ProxyStatus, proxyJson, proxyText } from '../proxy-report.ts';
import { nodeJson, statusText } from '../report.ts';
import { ProxyStart } from '../start-proxies.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import type { LocalTarget } from '../targets/local.ts';
import type { TargetProxy } from '../targets/target.ts';
import { TenantProbe } from '../tenant-probe.ts';
import { startLocalCluster, waitUntilServing } from '../up.ts';
import {
  clusterOf,
  dialProxy,
  paintFor,
  printJson,
  progressFor,
  proxiesOf,
  type Surroundings,
} from './surroundings.ts';

export interface UpCommandOptions {
  readonly nodes?: number;
  readonly freePorts?: true;
  readonly parameters?: string;
  /** False with --no-proxy. */
  readonly proxy: boolean;
}

/** Accounts that a new cluster has; without a password until one is set. */
const USERS = [
  { user: 'root', tenant: 'sys', password: '', login: 'root@sys' },
  { user: 'root', tenant: 'test', password: '', login: 'root@test' },
];

export async function up(around: Surroundings, options: UpCommandOptions): Promise<number> {
  if (around.options.target !== 'local') {
    const message = 'up starts local clusters; compose: docker-compose up -d; hosts: your own means';
    throw new ObError('OB_OP_NOT_ALLOW', [], { message });
  }
  const startedAt = performance.now();
  const paths = pathsUnder(around.baseDirectory);
  const giveBack = takeLocalLease(paths.lease);
  const progress = progressFor(around);
  try {
    const say = (text: string) => progress.say(text);
    const { target, started } = await startLocalCluster({
      baseDirectory: around.baseDirectory,
      nodes: options.nodes,
      freePorts: options.freePorts === true,
      proxy: options.proxy,
      parameters: options.parameters,
      say,
    });
    const cluster = clusterOf(around, target);
    const proxies = options.proxy ? proxyStart(target) : undefined;
    try {
      const serving = { target, observe: cluster.observe, proxies };
      const view = await waitUntilServing(serving, (seen) => progress.see(seen));
      progress.say(`the cluster serves`);
      progress.close();
      const elapsedMs = Math.round(performance.now() - startedAt);
      const fronts = await proxiesOf(target);
      if (around.options.json === true) {
        printJson(around, upJson(around, target, { started, elapsedMs, view, fronts }));
      } else {
        const paint = paintFor(around);
        const lines = [...fronts.map((front) => proxyText(front, paint)), statusText(view, paint)];
        around.output.write(`\n${lines.join('\n')}\n\n${hints(around, target, fronts)}\n`);
      }
      return 0;
    } catch (error) {
      // Beside nodes that serve, one that is late may be taking its data from them: that is no reason to stop it.
      const isLate = isObError(error, 'OB_TIMEOUT') && started.length < target.nodes.length;
      const members = [...started, ...(proxies?.started ?? [])];
      if (!isLate) await Promise.all(members.map((member) => target.stop(member)));
      throw error;
    } finally {
      cluster.sql.close();
    }
  } finally {
    progress.close();
    giveBack();
  }
}

/** Any answer about a user's login means that clients get in: a proxy that knows no leader yet would keep it waiting. */
function proxyStart(target: LocalTarget): ProxyStart {
  const probes = new Map(
    target.proxies.map((proxy) => {
      const login = { user: 'root@test', password: '' };
      return [proxy.name, new TenantProbe(() => dialProxy(target, proxy, login))] as const;
    }),
  );
  const serves = async ({ name }: TargetProxy, process: ProcessState) =>
    (await probes.get(name)?.serves(name, process)) === true;
  return new ProxyStart({ target, serves });
}

interface Served {
  readonly started: readonly string[];
  readonly elapsedMs: number;
  readonly view: ClusterView;
  readonly fronts: readonly ProxyStatus[];
}

function upJson(around: Surroundings, target: LocalTarget, { started, elapsedMs, view, fronts }: Served) {
  const paths = pathsUnder(around.baseDirectory);
  const [front] = fronts;
  return {
    cluster: 'sealane',
    base_dir: around.baseDirectory,
    nodes: view.nodes.map((node) => nodeJson(target, view, node)),
    proxy: front === undefined ? null : proxyJson(front),
    ca: paths.ca,
    client_certificate: `${paths.certificates}/client-cert.pem`,
    client_key: `${paths.certificates}/client-key.pem`,
    users: USERS,
    started: started.length,
    elapsed_ms: elapsedMs,
    unfinished: new Journal(paths.journal).unfinishedRoll()?.goal ?? null,
  };
}

function hints(around: Surroundings, target: LocalTarget, fronts: readonly ProxyStatus[]): string {
  const paths = pathsUnder(around.baseDirectory);
  const unfinished = new Journal(paths.journal).unfinishedRoll();
  const front = fronts.find(({ process }) => process.running);
  const { reach } = front?.proxy ?? target.nodes[0] ?? {};
  return [
    `connect   mysql -h ${reach?.host} -P ${reach?.port} -u root@test`,
    `encrypt   npx cluster-controller encryption enable --base-dir ${around.baseDirectory}`,
    `stop      npx cluster-controller down --base-dir ${around.baseDirectory}`,
    ...(unfinished === undefined
      ? []
      : [`unfinished: ${unfinished.goal} was interrupted; run it again and it goes on where it was`]),
  ].join('\n');
}

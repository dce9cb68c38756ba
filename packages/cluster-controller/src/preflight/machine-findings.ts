import { type ClusterView, nodeOf } from '../cluster-view.ts';
import { type Finding, fault, good, passingFault, watched } from './finding.ts';
import type { Disk, NodeFacts } from './node-facts.ts';
import type { Survey } from './survey.ts';

/**
 * Clocks further apart than this are refused: certificates are judged by each node's own clock, and the gap between logs is a
 * difference of times. Far above what NTP leaves, and above what a busy machine makes of one question.
 */
export const CLOCK_SKEW_MAX_MS = 2_000;
/** What a minor freeze writes out, and logs of a start, must find room. */
const FREE_MIN = 512 * 1024 * 1024;
const DATA_IN_USE_WATCHED = 0.9;
/** OceanBase stops writing its log at 95 % (log_disk_utilization_limit_threshold), and begins to recycle at 80 %. */
const LOG_IN_USE_MAX = 0.95;
const MIB = 1024 * 1024;

/** Clocks, versions and disks of the nodes. */
export function machineFindings({ view, facts }: Survey): readonly Finding[] {
  const nodes = view.nodes.flatMap(({ server, name }) => {
    const of = facts.get(server);
    return of === undefined ? [] : [{ name, of }];
  });
  return [...clockFindings(nodes), ...versionFindings(view, facts), ...nodes.flatMap(diskFindings)];
}

type NamedFacts = { readonly name: string; readonly of: NodeFacts };

function clockFindings(nodes: readonly NamedFacts[]): readonly Finding[] {
  const clocks = nodes.flatMap(({ name, of }) => (of.clock === undefined ? [] : [{ name, ...of.clock }]));
  const wrong = clocks.filter(
    ({ offsetMs, uncertaintyMs }) => Math.abs(offsetMs) > CLOCK_SKEW_MAX_MS + uncertaintyMs,
  );
  const next = 'set it by NTP (chronyc makestep), and look again';
  if (wrong.length > 0)
    return wrong.map(({ name, offsetMs }) => {
      const direction = offsetMs > 0 ? 'ahead of' : 'behind';
      const seconds = (Math.abs(offsetMs) / 1000).toFixed(1);
      const what = `its clock is ${seconds} s ${direction} this machine's; ${CLOCK_SKEW_MAX_MS / 1000} s are allowed`;
      return passingFault(name, what, next);
    });
  if (clocks.length === 0) return [];
  const offsets = clocks.map(({ offsetMs }) => offsetMs);
  const spread = Math.max(...offsets) - Math.min(...offsets);
  const uncertaintyMs = Math.max(...clocks.map((clock) => clock.uncertaintyMs));
  if (spread > CLOCK_SKEW_MAX_MS + 2 * uncertaintyMs)
    return [passingFault('cluster', `the nodes' clocks are ${(spread / 1000).toFixed(1)} s apart`, next)];
  const farthest = Math.max(...offsets.map(Math.abs));
  return [good('cluster', `clocks within ${farthest} ms of this machine's (± ${uncertaintyMs} ms)`)];
}

function versionFindings(view: ClusterView, facts: Survey['facts']): readonly Finding[] {
  const nodes = [...facts].flatMap(([server, { buildVersion }]) =>
    buildVersion === undefined ? [] : [{ name: nodeOf(view, server)?.name ?? server, buildVersion }],
  );
  const versions = [...new Set(nodes.map(({ buildVersion }) => buildVersion))];
  const [only] = versions;
  if (only === undefined) return [];
  if (versions.length === 1) return [good('cluster', `every node is ${only}`)];
  const counted = versions.map((version) => nodes.filter((node) => node.buildVersion === version));
  const most = counted.toSorted((a, b) => b.length - a.length)[0] ?? [];
  return nodes
    .filter((node) => !most.includes(node))
    .map(({ name, buildVersion }) =>
      fault(
        name,
        `is of version ${buildVersion}, others are ${most[0]?.buildVersion}`,
        'end the upgrade first: what one version negotiates the other may not know',
      ),
    );
}

function diskFindings({ name, of }: NamedFacts): readonly Finding[] {
  return of.disks.flatMap((disk) =>
    disk.kind === 'data' ? dataDiskFindings(name, disk) : logDiskFindings(name, disk),
  );
}

function dataDiskFindings(name: string, { capacity, inUse, health }: Disk): readonly Finding[] {
  if (health !== undefined && health !== 'NORMAL')
    return [fault(name, `its data disk is ${health}`, 'see DATA_DISK_HEALTH_STATUS and the system log')];
  const free = capacity - inUse;
  if (free < FREE_MIN) {
    const what = `its data disk is nearly full: ${Math.floor(free / MIB)} MiB are free, ${FREE_MIN / MIB} are wanted`;
    return [fault(name, what, 'make room before its memory is written out and it is restarted')];
  }
  if (inUse / capacity < DATA_IN_USE_WATCHED) return [];
  const what = `its data disk is ${Math.round((inUse / capacity) * 100)} % full`;
  return [watched(name, what, 'make room')];
}

function logDiskFindings(name: string, { capacity, inUse }: Disk): readonly Finding[] {
  if (capacity <= 0 || inUse / capacity < LOG_IN_USE_MAX) return [];
  const what = `its log disk is ${Math.round((inUse / capacity) * 100)} % full`;
  return [fault(name, what, 'raise log_disk_size, or see why the log is not recycled (GV$OB_LOG_STAT)')];
}

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { within } from '@sealane/testkit';
import type { ClusterNode, NemesisCluster } from '../cluster/nemesis-cluster.ts';
import { type Fault, type FaultSurroundings, nodeOfRole, type Role } from './fault.ts';

const REFILL_TIMEOUT_MS = 60_000;

/** kill -9, and a start when the fault ends. */
export function kill(role: Role): Fault {
  return {
    kind: `kill the ${role}`,
    touchesProcesses: true,
    begin: async (around) => {
      const node = await nodeOfRole(around, role);
      if (node === undefined) return undefined;
      await around.cluster.end(node, 'SIGKILL');
      return node.name;
    },
    end: ({ cluster }) => cluster.up(),
  };
}

/** One after the other, each started again before the next: a rolling restart by somebody who doesn't care. */
export const killAllInTurn: Fault = {
  kind: 'kill all, one after the other',
  touchesProcesses: true,
  begin: async ({ cluster, holdMs }) => {
    for (const node of cluster.nodes) {
      await cluster.end(node, 'SIGKILL');
      await delay(holdMs / 6);
      await cluster.up();
    }
    return cluster.nodes.map((node) => node.name).join(', ');
  },
  end: ({ cluster }) => cluster.up(),
};

/** What was acknowledged must have been on disks, not in memory. */
export const killAllAtOnce: Fault = {
  kind: 'kill all at once',
  touchesProcesses: true,
  begin: async ({ cluster }) => {
    await Promise.all(cluster.nodes.map((node) => cluster.end(node, 'SIGKILL')));
    return cluster.nodes.map((node) => node.name).join(', ');
  },
  end: ({ cluster }) => cluster.up(),
};

/** kill -9, and what it had stored is gone: it comes back with an empty disk and must not count before it has caught up. */
export const wipe: Fault = {
  kind: 'wipe a follower',
  touchesProcesses: true,
  begin: async (around) => {
    const { cluster } = around;
    const node = await nodeOfRole(around, 'follower');
    if (node === undefined || !(await allInSync(cluster))) return undefined;
    await cluster.end(node, 'SIGKILL');
    for (const entry of readdirSync(join(cluster.directoryOf(node), 'store'))) {
      rmSync(join(cluster.directoryOf(node), 'store', entry), { recursive: true, force: true });
    }
    return node.name;
  },
  // A second disk must not be lost before the first is filled: with two of three gone, so is what they held.
  end: async ({ cluster }) => {
    await cluster.up();
    await within(REFILL_TIMEOUT_MS, 'the wiped node is in sync', () => allInSync(cluster));
  },
};

async function allInSync(cluster: NemesisCluster): Promise<boolean> {
  const leader = (await cluster.leader())?.node;
  if (leader === undefined) return false;
  const rows = await cluster.ask(leader, 'SELECT IN_SYNC FROM oceanbase.GV$OB_LOG_STAT');
  return rows.length === cluster.nodes.length * 2 && rows.every(([inSync]) => inSync === 'YES');
}

/** SIGTERM: it hands over, drains, ends; then it is started again. */
export function restart(role: Role): Fault {
  return {
    kind: `restart the ${role} gracefully`,
    touchesProcesses: true,
    begin: async (around) => {
      const node = await nodeOfRole(around, role);
      if (node === undefined) return undefined;
      await around.cluster.end(node, 'SIGTERM');
      return node.name;
    },
    end: ({ cluster }) => cluster.up(),
  };
}

/** SIGSTOP: it keeps its sockets and knows nothing of the time that passes. */
export function pause(role: Role): Fault {
  let paused: ClusterNode | undefined;
  return {
    kind: `pause the ${role}`,
    touchesProcesses: false,
    begin: async (around) => {
      paused = await nodeOfRole(around, role);
      if (paused === undefined) return undefined;
      around.cluster.signal(paused, 'SIGSTOP');
      return paused.name;
    },
    end: async ({ cluster }: FaultSurroundings) => {
      if (paused !== undefined) cluster.signal(paused, 'SIGCONT');
      paused = undefined;
    },
  };
}

/** Many short pauses of the leader, each about as long as a lease: who wakes up must not believe that it still leads. */
export const stutter: Fault = {
  kind: 'stutter: pause the leader again and again',
  touchesProcesses: false,
  begin: async (around) => {
    const { cluster, random, holdMs } = around;
    const endAt = performance.now() + holdMs;
    const names: string[] = [];
    while (performance.now() < endAt) {
      const node = await nodeOfRole(around, 'leader');
      if (node !== undefined) {
        cluster.signal(node, 'SIGSTOP');
        await delay(200 + random() * 2200);
        cluster.signal(node, 'SIGCONT');
        names.push(node.name);
      }
      await delay(100 + random() * 400);
    }
    return names.join(', ');
  },
  end: async ({ cluster }) => {
    for (const node of cluster.nodes) cluster.signal(node, 'SIGCONT');
  },
};

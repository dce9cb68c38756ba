import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterNode } from '../cluster/nemesis-cluster.ts';
import { type Fault, type FaultSurroundings, nodeOfRole, type Role } from './fault.ts';

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

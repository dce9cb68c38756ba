import type { ClusterNode } from '../cluster/nemesis-cluster.ts';
import { type Fault, type FaultSurroundings, nodeOfRole, type Role } from './fault.ts';

const heal = ({ cluster }: FaultSurroundings): Promise<void> => cluster.network.heal();

/** One node alone, the others together. Clients still reach it. */
export function isolate(role: Role): Fault {
  return {
    kind: `partition: the ${role} alone`,
    touchesProcesses: false,
    begin: async (around) => {
      const node = await nodeOfRole(around, role);
      if (node === undefined) return undefined;
      await forOthers(around, node, async (other) => {
        await around.cluster.network.cut(node.name, other.name);
        await around.cluster.network.cut(other.name, node.name);
      });
      return node.name;
    },
    end: heal,
  };
}

/** It hears nobody, and everybody hears it; or the other way round. */
export function oneWay(role: Role): Fault {
  return {
    kind: `partition: the ${role} one way`,
    touchesProcesses: false,
    begin: async (around) => {
      const node = await nodeOfRole(around, role);
      if (node === undefined) return undefined;
      const deaf = around.random() < 0.5;
      await forOthers(around, node, (other) =>
        deaf
          ? around.cluster.network.cut(other.name, node.name)
          : around.cluster.network.cut(node.name, other.name),
      );
      return `${node.name} ${deaf ? 'hears nobody' : 'is heard by nobody'}`;
    },
    end: heal,
  };
}

/** Two nodes don't reach each other, the third reaches both: with the leader at one end, its follower has no leader. */
export const bridge: Fault = {
  kind: 'partition: two that only the third reaches',
  touchesProcesses: false,
  begin: async (around) => {
    const [first, second] = shuffled(around.cluster.nodes, around.random);
    if (first === undefined || second === undefined) return undefined;
    await around.cluster.network.cut(first.name, second.name);
    await around.cluster.network.cut(second.name, first.name);
    return `${first.name} and ${second.name}`;
  },
  end: heal,
};

/** Each hears only the one before it. */
export const ring: Fault = {
  kind: 'partition: a ring, one way',
  touchesProcesses: false,
  begin: async (around) => {
    const nodes = shuffled(around.cluster.nodes, around.random);
    for (const [index, node] of nodes.entries()) {
      const after = nodes[(index + 1) % nodes.length];
      if (after !== undefined) await around.cluster.network.cut(after.name, node.name);
    }
    return nodes.map((node) => node.name).join(' to ');
  },
  end: heal,
};

/** Nobody reaches anybody. */
export const shattered: Fault = {
  kind: 'partition: everybody alone',
  touchesProcesses: false,
  begin: async ({ cluster }) => {
    for (const from of cluster.nodes) {
      for (const to of cluster.nodes) if (from !== to) await cluster.network.cut(from.name, to.name);
    }
    return 'all';
  },
  end: heal,
};

/** Packets are lost now and then, and come again: slow and bursty links. */
export const lossy: Fault = {
  kind: 'lossy network',
  touchesProcesses: false,
  begin: async ({ cluster, random }) => {
    const percent = 5 + Math.floor(random() * 25);
    for (const node of cluster.nodes) if (!(await cluster.network.lose(node.name, percent))) return undefined;
    return `${percent} %`;
  },
  end: heal,
};

async function forOthers(
  { cluster }: FaultSurroundings,
  node: ClusterNode,
  act: (other: ClusterNode) => Promise<void>,
): Promise<void> {
  for (const other of cluster.nodes) if (other !== node) await act(other);
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

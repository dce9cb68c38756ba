import type { ClusterNode, NemesisCluster } from '../cluster/nemesis-cluster.ts';
import { type Fault, type FaultSurroundings, nodeOfRole } from './fault.ts';

const SWITCH_TIMEOUT_MS = 10_000;
const ROLL_PAUSE_MS = 1_000;

/** What an operator does before maintenance. */
export const switchLeader: Fault = {
  kind: 'planned leader switch',
  touchesProcesses: false,
  begin: async (around) => {
    const target = await nodeOfRole(around, 'follower');
    if (target === undefined) return undefined;
    const refusal = await makeLeader(around, target);
    return `to ${target.name}${refusal === undefined ? '' : `: ${refusal}`}`;
  },
  end: async () => undefined,
};

/** @returns why it didn't become the leader of everything, if it did not */
export async function makeLeader(
  { cluster }: FaultSurroundings,
  node: ClusterNode,
): Promise<string | undefined> {
  const sql = `ALTER SYSTEM SWITCH REPLICA LEADER SERVER = '${node.ip}:${node.rpcPort}'`;
  try {
    await cluster.ask(node, sql, SWITCH_TIMEOUT_MS);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The logs are cut at what is stored; who comes back later needs a snapshot. */
export const minorFreeze: Fault = {
  kind: 'minor freeze',
  touchesProcesses: false,
  begin: async ({ cluster }) => {
    const leader = (await cluster.leader())?.node;
    if (leader === undefined) return undefined;
    try {
      await cluster.ask(leader, 'ALTER SYSTEM MINOR FREEZE', SWITCH_TIMEOUT_MS);
      return 'all tenants';
    } catch (error) {
      return `all tenants: ${error instanceof Error ? error.message : String(error)}`;
    }
  },
  end: async () => undefined,
};

/** Encryption on, off, on … while everything runs. One roll at a time; process faults wait for its end. */
export class EncryptionRolls {
  readonly #cluster: NemesisCluster;
  readonly #say: (text: string) => void;
  readonly #gate: Gate;
  readonly counts = { completed: 0, failed: 0 };
  #running = true;
  readonly #finished: Promise<void>;

  constructor(cluster: NemesisCluster, gate: Gate, say: (text: string) => void) {
    this.#cluster = cluster;
    this.#gate = gate;
    this.#say = say;
    this.#finished = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#finished;
  }

  async #run(): Promise<void> {
    let wanted: 'enable' | 'disable' = 'enable';
    while (this.#running) {
      const done = await this.#gate.run(() => this.#roll(wanted));
      if (done) wanted = wanted === 'enable' ? 'disable' : 'enable';
      await new Promise((resolve) => setTimeout(resolve, ROLL_PAUSE_MS));
    }
  }

  async #roll(direction: 'enable' | 'disable'): Promise<boolean> {
    const startedAt = performance.now();
    this.#say(`encryption ${direction} begins`);
    const { code, stderr } = await this.#cluster.controller('encryption', direction, '--yes');
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (code === 0) this.counts.completed += 1;
    else this.counts.failed += 1;
    const words = code === 0 ? 'done' : `not done (${code}): ${stderr.trim().split('\n').at(-1)}`;
    this.#say(`encryption ${direction} ${words}, ${seconds} s`);
    // Nodes that a failed roll has left stopped are taken up by the next one.
    return code === 0;
  }
}

/** One at a time, in the order in which they came. */
export class Gate {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(body: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(body);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

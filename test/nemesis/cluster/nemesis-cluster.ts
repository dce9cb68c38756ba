import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, freePorts, runProgram, within } from '@sealane/testkit';
import { makeCertificates } from '@sealane/transport-security';
import { type Connection, createConnection } from 'mysql2/promise';
import type { NodeAddress } from '../workloads/session.ts';
import type { Network, NetworkNode } from './network.ts';
import { slowDiskFile } from './observer-hook.ts';

const CONTROLLER = fileURLToPath(
  new URL('../../../packages/cluster-controller/src/main.ts', import.meta.url),
);
const HOOK = new URL('./observer-hook.ts', import.meta.url).href;
const COMMAND_TIMEOUT_MS = 180_000;
const ASK_TIMEOUT_MS = 1_500;

export interface ClusterNode extends NodeAddress, NetworkNode {
  readonly zone: string;
}

/** Three observers, laid out so that everything between them can be broken, and run by the controller as always. */
export class NemesisCluster {
  readonly baseDirectory: string;
  readonly nodes: readonly ClusterNode[];
  readonly network: Network;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(baseDirectory: string, nodes: readonly ClusterNode[], network: Network) {
    this.baseDirectory = baseDirectory;
    this.nodes = nodes;
    this.network = network;
    const options = [process.env['NODE_OPTIONS'], `--import=${HOOK}`].filter(Boolean).join(' ');
    this.#environment = { ...process.env, NODE_OPTIONS: options, SEALANE_NEMESIS: this.#hookDirectory };
  }

  /** Writes the files that `cluster-controller up` finds, then has it start what they say. */
  static async start(
    baseDirectory: string,
    network: Network,
    beforeStart: (nodes: readonly ClusterNode[]) => void = () => undefined,
  ): Promise<NemesisCluster> {
    const ports = await freePorts(network.addresses.length * 2);
    const nodes = network.addresses.map((ip, index) => ({
      name: `observer-${index + 1}`,
      zone: `zone${index + 1}`,
      ip,
      host: ip,
      sqlPort: ports[index * 2] ?? 0,
      rpcPort: ports[index * 2 + 1] ?? 0,
    }));
    const cluster = new NemesisCluster(baseDirectory, nodes, network);
    await cluster.#layOut();
    beforeStart(nodes);
    const up = await cluster.controller('up');
    if (up.code !== 0) {
      await cluster.stop();
      throw new Error(`the cluster did not start: ${up.stderr}${up.stdout}`);
    }
    return cluster;
  }

  directoryOf(node: ClusterNode): string {
    return join(this.baseDirectory, node.name);
  }

  node(name: string): ClusterNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  }

  controller(...args: string[]): Promise<CommandResult> {
    // Through `env`: what the observers inherit is what the controller has.
    const variables = ['NODE_OPTIONS', 'SEALANE_NEMESIS'].map((name) => `${name}=${this.#environment[name]}`);
    return runProgram(
      'env',
      [...variables, process.execPath, CONTROLLER, ...args, '--base-dir', this.baseDirectory],
      { timeoutMs: COMMAND_TIMEOUT_MS },
    );
  }

  /** @returns undefined while the node doesn't run */
  pidOf(node: ClusterNode): number | undefined {
    try {
      const pid = Number(readFileSync(join(this.directoryOf(node), 'run', 'controller.pid'), 'utf8'));
      const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0];
      return state === undefined || state === 'Z' ? undefined : pid;
    } catch {
      return undefined;
    }
  }

  signal(node: ClusterNode, signal: NodeJS.Signals): void {
    const pid = this.pidOf(node);
    if (pid !== undefined) process.kill(pid, signal);
  }

  /** Ends the process and waits until it is gone. */
  async end(node: ClusterNode, signal: 'SIGKILL' | 'SIGTERM', timeoutMs = 30_000): Promise<void> {
    this.signal(node, signal);
    await within(timeoutMs, `${node.name} ends`, () => this.pidOf(node) === undefined);
  }

  /** Starts what doesn't run. @throws Error with the controller's words */
  async up(): Promise<void> {
    const result = await this.controller('up');
    if (result.code !== 0) throw new Error(`up: ${result.stderr}${result.stdout}`);
  }

  setSlowDisk(node: ClusterNode, delayMs: number): void {
    writeFileSync(slowDiskFile(this.#hookDirectory, node.name), String(delayMs));
  }

  clearSlowDisks(): void {
    for (const node of this.nodes) rmSync(slowDiskFile(this.#hookDirectory, node.name), { force: true });
  }

  /** Who leads the users' tenant by its own word; the highest term where two say so. */
  async leader(): Promise<{ node: ClusterNode; term: number } | undefined> {
    const answers = await Promise.all(this.nodes.map((node) => this.#termIfLeading(node)));
    return answers.filter((each) => each !== undefined).toSorted((a, b) => b.term - a.term)[0];
  }

  /** One statement of the sys tenant. */
  async ask(
    node: ClusterNode,
    sql: string,
    timeoutMs = ASK_TIMEOUT_MS,
  ): Promise<readonly (readonly unknown[])[]> {
    const { host, sqlPort: port } = node;
    let connection: Connection | undefined;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`${node.name} does not answer`)), timeoutMs);
    try {
      const opening = createConnection({ host, port, user: 'root@sys', connectTimeout: timeoutMs });
      opening.catch(() => undefined);
      connection = await Promise.race([opening, late.promise]);
      connection.on('error', () => undefined);
      const [rows] = await Promise.race([connection.query({ sql, rowsAsArray: true }), late.promise]);
      return Array.isArray(rows) ? (rows as unknown[][]) : [];
    } finally {
      clearTimeout(timer);
      connection?.destroy();
    }
  }

  /** Everything is stopped: by the controller if it can, otherwise by signal. */
  async stop(): Promise<void> {
    for (const node of this.nodes) this.signal(node, 'SIGCONT');
    await this.controller('down');
    for (const node of this.nodes) this.signal(node, 'SIGKILL');
  }

  get #hookDirectory(): string {
    return join(this.baseDirectory, 'nemesis');
  }

  async #termIfLeading(node: ClusterNode): Promise<{ node: ClusterNode; term: number } | undefined> {
    const sql = `SELECT PROPOSAL_ID FROM oceanbase.V$OB_LOG_STAT WHERE TENANT_ID > 1 AND ROLE = 'LEADER'
      AND SVR_IP = '${node.ip}' AND SVR_PORT = ${node.rpcPort}`;
    try {
      const [row] = await this.ask(node, sql);
      return row === undefined ? undefined : { node, term: Number(row[0]) };
    } catch {
      return undefined;
    }
  }

  async #layOut(): Promise<void> {
    mkdirSync(this.#hookDirectory, { recursive: true });
    await makeCertificates({
      directory: join(this.baseDirectory, 'certificates'),
      nodes: this.nodes.map((node) => ({
        name: node.name,
        ip: node.ip,
        wallet: join(this.directoryOf(node), 'wallet'),
      })),
    });
    const nodes = this.nodes.map(({ name, zone, ip, rpcPort, sqlPort }) => ({
      name,
      zone,
      ip,
      rpcPort,
      sqlPort,
    }));
    writeFileSync(
      join(this.baseDirectory, 'cluster.json'),
      JSON.stringify({ cluster: 'sealane', clusterId: 1, nodes }, undefined, 2),
    );
    const hooks = await this.network.hooks(this.nodes);
    writeFileSync(join(this.#hookDirectory, 'hooks.json'), JSON.stringify(hooks, undefined, 2));
  }
}

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import type { Network, NetworkNode } from './network.ts';

/** Where `ip netns` keeps its names. */
const NAMES = '/run/netns';
const PREFIX = 'sealane';
const COMMAND_TIMEOUT_MS = 10_000;

/** Needs root, iproute2, nsenter and iptables. @returns what is missing, undefined when nothing is */
export function missingForNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'this is no Linux';
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/usr/bin/nsenter')) return 'no /usr/bin/nsenter';
  for (const program of ['ip', 'iptables']) {
    if (spawnSync(program, ['--version']).error !== undefined) return `no ${program}`;
  }
  const name = `${PREFIX}${process.pid}t`;
  const made = spawnSync('ip', ['netns', 'add', name]);
  if (made.status !== 0) return `ip netns add: ${made.stderr.toString().trim()}`;
  const usable = spawnSync('ip', [
    'netns',
    'exec',
    name,
    'iptables',
    '-w',
    '-A',
    'INPUT',
    '-s',
    '10.0.0.1',
    '-j',
    'DROP',
  ]);
  spawnSync('ip', ['netns', 'delete', name]);
  return usable.status === 0 ? undefined : `iptables: ${usable.stderr.toString().trim()}`;
}

/**
 * Each node in a network namespace of its own, all of them and this machine on one bridge, which lies in a namespace
 * too, so that no rule of the machine's firewall touches it. Cutting a way drops packets at the receiver: links stay
 * open, as they do when a cable is pulled.
 */
export class NamespaceNetwork implements Network {
  readonly kind = 'network namespaces, packets dropped by iptables';
  readonly addresses: readonly string[];
  readonly #names: readonly string[];
  readonly #fabric = `${PREFIX}${process.pid}f`;
  readonly #hostLink = `sl${process.pid}`;
  readonly #subnet: string;
  readonly #byNode = new Map<string, { namespace: string; ip: string }>();

  constructor(count: number) {
    this.#subnet = freeSubnet();
    this.addresses = Array.from({ length: count }, (_, index) => `${this.#subnet}.${index + 1}`);
    this.#names = this.addresses.map((_, index) => `${PREFIX}${process.pid}n${index + 1}`);
  }

  async open(): Promise<void> {
    removeAbandoned();
    await ip('netns', 'add', this.#fabric);
    await ip('-n', this.#fabric, 'link', 'add', 'bridge0', 'type', 'bridge');
    await ip('-n', this.#fabric, 'link', 'set', 'bridge0', 'up');
    await ip('link', 'add', this.#hostLink, 'type', 'veth', 'peer', 'name', 'host', 'netns', this.#fabric);
    await this.#plug('host');
    await ip('address', 'add', `${this.#subnet}.254/24`, 'dev', this.#hostLink);
    await ip('link', 'set', this.#hostLink, 'up');
    for (const [index, name] of this.#names.entries()) {
      const port = `node${index + 1}`;
      await ip('netns', 'add', name);
      await ip(
        '-n',
        name,
        'link',
        'add',
        'eth0',
        'type',
        'veth',
        'peer',
        'name',
        port,
        'netns',
        this.#fabric,
      );
      await this.#plug(port);
      await ip('-n', name, 'address', 'add', `${this.addresses[index]}/24`, 'dev', 'eth0');
      await ip('-n', name, 'link', 'set', 'eth0', 'up');
      await ip('-n', name, 'link', 'set', 'lo', 'up');
    }
  }

  async hooks(nodes: readonly NetworkNode[]): Promise<Record<string, unknown>> {
    for (const [index, node] of nodes.entries()) {
      this.#byNode.set(node.name, { namespace: this.#names[index] ?? '', ip: node.ip });
    }
    return {
      namespaces: Object.fromEntries([...this.#byNode].map(([name, { namespace }]) => [name, namespace])),
    };
  }

  async cut(from: string, to: string): Promise<void> {
    const [sender, receiver] = [this.#byNode.get(from), this.#byNode.get(to)];
    if (sender === undefined || receiver === undefined) throw new Error(`no way from ${from} to ${to}`);
    await inside(receiver.namespace, 'iptables', '-w', '-A', 'INPUT', '-s', sender.ip, '-j', 'DROP');
  }

  async lose(node: string, percent: number): Promise<boolean> {
    const sender = this.#byNode.get(node);
    if (sender === undefined) return false;
    const rule = [
      '-m',
      'statistic',
      '--mode',
      'random',
      '--probability',
      String(percent / 100),
      '-j',
      'DROP',
    ];
    try {
      // To other nodes only: what clients see is not the matter here.
      for (const peer of this.#byNode.values()) {
        if (peer !== sender)
          await inside(sender.namespace, 'iptables', '-w', '-A', 'OUTPUT', '-d', peer.ip, ...rule);
      }
      return true;
    } catch {
      return false; // This kernel has no module for it.
    }
  }

  async heal(): Promise<void> {
    for (const { namespace } of this.#byNode.values()) await inside(namespace, 'iptables', '-w', '-F');
  }

  async close(): Promise<void> {
    removeNamespaces([...this.#names, this.#fabric]);
  }

  async #plug(port: string): Promise<void> {
    await ip('-n', this.#fabric, 'link', 'set', port, 'master', 'bridge0');
    await ip('-n', this.#fabric, 'link', 'set', port, 'up');
  }
}

/** Of runs that were killed: named by their process, which is gone. */
function removeAbandoned(): void {
  if (!existsSync(NAMES)) return;
  const abandoned = readdirSync(NAMES).filter((name) => {
    const pid = new RegExp(`^${PREFIX}(\\d+)[fnt]`).exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  });
  removeNamespaces(abandoned);
}

function removeNamespaces(names: readonly string[]): void {
  // With a namespace go the links in it, and the other ends of those.
  for (const name of names) spawnSync('ip', ['netns', 'delete', name]);
}

/** 10.211.x.0/24, x by the process: several runs side by side. */
function freeSubnet(): string {
  return `10.211.${process.pid % 250}`;
}

function inside(namespace: string, ...command: string[]): Promise<void> {
  return run('ip', ['netns', 'exec', namespace, ...command]);
}

function ip(...args: string[]): Promise<void> {
  return run('ip', args);
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: COMMAND_TIMEOUT_MS, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ${args.join(' ')}: ${said.trim() || `exit code ${code}`}`));
    });
  });
}

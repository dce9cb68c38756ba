import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNode } from '../cluster/nemesis-cluster.ts';
import { makeLeader } from './administration.ts';
import { type Fault, nodeOfRole, type Role } from './fault.ts';

const FILLER_PIECE = Buffer.alloc(1024 * 1024);
const DELAY_MIN_MS = 20;
const DELAY_MAX_MS = 400;

/** Every fsync takes longer. */
export function slowDisk(role: Role): Fault {
  return {
    kind: `slow disk of the ${role}`,
    touchesProcesses: false,
    begin: async (around) => {
      const node = await nodeOfRole(around, role);
      if (node === undefined) return undefined;
      const delayMs = Math.round(DELAY_MIN_MS + around.random() * (DELAY_MAX_MS - DELAY_MIN_MS));
      around.cluster.setSlowDisk(node, delayMs);
      return `${node.name} +${delayMs} ms an fsync`;
    },
    end: async ({ cluster }) => cluster.clearSlowDisks(),
  };
}

export const diskFullKind = 'disk full';

/** A small disk in memory under the store of one node, so that it can be filled. */
export class SmallDisk {
  readonly node: ClusterNode;
  readonly #directory: string;

  private constructor(node: ClusterNode, directory: string) {
    this.node = node;
    this.#directory = directory;
  }

  /** To be called before the node starts. @returns undefined where mounting isn't allowed */
  static mount(baseDirectory: string, node: ClusterNode, sizeMib: number): SmallDisk | undefined {
    const directory = join(baseDirectory, node.name, 'store');
    mkdirSync(directory, { recursive: true });
    const options = ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'sealane-nemesis', directory];
    if (spawnSync('mount', options).status !== 0) return undefined;
    return new SmallDisk(node, directory);
  }

  get fault(): Fault {
    const filler = join(this.#directory, 'filler');
    return {
      kind: diskFullKind,
      // The node may end itself, and is started again.
      touchesProcesses: true,
      begin: async (around) => {
        // A leader with a full disk is the harder case, and by chance it would be a third of them.
        if (around.random() < 0.5) await makeLeader(around, this.node);
        const leads = (await around.cluster.leader())?.node === this.node;
        fillDisk(filler);
        return `${this.node.name}${leads ? ', the leader' : ''}`;
      },
      end: async ({ cluster }) => {
        rmSync(filler, { force: true });
        await cluster.up();
      },
    };
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.#directory]);
  }
}

/** Until nothing fits any more: the node writes, too. */
function fillDisk(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let size = FILLER_PIECE.length; size > 0; ) {
      try {
        writeSync(descriptor, FILLER_PIECE, 0, size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

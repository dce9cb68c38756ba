import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Campaign, runCampaign } from '../campaign.ts';
import { type Mutation, mutate } from './mutation.ts';

export const root = join(import.meta.dirname, '../../..');

/** A copy of the sources in a temporary directory, in which one bug at a time is made and looked for. */
export class Workshop {
  readonly #directory = mkdtempSync(join(tmpdir(), 'mutations-'));

  constructor() {
    for (const name of readdirSync(join(root, 'packages'))) this.#copyPackage(name);
    cpSync(join(root, 'test/simulation'), join(this.#directory, 'test/simulation'), { recursive: true });
    cpSync(join(root, 'package.json'), join(this.#directory, 'package.json'));
    this.#linkModules();
  }

  /** Looks for the bug from the first seed on, until it is found or the mutation's seeds are used up. */
  async run(mutation: Mutation, jobs: number | undefined): Promise<Campaign> {
    const path = join(this.#directory, mutation.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, mutate(source, mutation));
    try {
      return await runCampaign({
        firstSeed: 1,
        count: mutation.seedsMax,
        directory: join(this.#directory, 'test/simulation'),
        ...(jobs === undefined ? {} : { jobs }),
      });
    } finally {
      writeFileSync(path, source);
    }
  }

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #copyPackage(name: string): void {
    for (const part of ['src', 'package.json']) {
      cpSync(join(root, 'packages', name, part), join(this.#directory, 'packages', name, part), {
        recursive: true,
      });
    }
  }

  /** Outside packages are the real ones, our own are the copies. */
  #linkModules(): void {
    const modules = join(this.#directory, 'node_modules');
    mkdirSync(join(modules, '@sealane'), { recursive: true });
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name !== '@sealane') symlinkSync(join(root, 'node_modules', name), join(modules, name));
    }
    for (const name of readdirSync(join(root, 'packages'))) {
      symlinkSync(join(this.#directory, 'packages', name), join(modules, '@sealane', name));
    }
  }
}

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
    const edits = [mutation, ...(mutation.also ?? [])];
    const before = edits.map(({ file }) => readFileSync(join(this.#directory, file), 'utf8'));
    for (const edit of edits) {
      const path = join(this.#directory, edit.file);
      writeFileSync(path, mutate(readFileSync(path, 'utf8'), mutation.name, edit));
    }
    try {
      return await this.#search(mutation, jobs);
    } finally {
      for (const [index, edit] of edits.entries()) {
        writeFileSync(join(this.#directory, edit.file), before[index] ?? '');
      }
    }
  }

  /** Goes on behind a failure that is another one. */
  async #search({ seedsMax, invariant }: Mutation, jobs: number | undefined): Promise<Campaign> {
    for (let firstSeed = 1; ; ) {
      const campaign = await runCampaign({
        firstSeed,
        count: seedsMax + 1 - firstSeed,
        directory: join(this.#directory, 'test/simulation'),
        ...(jobs === undefined ? {} : { jobs }),
      });
      const { failure } = campaign;
      if (failure === undefined || invariant === undefined) return campaign;
      if (failure.violation?.invariant === invariant) return campaign;
      if (failure.seed >= seedsMax) return { ...campaign, seconds: campaign.seconds, failure: undefined };
      firstSeed = failure.seed + 1;
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

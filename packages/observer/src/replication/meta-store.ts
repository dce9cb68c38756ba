import { segmentNamePattern } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import { syncNames } from './disk-failure.ts';
import type { LogFiles } from './environment.ts';
import { blankBeginning } from './member-lists.ts';
import { type Meta, readMeta, writeMeta } from './meta-file.ts';

/** The meta file and its content in memory. One write at a time. */
export class MetaStore {
  current: Meta;
  /** Why what this member voted for isn't known any more; nothing was written then. */
  readonly forgotten: string | undefined;
  readonly #files: LogFiles;
  readonly #directory: string;

  private constructor(files: LogFiles, directory: string, found: { meta: Meta; forgotten?: string }) {
    this.#files = files;
    this.#directory = directory;
    this.current = found.meta;
    this.forgotten = found.forgotten;
  }

  /** @throws ObError OB_INVALID_LOG if the directory belongs to another log stream or node */
  static async open(
    files: LogFiles,
    directory: string,
    owner: { tenantId: number; lsId: number; self: string },
  ): Promise<MetaStore> {
    await files.makeDirectory(directory);
    const found = await readMeta(files, directory);
    // What is visible may be a rename that never reached the disk.
    await syncNames(files, directory);
    if (found === 'damaged') {
      return new MetaStore(files, directory, {
        meta: unknownMeta(owner),
        forgotten: 'its file "meta" is damaged',
      });
    }
    if (found === undefined) return MetaStore.#create(files, directory, owner);
    if (found.tenantId === owner.tenantId && found.lsId === owner.lsId && found.self === owner.self) {
      return new MetaStore(files, directory, { meta: found });
    }
    throw new ObError('OB_INVALID_LOG', [], {
      message: `${directory} holds log stream ${found.lsId} of tenant ${found.tenantId} at ${found.self}, not ${owner.lsId} of ${owner.tenantId} at ${owner.self}`,
    });
  }

  /** On disk when the promise is fulfilled. */
  async write(change: Partial<Meta>): Promise<void> {
    const next = { ...this.current, ...change };
    await writeMeta(this.#files, this.#directory, next);
    this.current = next;
  }

  static async #create(
    files: LogFiles,
    directory: string,
    owner: { tenantId: number; lsId: number; self: string },
  ): Promise<MetaStore> {
    if ((await files.list(directory)).some((name) => segmentNamePattern.test(name))) {
      const forgotten = 'there are log files, but no file "meta"';
      return new MetaStore(files, directory, { meta: unknownMeta(owner), forgotten });
    }
    const hardState = { term: 0, votedFor: undefined, joined: false };
    const meta: Meta = { ...unknownMeta(owner), hardState, base: blankBeginning };
    await writeMeta(files, directory, meta);
    return new MetaStore(files, directory, { meta });
  }
}

function unknownMeta(owner: { tenantId: number; lsId: number; self: string }): Meta {
  return {
    ...owner,
    hardState: { term: 0, votedFor: undefined, joined: false },
    durableLsn: 0,
    base: undefined,
    memberLists: [],
  };
}

import { ObError } from '@sealane/errors';
import type { LogFiles } from './environment.ts';
import { type Meta, readMeta, writeMeta } from './meta-file.ts';
import { segmentNamePattern } from './segment-format.ts';

/** The meta file and its content in memory. One write at a time. */
export class MetaStore {
  current: Meta;
  readonly #files: LogFiles;
  readonly #directory: string;

  private constructor(files: LogFiles, directory: string, meta: Meta) {
    this.#files = files;
    this.#directory = directory;
    this.current = meta;
  }

  /**
   * @throws ObError OB_INVALID_LOG if the directory belongs to another log stream or node, or holds a log without a
   *   meta file: the node may have voted, and must not do it twice
   */
  static async open(
    files: LogFiles,
    directory: string,
    owner: { tenantId: number; lsId: number; self: string },
  ): Promise<MetaStore> {
    await files.makeDirectory(directory);
    const found = await readMeta(files, directory);
    if (found === undefined) return MetaStore.#create(files, directory, owner);
    if (found.tenantId === owner.tenantId && found.lsId === owner.lsId && found.self === owner.self) {
      return new MetaStore(files, directory, found);
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
      throw new ObError('OB_INVALID_LOG', [], {
        message: `${directory} has log files, but no file "meta": what this node voted for can't be known; restore the node from a healthy member`,
      });
    }
    const meta: Meta = {
      ...owner,
      hardState: { term: 0, votedFor: undefined, joined: false },
      durableLsn: 0,
    };
    await writeMeta(files, directory, meta);
    return new MetaStore(files, directory, meta);
  }
}

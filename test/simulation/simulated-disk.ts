import type { Chance } from './random.ts';
import { SimulatedFile } from './simulated-file.ts';

type NameChange = { readonly name: string; readonly file: SimulatedFile | undefined };

/** Names lead to files; a change of names is durable after a sync of the directory, before that perhaps. */
interface Directory {
  seen: Map<string, SimulatedFile>;
  readonly durable: Map<string, SimulatedFile>;
  changes: (readonly NameChange[])[];
  /** Changes that have left the list. */
  settledCount: number;
}

/** The disk of one node: what survives its processes, and what survives a loss of power. */
export class SimulatedDisk {
  readonly #directories = new Map<string, Directory>();
  /** Writes that a process has begun and that aren't complete. */
  readonly writing = new Set<{ file: SimulatedFile; bytes: Uint8Array; position: number }>();
  /** Nothing can grow. */
  full = false;
  /** The next sync fails. */
  syncFails = false;
  /** How many times slower than usual. */
  slowness = 1;

  makeDirectory(path: string): void {
    if (this.#directories.has(path)) return;
    this.#directories.set(path, { seen: new Map(), durable: new Map(), changes: [], settledCount: 0 });
  }

  list(directory: string): string[] {
    return [...this.#directory(directory).seen.keys()];
  }

  open(path: string, mode: 'create' | 'existing'): SimulatedFile {
    const { directory, name } = this.#place(path);
    const found = directory.seen.get(name);
    if (mode === 'existing') {
      if (found === undefined) throw systemError('ENOENT', path);
      return found;
    }
    if (this.full) throw systemError('ENOSPC', path);
    if (found !== undefined) {
      found.truncate(0);
      return found;
    }
    const file = new SimulatedFile();
    this.#change(directory, [{ name, file }]);
    return file;
  }

  remove(path: string): void {
    const { directory, name } = this.#place(path);
    if (!directory.seen.has(name)) throw systemError('ENOENT', path);
    this.#change(directory, [{ name, file: undefined }]);
  }

  /** Within one directory. */
  rename(from: string, to: string): void {
    const { directory, name } = this.#place(from);
    const file = directory.seen.get(name);
    if (file === undefined) throw systemError('ENOENT', from);
    this.#change(directory, [
      { name, file: undefined },
      { name: this.#place(to).name, file },
    ]);
  }

  /** @returns what makes the names durable that are there now */
  beginSyncDirectory(path: string): () => void {
    const directory = this.#directory(path);
    const end = directory.settledCount + directory.changes.length;
    return () => {
      const changes = directory.changes.splice(0, Math.max(0, end - directory.settledCount));
      directory.settledCount += changes.length;
      for (const change of changes) applyNames(directory.durable, change);
    };
  }

  /** The process died in the middle of its writes: a beginning of each is there. */
  abandonWrites(chance: Chance): void {
    for (const { file, bytes, position } of this.writing) {
      file.write(bytes.subarray(0, chance.below(bytes.length + 1)), position);
    }
    this.writing.clear();
  }

  /** @returns whether something unsynced was torn */
  losePower(chance: Chance): boolean {
    let torn = false;
    for (const directory of this.#directories.values()) {
      // Metadata goes to disk in order: a beginning of it is there.
      const kept = chance.below(directory.changes.length + 1);
      for (const change of directory.changes.slice(0, kept)) applyNames(directory.durable, change);
      directory.settledCount += directory.changes.length;
      directory.changes = [];
      directory.seen = new Map(directory.durable);
      for (const file of directory.seen.values()) torn = file.losePower(chance) || torn;
    }
    return torn;
  }

  wipe(): void {
    this.#directories.clear();
  }

  /** Every file with something durable in it. */
  durableFiles(): { readonly path: string; readonly file: SimulatedFile }[] {
    return [...this.#directories].flatMap(([directory, { durable }]) =>
      [...durable]
        .filter(([, file]) => file.durableSize > 0)
        .map(([name, file]) => ({ path: `${directory}/${name}`, file })),
    );
  }

  #directory(path: string): Directory {
    const directory = this.#directories.get(path);
    if (directory === undefined) throw systemError('ENOENT', path);
    return directory;
  }

  #place(path: string): { directory: Directory; name: string } {
    const slash = path.lastIndexOf('/');
    return { directory: this.#directory(path.slice(0, slash)), name: path.slice(slash + 1) };
  }

  #change(directory: Directory, change: readonly NameChange[]): void {
    applyNames(directory.seen, change);
    directory.changes.push(change);
  }
}

function applyNames(names: Map<string, SimulatedFile>, changes: readonly NameChange[]): void {
  for (const { name, file } of changes) {
    if (file === undefined) names.delete(name);
    else names.set(name, file);
  }
}

export function systemError(code: 'ENOENT' | 'ENOSPC' | 'EIO', path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

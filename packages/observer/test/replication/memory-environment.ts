import type { Environment, LogFile, LogFiles } from '../../src/replication/environment.ts';
import { systemEnvironment } from '../../src/replication/system-environment.ts';

/** Files in memory that can be damaged, filled up, and made to fail. Real time. */
export class MemoryFiles implements LogFiles {
  readonly #nodes = new Map<string, FileNode>();
  /** Bytes that all files may have together. */
  capacity = Number.POSITIVE_INFINITY;
  /** What the next fsyncs say. */
  syncFailure: Error | undefined;
  /** Whether these bytes can't be read. */
  readFailure: ((path: string, from: number, to: number) => boolean) | undefined;
  syncCount = 0;
  /** Bytes that are told to be free; the rest of the capacity otherwise. */
  toldFree: number | undefined;

  async makeDirectory(): Promise<void> {}

  async list(directory: string): Promise<string[]> {
    return this.paths()
      .filter((path) => path.startsWith(`${directory}/`))
      .map((path) => path.slice(directory.length + 1));
  }

  async open(path: string, mode: 'create' | 'existing'): Promise<LogFile> {
    if (mode === 'create') this.#nodes.set(path, { bytes: new Uint8Array(0) });
    return new MemoryFile(this, path, this.#node(path));
  }

  async remove(path: string): Promise<void> {
    if (!this.#nodes.delete(path)) throw failure('ENOENT', path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#nodes.set(to, this.#node(from));
    this.#nodes.delete(from);
  }

  async syncDirectory(): Promise<void> {
    if (this.syncFailure !== undefined) throw this.syncFailure;
  }

  async freeBytes(): Promise<number> {
    return this.toldFree ?? this.capacity - this.size;
  }

  get size(): number {
    return [...this.#nodes.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Ascending. */
  paths(): string[] {
    return [...this.#nodes.keys()].sort();
  }

  /** To be read, or damaged in place. */
  bytes(path: string): Uint8Array {
    return this.#node(path).bytes;
  }

  set(path: string, bytes: Uint8Array): void {
    this.#nodes.set(path, { bytes });
  }

  flip(path: string, offset: number, bit = 0): void {
    const bytes = this.bytes(path);
    bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
  }

  snapshot(): Map<string, Uint8Array> {
    return new Map(this.paths().map((path) => [path, this.bytes(path).slice()]));
  }

  restore(snapshot: ReadonlyMap<string, Uint8Array>): void {
    this.#nodes.clear();
    for (const [path, bytes] of snapshot) this.set(path, bytes.slice());
  }

  #node(path: string): FileNode {
    const found = this.#nodes.get(path);
    if (found === undefined) throw failure('ENOENT', path);
    return found;
  }
}

interface FileNode {
  bytes: Uint8Array;
}

class MemoryFile implements LogFile {
  readonly #files: MemoryFiles;
  readonly #path: string;
  readonly #node: FileNode;

  constructor(files: MemoryFiles, path: string, node: FileNode) {
    this.#files = files;
    this.#path = path;
    this.#node = node;
  }

  async size(): Promise<number> {
    return this.#node.bytes.length;
  }

  readSync(into: Uint8Array, position: number): number {
    const bytes = this.#node.bytes.subarray(position, position + into.length);
    if (this.#files.readFailure?.(this.#path, position, position + into.length)) {
      throw failure('EIO', this.#path);
    }
    into.set(bytes);
    return bytes.length;
  }

  /** Without room it writes what it can, as a file system does. */
  async write(pieces: readonly Uint8Array[], position: number): Promise<void> {
    const added = Buffer.concat(pieces);
    const old = this.#node.bytes;
    const grows = Math.max(0, position + added.length - old.length);
    const room = Math.max(0, this.#files.capacity - this.#files.size);
    const written = added.subarray(0, added.length - Math.max(0, grows - room));
    const next = new Uint8Array(Math.max(old.length, position + written.length));
    next.set(old);
    next.set(written, position);
    this.#node.bytes = next;
    if (written.length < added.length) throw failure('ENOSPC', this.#path);
  }

  async sync(): Promise<void> {
    this.#files.syncCount += 1;
    if (this.#files.syncFailure !== undefined) throw this.#files.syncFailure;
  }

  async writeSynced(pieces: readonly Uint8Array[], position: number): Promise<void> {
    await this.write(pieces, position);
    await this.sync();
  }

  async truncate(size: number): Promise<void> {
    this.#node.bytes = this.#node.bytes.slice(0, size);
  }

  async close(): Promise<void> {}
}

export function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

export function memoryEnvironment(files: MemoryFiles): Environment {
  return { ...systemEnvironment, files };
}

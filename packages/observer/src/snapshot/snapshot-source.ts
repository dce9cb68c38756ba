import { mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ObError } from '@sealane/errors';
import { copyDatabaseFile, type FileCopy } from '@sealane/storage';
import type { Logger } from '../logger.ts';
import { mustHaveRoom } from './disk-room.ts';
import type { LogPosition } from './log-position.ts';
import type { OpenAnswer, OpenRequest, ReadAnswer, ReadRequest, SnapshotOffer } from './snapshot-wire.ts';

export interface SnapshotSourceOptions {
  readonly tenantId: number;
  /** The tenant's file. */
  readonly file: string;
  /** For the copies; emptied at the start. */
  readonly directory: string;
  appliedLsn(): number;
  /** @throws ObError when the log doesn't know the entry (any more) */
  position(lsn: number): Promise<LogPosition>;
  readonly bytesPerSecondMax: () => number;
  /** A copy that nobody has read for so long is removed. */
  readonly idleMs?: number;
  readonly logger: Logger;
}

interface Copying {
  readonly state: 'copying';
  readonly holdLsn: number;
  readonly given: AbortController;
}

interface Ready {
  readonly state: 'ready';
  readonly holdLsn: number;
  readonly offer: SnapshotOffer;
  readonly path: string;
  readonly file: FileHandle;
  readonly readers: Set<string>;
  idle: NodeJS.Timeout;
}

/**
 * Copies of one tenant's file for followers that lack more than the log holds: at most one at a time, made when it
 * is asked for, shared by whoever asks meanwhile, gone when nobody reads it any more.
 */
export class SnapshotSource {
  readonly #options: SnapshotSourceOptions;
  readonly #idleMs: number;
  #current: Copying | Ready | undefined;
  #copying: Promise<void> | undefined;
  #failure: unknown;
  #count = 0;
  #stopped = false;

  constructor(options: SnapshotSourceOptions) {
    this.#options = options;
    this.#idleMs = options.idleMs ?? 60_000;
    rmSync(options.directory, { recursive: true, force: true });
  }

  /** The log must keep what comes after this entry: whoever reads the copy goes on from there. */
  get holdLsn(): number | undefined {
    return this.#current?.holdLsn;
  }

  /**
   * @throws ObError OB_EAGAIN when this node itself hasn't applied the entry yet; OB_IO_ERROR when the copy that
   *   was asked for before failed: asked again, it is tried again
   */
  open({ lsn }: OpenRequest, from: string): OpenAnswer {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw ioError(failure);
    if (this.#stopped) throw again('this node is stopping');
    const current = this.#current;
    if (current?.state === 'copying') return { state: 'copying' };
    if (current?.state === 'ready' && current.offer.position.lsn >= lsn) {
      current.readers.add(from);
      this.#touch(current);
      return current.offer;
    }
    if (current?.state === 'ready' && current.readers.size > 0) throw again('another copy is being read');
    if (this.#options.appliedLsn() < lsn) throw again(`entry ${lsn} isn't applied here yet`);
    if (current !== undefined) void this.#drop(current);
    this.#copying = this.#copy();
    return { state: 'copying' };
  }

  /** @throws ObError OB_ENTRY_NOT_EXIST when the copy is gone: it must be opened anew */
  async read({ id, offset, size }: ReadRequest, from: string): Promise<ReadAnswer> {
    const current = this.#readable(id);
    current.readers.add(from);
    this.#touch(current);
    const wanted = Math.min(size, current.offer.sizeBytes - offset);
    const bytes = new Uint8Array(Math.max(0, wanted));
    for (let filled = 0; filled < bytes.length; ) {
      const { bytesRead } = await current.file.read(bytes, filled, bytes.length - filled, offset + filled);
      if (bytesRead === 0) throw ioError(`the copy ends at byte ${offset + filled}`);
      filled += bytesRead;
    }
    return { bytes, crc32: crc32(bytes) };
  }

  /** The reader has it all, or gives up. */
  async close(id: string, from: string): Promise<void> {
    const current = this.#current;
    if (current?.state !== 'ready' || current.offer.id !== id) return;
    current.readers.delete(from);
    if (current.readers.size === 0) await this.#drop(current);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#current?.state === 'copying') this.#current.given.abort();
    await this.#copying;
    if (this.#current !== undefined) await this.#drop(this.#current);
  }

  async #copy(): Promise<void> {
    const { tenantId, file, directory, logger, bytesPerSecondMax } = this.#options;
    this.#count += 1;
    const id = `${Date.now()}-${this.#count}`;
    const target = join(directory, `${id}.sqlite`);
    const copying: Copying = {
      state: 'copying',
      holdLsn: this.#options.appliedLsn(),
      given: new AbortController(),
    };
    this.#current = copying;
    logger.info({ tenantId, id }, 'snapshot: a copy is being made');
    try {
      mkdirSync(directory, { recursive: true });
      await mustHaveRoom(directory, (await stat(file)).size);
      const copy = await copyDatabaseFile(
        { file, target, bytesPerSecondMax: bytesPerSecondMax() },
        copying.given.signal,
      );
      await this.#offer(id, target, copy);
    } catch (error) {
      logger.warn({ tenantId, id, error: String(error) }, 'snapshot: the copy failed');
      rmSync(target, { force: true });
      this.#current = undefined;
      if (!this.#stopped) this.#failure = error;
    }
  }

  async #offer(id: string, path: string, copy: FileCopy): Promise<void> {
    const { tenantId, logger } = this.#options;
    const offer: SnapshotOffer = {
      state: 'ready',
      id,
      position: await this.#options.position(copy.lsn),
      sizeBytes: copy.sizeBytes,
      sha256: copy.sha256,
    };
    const ready: Ready = {
      state: 'ready',
      holdLsn: copy.lsn,
      offer,
      path,
      file: await open(path, 'r'),
      readers: new Set(),
      idle: setTimeout(() => undefined, 0),
    };
    this.#touch(ready);
    this.#current = ready;
    logger.info({ tenantId, id, lsn: copy.lsn, size: copy.sizeBytes }, 'snapshot: the copy is ready');
  }

  #touch(ready: Ready): void {
    clearTimeout(ready.idle);
    ready.idle = setTimeout(() => void this.#drop(ready), this.#idleMs);
    ready.idle.unref();
  }

  async #drop(current: Copying | Ready): Promise<void> {
    if (this.#current === current) this.#current = undefined;
    if (current.state !== 'ready') return;
    clearTimeout(current.idle);
    rmSync(current.path, { force: true });
    await current.file.close().catch((error: unknown) => {
      this.#options.logger.warn({ error: String(error) }, 'snapshot: a copy could not be closed');
    });
  }

  #readable(id: string): Ready {
    const current = this.#current;
    if (current?.state === 'ready' && current.offer.id === id) return current;
    throw new ObError('OB_ENTRY_NOT_EXIST', [], { message: `there is no snapshot ${id} here (any more)` });
  }
}

function again(why: string): ObError {
  return new ObError('OB_EAGAIN', [], { message: `Try again: no snapshot now, ${why}` });
}

function ioError(cause: unknown): ObError {
  return new ObError('OB_IO_ERROR', [], { message: `IO error: no snapshot: ${String(cause)}`, cause });
}

import type { Instant } from '@sealane/consensus';
import type { Environment, LogFile, LogFiles, Timer } from '../../packages/observer/src/replication/index.ts';
import type { Chance } from './random.ts';
import { type SimulatedDisk, systemError } from './simulated-disk.ts';
import type { SimulatedFile } from './simulated-file.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

/** A machine's clock: it drifts, and its time of day can be set. */
export interface Clock {
  /** Of the monotonic clock; 1 is right. */
  rate: number;
  /** Of the time of day. */
  offsetMs: number;
}

/** What a process needs of the simulation. */
export interface ProcessWorld {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly disk: SimulatedDisk;
  readonly clock: Clock;
  /** Whether this process shall die at this very point. */
  doomed(): boolean;
  die(): void;
  /** A file was made shorter. */
  truncated(): void;
  writeMs(): number;
  syncMs(): number;
}

/** Shared by the threads of a process. */
export interface Life {
  alive: boolean;
  readonly startedAtMs: number;
}

/** One thread of a process: what it asks of its machine lasts as long as the process lives. */
export class SimulatedThread implements Owner, Environment {
  busyUntilMs = 0;
  spentMs = 0;
  readonly files: LogFiles;
  readonly #world: ProcessWorld;
  readonly #life: Life;

  constructor(world: ProcessWorld, life: Life) {
    this.#world = world;
    this.#life = life;
    this.files = this.#makeFiles();
  }

  get alive(): boolean {
    return this.#life.alive;
  }

  /** As performance.now() says it: from the start of the process. */
  get nowMs(): number {
    const { time, clock } = this.#world;
    return (time.nowMs - this.#life.startedAtMs + this.spentMs) * clock.rate;
  }

  now(): Instant {
    const { time, clock } = this.#world;
    const dayMs = time.nowMs + this.spentMs + clock.offsetMs;
    return { ms: this.nowMs, scn: BigInt(Math.floor(dayMs * 1000)) * 1000n };
  }

  setTimer(delayMs: number, run: () => void): Timer {
    const { time, clock } = this.#world;
    // Node's timers don't know fractions, and are never early.
    const wholeMs = Math.max(1, Math.trunc(delayMs));
    const happening = time.after(this.spentMs + wholeMs / clock.rate + 0.01, this, run);
    return {
      clear: () => {
        happening.cancelled = true;
      },
    };
  }

  defer(run: () => void): void {
    this.#world.time.after(this.spentMs, this, run);
  }

  /** Work that takes time: what comes meanwhile waits. */
  spend(ms: number): void {
    this.spentMs += ms;
  }

  /** An effect on the world outside: none if the process is dead. It may die right before or after it. */
  affects(act: () => void): void {
    if (!this.alive) return;
    const doomed = this.#world.doomed();
    if (!doomed || this.#world.chance.happens(0.5)) act();
    if (doomed) this.#world.die();
  }

  #later<Result>(delayMs: number, act: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!this.alive) return;
      this.#world.time.after(this.spentMs + delayMs, this, () => {
        try {
          this.affects(() => resolve(act()));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #makeFiles(): LogFiles {
    const { disk } = this.#world;
    const shortMs = () => this.#world.writeMs();
    return {
      makeDirectory: (path) => this.#later(shortMs(), () => disk.makeDirectory(path)),
      list: (directory) => this.#later(shortMs(), () => disk.list(directory)),
      open: (path, mode) => this.#later(shortMs(), () => this.#file(disk.open(path, mode), path)),
      remove: (path) => this.#later(shortMs(), () => disk.remove(path)),
      rename: (from, to) => this.#later(shortMs(), () => disk.rename(from, to)),
      syncDirectory: async (directory) => {
        const complete = disk.beginSyncDirectory(directory);
        await this.#later(this.#world.syncMs(), () => this.#synced(complete, directory));
      },
      freeBytes: (_directory) => this.#later(shortMs(), () => (disk.full ? 0 : 2 ** 40)),
    };
  }

  #file(file: SimulatedFile, path: string): LogFile {
    const write = (pieces: readonly Uint8Array[], position: number) =>
      this.#write(file, path, Buffer.concat(pieces), position);
    const sync = async () => {
      const complete = file.beginSync();
      await this.#later(this.#world.syncMs(), () => this.#synced(complete, path, () => file.failSync()));
    };
    return {
      size: () => this.#later(0, () => file.size),
      readSync: (into, position) => file.read(into, position),
      write,
      sync,
      writeSynced: async (pieces, position) => {
        await write(pieces, position);
        await sync();
      },
      truncate: (size) =>
        this.#later(this.#world.writeMs(), () => {
          if (size < file.size) this.#world.truncated();
          file.truncate(size);
        }),
      close: () => this.#later(0, () => undefined),
    };
  }

  #write(file: SimulatedFile, path: string, bytes: Uint8Array, position: number): Promise<void> {
    const { disk, chance } = this.#world;
    const write = { file, bytes, position };
    if (this.alive) disk.writing.add(write);
    return this.#later(this.#world.writeMs(), () => {
      disk.writing.delete(write);
      if (disk.full && position + bytes.length > file.size) {
        file.write(bytes.subarray(0, chance.below(bytes.length)), position);
        throw systemError('ENOSPC', path);
      }
      file.write(bytes, position);
    });
  }

  #synced(complete: () => void, path: string, fail?: () => void): void {
    const { disk } = this.#world;
    if (!disk.syncFails) {
      complete();
      return;
    }
    disk.syncFails = false;
    fail?.();
    throw systemError('EIO', path);
  }
}

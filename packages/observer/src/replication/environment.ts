import type { Instant } from '@sealane/consensus';

/**
 * Everything a log stream takes from the world: time, and a disk. The real one is `system-environment.ts`; a simulation
 * has virtual ones. Nothing else in this directory knows a clock, a timer or a file (tested).
 */
export interface Environment {
  /** A monotonic clock in milliseconds, and the time of day in nanoseconds. */
  now(): Instant;
  setTimer(delayMs: number, run: () => void): Timer;
  /** Later, but as soon as what waits already had its turn. */
  defer(run: () => void): void;
  readonly files: LogFiles;
}

export interface Timer {
  /** It won't run any more. */
  clear(): void;
}

/** The directory of a log stream. A failure is an error with the system's `code`: ENOENT, ENOSPC, EIO … */
export interface LogFiles {
  /** With the ones above it; no failure if it is there. */
  makeDirectory(path: string): Promise<void>;
  /** The names in it. */
  list(directory: string): Promise<string[]>;
  /** `create` empties a file that is there. */
  open(path: string, mode: 'create' | 'existing'): Promise<LogFile>;
  remove(path: string): Promise<void>;
  /** Takes the place of a file that is there, at once. */
  rename(from: string, to: string): Promise<void>;
  /** Makes the names in a directory durable: a new or renamed file is lost without this. */
  syncDirectory(directory: string): Promise<void>;
  /** Room left for this process on the directory's file system. */
  freeBytes?(directory: string): Promise<number>;
}

export interface LogFile {
  size(): Promise<number>;
  /** @returns bytes read; fewer than asked for at the end of the file */
  readSync(into: Uint8Array, position: number): number;
  /** All pieces, one after the other, or it throws: what is in the file then is unknown. */
  write(pieces: readonly Uint8Array[], position: number): Promise<void>;
  /** What was written or cut is on disk when the promise is fulfilled. */
  sync(): Promise<void>;
  /** Both in one. After a failure for want of room what is in the file is unknown, after any other one what is on disk. */
  writeSynced(pieces: readonly Uint8Array[], position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

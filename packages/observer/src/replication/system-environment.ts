import { constants, readSync, writev } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises';
import type { Instant } from '@sealane/consensus';
import type { Environment, LogFile, LogFiles } from './environment.ts';

const nodeFiles: LogFiles = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true });
  },
  list: (directory) => readdir(directory),
  open: async (path, mode) => new NodeFile(await open(path, openFlags[mode])),
  remove: unlink,
  rename,
  async syncDirectory(directory) {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  async freeBytes(directory) {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  },
};

const { O_CREAT, O_DSYNC, O_RDWR, O_TRUNC } = constants;
const openFlags = { existing: O_RDWR | O_DSYNC, create: O_RDWR | O_DSYNC | O_CREAT | O_TRUNC } as const;

class NodeFile implements LogFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  readSync(into: Uint8Array, position: number): number {
    let filled = 0;
    while (filled < into.length) {
      const count = readSync(this.#handle.fd, into, filled, into.length - filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  async write(pieces: readonly Uint8Array[], position: number): Promise<void> {
    const few = pieces.length <= 2 ? [...pieces] : [Buffer.concat(pieces)];
    const total = few.reduce((sum, piece) => sum + piece.length, 0);
    const bytesWritten = await writeAt(this.#handle.fd, few, position);
    if (bytesWritten === total) return;
    // A short write: the rest goes out in one piece, or the disk says why not.
    const rest = Buffer.concat(few).subarray(bytesWritten);
    for (let done = 0; done < rest.length; ) {
      const at = position + bytesWritten + done;
      done += (await this.#handle.write(rest, done, rest.length - done, at)).bytesWritten;
    }
  }

  /** Also the size of the file, which is needed to find the data. */
  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  /** The file is open with O_DSYNC: a write and fdatasync in one call, and so in one trip to another thread and back. */
  writeSynced(pieces: readonly Uint8Array[], position: number): Promise<void> {
    return this.write(pieces, position);
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** As FileHandle.writev, for less: it is on the way of every commit. */
function writeAt(fd: number, pieces: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, pieces, position, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

function systemInstant(): Instant {
  const ms = performance.now();
  return { ms, scn: BigInt(Math.round((performance.timeOrigin + ms) * 1000)) * 1000n };
}

/** The machine's clock, timers and files. */
export const systemEnvironment: Environment = {
  now: systemInstant,
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { clear: () => clearTimeout(timer) };
  },
  defer: (run) => void setImmediate(run),
  files: nodeFiles,
};

import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { isObError, ObError } from '@sealane/errors';
import type { Mesh } from '../transaction/mesh.ts';
import { mustHaveRoom } from './disk-room.ts';
import { openAnswer, pieceSizeMax, readAnswer, type SnapshotOffer, snapshotPcodes } from './snapshot-wire.ts';

export interface FetchOptions {
  readonly mesh: Pick<Mesh, 'call'>;
  readonly tenantId: number;
  /** Who has it. */
  readonly from: string;
  /** The copy must have at least this entry. */
  readonly lsn: number;
  /** Written anew. */
  readonly target: string;
  /** So that the log's own packets aren't starved. */
  readonly bytesPerSecondMax: number;
  readonly signal: AbortSignal;
  /** Told when there is a copy to fetch. */
  offered?(offer: SnapshotOffer): void;
  /** For so long without any progress it is tried again. */
  readonly patienceMs?: number;
  readonly retryMs?: number;
}

/**
 * Fetches a copy of a tenant's file, piece by piece, each with its checksum. A link that breaks costs the piece; a
 * source that has lost the copy, the whole.
 *
 * @returns what was offered; the file is on the disk, and its hash still to be checked
 * @throws ObError OB_TIMEOUT when the source was silent for too long; OB_IO_ERROR and others of this node's disk
 */
export async function fetchSnapshot(options: FetchOptions): Promise<SnapshotOffer> {
  const file = await open(options.target, 'w');
  try {
    const offer = await new Fetching(options, file).run();
    await file.sync();
    return offer;
  } finally {
    await file.close();
  }
}

class Fetching {
  readonly #options: FetchOptions;
  readonly #file: FileHandle;
  readonly #patienceMs: number;
  readonly #retryMs: number;
  #progressAtMs = performance.now();

  constructor(options: FetchOptions, file: FileHandle) {
    this.#options = options;
    this.#file = file;
    this.#patienceMs = options.patienceMs ?? 20_000;
    this.#retryMs = options.retryMs ?? 200;
  }

  async run(): Promise<SnapshotOffer> {
    for (;;) {
      const offer = await this.#open();
      await this.#file.truncate(0);
      await mustHaveRoom(dirname(this.#options.target), offer.sizeBytes);
      if (!(await this.#fetch(offer))) continue;
      // A courtesy: the copy would be removed anyway.
      await this.#call(snapshotPcodes.close, { id: offer.id }).catch(() => undefined);
      return offer;
    }
  }

  /** A few pieces at a time, so that what one waits for doesn't hold up the others. @returns false when the copy is gone */
  async #fetch(offer: SnapshotOffer): Promise<boolean> {
    const pace = new Pace(this.#options.bytesPerSecondMax);
    let next = 0;
    let gone = false;
    const lane = async (): Promise<void> => {
      while (next < offer.sizeBytes && !gone) {
        const offset = next;
        next += pieceSizeMax;
        const bytes = await this.#read(offer, offset);
        if (bytes === undefined) {
          gone = true;
          return;
        }
        await writeAll(this.#file, bytes, offset);
        await pace.after(bytes.length);
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: laneCount }, lane));
    const failed = lanes.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return !gone;
  }

  async #open(): Promise<SnapshotOffer> {
    for (;;) {
      const answer = await this.#tried(async () =>
        openAnswer(await this.#call(snapshotPcodes.open, { lsn: this.#options.lsn })),
      );
      if (answer?.state === 'ready') {
        this.#options.offered?.(answer);
        return answer;
      }
      // A copy in the making is a sign of life.
      if (answer !== undefined) this.#progressAtMs = performance.now();
      await delay(this.#retryMs, undefined, { signal: this.#options.signal });
    }
  }

  /** @returns undefined when the source has no such copy any more */
  async #read({ id, sizeBytes }: SnapshotOffer, offset: number): Promise<Uint8Array | undefined> {
    const size = Math.min(pieceSizeMax, sizeBytes - offset);
    for (;;) {
      const answer = await this.#tried(async () => {
        try {
          const { bytes, crc32: sum } = readAnswer(
            await this.#call(snapshotPcodes.read, { id, offset, size }),
          );
          if (bytes.length === size && crc32(bytes) === sum) return bytes;
          throw new ObError('OB_CHECKSUM_ERROR');
        } catch (error) {
          if (isObError(error, 'OB_ENTRY_NOT_EXIST')) return 'gone';
          throw error;
        }
      });
      if (answer === 'gone') return undefined;
      if (answer !== undefined) {
        this.#progressAtMs = performance.now();
        return answer;
      }
      await delay(this.#retryMs, undefined, { signal: this.#options.signal });
    }
  }

  /** @returns undefined when it is to be tried again */
  async #tried<Value>(attempt: () => Promise<Value>): Promise<Value | undefined> {
    this.#options.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() - this.#progressAtMs < this.#patienceMs) return undefined;
      const { from } = this.#options;
      throw new ObError('OB_TIMEOUT', [], {
        message: `no snapshot from ${from} for ${Math.round(this.#patienceMs / 1000)} s: ${String(error)}`,
        cause: error,
      });
    }
  }

  #call(pcode: number, body: unknown): Promise<unknown> {
    const { mesh, from, tenantId } = this.#options;
    return mesh.call(from, pcode, body, { timeoutMs: callTimeoutMs, tenantId });
  }
}

/** Sleeps as much as is needed for an average rate. */
class Pace {
  readonly #bytesPerSecond: number;
  readonly #startedAtMs = performance.now();
  #size = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  async after(size: number): Promise<void> {
    this.#size += size;
    const aheadMs = (this.#size / this.#bytesPerSecond) * 1000 - (performance.now() - this.#startedAtMs);
    if (aheadMs > 1) await delay(aheadMs);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, offset + written);
    written += bytesWritten;
  }
}

const callTimeoutMs = 5_000;
const laneCount = 8;

import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { ObError } from '@sealane/errors';
import { pcodes } from '@sealane/ob-rpc';
import { checkDatabaseFile } from '@sealane/storage';

/** A request to the server that the snapshot comes from. */
export type Ask = (pcode: number, body: unknown) => Promise<unknown>;

const PIECE_SIZE = 1024 * 1024;
const RETRY_AFTER_MS = 200;
/** For a large file to be copied by the server. */
const COPY_TIMEOUT_MS = 600_000;

/**
 * Fetches a copy of a tenant's file, as a server of the cluster that lacks more than the log holds would.
 *
 * @param target  written anew
 * @returns the LSN of the last entry that is in it
 * @throws ObError what the server says; OB_CHECKSUM_ERROR, OB_TIMEOUT
 */
export async function fetchSnapshot(ask: Ask, target: string): Promise<number> {
  const { id, lsn, sizeBytes, sha256 } = await offered(ask);
  const file = await open(target, 'w');
  try {
    for (let offset = 0; offset < sizeBytes; offset += PIECE_SIZE) {
      const size = Math.min(PIECE_SIZE, sizeBytes - offset);
      const bytes = await piece(ask, { id, offset, size });
      for (let at = 0; at < size; ) at += (await file.write(bytes, at, size - at, offset + at)).bytesWritten;
    }
  } finally {
    await file.close();
  }
  // A courtesy: the server would remove its copy anyway.
  await ask(pcodes.SNAPSHOT_CLOSE, { id }).catch(() => undefined);
  const found = await checkDatabaseFile(target);
  if (found.sha256 === sha256 && found.lsn === lsn) return lsn;
  throw new ObError('OB_CHECKSUM_ERROR', [], {
    message: 'the snapshot that was fetched is not the one that was offered',
  });
}

interface Offer {
  readonly id: string;
  readonly lsn: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

async function offered(ask: Ask): Promise<Offer> {
  const deadline = performance.now() + COPY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const answer = (await ask(pcodes.SNAPSHOT_OPEN, { lsn: 0 })) as Record<string, unknown>;
    if (answer['state'] === 'ready') return offerOf(answer);
    await delay(RETRY_AFTER_MS);
  }
  throw new ObError('OB_TIMEOUT', [], {
    message: 'the server has not made a copy of its file in ten minutes',
  });
}

function offerOf({ id, sizeBytes, sha256, position }: Record<string, unknown>): Offer {
  const lsn = Number((position as { lsn?: unknown } | undefined)?.lsn);
  if (
    typeof id === 'string' &&
    typeof sha256 === 'string' &&
    Number.isSafeInteger(sizeBytes) &&
    Number.isSafeInteger(lsn)
  )
    return { id, sha256, sizeBytes: Number(sizeBytes), lsn };
  throw new ObError('OB_RPC_PACKET_INVALID', [], {
    message: 'a server offered something that is no snapshot',
  });
}

async function piece(ask: Ask, request: { id: string; offset: number; size: number }): Promise<Uint8Array> {
  const { bytes, crc32: sum } = (await ask(pcodes.SNAPSHOT_READ, request)) as {
    bytes: unknown;
    crc32: unknown;
  };
  if (bytes instanceof Uint8Array && bytes.length === request.size && crc32(bytes) === Number(sum))
    return bytes;
  throw new ObError('OB_CHECKSUM_ERROR', [], {
    message: `a piece of the snapshot at ${request.offset} is damaged`,
  });
}

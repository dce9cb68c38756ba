import { join } from 'node:path';
import { crc32c, type HardState } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import { readWhole, replaceFile } from './durable-file.ts';
import type { LogFiles } from './environment.ts';

/** What a member of a log stream must never forget, beside its log. */
export interface Meta {
  readonly tenantId: number;
  readonly lsId: number;
  readonly self: string;
  readonly hardState: HardState;
  /** The log was on disk up to here when this was written: it can't end earlier. */
  readonly durableLsn: number;
}

/**
 * The file `meta` in the log stream's directory: one line of JSON, then its CRC-32C in hexadecimal. Replaced as a whole.
 *
 * @returns undefined if there is none
 * @throws ObError OB_CHECKSUM_ERROR if it is damaged: a vote might be forgotten
 */
export async function readMeta(files: LogFiles, directory: string): Promise<Meta | undefined> {
  const path = metaPath(directory);
  const bytes = await readWhole(files, path);
  if (bytes === undefined) return undefined;
  const [line = '', sum] = new TextDecoder().decode(bytes).split('\n');
  if (sum !== checksum(line)) {
    throw new ObError('OB_CHECKSUM_ERROR', [], {
      message: `${path} is damaged: what this node voted for can't be known; take the node's data from a healthy member`,
    });
  }
  const { tenantId, lsId, self, term, votedFor, joined, durableLsn } = JSON.parse(line) as MetaLine;
  return { tenantId, lsId, self, hardState: { term, votedFor: votedFor ?? undefined, joined }, durableLsn };
}

/** On disk when the promise is fulfilled. */
export async function writeMeta(files: LogFiles, directory: string, meta: Meta): Promise<void> {
  const { tenantId, lsId, self, hardState, durableLsn } = meta;
  const { term, votedFor = null, joined } = hardState;
  const line = JSON.stringify({
    tenantId,
    lsId,
    self,
    term,
    votedFor,
    joined,
    durableLsn,
  } satisfies MetaLine);
  const content = new TextEncoder().encode(`${line}\n${checksum(line)}\n`);
  await replaceFile(files, metaPath(directory), content);
}

interface MetaLine {
  tenantId: number;
  lsId: number;
  self: string;
  term: number;
  votedFor: string | null;
  joined: boolean;
  durableLsn: number;
}

function metaPath(directory: string): string {
  return join(directory, 'meta');
}

function checksum(line: string): string {
  return crc32c(new TextEncoder().encode(line)).toString(16).padStart(8, '0');
}

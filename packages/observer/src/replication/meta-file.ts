import { join } from 'node:path';
import { crc32c, type HardState, type MemberList } from '@sealane/consensus';
import { readWhole, replaceFile } from './durable-file.ts';
import type { LogFiles } from './environment.ts';
import { areNames, isCount, isDigits, isObject, parsedObject } from './json-shape.ts';
import type { LogBeginning } from './member-lists.ts';

/** What a member of a log stream must never forget, beside its log. */
export interface Meta {
  readonly tenantId: number;
  readonly lsId: number;
  readonly self: string;
  readonly hardState: HardState;
  /** The log was on disk up to here when this was written: it can't end earlier. */
  readonly durableLsn: number;
  /** Where the log begins; undefined for a file of an older version: with its first file. */
  readonly base: LogBeginning | undefined;
  /** A copy of the member lists that are in the log. */
  readonly memberLists: readonly MemberList[];
}

/**
 * The file `meta` in the log stream's directory, replaced as a whole: one line of JSON, one with its CRC-32C in
 * hexadecimal, an empty one, and both again, so that any damaged byte leaves one of them.
 *
 * @returns undefined if there is none; 'damaged' if neither copy is whole and of this form
 */
export async function readMeta(files: LogFiles, directory: string): Promise<Meta | 'damaged' | undefined> {
  const bytes = await readWhole(files, metaPath(directory)).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'EIO') return new Uint8Array(0);
    throw error;
  });
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes).split('\n');
  for (const [index, line] of text.entries()) {
    const written = line !== '' && text[index + 1] === checksum(line) ? parsedObject(line) : undefined;
    if (isMetaLine(written)) return fromLine(written);
  }
  return 'damaged';
}

/** On disk when the promise is fulfilled. */
export async function writeMeta(files: LogFiles, directory: string, meta: Meta): Promise<void> {
  const line = JSON.stringify(toLine(meta));
  const copy = `${line}\n${checksum(line)}\n`;
  await replaceFile(files, metaPath(directory), new TextEncoder().encode(`${copy}\n${copy}`));
}

interface MetaLine {
  tenantId: number;
  lsId: number;
  self: string;
  term: number;
  votedFor: string | null;
  joined: boolean;
  durableLsn: number;
  base?: BeginningLine | undefined;
  memberLists?: readonly MemberList[];
}

interface BeginningLine {
  lsn: number;
  term: number;
  scn: string;
  members?: readonly string[] | undefined;
}

function isMetaLine(line: object | undefined): line is MetaLine {
  const { tenantId, lsId, self, term, votedFor, joined, durableLsn, base, memberLists } = (line ??
    {}) as Partial<MetaLine>;
  return (
    isCount(tenantId) &&
    isCount(lsId) &&
    typeof self === 'string' &&
    isCount(term) &&
    (votedFor === null || typeof votedFor === 'string') &&
    typeof joined === 'boolean' &&
    isCount(durableLsn) &&
    (base === undefined || isBeginning(base)) &&
    (memberLists === undefined || areMemberLists(memberLists))
  );
}

function isBeginning(base: unknown): boolean {
  if (!isObject(base)) return false;
  const { lsn, term, scn, members } = base;
  return isCount(lsn) && isCount(term) && isDigits(scn) && (members === undefined || areNames(members));
}

function areMemberLists(lists: unknown): boolean {
  return (
    Array.isArray(lists) &&
    lists.every((list) => isObject(list) && isCount(list['lsn']) && areNames(list['members']))
  );
}

function toLine(meta: Meta): MetaLine {
  const { hardState, base, ...rest } = meta;
  const { term, votedFor = null, joined } = hardState;
  return { ...rest, term, votedFor, joined, base: beginningToLine(base) };
}

function fromLine(line: MetaLine): Meta {
  const { tenantId, lsId, self, term, votedFor, joined, durableLsn, memberLists = [] } = line;
  return {
    tenantId,
    lsId,
    self,
    hardState: { term, votedFor: votedFor ?? undefined, joined },
    durableLsn,
    base: beginningFromLine(line.base),
    memberLists,
  };
}

function beginningToLine(beginning: LogBeginning | undefined): BeginningLine | undefined {
  return beginning === undefined ? undefined : { ...beginning, scn: String(beginning.scn) };
}

function beginningFromLine(line: BeginningLine | undefined): LogBeginning | undefined {
  return line === undefined ? undefined : { ...line, scn: BigInt(line.scn), members: line.members };
}

function metaPath(directory: string): string {
  return join(directory, 'meta');
}

function checksum(line: string): string {
  return crc32c(new TextEncoder().encode(line)).toString(16).padStart(8, '0');
}

import { decodeMembers, type EntryKind, type LogBase, type MemberList } from '@sealane/consensus';

/** Where a log begins: the entry before its first one, and the members then; none: as the node was configured. */
export interface LogBeginning extends LogBase {
  readonly members: readonly string[] | undefined;
}

export const blankBeginning: LogBeginning = { lsn: 0, term: 0, scn: 0n, members: undefined };

/** @returns undefined for an entry of another kind */
export function memberListOf(entry: {
  lsn: number;
  kind: EntryKind;
  payload: Uint8Array;
}): MemberList | undefined {
  return entry.kind === 'members' ? { lsn: entry.lsn, members: decodeMembers(entry.payload) } : undefined;
}

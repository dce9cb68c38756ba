import type { LogPosition } from '../replication/index.ts';

export type { LogPosition };

/** As it stands in packets and files. */
export interface PlainLogPosition {
  readonly lsn: number;
  readonly term: number;
  readonly scn: string;
  readonly members: readonly string[];
}

export function plainPosition({ lsn, term, scn, members }: LogPosition): PlainLogPosition {
  return { lsn, term, scn: scn.toString(), members };
}

/** @returns undefined for anything else */
export function parsePosition(value: unknown): LogPosition | undefined {
  const { lsn, term, scn, members } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!isCount(lsn) || !isCount(term) || typeof scn !== 'string' || !/^\d{1,20}$/.test(scn)) return undefined;
  if (!Array.isArray(members) || !members.every((member) => typeof member === 'string')) return undefined;
  return { lsn, term, scn: BigInt(scn), members };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

import type { MemberList } from '@sealane/consensus';
import type { FoundSegment } from './found-segment.ts';
import type { LogBeginning } from './member-lists.ts';

/** What is known of a log beside its own files. */
export interface LogMemory {
  /** None if that was forgotten: then the first file is the beginning. */
  readonly base: LogBeginning | undefined;
  /** The log had reached this entry. */
  readonly durableLsn: number;
  /** What the state machine has applied. */
  readonly appliedLsn: number;
  /** Copies of the member lists in the log, in case it can't be read any more. */
  readonly memberLists: readonly MemberList[];
}

export interface Damage {
  readonly path: string;
  /** The first entry that is gone. */
  readonly lsn: number;
  readonly offset: number;
  readonly why: string;
}

/** The later part of a segment whose beginning is damaged, to become a segment of its own. */
export interface Rescue {
  readonly from: FoundSegment;
  /** As it will be, but for offsets, which count in the old file. */
  readonly part: FoundSegment;
  readonly startOffset: number;
  /** Of the entry before it. */
  readonly scn: bigint;
}

export interface RecoveryPlan {
  readonly base: LogBeginning;
  readonly keep: readonly FoundSegment[];
  readonly drop: readonly FoundSegment[];
  readonly rescue: Rescue | undefined;
  /** An incomplete tail, to be cut off. */
  readonly torn: Damage | undefined;
  readonly damages: readonly Damage[];
  /** Entries that had been on disk are gone, and may be missed: this member must not vote until it has joined again. */
  readonly forgetful: boolean;
  readonly lastLsn: number;
}

/**
 * What to do with the files that were found.
 *
 * Damage in what the state machine has applied costs nothing but that other members can't read it here: the log then
 * begins behind it. Anything else is cut off from there on, and comes from the others again.
 *
 * @param rescueOf looks for a good part behind the damage in a segment, up to which everything is applied
 */
export function planRecovery(
  found: readonly FoundSegment[],
  memory: LogMemory,
  rescueOf: (segment: FoundSegment) => Rescue | undefined,
): RecoveryPlan {
  const draft = new Draft(memory, found);
  for (const [position, segment] of found.entries()) {
    if (!draft.follows(segment)) {
      draft.report(segment, draft.nextLsn, 0, 'a file before it is missing');
      if (!draft.canBeginWith(segment)) return draft.cut();
      draft.beginWith(segment);
    }
    draft.keep.push(segment);
    const { flaw, index } = segment;
    if (flaw === undefined) continue;
    const place = [segment, index.lastLsn + 1, index.endOffset, flaw.why] as const;
    if (flaw.torn) {
      draft.torn = damageOf(...place);
      continue;
    }
    draft.report(...place);
    const next = found[position + 1];
    if (next !== undefined && draft.canBeginWith(next)) {
      draft.beginWith(next);
      continue;
    }
    const rescue = rescueOf(segment);
    // A part without entries would take the place of the file that follows: it has the same name.
    if (rescue === undefined || (next !== undefined && isEmpty(rescue.part))) return draft.cut();
    draft.beginWithPart(rescue);
  }
  return draft.finish();
}

function isEmpty({ index }: FoundSegment): boolean {
  return index.lastLsn < index.firstLsn;
}

class Draft {
  base: LogBeginning;
  keep: FoundSegment[] = [];
  torn: Damage | undefined;
  #rescue: Rescue | undefined;
  #forgetful = false;
  readonly #damages: Damage[] = [];
  readonly #memory: LogMemory;
  readonly #found: readonly FoundSegment[];

  constructor(memory: LogMemory, found: readonly FoundSegment[]) {
    this.#memory = memory;
    this.#found = found;
    const first = found[0]?.header;
    this.base = memory.base ?? {
      lsn: (first?.firstLsn ?? 1) - 1,
      term: first?.previousTerm ?? 0,
      scn: 0n,
      members: undefined,
    };
  }

  get lastLsn(): number {
    return this.keep.at(-1)?.index.lastLsn ?? this.base.lsn;
  }

  get nextLsn(): number {
    return this.lastLsn + 1;
  }

  follows({ header }: FoundSegment): boolean {
    return this.keep.length === 0 ? header.firstLsn <= this.nextLsn : header.firstLsn === this.nextLsn;
  }

  canBeginWith({ header, headerRebuilt }: FoundSegment): boolean {
    return header.firstLsn - 1 <= this.#memory.appliedLsn && !headerRebuilt;
  }

  beginWith({ header }: FoundSegment): void {
    const before = this.#found.find(({ index }) => index.lastLsn + 1 === header.firstLsn);
    this.keep = [];
    this.#rescue = undefined;
    this.#begin({ lsn: header.firstLsn - 1, term: header.previousTerm, scn: before?.index.lastScn ?? 0n });
  }

  beginWithPart(rescue: Rescue): void {
    this.beginWith(rescue.part);
    this.#begin({ ...this.base, scn: rescue.scn });
    this.#rescue = rescue;
    this.keep.push(rescue.part);
    const { flaw, index, path } = rescue.part;
    if (flaw !== undefined) {
      this.torn = { path, lsn: index.lastLsn + 1, offset: index.endOffset, why: flaw.why };
    }
  }

  report(...place: Parameters<typeof damageOf>): void {
    this.#damages.push(damageOf(...place));
  }

  /** Nothing behind what is kept so far is of use. */
  cut(): RecoveryPlan {
    this.#forgetful = true;
    return this.finish();
  }

  finish(): RecoveryPlan {
    const { appliedLsn, durableLsn } = this.#memory;
    const unreachable = appliedLsn < this.base.lsn;
    if (unreachable) this.#beginBehindApplied();
    const kept = new Set<FoundSegment>(this.keep);
    return {
      base: this.base,
      keep: this.keep,
      drop: this.#found.filter((segment) => !kept.has(segment)),
      rescue: this.#rescue,
      torn: this.torn,
      damages: this.#damages,
      forgetful: this.#forgetful || unreachable || this.lastLsn < Math.max(durableLsn, appliedLsn),
      lastLsn: this.lastLsn,
    };
  }

  /** The state machine is older than the log's beginning: what it lacks must come from the others. */
  #beginBehindApplied(): void {
    this.keep = [];
    this.#rescue = undefined;
    this.torn = undefined;
    this.#begin({ lsn: this.#memory.appliedLsn, term: 0, scn: 0n });
  }

  #begin(base: Omit<LogBeginning, 'members'>): void {
    this.base = { ...base, members: this.#membersAt(base.lsn) };
  }

  #membersAt(lsn: number): readonly string[] | undefined {
    const lists = [...this.#memory.memberLists, ...this.#found.flatMap(({ index }) => index.memberLists)];
    let newest: MemberList | undefined;
    for (const list of lists) {
      if (list.lsn <= lsn && list.lsn >= (newest?.lsn ?? 0)) newest = list;
    }
    return newest?.members ?? this.#memory.base?.members;
  }
}

function damageOf(segment: { path: string }, lsn: number, offset: number, why: string): Damage {
  return { path: segment.path, lsn, offset, why };
}

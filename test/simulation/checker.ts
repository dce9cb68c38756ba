import type { PushMessage } from '@sealane/consensus';
import { decodeLogRecord } from '@sealane/storage';
import type { AppliedEntry } from '../../packages/observer/src/replication/index.ts';
import type { Counts } from './counts.ts';
import { ListState } from './list-state.ts';
import { type Append, appendsOf, type DatabaseImage } from './simulated-database.ts';
import type { Weather } from './weather.ts';

/** What is promised; a failure names one of these. */
export type Invariant =
  | 'election safety'
  | 'log matching'
  | 'leader completeness'
  | 'state machine equality'
  | 'no acknowledged write lost'
  | 'no dirty read'
  | 'linearizable reads'
  | 'monotonic weak reads'
  | 'refused is never done'
  | 'nothing applied twice'
  | 'unknown only where it is unknown'
  | 'no election without a cause'
  | 'one lease at a time'
  | 'no failure without a cause'
  | 'liveness';

export class Violation extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

interface CommittedEntry {
  readonly term: number;
  /** The newest term that anybody led when it was first applied: only leaders of later terms are sure to have it. */
  readonly knownInTerm: number;
  readonly kind: string;
  readonly payload: Uint8Array;
  /** Of the state after it. */
  readonly digest: number;
}

/** Sees everything that happens on all nodes, and knows what should be. */
export class Checker {
  /** The first promise that was found broken. Kept, since the code under test may catch what is thrown at it. */
  violation: Violation | undefined;
  /** What was committed, in order, as the first node told it that applied it. Index = LSN - 1. */
  readonly committed: CommittedEntry[] = [];
  /** The newest LSN whose write was answered with OK, or whose effect a strong read has shown. */
  seenLsn = 0;
  #newestTerm = 0;
  readonly #counts: Counts;
  readonly #weather: Weather;
  readonly #state = new ListState();
  readonly #listOf = new Map<number, { lsn: number; id: number }[]>();
  readonly #lsnOf = new Map<number, number>();
  readonly #leaders = new Map<number, string>();
  readonly #votes = new Map<string, Map<number, string>>();
  readonly #refused = new Set<number>();
  readonly #unknown = new Set<number>();
  /** `lsn:term` → what stands there and before it. */
  readonly #entries = new Map<string, { previousTerm: number; bytes: Uint8Array }>();

  constructor(counts: Counts, weather: Weather) {
    this.#counts = counts;
    this.#weather = weather;
  }

  fail(invariant: Invariant, message: string): void {
    this.violation ??= new Violation(invariant, message);
  }

  /** Election safety: one leader a term. */
  leads(server: string, term: number): void {
    const other = this.#leaders.get(term);
    if (other === server) return;
    if (other !== undefined) this.fail('election safety', `term ${term} is led by ${other} and by ${server}`);
    this.#leaders.set(term, server);
    this.#newestTerm = Math.max(this.#newestTerm, term);
    this.#counts.add('elections');
    const { gentle, faults } = this.#weather;
    if (gentle && !faults.has('transfer') && !faults.has('roll') && this.#leaders.size > 1) {
      this.fail(
        'no election without a cause',
        `${server} leads term ${term}, and nothing was wrong with the leader before`,
      );
    }
  }

  /** One vote a term, for itself too. */
  votes(server: string, term: number, candidate: string): void {
    const votes = this.#votes.get(server) ?? new Map<number, string>();
    this.#votes.set(server, votes);
    const other = votes.get(term);
    if (other !== undefined && other !== candidate) {
      this.fail(
        'election safety',
        `${server} votes for ${candidate} in term ${term}, after it did for ${other}`,
      );
    }
    votes.set(term, candidate);
  }

  /** Its disk is another one: what it voted for is gone with its membership. */
  forgets(server: string): void {
    this.#votes.delete(server);
  }

  /** Log matching: an entry of the same LSN and term is the same everywhere, and so is the one before it. */
  pushed(server: string, push: PushMessage): void {
    this.leads(server, push.term);
    let previousTerm = push.previousTerm;
    for (const { lsn, term, bytes } of push.entries) {
      const key = `${lsn}:${term}`;
      const known = this.#entries.get(key);
      if (known === undefined) this.#entries.set(key, { previousTerm, bytes });
      else if (known.previousTerm !== previousTerm || !sameBytes(known.bytes, bytes)) {
        this.fail('log matching', `${server} pushes another entry ${lsn} of term ${term} than there was`);
      }
      this.#checkComplete(server, push.term, { lsn, term });
      previousTerm = term;
    }
  }

  /** A log stream hands a committed entry to the state machine. */
  delivered(server: string, entry: AppliedEntry): void {
    const { lsn, term, kind, payload } = entry;
    const known = this.committed[lsn - 1];
    if (known === undefined) {
      if (lsn !== this.committed.length + 1) {
        this.fail('state machine equality', `${server} applies ${lsn} after ${this.committed.length}`);
      }
      this.#commit(entry);
    } else if (known.term !== term || known.kind !== kind || !sameBytes(known.payload, payload)) {
      this.fail(
        'state machine equality',
        `${server} applies an entry ${lsn} of term ${term}, others one of term ${known.term}`,
      );
    }
  }

  /** What is in a database is what was committed up to its LSN. */
  holds(server: string, image: DatabaseImage): void {
    const expected = image.lsn === 0 ? 0 : this.committed[image.lsn - 1]?.digest;
    if (expected === image.lists.digest) return;
    this.fail(
      'state machine equality',
      `${server} at entry ${image.lsn} isn't what the log says up to there`,
    );
  }

  acknowledged(server: string, ids: readonly number[]): number {
    let lsn = 0;
    for (const id of ids) {
      const found = this.#lsnOf.get(id);
      if (found === undefined) {
        this.fail('no acknowledged write lost', `${server} acknowledges ${id}, which isn't committed`);
      }
      lsn = Math.max(lsn, found ?? 0);
    }
    this.seenLsn = Math.max(this.seenLsn, lsn);
    this.#counts.add('acknowledged writes');
    return lsn;
  }

  /** The client was told that nothing was done: so it must stay. */
  refused(server: string, ids: readonly number[], why: string): void {
    for (const id of ids) {
      const lsn = this.#lsnOf.get(id);
      if (lsn !== undefined)
        this.fail('refused is never done', `${server} refuses ${id} (${why}), which is entry ${lsn}`);
      this.#refused.add(id);
    }
    this.#counts.add('refused writes');
  }

  /** The client was told that nobody knows. */
  unknown(server: string, ids: readonly number[]): void {
    if (this.#weather.gentle) {
      this.fail(
        'unknown only where it is unknown',
        `${server} doesn't know what became of ${ids.join(', ')}`,
      );
    }
    this.lost(ids);
  }

  /** Its connection broke. */
  lost(ids: readonly number[]): void {
    for (const id of ids) this.#unknown.add(id);
    this.#counts.add('unknown results');
  }

  /** @param found how many ids the list had at entry `lsn`, and the last of them */
  read(
    server: string,
    found: {
      key: number;
      lsn: number;
      count: number;
      lastId: number;
      kind: 'strong' | 'weak';
      atLeastLsn: number;
    },
  ): void {
    const { key, lsn, kind } = found;
    if (lsn < found.atLeastLsn) {
      this.fail(
        kind === 'strong' ? 'linearizable reads' : 'monotonic weak reads',
        `${server} reads at entry ${lsn}; before that began, entry ${found.atLeastLsn} had been seen`,
      );
    }
    const list = this.#listOf.get(key) ?? [];
    const count = countUpTo(list, lsn);
    const lastId = list[count - 1]?.id ?? 0;
    if (count !== found.count || lastId !== found.lastId) {
      this.fail(
        'no dirty read',
        `${server} shows ${found.count} ids in list ${key}, the last ${found.lastId}; committed at ${lsn} are ${count}, the last ${lastId}`,
      );
    }
    if (kind === 'strong') this.seenLsn = Math.max(this.seenLsn, lsn);
    this.#counts.add(kind === 'strong' ? 'strong reads' : 'weak reads');
  }

  /** An answer that tells of what others wrote: that must be committed by then. */
  witnessed(server: string, seen: { key: number; lastId: number }): void {
    if (seen.lastId !== 0 && !this.#lsnOf.has(seen.lastId)) {
      this.fail(
        'no dirty read',
        `${server} tells of ${seen.lastId} in list ${seen.key}, which isn't committed`,
      );
    }
    this.#counts.add('answers that told of others');
  }

  /** Those who say that they may serve strong reads, now. */
  serve(servers: readonly string[]): void {
    if (servers.length > 1)
      this.fail('one lease at a time', `${servers.join(' and ')} serve at the same time`);
  }

  end(): void {
    for (const id of this.#unknown) {
      this.#counts.add(
        this.#lsnOf.has(id) ? 'writes that came to be though unknown' : 'writes that never came to be',
      );
    }
  }

  /** Leader completeness: whoever leads has everything that leaders of earlier terms had committed. */
  #checkComplete(server: string, leaderTerm: number, entry: { lsn: number; term: number }): void {
    const committed = this.committed[entry.lsn - 1];
    if (committed === undefined || committed.term === entry.term || committed.knownInTerm >= leaderTerm)
      return;
    this.fail(
      'leader completeness',
      `${server}, leader of term ${leaderTerm}, has an entry ${entry.lsn} of term ${entry.term}; committed is one of term ${committed.term}`,
    );
  }

  #commit({ lsn, term, kind, payload }: AppliedEntry): void {
    for (const append of appendsOf(decodeLogRecord(payload))) this.#append(append, lsn);
    this.committed.push({
      term,
      knownInTerm: this.#newestTerm,
      kind,
      payload,
      digest: this.#state.digest,
    });
  }

  #append({ key, id, index }: Append, lsn: number): void {
    const list = this.#listOf.get(key) ?? [];
    this.#listOf.set(key, list);
    if (this.#lsnOf.has(id))
      this.fail('nothing applied twice', `entry ${lsn} has ${id}, which entry ${this.#lsnOf.get(id)} had`);
    if (this.#refused.has(id))
      this.fail('refused is never done', `entry ${lsn} has ${id}, which was refused`);
    if (index !== list.length) {
      this.fail(
        'state machine equality',
        `entry ${lsn} puts ${id} at ${index} of list ${key}, which has ${list.length}`,
      );
    }
    this.#lsnOf.set(id, lsn);
    list.push({ lsn, id });
    this.#state.append(key, id);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** How many of a list came with entries up to `lsn`. */
function countUpTo(list: readonly { lsn: number }[], lsn: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.lsn ?? 0) <= lsn) low = middle + 1;
    else high = middle;
  }
  return low;
}

import { burden, lateSlot } from './fitness.ts';
import type { Instant } from './input.ts';
import type { Joining } from './joining.ts';
import type { LogReader } from './log.ts';
import { ReplicaLog } from './log.ts';
import type { HardState, OutputDraft } from './output.ts';
import { type Random, seededRandom } from './random.ts';
import type { FollowerState, RoleState } from './role.ts';
import { checkTimings, type Timings } from './timings.ts';

export interface ReplicaOptions {
  /** This member's name, as in `members`. */
  readonly self: string;
  /** The members at `reader.base`, the most preferred leader first. */
  readonly members: readonly string[];
  readonly timings: Timings;
  /** Entries of one push, in bytes; a single larger entry is sent alone. */
  readonly pushSizeMax?: number;
  /** Pushes with entries that may wait for their acknowledgement, per follower. */
  readonly pushesInFlightMax?: number;
  /** Spreads the election timeouts. */
  readonly seed: number;
  /** Not 0, and another one at each start of the process. */
  readonly incarnation: number;
  /** What was on disk at the start. */
  readonly hardState: HardState;
  /** Entries up to here are known to be committed and are applied already. */
  readonly appliedLsn: number;
  readonly reader: LogReader;
  /** When the process started. */
  readonly startedAt: Instant;
}

/** Everything a replica knows; only the functions of this package change it, within a step. */
export interface ReplicaState {
  readonly self: string;
  /** In force: the last list in the log. */
  members: readonly string[];
  others: readonly string[];
  /** Place in `members`, -1 for one who is none of them. */
  rank: number;
  readonly timings: Timings;
  readonly pushSizeMax: number;
  readonly pushesInFlightMax: number;
  readonly random: Random;
  readonly incarnation: number;
  readonly log: ReplicaLog;
  term: number;
  votedFor: string | undefined;
  /** Until this disk holds again all that this member ever promised. */
  joining: Joining | undefined;
  committedLsn: number;
  /** What the leader said is committed, in sight or not. */
  leaderCommittedLsn: number;
  role: RoleState;
  stopping: boolean;
  diskFull: boolean;
  lagging: boolean;
  /** A snapshot is on its way: the log on disk is about to be dropped. */
  installing: boolean;
  /** The leader heard last, to whom other candidates are refused for electionTimeoutMinMs. */
  promise: LeaderPromise | undefined;
  /** A lease given before the restart may be forgotten: until then votes need everybody's word. */
  silentUntilMs: number;
  /** No leader was heard since the start: the first member asks often. */
  starting: boolean;
  /** Number of the newest question for leadership. */
  round: number;
  /** The other members' incarnations as they told them. */
  readonly incarnations: Map<string, number>;
}

export interface LeaderPromise {
  readonly leader: string;
  readonly term: number;
  readonly heardAtMs: number;
}

export function initialState(options: ReplicaOptions): ReplicaState {
  const { self, members, timings, hardState, startedAt } = options;
  const log = new ReplicaLog(options.reader, members);
  // A log that was cut at a damaged entry may end before what was applied.
  const committedLsn = Math.min(options.appliedLsn, log.lastLsn);
  const term = Math.max(hardState.term, log.lastTerm);
  const role: FollowerState = { name: 'follower', leader: undefined, campaignAtMs: startedAt.ms };
  const state: ReplicaState = {
    self,
    members: [],
    others: [],
    rank: -1,
    timings: checkTimings(timings),
    pushSizeMax: options.pushSizeMax ?? 512 * 1024,
    pushesInFlightMax: options.pushesInFlightMax ?? 32,
    random: seededRandom(options.seed),
    incarnation: options.incarnation,
    log,
    term,
    votedFor: term === hardState.term ? hardState.votedFor : undefined,
    joining: hardState.joined ? undefined : { askAtMs: startedAt.ms, answers: new Map(), target: undefined },
    committedLsn,
    leaderCommittedLsn: committedLsn,
    role,
    stopping: false,
    diskFull: false,
    lagging: false,
    installing: false,
    promise: undefined,
    // Who never was in a term never gave a lease.
    silentUntilMs:
      term === 0 && hardState.joined ? Number.NEGATIVE_INFINITY : startedAt.ms + timings.electionTimeoutMinMs,
    starting: true,
    // An answer to an earlier process is none to this one.
    round: options.incarnation,
    incarnations: new Map(),
  };
  followMembers(state);
  if (state.rank !== 0) role.campaignAtMs += campaignDelayMs(state);
  return state;
}

/** To be called whenever a list of members came into the log, or left it. */
export function followMembers(state: ReplicaState): void {
  const { members } = state.log;
  if (members === state.members) return;
  state.members = members;
  state.others = members.filter((member) => member !== state.self);
  state.rank = members.indexOf(state.self);
}

/** May it lead? Not without all that it ever promised, nor if it is no member, nor if its log is about to go. */
export function mayLead(state: ReplicaState): boolean {
  return state.joining === undefined && state.rank >= 0 && !state.installing;
}

/** What speaks against this member as leader: see `burden`. */
export function ownBurden(state: ReplicaState): number {
  return burden({ stopping: state.stopping, full: state.diskFull, lagging: state.lagging });
}

/**
 * How long to wait for a leader: the range between the two election timeouts is cut into one slot a member, the most
 * preferred first, and drawn at random within the slot. A node that shouldn't lead comes after everybody.
 */
export function campaignDelayMs(state: ReplicaState): number {
  const { electionTimeoutMinMs, electionTimeoutMaxMs } = state.timings;
  const count = state.members.length;
  const slotMs = (electionTimeoutMaxMs - electionTimeoutMinMs) / count;
  const own = ownBurden(state);
  const slot = own > 0 ? count + lateSlot(own) : Math.max(0, state.rank);
  return electionTimeoutMinMs + slotMs * (slot + state.random());
}

/** When to ask again without a leader: the first member asks often until it has heard one since its start. */
export function probeDelayMs(state: ReplicaState): number {
  const eager = state.starting && state.rank === 0 && ownBurden(state) === 0;
  return eager ? state.timings.probeIntervalMs : campaignDelayMs(state);
}

/** Takes over a newer term, or a leader of this one. What a leader or candidate knew is forgotten. */
export function becomeFollower(
  state: ReplicaState,
  found: { term: number; leader: string | undefined },
  at: Instant,
  draft: OutputDraft,
): void {
  if (found.term > state.term) setHardState(state, { term: found.term, votedFor: undefined }, draft);
  state.role = { name: 'follower', leader: found.leader, campaignAtMs: at.ms + probeDelayMs(state) };
}

export function setHardState(
  state: ReplicaState,
  hardState: Pick<HardState, 'term' | 'votedFor'>,
  draft: OutputDraft,
): void {
  state.term = hardState.term;
  state.votedFor = hardState.votedFor;
  draft.hardStateChanged = true;
}

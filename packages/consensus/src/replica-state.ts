import type { Instant } from './input.ts';
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
  readonly members: readonly string[];
  readonly others: readonly string[];
  readonly rank: number;
  readonly timings: Timings;
  readonly pushSizeMax: number;
  readonly pushesInFlightMax: number;
  readonly random: Random;
  readonly incarnation: number;
  readonly log: ReplicaLog;
  term: number;
  votedFor: string | undefined;
  joined: boolean;
  committedLsn: number;
  /** What the leader said is committed, in sight or not. */
  leaderCommittedLsn: number;
  role: RoleState;
  stopping: boolean;
  diskFull: boolean;
  lagging: boolean;
  /** The leader heard last, to whom other candidates are refused for electionTimeoutMinMs. */
  promise: LeaderPromise | undefined;
  /** A lease given before the restart may be forgotten: until then votes need everybody's word. */
  readonly silentUntilMs: number;
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
  const log = new ReplicaLog(options.reader);
  const term = Math.max(hardState.term, log.lastTerm);
  const role: FollowerState = { name: 'follower', leader: undefined, campaignAtMs: startedAt.ms };
  const state: ReplicaState = {
    self,
    members,
    others: members.filter((member) => member !== self),
    rank: members.indexOf(self),
    timings: checkTimings(timings),
    pushSizeMax: options.pushSizeMax ?? 512 * 1024,
    pushesInFlightMax: options.pushesInFlightMax ?? 32,
    random: seededRandom(options.seed),
    incarnation: options.incarnation,
    log,
    term,
    votedFor: term === hardState.term ? hardState.votedFor : undefined,
    joined: hardState.joined,
    committedLsn: options.appliedLsn,
    leaderCommittedLsn: options.appliedLsn,
    role,
    stopping: false,
    diskFull: false,
    lagging: false,
    promise: undefined,
    // Who never was in a term never gave a lease.
    silentUntilMs: term === 0 ? Number.NEGATIVE_INFINITY : startedAt.ms + timings.electionTimeoutMinMs,
    starting: true,
    round: 0,
    incarnations: new Map(),
  };
  if (state.rank > 0) role.campaignAtMs += campaignDelayMs(state);
  return state;
}

/**
 * How long to wait for a leader: the range between the two election timeouts is cut into one slot a member, the most
 * preferred first, and drawn at random within the slot. A stopping node comes after everybody.
 */
export function campaignDelayMs(state: ReplicaState): number {
  const { electionTimeoutMinMs, electionTimeoutMaxMs } = state.timings;
  const slotMs = (electionTimeoutMaxMs - electionTimeoutMinMs) / state.members.length;
  const slot = state.stopping ? state.members.length : state.rank;
  return electionTimeoutMinMs + slotMs * (slot + state.random());
}

/** When to ask again without a leader: the first member asks often until it has heard one since its start. */
export function probeDelayMs(state: ReplicaState): number {
  const eager = state.starting && state.rank === 0 && !state.stopping;
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

import type { Instant } from './input.ts';
import type { JoinAnswerMessage, JoinRequestMessage } from './message.ts';
import type { OutputDraft } from './output.ts';
import { majority } from './quorum.ts';
import { becomeFollower, type ReplicaState, setHardState } from './replica-state.ts';

/**
 * A member whose disk doesn't hold what it once promised: it counts for nothing until it has everything again. Why that is
 * safe is in DESIGN.md.
 */
export interface Joining {
  /** Ask everybody (again) at this time. */
  askAtMs: number;
  /** The newest answer of each member to this process. */
  readonly answers: Map<string, JoinAnswerMessage>;
  /** What the leader of the newest term had when it answered first. */
  target: { readonly leader: string; readonly term: number; readonly lsn: number } | undefined;
}

/** Asks everybody what is missing. */
export function askToJoin(state: ReplicaState, joining: Joining, at: Instant, draft: OutputDraft): void {
  joining.askAtMs = at.ms + state.timings.probeIntervalMs;
  for (const to of everybodyElse(state)) ask(state, to, draft);
}

/** Everybody answers, joined or not, and strangers too: a new server is none of the members yet. */
export function onJoinRequest(
  state: ReplicaState,
  from: string,
  message: JoinRequestMessage,
  draft: OutputDraft,
): void {
  const { role, joining, log, term, committedLsn } = state;
  const leader =
    role.name === 'leader' &&
    committedLsn >= role.termStartLsn &&
    role.progress.get(from)?.incarnation === message.incarnation;
  draft.announce.push({
    to: from,
    message: {
      kind: 'join-answer',
      term,
      incarnation: message.incarnation,
      joined: joining === undefined,
      lastLsn: log.lastLsn,
      committedLsn,
      leader,
    },
  });
  // It has just come up: no need to wait until it is asked the next time.
  if (joining?.answers.has(from) === false) ask(state, from, draft);
}

export function onJoinAnswer(state: ReplicaState, from: string, message: JoinAnswerMessage): void {
  const { joining } = state;
  if (joining === undefined || message.incarnation !== state.incarnation) return;
  if ((joining.answers.get(from)?.term ?? 0) > message.term) return;
  joining.answers.set(from, message);
  if (message.leader && message.term > (joining.target?.term ?? 0)) {
    joining.target = { leader: from, term: message.term, lsn: message.lastLsn };
  }
}

/** Looks, after every step, whether this member has all that it may ever have promised. */
export function joinIfComplete(state: ReplicaState, at: Instant, draft: OutputDraft): void {
  const { joining } = state;
  if (joining === undefined) return;
  const others = everybodyElse(state);
  const answers = others
    .map((server) => joining.answers.get(server))
    .filter((answer) => answer !== undefined);
  // A server that was no member yet has promised nothing that could be missing: it needn't hear everybody.
  if (answers.length < others.length && isMember(state)) return;
  const term = Math.max(state.term, ...answers.map((answer) => answer.term));
  if (isNewCluster(state, answers)) {
    // Who leads has a log: no lease can have been forgotten.
    state.silentUntilMs = Number.NEGATIVE_INFINITY;
    // Whatever it voted, it was no later term than the newest: so it begins after that.
    join(state, { term: term === 0 ? 0 : term + 1, votedFor: undefined }, at, draft);
  } else if (hasEverything(state, joining, answers)) {
    // If it voted in this term, the one that leads it is as good as any.
    join(state, { term, votedFor: joining.target?.leader }, at, draft);
  }
}

/**
 * Nothing was ever committed: a majority would have it, and so one of the others. The terms tell nothing: they may be
 * those of a candidate that died before its own disk knew that it had joined.
 */
function isNewCluster(state: ReplicaState, answers: readonly JoinAnswerMessage[]): boolean {
  if (state.rank < 0 || (answers.length === 0 && state.term > 0)) return false;
  return state.log.lastLsn === 0 && answers.every((answer) => answer.lastLsn === 0);
}

function hasEverything(
  state: ReplicaState,
  joining: Joining,
  answers: readonly JoinAnswerMessage[],
): boolean {
  const { target } = joining;
  const term = Math.max(...answers.map((answer) => answer.term));
  if (target === undefined || target.term !== term || state.term !== term) return false;
  // Were more than a minority wiped, what they had is lost, and nobody may act as if it weren't.
  if (answers.filter((answer) => answer.joined).length < majority(state.members.length)) return false;
  return state.committedLsn >= target.lsn && state.log.persistedLsn >= target.lsn;
}

function join(
  state: ReplicaState,
  hardState: { term: number; votedFor: string | undefined },
  at: Instant,
  draft: OutputDraft,
): void {
  state.joining = undefined;
  if (hardState.term > state.term) {
    becomeFollower(state, { term: hardState.term, leader: undefined }, at, draft);
  }
  setHardState(state, hardState, draft);
  const { role } = state;
  if (role.name === 'follower' && role.leader === undefined && state.starting && state.rank === 0) {
    role.campaignAtMs = at.ms;
  }
}

function ask(state: ReplicaState, to: string, draft: OutputDraft): void {
  const { term, incarnation } = state;
  draft.announce.push({ to, message: { kind: 'join-request', term, incarnation } });
}

function isMember(state: ReplicaState): boolean {
  return state.log.membersSince(state.committedLsn).has(state.self);
}

/** A change of members that isn't known to be committed may be undone: whoever is in either list counts. */
function everybodyElse(state: ReplicaState): readonly string[] {
  return [...state.log.membersSince(state.committedLsn)].filter((member) => member !== state.self);
}

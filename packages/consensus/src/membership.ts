import type { Instant } from './input.ts';
import { appendEntries, isAlive, pushEverybody, startProgress } from './leading.ts';
import { encodeMembers } from './members.ts';
import type { MembershipRefusal, OutputDraft } from './output.ts';
import { majority } from './quorum.ts';
import type { ReplicaState } from './replica-state.ts';
import type { LeaderState } from './role.ts';

/**
 * Adds or removes one member (Raft, dissertation 4.1): any two lists that follow one another have a majority in common.
 * The list is in force as soon as it is in the log, and no other change begins before it is committed, nor before this
 * term has committed anything.
 */
export function changeMembers(
  state: ReplicaState,
  change: { add?: string; remove?: string },
  at: Instant,
  draft: OutputDraft,
): 'started' | MembershipRefusal {
  const { role, log, members } = state;
  const { add, remove } = change;
  if (role.name !== 'leader') return 'OB_NOT_MASTER';
  if ((add === undefined) === (remove === undefined)) return 'OB_INVALID_ARGUMENT';
  if (add !== undefined && role.learner?.server === add) return 'started';
  if (remove !== undefined && role.learner?.server === remove) {
    role.learner = undefined;
    role.progress.delete(remove);
    return 'started';
  }
  if (add !== undefined && members.includes(add)) return 'OB_ENTRY_EXIST';
  if (remove !== undefined && !members.includes(remove)) return 'OB_ENTRY_NOT_EXIST';
  const busy =
    role.learner !== undefined || role.transfer !== undefined || log.membersLsn > state.committedLsn;
  if (busy || state.committedLsn < role.termStartLsn) return 'OB_EAGAIN';
  if (add !== undefined) {
    role.learner = { server: add, goalLsn: log.lastLsn, goalSetAtMs: at.ms };
    startProgress(state, role, add, at, draft);
    return 'started';
  }
  const left = members.filter((member) => member !== remove);
  if (!left.includes(state.self) || !isMajorityAlive(state, role, left, at)) return 'OB_OP_NOT_ALLOW';
  const removed = role.progress.get(remove ?? '');
  if (removed !== undefined) removed.removedAtLsn = log.lastLsn + 1;
  appendMembers(state, left, at, draft);
  return 'started';
}

/** A learner that caught up with the leader within one election timeout is in sync (dissertation 4.2.1). */
export function promoteLearner(
  state: ReplicaState,
  role: LeaderState,
  at: Instant,
  draft: OutputDraft,
): void {
  const { learner } = role;
  if (learner === undefined || role.transfer !== undefined) return;
  const progress = role.progress.get(learner.server);
  if (progress === undefined || progress.matchLsn < learner.goalLsn) return;
  const quick = at.ms - learner.goalSetAtMs < state.timings.electionTimeoutMinMs;
  learner.goalLsn = state.log.lastLsn;
  learner.goalSetAtMs = at.ms;
  if (!quick || !progress.joined || progress.full) return;
  role.learner = undefined;
  appendMembers(state, [...state.members, learner.server], at, draft);
}

/** Who was removed is told so, if it can be, and then left alone. */
export function dropRemoved(state: ReplicaState, role: LeaderState, at: Instant): void {
  for (const [server, progress] of role.progress) {
    const { removedAtLsn, matchLsn, heardAtMs } = progress;
    if (removedAtLsn === undefined || state.committedLsn < removedAtLsn) continue;
    const away = at.ms - heardAtMs >= state.timings.electionTimeoutMaxMs;
    if (matchLsn >= removedAtLsn || away) role.progress.delete(server);
  }
}

function appendMembers(
  state: ReplicaState,
  members: readonly string[],
  at: Instant,
  draft: OutputDraft,
): void {
  appendEntries(state, [{ kind: 'members', payload: encodeMembers(members) }], at, draft);
  pushEverybody(state, at, draft);
}

/** Is there one without the member that goes? */
function isMajorityAlive(
  state: ReplicaState,
  role: LeaderState,
  members: readonly string[],
  at: Instant,
): boolean {
  const alive = members.filter((member) => {
    const progress = role.progress.get(member);
    return member === state.self || (progress?.joined && isAlive(state, progress, at));
  });
  return alive.length >= majority(members.length);
}

import type { FollowerProgress } from './follower-progress.ts';
import type { Instant } from './input.ts';
import type { OutputDraft } from './output.ts';
import { becomeFollower, type ReplicaState } from './replica-state.ts';
import type { LeaderState } from './role.ts';

/** Begins to hand leadership over: from now on nothing is appended, so that the target can catch up. */
export function beginTransfer(state: ReplicaState, to: string, at: Instant, draft: OutputDraft): void {
  if (state.role.name !== 'leader' || state.role.transfer !== undefined) return;
  if (!state.role.progress.has(to)) return;
  state.role.transfer = { to, deadlineMs: at.ms + state.timings.transferTimeoutMs, sent: false };
  advanceTransfer(state, state.role, at, draft);
}

/**
 * Tells the target to take over as soon as it has everything and everything is committed (nobody's result becomes
 * unknown by a planned switch). From then on this leader neither serves nor leads its term again: the message may
 * arrive at any later time, and other members then vote without regard to the lease.
 */
export function advanceTransfer(
  state: ReplicaState,
  role: LeaderState,
  at: Instant,
  draft: OutputDraft,
): void {
  const { transfer } = role;
  if (transfer === undefined) return;
  if (at.ms >= transfer.deadlineMs) {
    if (transfer.sent) becomeFollower(state, { term: state.term, leader: undefined }, at, draft);
    else role.transfer = undefined;
    return;
  }
  const { lastLsn } = state.log;
  const inSync = role.progress.get(transfer.to)?.matchLsn === lastLsn && state.committedLsn === lastLsn;
  if (transfer.sent || !inSync) return;
  transfer.sent = true;
  draft.announce.push({ to: transfer.to, message: { kind: 'change-leader', term: state.term } });
}

/** A stopping leader looks for a successor: the most preferred live member that has everything. */
export function offerLeadership(
  state: ReplicaState,
  role: LeaderState,
  at: Instant,
  draft: OutputDraft,
): void {
  if (!state.stopping || role.transfer !== undefined) return;
  const successor = state.others
    .map((server) => role.progress.get(server) as FollowerProgress)
    .find((progress) => isFit(state, progress, at));
  if (successor !== undefined) beginTransfer(state, successor.server, at, draft);
}

function isFit(state: ReplicaState, progress: FollowerProgress, at: Instant): boolean {
  const alive = at.ms - progress.heardAtMs < state.timings.heartbeatMs * 3;
  return alive && !progress.stopping && progress.matchLsn >= state.committedLsn;
}

import { burden } from './fitness.ts';
import type { FollowerProgress } from './follower-progress.ts';
import type { Instant } from './input.ts';
import { isAlive } from './leading.ts';
import type { OutputDraft } from './output.ts';
import { becomeFollower, ownBurden, type ReplicaState } from './replica-state.ts';
import type { LeaderState } from './role.ts';

/** Begins to hand leadership over: from now on nothing is appended, so that the target can catch up. */
export function beginTransfer(state: ReplicaState, to: string, at: Instant, draft: OutputDraft): void {
  if (state.role.name !== 'leader' || state.role.transfer !== undefined) return;
  if (!state.others.includes(to) || !state.role.progress.get(to)?.joined) return;
  state.role.transfer = { to, deadlineMs: at.ms + state.timings.transferTimeoutMs, sent: false };
  advanceTransfer(state, state.role, at, draft);
}

/**
 * Tells the target to take over as soon as it has everything, and everything is committed and on this disk (nobody's
 * result becomes unknown by a planned switch). From then on this leader neither serves nor leads its term again: the message may
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
  const { lastLsn, persistedLsn } = state.log;
  const inSync = role.progress.get(transfer.to)?.matchLsn === lastLsn && state.committedLsn === lastLsn;
  // What isn't on this disk isn't applied here, and nobody here has an answer yet. A full disk would wait for ever.
  const answered = persistedLsn === lastLsn || state.diskFull;
  if (transfer.sent || !inSync || !answered) return;
  transfer.sent = true;
  draft.announce.push({ to: transfer.to, message: { kind: 'change-leader', term: state.term } });
}

/**
 * A leader that should rather not lead (it is stopping, its disk is full, it lags) looks for a better one: the least
 * burdened live member that has everything, the most preferred among equals. For its rank alone nobody is given
 * leadership: see DESIGN.md.
 */
export function offerLeadership(
  state: ReplicaState,
  role: LeaderState,
  at: Instant,
  draft: OutputDraft,
): void {
  const own = ownBurden(state);
  if (own === 0 || role.transfer !== undefined) return;
  const fit = state.others
    .map((server) => role.progress.get(server))
    .filter((progress) => progress !== undefined)
    .filter((progress) => isFit(state, progress, at) && burden(progress) < own)
    .sort((a, b) => burden(a) - burden(b));
  if (fit[0] !== undefined) beginTransfer(state, fit[0].server, at, draft);
}

function isFit(state: ReplicaState, progress: FollowerProgress, at: Instant): boolean {
  return progress.joined && isAlive(state, progress, at) && progress.matchLsn >= state.committedLsn;
}

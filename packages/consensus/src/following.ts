import assert from 'node:assert/strict';
import { type LogEntry, smallOnes } from './entry.ts';
import type { Instant } from './input.ts';
import { type CommittedMessage, longAgoMs, type PushAnswerMessage, type PushMessage } from './message.ts';
import type { OutputDraft } from './output.ts';
import { becomeFollower, campaignDelayMs, followMembers, type ReplicaState } from './replica-state.ts';

/** The leader of this term says something: append what fits, refuse what leaves a gap. */
export function onPush(
  state: ReplicaState,
  from: string,
  message: PushMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  heardLeader(state, from, message.committedLsn, at, draft);
  const { previousLsn, previousTerm } = message;
  const differs = state.log.term(previousLsn) !== previousTerm && previousLsn > state.committedLsn;
  // What is on this disk is about to be dropped for a snapshot: nobody may count on it.
  if (differs || state.installing) {
    draft.send.push({ to: from, message: refuse(state, message) });
    return;
  }
  const lsn = appendNew(state, message, draft);
  commitUpTo(state, Math.min(message.committedLsn, lsn));
  draft.send.push({ to: from, message: answer(state, message, { accepted: true, lsn, lsnTerm: 0 }) });
}

/** Only what this follower acknowledged is said to be committed, so its log agrees with the leader's up to there. */
export function onCommitted(
  state: ReplicaState,
  from: string,
  message: CommittedMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  heardLeader(state, from, message.committedLsn, at, draft);
  commitUpTo(state, Math.min(message.committedLsn, state.log.lastLsn));
}

/**
 * A push of an older term: its sender learns of ours by the answer. It isn't told when it sent it: it may have been
 * an earlier process, by whose clock a lease of the one that now leads would have no end.
 */
export function refuseOutdated(state: ReplicaState, message: PushMessage): PushAnswerMessage {
  return refuse(state, { ...message, sentAtMs: longAgoMs });
}

function refuse(state: ReplicaState, message: PushMessage): PushAnswerMessage {
  const limit = { lsn: message.previousLsn, term: message.previousTerm };
  const lsn = state.log.lastLsnWithin(limit, state.committedLsn);
  return answer(state, message, { accepted: false, lsn, lsnTerm: state.log.term(lsn) ?? 0 });
}

/** Keeps the word that the leader of this term has from us. */
export function heardLeader(
  state: ReplicaState,
  from: string,
  committedLsn: number,
  at: Instant,
  draft: OutputDraft,
): void {
  assert.notEqual(state.role.name, 'leader', `two leaders in term ${state.term}: ${state.self} and ${from}`);
  state.starting = false;
  state.leaderCommittedLsn = Math.max(state.leaderCommittedLsn, committedLsn);
  state.promise = { leader: from, term: state.term, heardAtMs: at.ms };
  if (state.role.name === 'follower' && state.role.leader === from) {
    state.role.campaignAtMs = at.ms + campaignDelayMs(state);
  } else {
    becomeFollower(state, { term: state.term, leader: from }, at, draft);
  }
}

/**
 * Skips what is there, cuts off what contradicts, appends the rest if there is room.
 *
 * @returns up to where this log is now known to be equal to the leader's
 */
function appendNew(state: ReplicaState, message: PushMessage, draft: OutputDraft): number {
  const { previousLsn, entries } = message;
  const endLsn = previousLsn + entries.length;
  const { log } = state;
  // What is committed is equal everywhere, even where it can't be read any more.
  const first = entries.findIndex(
    (entry) => entry.lsn > state.committedLsn && log.term(entry.lsn) !== entry.term,
  );
  if (first === -1) return endLsn;
  const fresh = state.diskFull ? smallOnes(entries.slice(first)) : entries.slice(first);
  if (fresh.length === 0) return previousLsn + first;
  const afterLsn = (fresh[0] as LogEntry).lsn - 1;
  if (afterLsn < log.lastLsn) {
    log.truncateAfter(afterLsn);
    draft.truncateAfterLsn = afterLsn;
  }
  log.append(fresh);
  draft.entries.push(...fresh);
  followMembers(state);
  return previousLsn + first + fresh.length;
}

function commitUpTo(state: ReplicaState, lsn: number): void {
  if (lsn > state.committedLsn) state.committedLsn = lsn;
}

function answer(
  state: ReplicaState,
  message: PushMessage,
  outcome: { accepted: boolean; lsn: number; lsnTerm: number },
): PushAnswerMessage {
  const { previousLsn, sentAtMs } = message;
  return {
    kind: 'push-answer',
    term: state.term,
    ...outcome,
    previousLsn,
    sentAtMs,
    incarnation: state.incarnation,
    joined: state.joining === undefined,
    stopping: state.stopping,
    full: state.diskFull || state.installing,
    lagging: state.lagging,
  };
}

import assert from 'node:assert/strict';
import { heardLeader } from './following.ts';
import type { Instant } from './input.ts';
import type { LogBase } from './log.ts';
import type { SnapshotMessage } from './message.ts';
import type { OutputDraft } from './output.ts';
import { followMembers, type ReplicaState, setHardState } from './replica-state.ts';

/** The leader hasn't got the entries any more that this follower needs. */
export function onSnapshot(
  state: ReplicaState,
  from: string,
  message: SnapshotMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  heardLeader(state, from, message.lsn, at, draft);
  const { lsn, lsnTerm } = message;
  if (state.installing || lsn <= state.committedLsn || state.log.term(lsn) === lsnTerm) return;
  // From now on nothing is acknowledged: what is behind the snapshot will be dropped, and nobody may count on it.
  state.installing = true;
  draft.install = { from, lsn, term: lsnTerm };
}

/** The state machine is that of the snapshot, and the log on disk begins after it. */
export function onInstalled(
  state: ReplicaState,
  snapshot: LogBase & { members: readonly string[] },
  draft: OutputDraft,
): void {
  const { lsn, term, members } = snapshot;
  assert.ok(state.installing, 'no snapshot was asked for');
  assert.ok(lsn >= state.committedLsn, `a snapshot of ${lsn} replaced entries up to ${state.committedLsn}`);
  state.installing = false;
  state.log.reset(snapshot, members);
  state.committedLsn = lsn;
  followMembers(state);
  if (term > state.term) setHardState(state, { term, votedFor: undefined }, draft);
}

import { type EntryKind, type LogEntry, makeEntry, smallOnes } from './entry.ts';
import {
  acknowledge,
  backToProbe,
  type FollowerProgress,
  isFromNow,
  isRefusalCurrent,
  newProgress,
} from './follower-progress.ts';
import type { Instant } from './input.ts';
import { dropRemoved, promoteLearner } from './membership.ts';
import type { PushAnswerMessage } from './message.ts';
import type { OutputDraft } from './output.ts';
import { majorityValue } from './quorum.ts';
import { followMembers, type ReplicaState } from './replica-state.ts';
import type { LeaderState } from './role.ts';
import { aliveWithinMs } from './timings.ts';
import { advanceTransfer } from './transfer.ts';

/** Elected: starts the term with a no-op entry, since only an entry of its own term may be counted (Raft, 5.4.2). */
export function becomeLeader(state: ReplicaState, at: Instant, draft: OutputDraft): void {
  const { lastLsn } = state.log;
  const role: LeaderState = {
    name: 'leader',
    progress: new Map(state.others.map((server) => [server, newProgress(server, lastLsn, at.ms)])),
    learner: undefined,
    termStartLsn: lastLsn + 1,
    heartbeatAtMs: at.ms + state.timings.heartbeatMs,
    diskAliveAtMs: at.ms,
    noticeAtMs: undefined,
    transfer: undefined,
  };
  state.role = role;
  state.starting = false;
  appendEntries(state, [{ kind: 'noop', payload: new Uint8Array(0) }], at, draft);
  for (const progress of role.progress.values()) pushEmpty(state, progress, at, draft);
}

/** Appends the payloads and pushes them in one message a follower. A leader that hands over, or has no room, refuses. */
export function propose(
  state: ReplicaState,
  payloads: readonly Uint8Array[],
  at: Instant,
  draft: OutputDraft,
): void {
  if (state.role.name !== 'leader' || state.role.transfer !== undefined || state.diskFull) return;
  draft.proposal = appendEntries(
    state,
    payloads.map((payload) => ({ kind: 'data', payload })),
    at,
    draft,
  );
  pushEverybody(state, at, draft);
}

/** What was just appended, to all who are known to have what comes before it. */
export function pushEverybody(state: ReplicaState, at: Instant, draft: OutputDraft): void {
  if (state.role.name !== 'leader') return;
  for (const progress of state.role.progress.values()) pushEntries(state, progress, at, draft);
}

/** A new server gets the log, and counts for nothing yet. */
export function startProgress(
  state: ReplicaState,
  role: LeaderState,
  server: string,
  at: Instant,
  draft: OutputDraft,
): void {
  const progress = newProgress(server, state.log.lastLsn, at.ms);
  role.progress.set(server, progress);
  pushEmpty(state, progress, at, draft);
}

export function onPushAnswer(
  state: ReplicaState,
  role: LeaderState,
  from: string,
  message: PushAnswerMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  const progress = role.progress.get(from);
  if (progress === undefined || !isFromNow(progress, message, at.ms)) return;
  if (message.accepted) {
    acknowledge(progress, message);
    // What was acknowledged before it joined counts from now on, so that the commit point may move without news.
    advanceCommit(state, role, at);
    // Empty pushes go on, so that it is heard when it has room again.
    if (progress.full) backToProbe(progress, progress.matchLsn);
    pushEntries(state, progress, at, draft);
    // Slower than the majority: when the others were told it didn't have the entry, and would wait for a heartbeat now.
    if (tellableLsn(state, progress) > progress.toldCommittedLsn) role.noticeAtMs ??= noticeAtMs(state, at);
  } else if (isRefusalCurrent(progress, message)) {
    onRefusal(state, progress, message, at, draft);
  }
  promoteLearner(state, role, at, draft);
  advanceTransfer(state, role, at, draft);
}

/** Looks for where the logs agree, one answer after the other; a follower that can't go on is asked at heartbeats only. */
function onRefusal(
  state: ReplicaState,
  progress: FollowerProgress,
  message: PushAnswerMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  const waited = progress.needsSnapshot;
  const limit = { lsn: message.lsn, term: message.lsnTerm };
  backToProbe(progress, state.log.lastLsnWithin(limit, Math.min(progress.matchLsn, message.lsn)));
  progress.needsSnapshot = false;
  aim(state, progress);
  const waits = progress.full || (waited && progress.needsSnapshot);
  if (!waits) pushEmpty(state, progress, at, draft);
}

/** Heartbeats and commit notices that are due. */
export function tickLeader(state: ReplicaState, role: LeaderState, at: Instant, draft: OutputDraft): void {
  if (at.ms >= role.heartbeatAtMs) {
    role.heartbeatAtMs = at.ms + state.timings.heartbeatMs;
    dropRemoved(state, role, at);
    for (const progress of role.progress.values()) {
      // A member that is away gets nothing ahead: its link may keep what is sent until it is back.
      const away = at.ms - progress.heardAtMs >= state.timings.electionTimeoutMinMs;
      if (away && progress.mode === 'replicate') backToProbe(progress, progress.matchLsn);
      pushEmpty(state, progress, at, draft);
    }
  }
  if (role.noticeAtMs !== undefined && at.ms >= role.noticeAtMs) {
    role.noticeAtMs = undefined;
    for (const progress of role.progress.values()) tellCommitted(state, progress, draft);
  }
}

/** Counts a majority's disks, the own one included, but only for an entry of this term (Raft, 5.4.2). */
export function advanceCommit(state: ReplicaState, role: LeaderState, at: Instant): void {
  const reached = counted(state, role, 0, (progress) => (progress.joined ? progress.matchLsn : 0));
  const lsn = majorityValue([state.log.persistedLsn, ...reached]);
  if (lsn <= state.committedLsn || state.log.term(lsn) !== state.term) return;
  state.committedLsn = lsn;
  // Again from now: under load the next push carries it.
  role.noticeAtMs = noticeAtMs(state, at);
}

function noticeAtMs(state: ReplicaState, at: Instant): number {
  return at.ms + state.timings.commitNoticeMs;
}

/** Has a majority been heard recently enough that nobody else can have been elected without it? */
export function isMajorityHeard(state: ReplicaState, role: LeaderState, at: Instant): boolean {
  const heard = counted(state, role, Number.NEGATIVE_INFINITY, (progress) => progress.countedAtMs);
  return majorityValue([at.ms, ...heard]) + state.timings.electionTimeoutMinMs > at.ms;
}

/** A leader whose disk hangs can apply nothing, though others could: it had better make room. */
export function isDiskAlive(state: ReplicaState, role: LeaderState, at: Instant): boolean {
  if (state.log.persistedLsn === state.log.lastLsn) role.diskAliveAtMs = at.ms;
  return at.ms - role.diskAliveAtMs < state.timings.electionTimeoutMaxMs;
}

/** The end of the lease on this process's clock; none once a hand-over was sent. */
export function leaseEndMs(state: ReplicaState, role: LeaderState): number {
  if (role.transfer?.sent) return Number.NEGATIVE_INFINITY;
  const answered = counted(state, role, Number.NEGATIVE_INFINITY, (progress) => progress.answeredSentAtMs);
  return majorityValue([Number.POSITIVE_INFINITY, ...answered]) + state.timings.leaseMs;
}

export function isAlive(state: ReplicaState, progress: FollowerProgress, at: Instant): boolean {
  return at.ms - progress.heardAtMs < aliveWithinMs(state.timings);
}

/** One value for each other member of the list in force. Learners and removed ones are none. */
function counted(
  state: ReplicaState,
  role: LeaderState,
  unknown: number,
  value: (progress: FollowerProgress) => number,
): number[] {
  return state.others.map((server) => {
    const progress = role.progress.get(server);
    return progress === undefined ? unknown : value(progress);
  });
}

export function appendEntries(
  state: ReplicaState,
  items: readonly { kind: EntryKind; payload: Uint8Array }[],
  at: Instant,
  draft: OutputDraft,
): readonly LogEntry[] {
  let { lastScn, lastLsn } = state.log;
  const entries = items.map((item) => {
    lastScn = at.scn > lastScn ? at.scn : lastScn + 1n;
    lastLsn += 1;
    return makeEntry({ lsn: lastLsn, term: state.term, scn: lastScn, ...item });
  });
  state.log.append(entries);
  draft.entries.push(...entries);
  followMembers(state);
  return entries;
}

function pushEntries(state: ReplicaState, progress: FollowerProgress, at: Instant, draft: OutputDraft): void {
  aim(state, progress);
  if (progress.mode === 'probe') return;
  const upToLsn = lastLsnFor(state, progress);
  while (progress.nextLsn <= upToLsn && progress.inFlight.length < state.pushesInFlightMax) {
    const range = { afterLsn: progress.nextLsn - 1, upToLsn, sizeMax: state.pushSizeMax };
    const entries = state.log.entries(range);
    push(state, progress, entries, at, draft);
    progress.nextLsn += entries.length;
    progress.inFlight.push(progress.nextLsn - 1);
  }
}

/**
 * Who is removed learns of it only when that is committed. Until then it may be needed: with the longest log, and out of
 * its own list, it could neither lead nor let another one lead.
 */
function lastLsnFor(state: ReplicaState, progress: FollowerProgress): number {
  const { removedAtLsn } = progress;
  if (removedAtLsn === undefined) return state.log.lastLsn;
  return state.committedLsn >= removedAtLsn ? removedAtLsn : removedAtLsn - 1;
}

/** Heartbeat and probe in one: it also shows the follower a gap, if a push was lost. */
function pushEmpty(state: ReplicaState, progress: FollowerProgress, at: Instant, draft: OutputDraft): void {
  aim(state, progress);
  push(state, progress, progress.full ? smallEntries(state, progress) : [], at, draft);
  if (!progress.needsSnapshot) return;
  const { lsn, term: lsnTerm } = state.log.base;
  draft.announce.push({
    to: progress.server,
    message: { kind: 'snapshot', term: state.term, lsn, lsnTerm },
  });
}

function smallEntries(state: ReplicaState, progress: FollowerProgress): readonly LogEntry[] {
  const { nextLsn } = progress;
  const upToLsn = lastLsnFor(state, progress);
  if (nextLsn > upToLsn || progress.needsSnapshot) return [];
  return smallOnes(state.log.entries({ afterLsn: nextLsn - 1, upToLsn, sizeMax: 1 }));
}

/** Nothing can be sent that comes before the base of our log. */
function aim(state: ReplicaState, progress: FollowerProgress): void {
  const { lsn } = state.log.base;
  if (progress.nextLsn > lsn) return;
  backToProbe(progress, lsn);
  progress.needsSnapshot = true;
}

function push(
  state: ReplicaState,
  progress: FollowerProgress,
  entries: readonly LogEntry[],
  at: Instant,
  draft: OutputDraft,
): void {
  const previousLsn = progress.nextLsn - 1;
  progress.toldCommittedLsn = Math.max(
    progress.toldCommittedLsn,
    Math.min(state.committedLsn, previousLsn + entries.length),
  );
  draft.announce.push({
    to: progress.server,
    message: {
      kind: 'push',
      term: state.term,
      previousLsn,
      previousTerm: state.log.term(previousLsn) ?? 0,
      committedLsn: state.committedLsn,
      sentAtMs: at.ms,
      entries,
    },
  });
}

/** Only what it has like we do is committed there, too. */
function tellableLsn(state: ReplicaState, progress: FollowerProgress): number {
  return Math.min(state.committedLsn, progress.matchLsn);
}

function tellCommitted(state: ReplicaState, progress: FollowerProgress, draft: OutputDraft): void {
  const committedLsn = tellableLsn(state, progress);
  if (committedLsn <= progress.toldCommittedLsn) return;
  progress.toldCommittedLsn = committedLsn;
  draft.announce.push({
    to: progress.server,
    message: { kind: 'committed', term: state.term, committedLsn },
  });
}

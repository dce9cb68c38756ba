import type { Instant } from './input.ts';
import { becomeLeader, isMajorityHeard } from './leading.ts';
import type { ChangeLeaderMessage, PrepareAnswerMessage, PrepareMessage } from './message.ts';
import type { OutputDraft } from './output.ts';
import { majority } from './quorum.ts';
import {
  becomeFollower,
  campaignDelayMs,
  mayLead,
  probeDelayMs,
  type ReplicaState,
  setHardState,
} from './replica-state.ts';
import type { CandidateState, PreCandidateState } from './role.ts';

/** Asks everybody whether a vote would be granted. Costs no term and no fsync, and disturbs no leader. */
export function probe(state: ReplicaState, at: Instant, draft: OutputDraft): void {
  state.role = { name: 'pre-candidate', answers: new Map(), campaignAtMs: at.ms + probeDelayMs(state) };
  state.round += 1;
  for (const to of state.others) {
    const incarnation = state.incarnations.get(to) ?? 0;
    draft.announce.push({ to, message: prepare(state, { probe: true, transfer: false, incarnation }) });
  }
  decideProbe(state, state.role, at, draft);
}

/** Someone wants to lead. */
export function onPrepare(
  state: ReplicaState,
  from: string,
  message: PrepareMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  // It asks for a term after the one it led: it doesn't lead any more, and what we promised it is void.
  if (state.promise?.leader === from && message.term > state.promise.term) state.promise = undefined;
  if (message.probe) answerProbe(state, from, message, at, draft);
  else answerVote(state, from, message, at, draft);
}

function answerProbe(
  state: ReplicaState,
  from: string,
  message: PrepareMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  const upToDate = state.log.isUpToDate({ lsn: message.lastLsn, term: message.lastTerm });
  // A leader never says yes, heard or not: an answer on its way to it may still renew its lease.
  const free =
    message.term > state.term &&
    state.joining === undefined &&
    state.role.name !== 'leader' &&
    !isPromised(state, at);
  // After the fsync: who says yes must still have joined after a crash, or nobody could ever join a term without a leader.
  draft.send.push({ to: from, message: answer(state, message, free && upToDate, at) });
  // Nobody leads, and the one who asks can't: no need to wait for our turn.
  if (free && !upToDate && state.starting && state.role.name === 'follower') state.role.campaignAtMs = at.ms;
}

function answerVote(
  state: ReplicaState,
  from: string,
  message: PrepareMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  const bound = isPromised(state, at) || (isSilent(state, at) && message.incarnation !== state.incarnation);
  // Without its memory it can't know what it has voted, nor what it must not vote against.
  if (message.term < state.term || state.joining !== undefined || (bound && !message.transfer)) {
    draft.send.push({ to: from, message: answer(state, message, false, at) });
    return;
  }
  if (message.term > state.term) becomeFollower(state, { term: message.term, leader: undefined }, at, draft);
  const leaderless =
    state.role.name === 'follower' ? state.role.leader === undefined : state.role.name === 'pre-candidate';
  const granted =
    leaderless &&
    (state.votedFor === undefined || state.votedFor === from) &&
    state.log.isUpToDate({ lsn: message.lastLsn, term: message.lastTerm });
  if (granted) {
    if (state.votedFor === undefined) setHardState(state, { term: state.term, votedFor: from }, draft);
    state.role = { name: 'follower', leader: undefined, campaignAtMs: at.ms + campaignDelayMs(state) };
  }
  draft.send.push({ to: from, message: answer(state, message, granted, at) });
}

/** Someone answered our question. */
export function onPrepareAnswer(
  state: ReplicaState,
  from: string,
  message: PrepareAnswerMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  state.incarnations.set(from, message.incarnation);
  if (message.round !== state.round) return;
  if (state.role.name === 'pre-candidate' && message.probe) {
    state.role.answers.set(from, message);
    decideProbe(state, state.role, at, draft);
  } else if (state.role.name === 'candidate' && !message.probe) {
    (message.granted ? state.role.granted : state.role.refused).add(from);
    decideVote(state, state.role, at, draft);
  }
}

/** The leader wants us to take over, and has given up its lease. */
export function onChangeLeader(
  state: ReplicaState,
  from: string,
  message: ChangeLeaderMessage,
  at: Instant,
  draft: OutputDraft,
): void {
  if (message.term !== state.term || state.role.name !== 'follower' || state.role.leader !== from) return;
  if (!mayLead(state)) return;
  campaign(state, { transfer: true, everybodyVouched: false }, at, draft);
}

function decideProbe(state: ReplicaState, role: PreCandidateState, at: Instant, draft: OutputDraft): void {
  const granted = [...role.answers.values()].filter((each) => each.granted);
  const free = granted.filter((each) => !each.silent).length + (isSilent(state, at) ? 0 : 1);
  const everybody = granted.length === state.others.length;
  if (free >= majority(state.members.length)) {
    campaign(state, { transfer: false, everybodyVouched: false }, at, draft);
  } else if (everybody && granted.every((each) => each.vouched)) {
    campaign(state, { transfer: false, everybodyVouched: true }, at, draft);
  } else if (everybody) {
    probe(state, at, draft);
  }
}

function decideVote(state: ReplicaState, role: CandidateState, at: Instant, draft: OutputDraft): void {
  const needed = majority(state.members.length);
  if (role.granted.size >= needed) becomeLeader(state, at, draft);
  else if (role.refused.size > state.members.length - needed) {
    becomeFollower(state, { term: state.term, leader: undefined }, at, draft);
  }
}

/** Spends a term: votes for itself, and asks for the others' votes once that is on disk. */
function campaign(
  state: ReplicaState,
  how: { transfer: boolean; everybodyVouched: boolean },
  at: Instant,
  draft: OutputDraft,
): void {
  setHardState(state, { term: state.term + 1, votedFor: state.self }, draft);
  state.round += 1;
  const role: CandidateState = {
    name: 'candidate',
    granted: new Set([state.self]),
    refused: new Set(),
    campaignAtMs: at.ms + campaignDelayMs(state),
  };
  state.role = role;
  for (const to of state.others) {
    const incarnation = how.everybodyVouched ? (state.incarnations.get(to) ?? 0) : 0;
    const { transfer } = how;
    draft.send.push({ to, message: prepare(state, { probe: false, transfer, incarnation }) });
  }
  decideVote(state, role, at, draft);
}

/** Has a live leader our word? A leader in office keeps its own. */
function isPromised(state: ReplicaState, at: Instant): boolean {
  if (state.role.name === 'leader') return isMajorityHeard(state, state.role, at);
  const { promise, timings } = state;
  return promise !== undefined && at.ms < promise.heardAtMs + timings.electionTimeoutMinMs;
}

function isSilent(state: ReplicaState, at: Instant): boolean {
  return at.ms < state.silentUntilMs;
}

function prepare(
  state: ReplicaState,
  question: { probe: boolean; transfer: boolean; incarnation: number },
): PrepareMessage {
  return {
    kind: 'prepare',
    term: question.probe ? state.term + 1 : state.term,
    ...question,
    lastLsn: state.log.lastLsn,
    lastTerm: state.log.lastTerm,
    round: state.round,
  };
}

function answer(
  state: ReplicaState,
  question: PrepareMessage,
  granted: boolean,
  at: Instant,
): PrepareAnswerMessage {
  return {
    kind: 'prepare-answer',
    term: state.term,
    round: question.round,
    probe: question.probe,
    granted,
    silent: isSilent(state, at),
    incarnation: state.incarnation,
    vouched: question.incarnation === state.incarnation,
  };
}

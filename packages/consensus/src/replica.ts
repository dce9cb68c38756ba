import { onChangeLeader, onPrepare, onPrepareAnswer, probe } from './election.ts';
import { onCommitted, onPush, refuseOutdated } from './following.ts';
import type { Input, Instant } from './input.ts';
import { onInstalled, onSnapshot } from './installing.ts';
import { askToJoin, joinIfComplete, onJoinAnswer, onJoinRequest } from './joining.ts';
import {
  advanceCommit,
  isDiskAlive,
  isMajorityHeard,
  leaseEndMs,
  onPushAnswer,
  propose,
  tickLeader,
} from './leading.ts';
import { changeMembers } from './membership.ts';
import type { Message } from './message.ts';
import { draftOutput, type Output, type OutputDraft } from './output.ts';
import {
  becomeFollower,
  initialState,
  mayLead,
  type ReplicaOptions,
  type ReplicaState,
} from './replica-state.ts';
import { advanceTransfer, beginTransfer, offerLeadership } from './transfer.ts';

/** What a replica shows of itself. */
export interface ReplicaView {
  readonly self: string;
  /** In force: the last list in the log, committed or not. */
  readonly members: readonly string[];
  /** Leader only: on their way to be members. */
  readonly learners: readonly string[];
  /** Does this disk hold all that this member ever promised? */
  readonly joined: boolean;
  /** A snapshot is being fetched. */
  readonly installing: boolean;
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader';
  readonly leader: string | undefined;
  readonly term: number;
  readonly lastLsn: number;
  readonly lastScn: bigint;
  readonly persistedLsn: number;
  readonly committedLsn: number;
  /** The commit point the leader last told, which this member may not have reached. */
  readonly leaderCommittedLsn: number;
  /** When the leader was last heard, on this process's monotonic clock. */
  readonly leaderHeardAtMs: number | undefined;
  /** Leader only: LSN of the no-op that began the term. */
  readonly termStartLsn: number | undefined;
  /** Leader only: until when it may serve, on its own monotonic clock. */
  readonly leaseEndMs: number;
  /** Leader only: whom it hands over to, and whether that can't be taken back any more. */
  readonly transfer: { readonly to: string; readonly sent: boolean } | undefined;
  /** Leader only: the other members, a learner, and who was removed but may not know it yet. */
  readonly followers: readonly FollowerView[];
}

export interface FollowerView {
  readonly server: string;
  readonly matchLsn: number;
  readonly heardAtMs: number;
  /** A learner, or a member whose disk was wiped, counts for nothing. */
  readonly joined: boolean;
  readonly stopping: boolean;
  readonly full: boolean;
  readonly lagging: boolean;
}

/**
 * One member of a replicated log (OceanBase's PALF, by Raft's rules): a machine without clock, disk, network or
 * chance of its own. The same inputs at the same instants always give the same outputs.
 *
 * @throws ObError OB_INVALID_CONFIG for timings that make no sense
 */
export class Replica {
  readonly #state: ReplicaState;
  /** Since the last step. */
  #view: ReplicaView | undefined;

  constructor(options: ReplicaOptions) {
    this.#state = initialState(options);
  }

  /** Takes one input; the caller carries the output out in its stated order, then gives the next input. */
  step(input: Input, at: Instant): Output {
    this.#view = undefined;
    const draft = draftOutput();
    handle(this.#state, input, at, draft);
    joinIfComplete(this.#state, at, draft);
    return this.#finish(draft);
  }

  view(): ReplicaView {
    this.#view ??= this.#makeView();
    return this.#view;
  }

  #makeView(): ReplicaView {
    const { self, role, term, log, committedLsn } = this.#state;
    const leading = role.name === 'leader' ? role : undefined;
    return {
      self,
      members: this.#state.members,
      learners: leading?.learner === undefined ? [] : [leading.learner.server],
      joined: this.#state.joining === undefined,
      installing: this.#state.installing,
      role: role.name,
      leader: leading !== undefined ? self : role.name === 'follower' ? role.leader : undefined,
      term,
      lastLsn: log.lastLsn,
      lastScn: log.lastScn,
      persistedLsn: log.persistedLsn,
      committedLsn,
      leaderCommittedLsn: Math.max(this.#state.leaderCommittedLsn, committedLsn),
      leaderHeardAtMs: this.#state.promise?.heardAtMs,
      termStartLsn: leading?.termStartLsn,
      leaseEndMs: leading === undefined ? Number.NEGATIVE_INFINITY : leaseEndMs(this.#state, leading),
      transfer: leading?.transfer,
      followers: leading === undefined ? [] : [...leading.progress.values()],
    };
  }

  #finish(draft: OutputDraft): Output {
    const { term, votedFor, joining, committedLsn, log } = this.#state;
    const { hardStateChanged, truncateAfterLsn, entries } = draft;
    const dirty = hardStateChanged || truncateAfterLsn !== undefined || entries.length > 0;
    const hardState = hardStateChanged ? { term, votedFor, joined: joining === undefined } : undefined;
    return {
      announce: draft.announce,
      persist: dirty ? { hardState, truncateAfterLsn, entries } : undefined,
      send: draft.send,
      applyLsn: Math.min(committedLsn, log.persistedLsn),
      proposal: draft.proposal,
      membership: draft.membership,
      install: draft.install,
      wakeAtMs: wakeAtMs(this.#state),
    };
  }
}

function handle(state: ReplicaState, input: Input, at: Instant, draft: OutputDraft): void {
  switch (input.kind) {
    case 'tick':
      tick(state, at, draft);
      return;
    case 'message':
      onMessage(state, input.from, input.message, at, draft);
      return;
    case 'propose':
      propose(state, input.payloads, at, draft);
      return;
    case 'persisted':
      onPersisted(state, input, at, draft);
      return;
    case 'transfer':
      beginTransfer(state, input.to, at, draft);
      return;
    case 'change-members':
      draft.membership = changeMembers(state, input, at, draft);
      return;
    case 'installed':
      onInstalled(state, input, draft);
      return;
    case 'install-failed':
      state.installing = false;
      return;
    case 'stopping':
    case 'disk-full':
    case 'lagging':
      changeFitness(state, input, at, draft);
      return;
  }
}

function changeFitness(
  state: ReplicaState,
  input: Extract<Input, { kind: 'stopping' | 'disk-full' | 'lagging' }>,
  at: Instant,
  draft: OutputDraft,
): void {
  if (input.kind === 'stopping') state.stopping = input.stopping;
  else if (input.kind === 'disk-full') state.diskFull = input.full;
  else state.lagging = input.lagging;
  if (state.role.name === 'leader') offerLeadership(state, state.role, at, draft);
}

function onMessage(
  state: ReplicaState,
  from: string,
  message: Message,
  at: Instant,
  draft: OutputDraft,
): void {
  // A prepare names the term that is wanted, and is judged before that term is believed.
  if (message.kind === 'prepare') {
    onPrepare(state, from, message, at, draft);
    return;
  }
  // Who has no memory is no judge of terms.
  if (message.kind === 'join-request') {
    onJoinRequest(state, from, message, draft);
    return;
  }
  if (message.term > state.term) becomeFollower(state, { term: message.term, leader: undefined }, at, draft);
  if (message.kind === 'prepare-answer') {
    onPrepareAnswer(state, from, message, at, draft);
  } else if (message.kind === 'join-answer') {
    onJoinAnswer(state, from, message);
  } else if (message.term < state.term) {
    if (message.kind === 'push') draft.send.push({ to: from, message: refuseOutdated(state, message) });
  } else if (message.kind === 'push') {
    onPush(state, from, message, at, draft);
  } else if (message.kind === 'committed') {
    onCommitted(state, from, message, at, draft);
  } else if (message.kind === 'change-leader') {
    onChangeLeader(state, from, message, at, draft);
  } else if (message.kind === 'snapshot') {
    onSnapshot(state, from, message, at, draft);
  } else if (state.role.name === 'leader') {
    onPushAnswer(state, state.role, from, message, at, draft);
  }
}

function onPersisted(
  state: ReplicaState,
  input: { lsn: number; term: number },
  at: Instant,
  draft: OutputDraft,
): void {
  if (!state.log.persisted(input.lsn, input.term) || state.role.name !== 'leader') return;
  state.role.diskAliveAtMs = at.ms;
  advanceCommit(state, state.role, at);
  advanceTransfer(state, state.role, at, draft);
}

/**
 * Whatever is due by now. Only a tick looks at deadlines: a process that was held up takes in the messages that came
 * meanwhile first, and doesn't take its own pause for the others' silence.
 */
function tick(state: ReplicaState, at: Instant, draft: OutputDraft): void {
  if (state.joining !== undefined && at.ms >= state.joining.askAtMs) {
    askToJoin(state, state.joining, at, draft);
  }
  if (state.role.name === 'leader') {
    if (!isMajorityHeard(state, state.role, at) || !isDiskAlive(state, state.role, at)) {
      becomeFollower(state, { term: state.term, leader: undefined }, at, draft);
      return;
    }
    tickLeader(state, state.role, at, draft);
    advanceTransfer(state, state.role, at, draft);
    if (state.role.name === 'leader') offerLeadership(state, state.role, at, draft);
  } else if (at.ms >= state.role.campaignAtMs) {
    if (mayLead(state)) probe(state, at, draft);
    else becomeFollower(state, { term: state.term, leader: undefined }, at, draft);
  }
}

function wakeAtMs(state: ReplicaState): number {
  const { role } = state;
  if (role.name !== 'leader') return Math.min(role.campaignAtMs, state.joining?.askAtMs ?? Infinity);
  return Math.min(role.heartbeatAtMs, role.noticeAtMs ?? Infinity, role.transfer?.deadlineMs ?? Infinity);
}

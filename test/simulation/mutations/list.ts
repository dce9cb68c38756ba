import type { Mutation } from './mutation.ts';

const consensus = 'packages/consensus/src';
const replication = 'packages/observer/src/replication';
const logThread = 'packages/observer/src/log-thread';
const tenant = 'packages/observer/src/tenant';

/** Bugs that the simulation must find, each within its seeds. */
export const mutations: readonly Mutation[] = [
  {
    name: 'acknowledge before the fsync',
    file: `${replication}/persist-queue.ts`,
    find: `    if (persist !== undefined) await this.#untilDone(() => this.#effects.write(persist));
    if (this.#dead) return;
    for (const item of batch) for (const envelope of item.send) this.#effects.send(envelope);`,
    replace: `    for (const item of batch) for (const envelope of item.send) this.#effects.send(envelope);
    if (persist !== undefined) await this.#untilDone(() => this.#effects.write(persist));
    if (this.#dead) return;`,
    seedsMax: 300,
  },
  {
    name: 'append without an fsync',
    file: `${replication}/segment.ts`,
    find: `    await this.#write([encodeBatchHeader({ firstLsn, durableLsn }), ...entries.map((entry) => entry.bytes)]);`,
    replace: `    const pieces = [encodeBatchHeader({ firstLsn, durableLsn }), ...entries.map((entry) => entry.bytes)];
    await this.#file.write(pieces, start);`,
    seedsMax: 50,
  },
  {
    name: 'skip the term check of messages',
    file: `${consensus}/replica.ts`,
    find: `  } else if (message.term < state.term) {`,
    replace: `  } else if (message.term < 0) {`,
    seedsMax: 300,
  },
  {
    name: 'forget the vote after a restart',
    file: `${consensus}/replica-state.ts`,
    find: `    votedFor: term === hardState.term ? hardState.votedFor : undefined,`,
    replace: `    votedFor: undefined,`,
    seedsMax: 1500,
  },
  {
    name: 'vote twice in a term',
    file: `${consensus}/election.ts`,
    find: `    (state.votedFor === undefined || state.votedFor === from) &&`,
    replace: ``,
    seedsMax: 50,
  },
  {
    name: 'vote for a shorter log',
    file: `${consensus}/election.ts`,
    find: `    (state.votedFor === undefined || state.votedFor === from) &&
    state.log.isUpToDate({ lsn: message.lastLsn, term: message.lastTerm });`,
    replace: `    (state.votedFor === undefined || state.votedFor === from);`,
    seedsMax: 1500,
  },
  {
    name: 'take any log for new enough, asked or voting',
    file: `${consensus}/log.ts`,
    find: `    return last.term > this.lastTerm || (last.term === this.lastTerm && last.lsn >= this.lastLsn);`,
    replace: `    return last.term >= 0;`,
    seedsMax: 50,
  },
  {
    name: 'break the word given to a leader',
    file: `${consensus}/election.ts`,
    find: `  return promise !== undefined && at.ms < promise.heardAtMs + timings.electionTimeoutMinMs;`,
    replace: `  return promise !== undefined && at.ms < promise.heardAtMs + timings.electionTimeoutMinMs / 100;`,
    seedsMax: 300,
  },
  {
    name: 'vote right after a restart, as if no word was given',
    file: `${consensus}/election.ts`,
    find: `  return at.ms < state.silentUntilMs;`,
    replace: `  return at.ms < state.silentUntilMs - 1e9;`,
    seedsMax: 300,
  },
  {
    name: 'take one of three for a majority',
    file: `${consensus}/quorum.ts`,
    find: `  return Math.floor(size / 2) + 1;`,
    replace: `  return Math.ceil(size / 2) - 1 || 1;`,
    seedsMax: 50,
  },
  {
    name: 'count the lease from the answer, not from the question',
    file: `${consensus}/follower-progress.ts`,
    find: `  progress.answeredSentAtMs = Math.max(progress.answeredSentAtMs, answer.sentAtMs);`,
    replace: `  progress.answeredSentAtMs = nowMs;`,
    seedsMax: 300,
  },
  {
    name: 'keep the lease while handing over',
    file: `${consensus}/leading.ts`,
    find: `  if (role.transfer?.sent) return Number.NEGATIVE_INFINITY;`,
    replace: ``,
    seedsMax: 1500,
  },
  {
    name: 'skip the cut on conflict',
    file: `${consensus}/following.ts`,
    find: `    draft.truncateAfterLsn = afterLsn;`,
    replace: ``,
    seedsMax: 50,
  },
  {
    name: 'commit what the leader has, not what is equal',
    file: `${consensus}/following.ts`,
    find: `  commitUpTo(state, Math.min(message.committedLsn, lsn));`,
    replace: `  commitUpTo(state, Math.min(message.committedLsn, state.log.lastLsn));`,
    seedsMax: 300,
  },
  {
    name: 'acknowledge more than was pushed',
    file: `${consensus}/following.ts`,
    find: `  const lsn = appendNew(state, message, draft);`,
    replace: `  appendNew(state, message, draft);
  const lsn = state.log.lastLsn;`,
    seedsMax: 50,
  },
  {
    name: 'append without looking at the entry before',
    file: `${consensus}/following.ts`,
    find: `  const differs = state.log.term(previousLsn) !== previousTerm && previousLsn > state.committedLsn;`,
    replace: `  const differs = previousLsn > state.log.lastLsn;`,
    seedsMax: 300,
  },
  {
    name: 'serve reads without a lease',
    file: `${logThread}/stream-client.ts`,
    find: `      report.role === 'LEADER' && this.#hasApplied(termStartLsn) && leases.holds(leaseIndex, report.term);`,
    replace: `      report.role === 'LEADER' && this.#hasApplied(termStartLsn);`,
    seedsMax: 300,
  },
  {
    name: 'serve before the term is applied',
    file: `${logThread}/stream-client.ts`,
    find: `      report.role === 'LEADER' && this.#hasApplied(termStartLsn) && leases.holds(leaseIndex, report.term);`,
    replace: `      report.role === 'LEADER' && leases.holds(leaseIndex, report.term);`,
    seedsMax: 300,
  },
  {
    name: 'let a wiped disk vote at once',
    file: `${replication}/meta-store.ts`,
    find: `    const hardState = { term: 0, votedFor: undefined, joined: false };`,
    replace: `    const hardState = { term: 0, votedFor: undefined, joined: true };`,
    seedsMax: 50,
  },
  {
    name: 'believe the page cache after a restart',
    file: `${replication}/log-recovery.ts`,
    find: `  if (!sealed && isLast) await segment.rewriteFrom(found.lastBatchOffset);`,
    replace: ``,
    seedsMax: 1500,
  },
  {
    name: 'forget that something was forgotten',
    file: `${replication}/open-disk.ts`,
    find: `joined: current.hardState.joined && !forgetful`,
    replace: `joined: current.hardState.joined`,
    seedsMax: 1500,
  },
  {
    name: 'apply twice after a restart',
    file: `${replication}/applier.ts`,
    find: `    this.appliedLsn = start.appliedLsn;`,
    replace: `    this.appliedLsn = Math.max(0, start.appliedLsn - 1);`,
    seedsMax: 50,
  },
  {
    name: 'go on after a snapshot without its LSN',
    file: `${replication}/log-bounds.ts`,
    find: `  applier.skipTo(position.lsn, position.scn);`,
    replace: ``,
    seedsMax: 300,
  },
  {
    name: 'a change of members in force too late',
    file: `${consensus}/replica-state.ts`,
    find: `  const { members } = state.log;
  if (members === state.members) return;`,
    replace: `  const members = state.log.membersAt(state.committedLsn);
  if (members === state.members) return;`,
    seedsMax: 300,
  },
  {
    name: 'say that nothing was done where nobody knows',
    file: `${replication}/proposals.ts`,
    find: `      this.#appended.delete(lsn);
      this.#fail(proposal, unknownResult(lsn, why));`,
    replace: `      this.#appended.delete(lsn);
      this.#fail(proposal, notAppended());`,
    seedsMax: 50,
  },
  {
    name: 'drop the undo of a deposed leader',
    file: `${tenant}/commit-rounds.ts`,
    find: `  depose(): void {
    this.#undo();`,
    replace: `  depose(): void {`,
    seedsMax: 300,
  },
  {
    name: 'keep in the file what was not committed',
    file: `${tenant}/commit-rounds.ts`,
    find: `      else this.#putIntoFile(round.committed, () => round.write.commit(lsn));`,
    replace: `      else this.#putIntoFile(round.committed, () => round.write.commit(lsn + 1));`,
    seedsMax: 50,
  },
  {
    name: 'execute again what may still come through',
    file: `${tenant}/commit-rounds.ts`,
    find: `    for (const { reject } of round.waiting) reject(this.#ports.notMaster());`,
    replace: `    const all = [...(round.onTheWay?.members ?? []), ...round.waiting];
    for (const { reject } of all) reject(this.#ports.notMaster());`,
    seedsMax: 50,
  },
  {
    name: 'answer what others wrote before it is committed',
    file: `${tenant}/commit-rounds.ts`,
    find: `    this.rollback(write);
    await seen;`,
    replace: `    this.rollback(write);`,
    seedsMax: 50,
  },
  {
    name: 'acknowledge before a majority has it',
    file: `${tenant}/commit-rounds.ts`,
    find: `    round.add({ record, payload, resolve, reject });`,
    replace: `    round.add({ record, payload, resolve, reject });
    resolve(0);`,
    seedsMax: 50,
  },
];

import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import { decodeLogRecord, type LogRecord, type WriteTransaction } from '@sealane/storage';
import t from 'tap';
import { CommitRounds, type CommitRoundsPorts } from '../../src/tenant/commit-rounds.ts';

const record: LogRecord = { kind: 'changes', changeset: new Uint8Array([1]) };

/** Which transactions share the first entry of a round. Timers are turned by hand. */

t.test('company is not given up while the first transaction of a round executes', async (t) => {
  const leader = lead(t);
  leader.commit(2);
  await turn();
  leader.arrive();
  leader.begin();
  await turn();
  mock.timers.tick(1);
  leader.keep();
  await turn();
  t.same(leader.proposed, [2], 'one is finished, and waits for a second');
  leader.commit(1);
  await turn();
  t.same(leader.proposed, [2, 2]);
});

t.test('the company of a round is counted from its own beginning', async (t) => {
  const leader = lead(t);
  leader.commit(2);
  await turn();
  leader.arrive();
  leader.commit(1);
  await turn();
  leader.rounds.depose();
  await turn();
  leader.commit(1);
  mock.timers.tick(1);
  await turn();
  t.same(leader.proposed, [2], 'the time of the round that was undone is not its own');
  mock.timers.tick(1);
  t.same(leader.proposed, [2, 1], 'and nobody waits longer than that');
});

type Fakes = CommitRoundsPorts['database'];

function lead(t: { teardown(end: () => void): unknown }) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const proposed: number[] = [];
  let payload = new Uint8Array();
  let lsn = 0;
  let executing: WriteTransaction | undefined;
  const rounds = new CommitRounds({
    database: { round: openRound, applyAll: () => ({}) } as unknown as Fakes,
    propose: (bytes) => {
      payload = bytes as Uint8Array<ArrayBuffer>;
      const record = decodeLogRecord(bytes);
      proposed.push(record.kind === 'batch' ? record.records.length : 1);
      return new Promise(() => undefined);
    },
    term: () => 1,
    committed: () => undefined,
    free: () => undefined,
    notMaster: () => new ObError('OB_NOT_MASTER'),
    bounds: { ageMaxMs: 60_000 },
  });
  const begin = (): void => {
    executing = rounds.begin({ foreignKeys: true, recorded: true, company: 'joins' });
  };
  const keep = (): void => {
    rounds.commit(executing as WriteTransaction, record).catch(() => undefined);
  };
  return {
    rounds,
    proposed,
    begin,
    keep,
    commit: (count: number) => {
      for (let each = 0; each < count; each++) {
        begin();
        keep();
      }
    },
    /** A majority has what was proposed. */
    arrive: () => {
      rounds.apply({ lsn: ++lsn, term: 1, scn: 1n, kind: 'data', payload, local: true });
    },
  };
}

function openRound() {
  const round = { open: true, begin: openWrite, commit: end, rollback: end };
  function end(): void {
    round.open = false;
  }
  return round;
}

function openWrite() {
  const write = { open: true, keep: end, rollback: end };
  function end(): void {
    write.open = false;
  }
  return write;
}

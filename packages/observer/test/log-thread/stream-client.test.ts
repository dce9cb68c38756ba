import { setImmediate } from 'node:timers/promises';
import type { ObError } from '@sealane/errors';
import t from 'tap';
import { allocateLeaseSlots, LeaseSlots } from '../../src/log-thread/lease-slots.ts';
import type { StreamEvent, ToLogThread } from '../../src/log-thread/messages.ts';
import { StreamClient } from '../../src/log-thread/stream-client.ts';
import type { AppliedEntry, RoleReport } from '../../src/replication/index.ts';

const tenantId = 1002;
const self = '10.0.0.1:2882';
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A client with a state machine that writes down what it is told; the test is the log thread. */
function makeClient(apply: (entry: AppliedEntry) => void = () => undefined) {
  const told: string[] = [];
  /** How many entries came together. */
  const batches: number[] = [];
  const posted: ToLogThread[] = [];
  const failures: ObError[] = [];
  const leases = new LeaseSlots(allocateLeaseSlots());
  const client = new StreamClient({
    tenantId,
    lsId: 1001,
    self,
    hooks: {
      appliedLsn: 0,
      apply: () => undefined,
      applyAll: (entries) => {
        for (const entry of entries) apply(entry);
        for (const { lsn } of entries) told.push(`entry ${lsn}`);
        batches.push(entries.length);
      },
      onRoleChange: ({ role, term, serving }) => told.push(`${role} ${term}${serving ? ' serving' : ''}`),
    },
    channel: { post: (message) => posted.push(message), flush: () => undefined },
    ask: () => Promise.reject(new Error('not asked here')),
    leases,
    leaseIndex: 0,
    logger: silent,
    failed: (error) => failures.push(error),
  });
  const lease = (term: number, ms = 60_000): void =>
    leases.write(0, term, process.hrtime.bigint() + BigInt(ms) * 1_000_000n);
  /** As it comes in one piece; nothing else of this turn of the event loop has happened yet. */
  const receiveNow = async (...events: readonly StreamEvent[]): Promise<void> => {
    for (const event of events) client.receive(event);
    await Promise.resolve();
  };
  const receive = async (...events: readonly StreamEvent[]): Promise<void> => {
    await receiveNow(...events);
    await setImmediate();
    await setImmediate();
  };
  return { client, receive, receiveNow, told, batches, posted, failures, leases, lease };
}

function role(change: Partial<RoleReport>, termStartLsn?: number): StreamEvent {
  const report: RoleReport = { role: 'FOLLOWER', leader: undefined, term: 1, serving: false, ...change };
  return { kind: 'role', tenantId, report, termStartLsn };
}

const leads = (term: number, termStartLsn: number): StreamEvent =>
  role({ role: 'LEADER', leader: self, term }, termStartLsn);

function entry(lsn: number, size = 10): StreamEvent {
  const payload = new Uint8Array(size);
  return {
    kind: 'entry',
    tenantId,
    entry: { lsn, term: 1, scn: BigInt(lsn), kind: 'data', payload, local: false },
  };
}

t.test('a leader serves once it has applied what came before its term, while its lease runs', async (t) => {
  const { client, receive, told, lease, leases } = makeClient();
  lease(3);

  await receive(leads(3, 2));
  t.notOk(client.role().serving, 'an older leader may have acknowledged what is not applied');
  await receive(entry(1));
  t.notOk(client.role().serving);
  await receive(entry(2));
  t.ok(client.role().serving);
  t.same(told, ['LEADER 3', 'entry 1', 'entry 2', 'LEADER 3 serving']);

  leases.write(0, 3, process.hrtime.bigint() - 1n);
  t.notOk(client.role().serving, 'without any message');
  lease(5);
  t.notOk(client.role().serving, 'the lease of a term that this thread knows nothing of is not its own');
});

t.test('what the log thread says takes effect in its order, also when it takes long', async (t) => {
  const slow = (): void => {
    const endMs = performance.now() + 15;
    while (performance.now() < endMs);
  };
  const { client, receive, told, lease } = makeClient(slow);
  lease(1);
  await receive(leads(1, 1));
  await receive(entry(1));
  const proposed = t.rejects(client.propose(new Uint8Array(1)), { name: 'OB_TRANS_UNKNOWN' });

  const error = { name: 'OB_TRANS_UNKNOWN', message: 'unknown', details: {} };
  const received = receive(
    entry(2),
    entry(3),
    role({ term: 2, leader: '10.0.0.2:2882' }),
    { kind: 'rejected', tenantId, id: 1, error },
    entry(4),
  );
  t.equal(client.role().leader, '10.0.0.2:2882', 'who leads is known at once');
  t.notOk(client.role().serving);
  await received;
  await proposed;
  while (!told.includes('entry 4')) await setImmediate();
  t.same(
    told.filter((line) => !line.endsWith('serving')),
    ['LEADER 1', 'entry 1', 'entry 2', 'entry 3', 'FOLLOWER 2', 'entry 4'],
  );
});

t.test('sessions have their turn while a backlog is applied', async (t) => {
  const { receiveNow, batches, told } = makeClient(() => {
    const endMs = performance.now() + 0.5;
    while (performance.now() < endMs);
  });

  await receiveNow(...Array.from({ length: 400 }, (_, index) => entry(index + 1)));

  t.ok(told.length < 400, `only ${told.length} in the first turn`);
  let turns = 1;
  for (; told.length < 400; turns += 1) await setImmediate();
  t.ok(turns > 3);
  t.equal(batches[0], 32, 'many share a COMMIT');
});

t.test('what comes in many pieces in one turn of the event loop has only that turn', async (t) => {
  const { receiveNow, told } = makeClient(() => {
    const endMs = performance.now() + 5;
    while (performance.now() < endMs);
  });

  for (let lsn = 1; lsn <= 40; lsn += 1) await receiveNow(entry(lsn));

  t.ok(told.length < 40, `only ${told.length} in the first turn`);
  while (told.length < 40) await setImmediate();
  t.equal(told.at(-1), 'entry 40');
});

t.test('an entry that this thread has proposed comes without its bytes', async (t) => {
  const payloads: string[] = [];
  const { client, lease } = makeClient(({ payload }) => payloads.push(Buffer.from(payload).toString()));
  lease(1);
  client.receive(leads(1, 1));
  client.receive(entry(1));
  while (payloads.length < 1) await setImmediate();
  const proposed = [client.propose(Buffer.from('a')), client.propose(Buffer.from('b'))];
  client.receive({ kind: 'own', tenantId, id: 1, lsn: 2, term: 1, scn: 2n });
  client.receive({ kind: 'own', tenantId, id: 2, lsn: 3, term: 1, scn: 3n });

  t.same(await Promise.all(proposed), [
    { lsn: 2, scn: 2n },
    { lsn: 3, scn: 3n },
  ]);
  t.same(payloads.slice(1), ['a', 'b']);
});

t.test('nothing is proposed by who does not lead, or has not applied what came before', async (t) => {
  const { client, receive, posted, lease } = makeClient();
  lease(1);
  await t.rejects(client.propose(new Uint8Array(1)), { name: 'OB_NOT_MASTER' });
  await receive(leads(1, 1));
  await t.rejects(client.propose(new Uint8Array(1)), { name: 'OB_NOT_MASTER' });
  t.same(posted, []);

  await receive(entry(1));
  const proposed = client.propose(Buffer.from('record'));
  t.match(posted, [
    { kind: 'propose', tenantId, id: 1, term: 1, payload: Uint8Array.from(Buffer.from('record')) },
  ]);
  await receive({ kind: 'proposed', tenantId, id: 1, lsn: 2, scn: 2n });
  t.same(await proposed, { lsn: 2, scn: 2n });
});

t.test('the log thread hears of applied bytes, a mebibyte at a time', async (t) => {
  const { receive, posted } = makeClient();
  for (let lsn = 1; lsn <= 5; lsn += 1) await receive(entry(lsn, 400_000));

  t.match(posted, [{ kind: 'applied', tenantId, size: 3 * 400_064 }]);
  t.equal(posted.length, 1);
});

t.test('a state machine that fails ends the node, and applies nothing more', async (t) => {
  const { client, receive, told, failures, lease } = makeClient(({ lsn }) => {
    if (lsn === 2) throw new Error('database disk image is malformed');
  });
  lease(1);
  await receive(leads(1, 1));
  await receive(entry(1));
  const proposed = t.rejects(client.propose(new Uint8Array(1)), { name: 'OB_IO_ERROR' });
  await receive(entry(2));
  await receive(entry(3));

  await proposed;
  t.match(failures, [{ name: 'OB_IO_ERROR', message: /malformed.*the node must stop/ }]);
  t.notOk(told.includes('entry 3'));
  t.notOk(client.role().serving);
});

t.test('who waits for a leader is told, or told that there is none', async (t) => {
  const { client, receive } = makeClient();
  await t.rejects(client.waitForLeader(10), { name: 'OB_LEADER_NOT_EXIST' });
  const found = client.waitForLeader(5_000);
  await receive(role({ leader: '10.0.0.3:2882' }));
  t.equal(await found, '10.0.0.3:2882');
});

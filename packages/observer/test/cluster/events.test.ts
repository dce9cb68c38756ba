import type { CellValue, SqlValue } from '@sealane/sql';
import t from 'tap';
import { EventRecorder, eventStatement, historyCut } from '../../src/cluster/event-history.ts';
import { diskEvent, Leadership } from '../../src/cluster/node-events.ts';
import { ServerList } from '../../src/cluster/server-list.ts';
import { deadlineAfter, waitUntil } from '../../src/wait.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const rootServer = { ip: '10.0.0.1', rpcPort: 2882 };
const stream = { id: 1002, lsId: 1001 };

t.test('an event waits for a leader to write it, in order, and is written once', async (t) => {
  const written: CellValue[][] = [];
  let leader: typeof rootServer | undefined;
  let refuse = 1;
  const recorder = new EventRecorder({
    sql: {
      execute: async (_text, parameters = []) => {
        if (refuse-- > 0) throw new Error('the leader is gone');
        written.push([...parameters]);
      },
    },
    rootServer: () => leader,
    logger: silent,
    retryMs: 1,
  });
  t.teardown(() => recorder.stop());

  recorder.record({ module: 'server', event: 'first', facts: [['server', 'a']] });
  recorder.record({ module: 'server', event: 'second', facts: [] });
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.same(written, []);
  leader = rootServer;
  t.ok(await waitUntil(() => written.length === 2, deadlineAfter(5_000), 5));

  t.same(
    written.map((parameters) => parameters[1]),
    ['first', 'second'],
  );
  t.same(written[0]?.slice(2, 6), ['server', 'a', null, null]);
  t.same(written[0]?.slice(-2), ['10.0.0.1', 2882]);
});

t.test('a statement has as many places as values', (t) => {
  const { text, parameters } = eventStatement(rootServer, {
    module: 'zone',
    event: 'e',
    facts: [['zone', 'z']],
  });
  t.equal(text.match(/\?/g)?.length, parameters.length);
  t.end();
});

t.test('the history is cut when it has grown past its bound, not for each event', (t) => {
  const cut = (first: bigint, last: bigint) =>
    historyCut({ local: (): SqlValue[][] => [[first, last]] })?.parameters[0];
  t.equal(cut(1n, 10_500n), undefined);
  t.equal(cut(1n, 11_001n), 1_001);
  t.equal(historyCut({ local: () => [] }), undefined, 'no table yet');
  t.equal(historyCut({ local: () => [[null, null]] }), undefined, 'no event yet');
  t.end();
});

t.test('taking over and giving up are told once each, whoever leads next', (t) => {
  const leadership = new Leadership('10.0.0.1:2882');
  const tell = (role: 'LEADER' | 'FOLLOWER', term: number, leader?: string) =>
    leadership.event(stream, { role, term, leader, serving: false })?.event;

  t.equal(tell('FOLLOWER', 1), undefined);
  t.equal(tell('LEADER', 2), 'change leader to takeover');
  t.equal(tell('LEADER', 2), undefined);
  t.equal(tell('LEADER', 3), 'change leader to takeover', 'in another term');
  t.equal(tell('FOLLOWER', 4, '10.0.0.2:2882'), 'change leader to revoke');
  t.equal(tell('FOLLOWER', 5), undefined);
  t.end();
});

t.test('a full disk is told in OceanBase’s words', (t) => {
  const event = diskEvent('10.0.0.1:2882', stream, { kind: 'disk full', message: '' });
  t.match(event, { module: 'FAILURE_DETECTOR', event: 'CLOG_DISK_FULL' });
  t.end();
});

t.test('the table of servers counts as soon as it is there, and changes of it are told', (t) => {
  let rows: SqlValue[][] = [];
  const told: string[] = [];
  const address = (last: number) => ({ ip: `10.0.0.${last}`, rpcPort: 2882, sqlPort: 2881 });
  const list = new ServerList({
    sql: { local: () => rows, execute: async () => {}, transaction: async () => {} },
    self: address(4),
    given: [address(1), address(2)],
    changed: (servers) => told.push(servers.map(({ ip }) => ip).join()),
  });
  list.refresh();
  t.same(told, []);
  t.equal(list.ownId, 0, 'it is in no list yet');

  rows = [1, 2, 4].map((last) => row(last, last + 10));
  list.refresh();
  list.refresh();

  t.same(told, ['10.0.0.1,10.0.0.2,10.0.0.4']);
  t.equal(list.ownId, 14);
  t.end();
});

function row(last: number, id: number): SqlValue[] {
  return [`10.0.0.${last}`, 2882n, BigInt(id), 'z', 2881n, 'ACTIVE', 'b', 0n, 5n, 0n, null, null];
}

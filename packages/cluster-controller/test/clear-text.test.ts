import t from 'tap';
import {
  type ClearLink,
  describeOffender,
  judgeClearText,
  type LedgerReading,
  provableSince,
} from '../src/clear-text.ts';
import { parseTime } from '../src/commands/verify-encryption.ts';

const SINCE = Date.parse('2026-05-01T10:00:00Z');

function link(change: Partial<ClearLink>): ClearLink {
  return {
    linkId: '7',
    kind: 'SQL',
    direction: 'IN',
    peerAddress: '10.0.0.9:5000',
    peerServer: undefined,
    mode: 'PLAIN',
    modeReason: null,
    clearBytesIn: 10,
    clearBytesOut: 20,
    lastClearAt: SINCE + 1,
    closedAt: undefined,
    ...change,
  };
}

function ledger(node: string, links: readonly ClearLink[], since = SINCE - 60_000): LedgerReading {
  const totals = { liveLinks: 2, closedLinks: 1, forgottenLinks: 0, forgottenLastClearAt: undefined };
  const summary = ['RPC', 'SQL'].map((kind) => ({ kind, since, ...totals }));
  return { node, links, summary };
}

t.test('nothing in clear since then, on every node that answers, is a proof', (t) => {
  const old = link({ lastClearAt: SINCE - 1 });
  const verdict = judgeClearText([ledger('a', [old]), ledger('b', [])], SINCE);
  t.same(verdict, { offenders: [], unproven: [], strangers: 0, probes: 0, linkCount: 12 });
  t.end();
});

t.test('each link with clear text since then is named, clients and servers alike', (t) => {
  const rpc = link({
    kind: 'RPC',
    direction: 'OUT',
    peerServer: '10.0.0.2:2882',
    mode: 'AUTHENTICATED',
    modeReason: 'a new link would be ENCRYPTED',
  });
  const ledgers = [ledger('a 10.0.0.1:2882', [link({}), rpc])];
  const { offenders } = judgeClearText(ledgers, SINCE);

  t.same(offenders.map(describeOffender), [
    'a 10.0.0.1:2882: SQL link 7 from 10.0.0.9:5000, PLAIN, open: 10 bytes in and 20 out in clear, the last at 2026-05-01T10:00:00.001Z',
    'a 10.0.0.1:2882: RPC link 7 to 10.0.0.2:2882, AUTHENTICATED, open: 10 bytes in and 20 out in clear, the last at 2026-05-01T10:00:00.001Z; a new link would be ENCRYPTED',
  ]);
  t.equal(judgeClearText(ledgers, SINCE, ['RPC']).offenders.length, 1);
  t.end();
});

t.test('a stranger on the RPC port who was answered nothing is counted, and no offender', (t) => {
  const stranger = link({ kind: 'RPC', clearBytesOut: 0, closedAt: SINCE + 5 });
  t.match(judgeClearText([ledger('a', [stranger])], SINCE), { offenders: [], strangers: 1 });
  const answered = { ...stranger, clearBytesOut: 1 };
  const server = { ...stranger, peerServer: '10.0.0.2:2882' };
  t.equal(judgeClearText([ledger('a', [answered, server])], SINCE).offenders.length, 2);
  t.end();
});

t.test('a silent node, a later start and forgotten links leave it unproven', (t) => {
  const silent = { node: 'c', unreachable: 'its process is not running' };
  const forgetful = ledger('b', []);
  const [rpc] = forgetful.summary;
  if (rpc === undefined) throw new Error('no row');
  const summary = [{ ...rpc, forgottenLinks: 3, forgottenLastClearAt: SINCE + 1 }];
  const { unproven } = judgeClearText([silent, ledger('a', [], SINCE + 1), { ...forgetful, summary }], SINCE);
  t.equal(unproven.length, 3);
  t.match(unproven[0], /c does not answer \(its process is not running\)/);
  t.match(unproven[1], /a was started at 2026-05-01T10:00:00\.001Z: what went before is not known/);
  t.match(unproven[2], /b had RPC links in clear that it no longer lists/);
  t.equal(provableSince([silent, ledger('a', [])]), undefined);
  t.match(provableSince([ledger('a', [], 5), ledger('b', [], 9)]), { node: 'b', at: 9 });
  t.end();
});

t.test('a time is one of the clock, or so long ago', (t) => {
  t.equal(parseTime('2026-05-01T10:00:00Z'), SINCE);
  t.equal(parseTime('2026-05-01 10:00:00'), SINCE);
  t.equal(parseTime('2026-05-01T12:00:00+02:00'), SINCE);
  t.equal(parseTime('10m', SINCE), SINCE - 600_000);
  t.throws(() => parseTime('2026-05-01T10:00:01Z', SINCE), { message: /is still to come/ });
  t.throws(() => parseTime('yesterday'), { name: 'OB_INVALID_ARGUMENT', message: /--since wants a time/ });
  t.end();
});

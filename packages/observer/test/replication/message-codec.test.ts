import { type Message, makeEntry } from '@sealane/consensus';
import t from 'tap';
import { decodeMessage, encodeMessage, messagePcodes } from '../../src/replication/index.ts';

const entry = makeEntry({
  lsn: 3,
  term: 2,
  scn: 5n,
  kind: 'data',
  payload: new TextEncoder().encode('marker'),
});

const messages: Message[] = [
  {
    kind: 'prepare',
    term: 2,
    probe: true,
    transfer: false,
    lastLsn: 3,
    lastTerm: 1,
    round: 4,
    incarnation: 5,
  },
  {
    kind: 'prepare-answer',
    term: 2,
    round: 4,
    probe: true,
    granted: true,
    silent: false,
    incarnation: 5,
    vouched: true,
  },
  {
    kind: 'push',
    term: 2,
    previousLsn: 2,
    previousTerm: 1,
    committedLsn: 1,
    sentAtMs: 12.5,
    entries: [entry],
  },
  {
    kind: 'push-answer',
    term: 2,
    accepted: false,
    lsn: 3,
    lsnTerm: 1,
    previousLsn: 2,
    sentAtMs: 12.5,
    incarnation: 5,
    joined: true,
    stopping: false,
    full: false,
    lagging: true,
  },
  { kind: 'committed', term: 2, committedLsn: 3 },
  { kind: 'change-leader', term: 2 },
  { kind: 'join-request', term: 0, incarnation: 5 },
  {
    kind: 'join-answer',
    term: 2,
    incarnation: 5,
    joined: true,
    lastLsn: 3,
    committedLsn: 2,
    leader: true,
  },
  { kind: 'snapshot', term: 2, lsn: 3, lsnTerm: 1 },
];

t.test('every message survives the wire', (t) => {
  for (const message of messages) {
    const body = structuredClone(encodeMessage(1001, message));
    t.same(decodeMessage(messagePcodes[message.kind], body), { lsId: 1001, message });
  }
  t.end();
});

t.test('the bytes of an entry are raw, and kept apart from the packet', (t) => {
  const body = encodeMessage(1001, messages[2] as Message);
  const sent = (body.at(-1) as Uint8Array[])[0];
  t.equal(sent, entry.bytes);
  const { message } = decodeMessage(messagePcodes.push, body);
  t.ok(message.kind === 'push' && message.entries[0]?.bytes.buffer !== entry.bytes.buffer);
  t.end();
});

t.test('each kind has OceanBase’s packet code', (t) => {
  t.same(messagePcodes, {
    push: 0x1501,
    'push-answer': 0x1502,
    prepare: 0x1508,
    'prepare-answer': 0x1509,
    'change-leader': 0x150c,
    'join-request': 0x1504,
    'join-answer': 0x1505,
    snapshot: 0x1506,
    committed: 0x1516,
  });
  t.end();
});

t.test('anything else is refused', (t) => {
  const invalid = { name: 'OB_RPC_PACKET_INVALID' };
  for (const body of [undefined, null, 'x', {}, [], [1001], ['1001', 2], [1001, '2'], [1001, 2n]]) {
    t.throws(() => decodeMessage(messagePcodes['change-leader'], body), invalid);
  }
  for (const term of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
    t.throws(() => decodeMessage(messagePcodes['change-leader'], [1001, term]), invalid, `term ${term}`);
  }
  t.throws(() => decodeMessage(0x9999, [1001, 2]), invalid);
  const push = encodeMessage(1001, messages[2] as Message).slice(0, -1);
  t.throws(() => decodeMessage(messagePcodes.push, push), invalid, 'no entries');
  t.throws(() => decodeMessage(messagePcodes.push, [...push, ['text']]), invalid);
  const gap = encodeMessage(1001, { ...(messages[2] as Message & { kind: 'push' }), previousLsn: 1 });
  t.throws(() => decodeMessage(messagePcodes.push, gap), invalid, 'entries that leave a gap');
  const future = encodeMessage(1001, { ...(messages[2] as Message & { kind: 'push' }), term: 1 });
  t.throws(() => decodeMessage(messagePcodes.push, future), invalid, 'an entry of a term to come');
  const broken = entry.bytes.slice();
  broken[45] = (broken[45] ?? 0) ^ 1;
  t.throws(() => decodeMessage(messagePcodes.push, [...push, [broken]]), { name: 'OB_CHECKSUM_ERROR' });
  const noList = makeEntry({ ...entry, kind: 'members' });
  t.throws(() => decodeMessage(messagePcodes.push, [...push, [noList.bytes]]), { name: 'OB_INVALID_LOG' });
  t.end();
});

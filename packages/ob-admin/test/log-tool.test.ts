import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBatchHeader, encodeSegmentHeader, makeEntry, segmentName } from '@sealane/consensus';
import { encodeChangeset, encodeLogRecord } from '@sealane/storage';
import t from 'tap';
import { runLogTool } from '../src/log-tool/log-tool.ts';
import { walkSegment } from '../src/log-tool/walk-segment.ts';

/** log_tool on segment files that nobody serves. */

const changeset = encodeChangeset([
  { op: 'insert', table: 'shop.orders', keyPlaces: [1, 0], new: [1n, 'a'] },
  { op: 'insert', table: 'shop.orders', keyPlaces: [1, 0], new: [2n, 'b'] },
  { op: 'delete', table: 'shop.carts', keyPlaces: [1], old: [7n] },
]);
const payloads = [
  new Uint8Array(),
  encodeLogRecord({
    kind: 'statements',
    statements: [{ sql: 'CREATE TABLE x (y)', binds: [] }],
    typed: { database: 'shop', text: 'create table\n  x (y int)' },
  }),
  encodeLogRecord({
    kind: 'batch',
    records: [encodeLogRecord({ kind: 'changes', changeset }), encodeLogRecord({ kind: 'noop' })],
  }),
];

/** One batch for each entry. */
function segment(firstLsn: number): Uint8Array {
  const parts = payloads.flatMap((payload, at) => {
    const lsn = firstLsn + at;
    const kind = payload.length === 0 ? 'noop' : 'data';
    const entry = makeEntry({ lsn, term: 3, scn: BigInt(lsn), kind, payload });
    return [encodeBatchHeader({ firstLsn: lsn, durableLsn: lsn - 1 }), entry.bytes];
  });
  return Buffer.concat([encodeSegmentHeader({ firstLsn, previousTerm: 3 }), ...parts]);
}

t.test('it tells what entries say, transaction by transaction, and no values of rows', async (t) => {
  const directory = t.testdir({});
  writeFileSync(join(directory, segmentName(5)), segment(5));
  const { answer, damaged } = runLogTool(['dump_log', directory]);
  t.notOk(damaged);
  const [lsn, what] = [answer.columns.indexOf('LSN'), answer.columns.indexOf('WHAT')];
  t.same(
    answer.rows.map((row) => [row[lsn], row[what]]),
    [
      [5, 'a new leader'],
      [6, 'create table x (y int)'],
      [7, 'shop.orders 2 insert; shop.carts 1 delete'],
      [7, 'nothing'],
    ],
  );
});

t.test('any byte that is changed is found, and what follows is still told', async (t) => {
  const whole = segment(1);
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    const found = [...walkSegment(bytes)];
    if (!found.some(({ kind }) => kind === 'damage')) t.fail(`byte ${at} was changed, and nobody noticed`);
    const entries = found.filter(({ kind }) => kind === 'entry');
    if (entries.length < payloads.length - 1) t.fail(`byte ${at}: only ${entries.length} entries are told`);
  }
  t.pass(`${whole.length} bytes`);
});

t.test('a file that ends early, one that is none, and what isn’t there are named', async (t) => {
  const directory = t.testdir({});
  const cut = join(directory, 'cut.log');
  writeFileSync(cut, segment(1).subarray(0, -10));
  const { answer, damaged } = runLogTool(['stat', cut]);
  t.ok(damaged);
  t.match(answer.rows[0], [cut, Number, 2, 1, 2, 1, /entry 3 isn't complete/]);
  writeFileSync(cut, 'something else');
  t.ok(runLogTool(['stat', cut]).damaged);
  mkdirSync(join(directory, 'empty'));
  t.throws(() => runLogTool(['stat', join(directory, 'empty')]), /no log segment/);
  t.throws(() => runLogTool(['stat', join(directory, 'missing.log')]), /can't be read/);
  t.throws(() => runLogTool(['dump_everything', cut]), /usage: ob_admin log_tool/);
});

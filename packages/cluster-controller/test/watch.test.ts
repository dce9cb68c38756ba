import t from 'tap';
import { ansiPaint, noPaint } from '../src/describe.ts';
import type { LinkState } from '../src/seeing/snapshot.ts';
import { barText, cut, sparkText } from '../src/watch/cells.ts';
import { screenLines } from '../src/watch/screen.ts';
import { seenCluster } from './seen-cluster.ts';

const state = { statements: [1, null, 3], trouble: undefined };
const modes: readonly LinkState[] = ['ENCRYPTED', 'PLAIN', 'AUTHENTICATED', 'MISSING', 'PLAIN', 'PLAIN'];

t.test('all that matters is on 80 × 24, in letters', async (t) => {
  const snapshot = seenCluster({
    state: (index) => modes[index] ?? 'PLAIN',
    node: (index) => (index === 1 ? { state: 'down', stateText: 'process not running' } : {}),
  });

  const lines = screenLines(snapshot, state, { columns: 80, rows: 24 }, noPaint);
  const screen = lines.join('\n');

  t.match(lines[0], /^1 of 6 links encrypted, 3 in clear, 1 authenticated only, 1 missing/);
  t.match(lines[1], /^encryption enable: running 12\.3 s, 1 of 3 nodes; waits for observer-2/);
  t.match(screen, /observer-1 +ACTIVE +leader/);
  t.match(screen, /observer-2 +DOWN/);
  t.match(screen, /obproxy +RUNS +back 5 enc 0 clear +16 \(4\)/);
  t.match(screen, /observer-1 +· +══ TLS1\.3 +-- CLEAR/);
  t.match(screen, /observer-2 +~~ AUTH +· +x {2}NONE/);
  t.match(screen, /✓ invite 3 of 3 nodes +> roll 1 of 6 links/);
  t.match(screen, /statements 812\/s +commits 240\/s +failed 0 +log gap 3 ms/);
  t.match(screen, /longest gap in writes: 212 ms at .* \(probe, 1200 writes, 0 failed\)/);
  t.match(screen, /horizon: certificate of observer-3 15 days/);
  t.match(lines.at(-1), /q quits/);
});

t.test('no line is too long and no line too many, however small the terminal', async (t) => {
  for (const nodes of [1, 3, 7]) {
    for (const [columns, rows] of [
      [200, 60],
      [120, 40],
      [80, 24],
      [60, 20],
      [40, 10],
      [20, 5],
    ] as const) {
      const lines = screenLines(seenCluster({ nodes }), state, { columns, rows }, noPaint);
      t.ok(lines.length <= rows, `${lines.length} lines on ${rows}`);
      t.same(
        lines.filter((line) => line.length > columns && columns >= 60),
        [],
        `${nodes} nodes on ${columns} × ${rows}`,
      );
    }
  }
});

t.test('colours say nothing that letters don’t: without them the same texts are there', async (t) => {
  const size = { columns: 80, rows: 24 };
  const snapshot = seenCluster({ state: (index) => modes[index] ?? 'PLAIN' });

  const plain = screenLines(snapshot, state, size, noPaint);
  const coloured = screenLines(snapshot, state, size, ansiPaint);

  t.same(
    coloured.map((line) => line.replaceAll(/\p{Cc}\[\d+m/gu, '')),
    plain,
  );
  t.notMatch(plain.join(''), /\p{Cc}/u);
});

t.test('what a node or a record says can’t move the cursor', async (t) => {
  const snapshot = seenCluster({ node: () => ({ name: 'evil\u001b[2J\u0007\nnode' }) });
  const events = [{ at: 1, kind: 'run' as const, tone: 'plain' as const, text: 'a\u001b[31mb' }];

  const lines = screenLines({ ...snapshot, events }, state, { columns: 100, rows: 50 }, noPaint);

  t.notMatch(lines.join(''), /\p{Cc}/u);
});

t.test('while nothing was seen, and when the cluster is away, it says so', async (t) => {
  const size = { columns: 80, rows: 24 };
  const away = { statements: [], trouble: 'no node answers: the cluster is away; looking on' };

  t.same(screenLines(undefined, { ...state, trouble: undefined }, size, noPaint), ['looking at every node…']);
  t.ok(
    screenLines(seenCluster({ node: () => ({ state: 'down' }) }), away, size, noPaint).includes(away.trouble),
  );
});

t.test('texts are cut where they must, curves and bars stay in their cells', async (t) => {
  t.equal(cut('abcdef', 4), 'abc…');
  t.equal(cut('abc', 4), 'abc');
  t.equal(cut('abcdef', 1), 'a');
  t.equal(sparkText([0, 4, null, 8], 3), '▅ █');
  t.equal(barText(0.5, 4), '██░░');
  t.equal(barText(9, 4), '████');
});

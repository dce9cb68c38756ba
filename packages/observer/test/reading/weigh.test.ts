import type { PlanStep } from '@sealane/sql';
import t from 'tap';
import { weigh } from '../../src/reading/weigh.ts';

const sizes: Readonly<Record<string, number>> = { 'd.few': 10, 'd.some': 900, 'd.many': 20_000 };

/** @param lines `parent detail [table]` */
function weightOf(lines: readonly (readonly [number, string, string?])[], hasLimit = false): string {
  const steps = lines.map(([parent, detail, table], index): PlanStep => {
    return { id: index + 1, parent, detail, table };
  });
  return weigh({ steps, hasLimit, unbounded: false }, (table) => sizes[table] ?? 0);
}

t.test('a read is weighed by the rows that SQLite will visit', (t) => {
  const point = 'SEARCH t1 USING INTEGER PRIMARY KEY (rowid=?)';

  t.equal(weightOf([]), 'short');
  t.equal(weightOf([[0, point, 'd.many']]), 'short');
  t.equal(weightOf([[0, 'SCAN CONSTANT ROW']]), 'short');
  t.equal(weightOf([[0, 'SCAN t1', 'd.some']]), 'short');
  t.equal(
    weightOf([
      [0, 'SCAN t1', 'd.some'],
      [0, point, 'd.many'],
    ]),
    'short',
  );
  t.equal(weightOf([[0, 'SCAN t1 USING COVERING INDEX d.many.k', 'd.many']]), 'long');
  t.equal(
    weightOf([
      [0, 'SCAN t1', 'd.some'],
      [0, 'SCAN t2', 'd.some'],
    ]),
    'long',
    'loops within each other',
  );
  t.equal(
    weightOf([
      [2, 'SCAN t1', 'd.some'],
      [3, 'SCAN t2', 'd.few'],
    ]),
    'short',
    'loops after each other',
  );
  t.equal(weightOf([[0, 'SEARCH t1 USING INDEX d.many.k (k>? AND k<?)', 'd.many']]), 'unclear');
  t.equal(weightOf([[0, 'RECURSIVE STEP']]), 'unclear');
  t.equal(weightOf([[0, 'SCAN t1', 'd.many']], true), 'unclear', 'it may end early');
  t.equal(
    weightOf(
      [
        [0, 'SCAN t1', 'd.many'],
        [0, 'USE TEMP B-TREE FOR ORDER BY'],
      ],
      true,
    ),
    'long',
    'unless all have to be sorted first',
  );
  t.end();
});

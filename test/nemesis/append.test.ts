import t from 'tap';
import { checkAppend } from './checkers/append.ts';
import { history, kinds, type Short } from './checkers/planted.ts';
import type { Outcome } from './history.ts';

/** Each anomaly of the literature, planted and found under its name. */

t.test('lists that transactions append to', async (t) => {
  type Steps = readonly (
    | readonly ['append', number, number]
    | readonly ['read', number, readonly number[]]
  )[];
  const steps = (short: Steps, isKnown: boolean) =>
    short.map(([f, key, what]) =>
      f === 'append' ? { f, key, element: what } : { f, key, list: isKnown ? what : null },
    );
  const txn = (
    process: number,
    [from, to]: [number, number],
    short: Steps,
    { mode = 'READ COMMITTED', outcome = 'ok' as Outcome } = {},
  ): Short => [
    process,
    from,
    to,
    'txn',
    { mode, steps: steps(short, false) },
    outcome,
    { mode, steps: steps(short, true) },
  ];
  const found = (...shorts: Short[]): readonly string[] => kinds(checkAppend(history('append', shorts)));
  const final = (short: Steps): Short => txn(9, [1000, 1001], short, { mode: 'alone' });

  t.same(
    found(
      txn(
        1,
        [0, 5],
        [
          ['append', 1, 1],
          ['append', 2, 2],
        ],
      ),
      txn(
        2,
        [3, 9],
        [
          ['append', 1, 3],
          ['read', 1, [1, 3]],
          ['read', 2, [2]],
        ],
      ),
      txn(3, [4, 8], [['append', 1, 4]], { outcome: 'info' }),
      txn(4, [4, 8], [['append', 1, 5]], { outcome: 'fail' }),
      final([
        ['read', 1, [1, 3, 4]],
        ['read', 2, [2]],
      ]),
    ),
    [],
    'a good history, with an unknown append that happened',
  );
  const skew = [
    txn(
      1,
      [0, 9],
      [
        ['read', 1, []],
        ['append', 2, 1],
      ],
    ),
    txn(
      2,
      [0, 9],
      [
        ['read', 2, []],
        ['append', 1, 2],
      ],
    ),
    final([
      ['read', 1, [2]],
      ['read', 2, [1]],
    ]),
  ];
  const skewed = checkAppend(history('append', skew));
  t.equal(skewed.valid, true, 'reads before the first write are each by itself under READ COMMITTED');
  t.match(skewed.notes.join(), /G2/, 'what whole transactions show is told');

  const alone = { mode: 'alone' } as const;
  const repeatable = { mode: 'REPEATABLE READ' } as const;
  const bad: Record<string, readonly Short[]> = {
    G0: [
      txn(
        1,
        [0, 9],
        [
          ['append', 1, 1],
          ['append', 2, 2],
        ],
      ),
      txn(
        2,
        [0, 9],
        [
          ['append', 1, 3],
          ['append', 2, 4],
        ],
      ),
      final([
        ['read', 1, [1, 3]],
        ['read', 2, [4, 2]],
      ]),
    ],
    'G0-realtime': [
      txn(1, [0, 1], [['append', 1, 1]]),
      txn(2, [2, 3], [['append', 1, 2]]),
      final([['read', 1, [2, 1]]]),
    ],
    G1a: [txn(1, [0, 1], [['append', 1, 1]], { outcome: 'fail' }), final([['read', 1, [1]]])],
    G1b: [
      txn(
        1,
        [0, 9],
        [
          ['append', 1, 1],
          ['append', 1, 2],
        ],
      ),
      txn(2, [0, 9], [['read', 1, [1]]], alone),
      final([['read', 1, [1, 2]]]),
    ],
    G1c: [
      txn(
        1,
        [0, 9],
        [
          ['append', 1, 1],
          ['read', 2, [2]],
        ],
      ),
      txn(
        2,
        [0, 9],
        [
          ['append', 2, 2],
          ['read', 1, [1]],
        ],
      ),
      final([
        ['read', 1, [1]],
        ['read', 2, [2]],
      ]),
    ],
    'G-single': [
      txn(
        1,
        [0, 9],
        [
          ['append', 1, 1],
          ['append', 2, 2],
        ],
      ),
      txn(
        2,
        [0, 9],
        [
          ['read', 1, [1]],
          ['read', 2, []],
        ],
        alone,
      ),
      final([
        ['read', 1, [1]],
        ['read', 2, [2]],
      ]),
    ],
    'G-single-realtime': [
      txn(1, [0, 1], [['append', 1, 1]]),
      txn(2, [2, 3], [['read', 1, []]], alone),
      final([['read', 1, [1]]]),
    ],
    G2: [
      txn(
        1,
        [0, 9],
        [
          ['append', 3, 3],
          ['read', 1, []],
          ['append', 2, 1],
        ],
      ),
      txn(
        2,
        [0, 9],
        [
          ['append', 4, 4],
          ['read', 2, []],
          ['append', 1, 2],
        ],
      ),
      final([
        ['read', 1, [2]],
        ['read', 2, [1]],
        ['read', 3, [3]],
        ['read', 4, [4]],
      ]),
    ],
    twice: [txn(1, [0, 1], [['append', 1, 1]]), final([['read', 1, [1, 1]]])],
    'from nowhere': [final([['read', 1, [1]]])],
    internal: [
      txn(
        1,
        [0, 1],
        [
          ['append', 1, 1],
          ['append', 1, 2],
          ['read', 1, [1]],
        ],
      ),
      final([['read', 1, [1, 2]]]),
    ],
    'lost append': [
      txn(1, [0, 1], [['append', 1, 1]]),
      txn(2, [2, 3], [['append', 1, 2]]),
      final([['read', 1, [2]]]),
    ],
    'incompatible orders': [
      txn(1, [0, 9], [['append', 1, 1]]),
      txn(2, [0, 9], [['append', 1, 2]]),
      txn(3, [0, 9], [['read', 1, [1]]], alone),
      final([['read', 1, [2, 1]]]),
    ],
  };
  for (const [kind, shorts] of Object.entries(bad))
    t.ok(found(...shorts).includes(kind), `${kind}: ${found(...shorts)}`);
  t.equal(checkAppend(history('append', bad['lost append'] ?? [])).lost, 1);

  const twoReads = (options: { mode?: string }): readonly Short[] => [
    txn(
      1,
      [0, 9],
      [
        ['append', 1, 1],
        ['append', 2, 2],
      ],
    ),
    txn(
      2,
      [0, 9],
      [
        ['read', 2, []],
        ['read', 1, [1]],
      ],
      options,
    ),
    final([
      ['read', 1, [1]],
      ['read', 2, [2]],
    ]),
  ];
  t.same(found(...twoReads({})), [], 'two reads under READ COMMITTED may see two states');
  t.same(found(...twoReads(repeatable)), ['G-single'], 'under REPEATABLE READ they may not');
});

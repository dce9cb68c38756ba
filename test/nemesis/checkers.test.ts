import fc from 'fast-check';
import t from 'tap';
import { checkBank } from './checkers/bank.ts';
import { checkLinearizability, type Event } from './checkers/linearizability.ts';
import { history, kinds, type Short } from './checkers/planted.ts';
import { checkRegister } from './checkers/register.ts';
import { checkSet } from './checkers/set.ts';
import type { Verdict } from './checkers/verdict.ts';
import { type HistoryLine, type Outcome, operationsIn } from './history.ts';
import { ACCOUNTS, BALANCE_AT_FIRST } from './workloads/bank.ts';

/** The checkers know nothing but histories: good ones pass, and each planted anomaly is found under its name. */

t.test('a history file is read as operations', async (t) => {
  const lines: HistoryLine[] = [
    { process: 1, type: 'invoke', workload: 'set', f: 'add', value: 7, at: 1, node: 'observer-1' },
    { process: 'nemesis', type: 'info', f: 'kill the leader', at: 2 },
    { process: 2, type: 'invoke', workload: 'set', f: 'add', value: 8, at: 3 },
    { process: 3, type: 'invoke', workload: 'bank', f: 'read', at: 3 },
    { process: 1, type: 'ok', workload: 'set', f: 'add', value: 1, at: 4 },
    { process: 3, type: 'ok', workload: 'bank', f: 'read', at: 5 },
    { process: 1, type: 'invoke', workload: 'set', f: 'add', value: 9, at: 6 },
    { process: 1, type: 'info', workload: 'set', f: 'add', error: 'no answer', at: 7 },
  ];

  const operations = operationsIn(lines, 'set');

  t.same(
    operations.map(({ process, value, outcome, startMs, endMs }) => [
      process,
      value,
      outcome,
      startMs,
      endMs,
    ]),
    [
      [1, 7, 'ok', 1, 4],
      [2, 8, 'info', 3, Infinity],
      [1, 9, 'info', 6, Infinity],
    ],
    'what has no known end may happen at any time',
  );
  const [begin] = lines;
  t.throws(() => operationsIn([begin, begin] as HistoryLine[], 'set'), /began before it had ended/);
});

t.test('a register', async (t) => {
  const register = (...shorts: Short[]): Verdict => checkRegister(history('register', shorts));
  const write = (
    process: number,
    from: number,
    to: number,
    value: number,
    outcome: Outcome = 'ok',
  ): Short => [process, from, to, 'write', { key: 1, value }, outcome];
  const read = (process: number, from: number, to: number, result: number | null): Short => [
    process,
    from,
    to,
    'read',
    { key: 1 },
    'ok',
    result,
  ];
  const cas = (
    process: number,
    [from, to]: [number, number],
    [expected, value]: [number, number],
    outcome: Outcome,
    result?: boolean,
  ): Short => [process, from, to, 'cas', { key: 1, expected, value }, outcome, result];

  t.equal(register(write(1, 0, 5, 1), write(2, 0, 5, 2), read(3, 6, 7, 1)).valid, true, 'either may be last');
  t.equal(
    register(
      write(1, 0, 1, 1),
      write(2, 2, 3, 2, 'info'),
      read(3, 4, 5, 1),
      read(3, 6, 7, 2),
      read(3, 8, 9, 2),
    ).valid,
    true,
    'an unknown write may take effect late',
  );
  t.equal(register(write(1, 0, 1, 1), write(2, 2, 3, 2, 'info'), read(3, 9, 10, 1)).valid, true, 'or never');
  t.equal(register(write(1, 0, 1, 1), write(2, 2, 3, 2, 'fail'), read(3, 9, 10, 1)).valid, true);
  t.equal(register(write(1, 0, 1, 1), cas(2, [2, 3], [1, 2], 'ok', true), read(3, 4, 5, 2)).valid, true);
  t.equal(
    register(
      write(1, 0, 1, 1),
      write(2, 2, 3, 2, 'info'),
      cas(3, [4, 5], [1, 7], 'ok', false),
      read(3, 6, 7, 2),
    ).valid,
    true,
    'a compare-and-set that found something else',
  );
  t.equal(
    register(write(1, 0, 1, 1), write(2, 2, 3, 2, 'info'), cas(3, [4, 5], [1, 7], 'ok', false)).valid,
    true,
    'explained by a write that nobody has read',
  );

  const bad = {
    'a stale read': [write(1, 0, 1, 1), write(1, 2, 3, 2), read(2, 4, 5, 1)],
    'a lost write': [write(1, 0, 1, 1), read(2, 2, 3, null)],
    'back in time': [write(1, 0, 9, 1), read(2, 1, 2, 1), read(2, 3, 4, null)],
    'an unknown write that came and went': [
      write(1, 0, 1, 1),
      write(2, 2, 3, 2, 'info'),
      read(3, 4, 5, 2),
      read(3, 6, 7, 1),
    ],
    'a refused write that happened': [write(1, 0, 1, 1), write(2, 2, 3, 2, 'fail'), read(3, 4, 5, 2)],
    'a lost update': [
      write(1, 0, 1, 1),
      cas(2, [2, 5], [1, 2], 'ok', true),
      cas(3, [2, 5], [1, 3], 'ok', true),
    ],
    'a compare-and-set that should have found it': [write(1, 0, 1, 1), cas(2, [2, 3], [1, 2], 'ok', false)],
  } satisfies Record<string, Short[]>;
  for (const [name, shorts] of Object.entries(bad))
    t.same(kinds(register(...shorts)), ['not linearizable'], name);
  t.equal(
    checkRegister(history('register', bad['a stale read']), 1).valid,
    'unknown',
    'a search that is given up is no success',
  );
});

t.test('the search for an order agrees with trying all orders', async (t) => {
  const operation = fc.record({
    start: fc.nat(8),
    length: fc.nat(6),
    isOpen: fc.boolean(),
    isWrite: fc.boolean(),
    value: fc.integer({ min: 0, max: 2 }),
  });
  let impossible = 0;
  const property = fc.property(fc.array(operation, { maxLength: 6 }), (operations) => {
    const events: Event<number>[] = operations
      .filter(({ isOpen, isWrite }) => isWrite || !isOpen)
      .map(({ start, length, isOpen, isWrite, value }) => ({
        startMs: start,
        endMs: isOpen ? Infinity : start + length,
        name: '',
        step: (state) => (isWrite || state === value ? value : undefined),
      }));
    const expected = someOrderFits(events, 0);
    if (!expected) impossible += 1;
    return (checkLinearizability(events, 0).kind === 'linearizable') === expected;
  });
  fc.assert(property, { numRuns: 3000, seed: 11 });
  t.ok(impossible > 300, `${impossible} of them were impossible`);
});

function someOrderFits(left: readonly Event<number>[], state: number): boolean {
  if (left.every((event) => event.endMs === Infinity)) return true;
  const firstEnd = Math.min(...left.map((event) => event.endMs));
  return left.some((event) => {
    if (event.startMs > firstEnd) return false;
    const after = event.step(state);
    return (
      after !== undefined &&
      someOrderFits(
        left.filter((other) => other !== event),
        after,
      )
    );
  });
}

t.test('accounts', async (t) => {
  const even = Array.from({ length: ACCOUNTS }, () => BALANCE_AT_FIRST);
  const moved = [BALANCE_AT_FIRST - 5, BALANCE_AT_FIRST + 5, ...even.slice(2)];
  const five = { id: 1, from: 0, to: 1, amount: 5 };
  const transfer = (from: number, to: number, outcome: Outcome, result = true, value = five): Short => [
    1,
    from,
    to,
    'transfer',
    value,
    outcome,
    result,
  ];
  const read = (
    f: string,
    from: number,
    balances: readonly number[],
    transfers: number,
    process = 2,
  ): Short => [process, from, from + 1, f, 'one statement', 'ok', { balances, transfers }];
  const final = (balances: readonly number[], booked: readonly unknown[]): Short => [
    3,
    90,
    91,
    'final',
    null,
    'ok',
    { balances, booked },
  ];
  const found = (...shorts: Short[]): readonly string[] => kinds(checkBank(history('bank', shorts)));

  t.same(
    found(
      read('read', 0, even, 0),
      transfer(2, 3, 'ok'),
      read('read', 4, moved, 1),
      read('weak-read', 6, even, 0, 4),
      final(moved, [five]),
    ),
    [],
    'a weak read may be old, in a session that has seen nothing newer',
  );
  t.same(found(transfer(0, 1, 'info'), final(moved, [five])), [], 'an unknown transfer may be booked');
  t.same(found(transfer(0, 1, 'info'), final(even, [])), [], 'or not');

  const uneven = [BALANCE_AT_FIRST - 5, ...even.slice(1)];
  const bad: Record<string, readonly Short[]> = {
    'wrong total': [transfer(0, 9, 'ok'), read('weak-read', 1, uneven, 0), final(moved, [five])],
    'negative balance': [
      read('read', 0, [-1, BALANCE_AT_FIRST * 2 + 1, ...even.slice(2)], 0),
      final(even, []),
    ],
    'stale read': [transfer(0, 1, 'ok'), read('read', 2, even, 0), final(moved, [five])],
    'read from nowhere': [read('read', 0, even, 1), final(even, [])],
    'back in time': [
      transfer(0, 1, 'ok'),
      read('read', 2, moved, 1),
      read('weak-read', 4, even, 0),
      final(moved, [five]),
    ],
    'lost transfer': [transfer(0, 1, 'ok'), final(even, [])],
    'refused and booked': [transfer(0, 1, 'fail'), final(moved, [five])],
    'from nowhere': [final(moved, [five])],
    "books don't match": [transfer(0, 1, 'ok'), final(even, [five])],
    'no final read': [transfer(0, 1, 'ok')],
  };
  for (const [kind, shorts] of Object.entries(bad))
    t.ok(found(...shorts).includes(kind), `${kind}: ${found(...shorts)}`);
});

t.test('a set', async (t) => {
  const add = (value: number, outcome: Outcome, result?: number): Short => [
    1,
    value,
    value + 0.5,
    'add',
    value,
    outcome,
    result,
  ];
  const final = (rows: readonly (readonly [number, number])[], process = 2): Short => [
    process,
    90,
    91,
    'final',
    null,
    'ok',
    rows,
  ];
  const found = (...shorts: Short[]): readonly string[] => kinds(checkSet(history('set', shorts)));

  t.same(
    found(
      add(1, 'ok', 1),
      add(2, 'info'),
      add(3, 'fail'),
      add(4, 'info'),
      final([
        [1, 1],
        [5, 4],
      ]),
    ),
    [],
  );
  const bad: Record<string, readonly Short[]> = {
    'lost element': [add(1, 'ok', 1), final([])],
    twice: [
      add(1, 'ok', 1),
      final([
        [1, 1],
        [2, 1],
      ]),
    ],
    'refused and there': [add(1, 'fail'), final([[1, 1]])],
    'another number': [add(1, 'ok', 1), final([[2, 1]])],
    'from nowhere': [final([[1, 1]])],
    'nodes differ': [add(1, 'info'), final([[1, 1]]), final([], 3)],
    'no final read': [add(1, 'ok', 1)],
  };
  for (const [kind, shorts] of Object.entries(bad))
    t.ok(found(...shorts).includes(kind), `${kind}: ${found(...shorts)}`);
});

import type { Operation } from '../history.ts';
import { type AppendOperation, type Unit, unitsOf, wholeOf } from './append-units.ts';
import { findCycles, timeEdges } from './cycles.ts';
import { type Edge, Graph } from './graph.ts';
import { Findings, type Verdict } from './verdict.ts';

/** Who appended what, and in which order each list grew. */
interface Appends {
  readonly writerOf: ReadonlyMap<number, AppendOperation>;
  /** By key: all elements that anybody read, in order. */
  readonly orders: ReadonlyMap<number, readonly number[]>;
}

/**
 * Checks lists as Elle does: the longest list read of a key shows the order of its versions; from it follow the
 * dependencies between transactions, and a cycle among them is an anomaly. What must be free of cycles are units of
 * steps (see append-units.ts); what whole transactions show beyond that is told as a note.
 */
export function checkAppend(all: readonly Operation[]): Verdict {
  const findings = new Findings();
  const operations = all as readonly AppendOperation[];
  const appends = readAppends(operations, findings);
  const seen = new Set([...appends.orders.values()].flat());
  // What failed did not happen, and of what is unknown only what somebody saw did.
  const happened = operations.filter(
    (operation) => operation.outcome === 'ok' || (operation.outcome === 'info' && isSeen(operation, seen)),
  );
  checkLists(operations, appends, findings);
  checkLost(operations, seen, findings);
  const units = happened.flatMap(unitsOf);
  for (const unit of units) checkInside(unit, findings);
  for (const cycle of findCycles(graphOf(units, appends))) {
    findings.add(cycle.kind, cycle.edges.map((edge) => tell(edge, units)).join(' → '));
  }
  return {
    valid: findings.violations().length === 0,
    lost: findings.count('lost append'),
    violations: findings.violations(),
    notes: [`${happened.length} transactions, ${units.length} units`, ...strongerNotes(happened, appends)],
  };
}

/** The order of each key's versions; lists that don't fit into one order are found here. */
function readAppends(operations: readonly AppendOperation[], findings: Findings): Appends {
  const writerOf = new Map<number, AppendOperation>();
  const orders = new Map<number, readonly number[]>();
  for (const operation of operations) {
    for (const step of operation.value.steps) if (step.f === 'append') writerOf.set(step.element, operation);
    for (const { key, list } of listsOf(operation)) {
      const longest = orders.get(key) ?? [];
      const [short, long] = list.length > longest.length ? [longest, list] : [list, longest];
      if (short.some((element, index) => element !== long[index])) {
        findings.add('incompatible orders', `key ${key}: ${short.join(' ')} and ${long.join(' ')}`);
      }
      orders.set(key, long);
    }
  }
  return { writerOf, orders };
}

function checkLists(operations: readonly AppendOperation[], { writerOf }: Appends, findings: Findings): void {
  const lastOf = new Map(operations.map((operation) => [operation, lastAppends(operation)]));
  for (const operation of operations) {
    for (const { key, list } of listsOf(operation)) {
      if (new Set(list).size < list.length) findings.add('twice', `key ${key}: ${list.join(' ')}`);
      for (const element of list) {
        const writer = writerOf.get(element);
        if (writer === undefined) findings.add('from nowhere', `key ${key} holds ${element}`);
        if (writer?.outcome === 'fail') {
          findings.add(
            'G1a',
            `${place(operation)} read ${element} of key ${key}, appended by ${place(writer)}: ${writer.error}`,
          );
        }
      }
      const newest = list.at(-1);
      const writer = newest === undefined ? undefined : writerOf.get(newest);
      if (writer === undefined || writer === operation || lastOf.get(writer)?.get(key) === newest) continue;
      findings.add(
        'G1b',
        `${place(operation)} read key ${key} up to ${newest}, in the middle of ${place(writer)}`,
      );
    }
  }
}

/** The final reads have seen every list: what was acknowledged is in one. */
function checkLost(
  operations: readonly AppendOperation[],
  seen: ReadonlySet<number>,
  findings: Findings,
): void {
  if (operations.some((operation) => operation.outcome === 'ok') && !operations.some(isRead)) {
    findings.add('no final read', 'nobody read a list');
  }
  for (const operation of operations) {
    if (operation.outcome !== 'ok') continue;
    for (const step of operation.value.steps) {
      if (step.f !== 'append' || seen.has(step.element)) continue;
      findings.add('lost append', `${step.element} to key ${step.key}, acknowledged: ${place(operation)}`);
    }
  }
}

/** Within a unit a list may change by the unit's own appends only. */
function checkInside({ operation, steps }: Unit, findings: Findings): void {
  const expected = new Map<number, readonly number[]>();
  const appended = new Map<number, readonly number[]>();
  for (const step of steps) {
    if (step.f === 'append') {
      appended.set(step.key, [...(appended.get(step.key) ?? []), step.element]);
      const known = expected.get(step.key);
      if (known !== undefined) expected.set(step.key, [...known, step.element]);
      continue;
    }
    const list = step.list ?? [];
    const own = appended.get(step.key) ?? [];
    const known = expected.get(step.key) ?? [...list.slice(0, Math.max(0, list.length - own.length)), ...own];
    if (known.join() !== list.join()) {
      findings.add(
        'internal',
        `${place(operation)}: key ${step.key} is ${list.join(' ')}, not ${known.join(' ')}`,
      );
    }
    expected.set(step.key, list);
  }
}

function graphOf(units: readonly Unit[], { orders }: Appends): Graph {
  const graph = new Graph(units.length, timeEdges(units));
  const writers = new Map<number, number>();
  for (const [id, { steps, position }] of units.entries()) {
    if (position > 0)
      graph.add({ from: id - 1, to: id, kind: 'time', why: 'was before it in its transaction' });
    for (const step of steps) if (step.f === 'append') writers.set(step.element, id);
  }
  for (const [key, order] of orders) for (const edge of writeEdges(key, order, writers)) graph.add(edge);
  for (const [id, { steps }] of units.entries()) {
    for (const step of steps) {
      if (step.f !== 'read') continue;
      for (const edge of readEdges(id, step.key, step.list ?? [], orders.get(step.key) ?? [], writers))
        graph.add(edge);
    }
  }
  return graph;
}

function* writeEdges(
  key: number,
  order: readonly number[],
  writers: ReadonlyMap<number, number>,
): Generator<Edge> {
  for (const [index, element] of order.entries()) {
    const from = writers.get(order[index - 1] ?? -1);
    const to = writers.get(element);
    if (from === undefined || to === undefined) continue;
    yield { from, to, kind: 'ww', why: `appended ${order[index - 1]} to key ${key}, then came ${element}` };
  }
}

/** What it read was there before, what it didn't read comes after. Its own appends say nothing. */
function* readEdges(
  id: number,
  key: number,
  list: readonly number[],
  order: readonly number[],
  writers: ReadonlyMap<number, number>,
): Generator<Edge> {
  const others = list.filter((element) => writers.get(element) !== id);
  const newest = others.at(-1);
  const writer = newest === undefined ? undefined : writers.get(newest);
  if (writer !== undefined) {
    yield { from: writer, to: id, kind: 'wr', why: `appended ${newest} to key ${key}, which was read` };
  }
  const missed = order.slice(list.length).find((element) => writers.get(element) !== id);
  const next = missed === undefined ? undefined : writers.get(missed);
  if (next !== undefined) {
    yield { from: id, to: next, kind: 'rw', why: `did not see ${missed} in key ${key}` };
  }
}

/** Whole transactions, strictly serializable: promised to nobody who reads before he writes. */
function strongerNotes(happened: readonly AppendOperation[], appends: Appends): readonly string[] {
  const wholes = happened.flatMap(wholeOf);
  const counts = new Map<string, number>();
  for (const { kind } of findCycles(graphOf(wholes, appends))) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const seen = [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  return [`whole transactions beyond their isolation level: ${seen === '' ? 'no anomaly' : seen}`];
}

function listsOf({ result }: AppendOperation): readonly { key: number; list: readonly number[] }[] {
  return (result?.steps ?? []).flatMap((step) =>
    step.f === 'read' ? [{ key: step.key, list: step.list ?? [] }] : [],
  );
}

function lastAppends({ value }: AppendOperation): ReadonlyMap<number, number> {
  return new Map(
    value.steps.flatMap((step) => (step.f === 'append' ? [[step.key, step.element] as const] : [])),
  );
}

function isSeen({ value }: AppendOperation, seen: ReadonlySet<number>): boolean {
  return value.steps.some((step) => step.f === 'append' && seen.has(step.element));
}

function isRead(operation: AppendOperation): boolean {
  return listsOf(operation).length > 0;
}

function tell({ from, to, why }: Edge, units: readonly Unit[]): string {
  const [a, b] = [units[from], units[to]];
  return `${a === undefined ? '' : place(a.operation)} ${why} by ${b === undefined ? '' : place(b.operation)}`;
}

function place({ index, node, startMs, endMs, value }: AppendOperation): string {
  const end = endMs === Infinity ? '?' : Math.round(endMs);
  return `T${index} (${value.mode}, ${node}, ${Math.round(startMs)}–${end} ms)`;
}

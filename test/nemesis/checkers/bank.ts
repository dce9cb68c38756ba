import type { Operation } from '../history.ts';
import { ACCOUNTS, BALANCE_AT_FIRST, type BankEnd, type BankRead, type Transfer } from '../workloads/bank.ts';
import { Findings, type Verdict } from './verdict.ts';

const TOTAL = ACCOUNTS * BALANCE_AT_FIRST;

/**
 * Every read sees all accounts with the same total; strong reads see every transfer that was acknowledged before they
 * began; weak ones never go back within a session; at the end every acknowledged transfer is booked, once, and the
 * balances are what the transfers make of them.
 */
export function checkBank(operations: readonly Operation[]): Verdict {
  const findings = new Findings();
  const reads = operations.filter(({ f, outcome }) => /read$/.test(f) && outcome === 'ok') as Operation<
    string,
    BankRead
  >[];
  for (const read of reads) checkTotal(read, findings);
  checkStrongReads(operations, reads, findings);
  checkWeakReads(reads, findings);
  const ends = operations.filter(({ f, outcome }) => f === 'final' && outcome === 'ok') as Operation<
    null,
    BankEnd
  >[];
  if (ends.length === 0) findings.add('no final read', 'nobody read the accounts after the faults');
  for (const end of ends) checkEnd(end, operations, findings);
  return {
    valid: findings.violations().length === 0,
    lost: findings.count('lost transfer'),
    violations: findings.violations(),
    notes: [`${reads.length} reads of all accounts, total ${TOTAL} each time`],
  };
}

function checkTotal(read: Operation<unknown, BankRead>, findings: Findings): void {
  const { balances = [] } = read.result ?? {};
  const total = balances.reduce((sum, balance) => sum + balance, 0);
  if (balances.length !== ACCOUNTS || total !== TOTAL) {
    findings.add('wrong total', `${place(read)}: ${balances.join(' ')} is ${total}, not ${TOTAL}`);
  }
  if (balances.some((balance) => balance < 0))
    findings.add('negative balance', `${place(read)}: ${balances.join(' ')}`);
}

/** A strong read counts at least what was acknowledged before it began, and at most what was begun before it ended. */
function checkStrongReads(
  operations: readonly Operation[],
  reads: readonly Operation<string, BankRead>[],
  findings: Findings,
): void {
  const booked = operations.filter(isBooked);
  const acknowledgedAt = booked.map((each) => each.endMs).toSorted((a, b) => a - b);
  const begunAt = operations
    .filter(({ f, outcome, result }) => f === 'transfer' && outcome !== 'fail' && result !== false)
    .map((each) => each.startMs);
  for (const read of reads) {
    const transfers = read.result?.transfers ?? 0;
    const most = countUpTo(begunAt, read.endMs);
    if (transfers > most)
      findings.add('read from nowhere', `${place(read)}: ${transfers} transfers, ${most} were begun`);
    if (read.f !== 'read') continue;
    const least = countUpTo(acknowledgedAt, read.startMs);
    if (transfers < least) {
      findings.add('stale read', `${place(read)}: ${transfers} transfers, ${least} were acknowledged before`);
    }
  }
}

/** A session is a process at one node: after a reconnect, a client asks another one anew. */
function checkWeakReads(reads: readonly Operation<string, BankRead>[], findings: Findings): void {
  const newest = new Map<string, number>();
  for (const read of reads) {
    const session = `${read.process} ${read.node}`;
    const before = newest.get(session) ?? 0;
    const transfers = read.result?.transfers ?? 0;
    if (transfers < before)
      findings.add('back in time', `${place(read)}: ${transfers} transfers after ${before}`);
    newest.set(session, Math.max(before, transfers));
  }
}

function checkEnd(end: Operation<null, BankEnd>, operations: readonly Operation[], findings: Findings): void {
  const { balances = [], booked = [] } = end.result ?? {};
  checkTotal({ ...end, result: { balances, transfers: booked.length } }, findings);
  const byId = new Map(booked.map((transfer) => [transfer.id, transfer]));
  const expected = Array.from({ length: ACCOUNTS }, () => BALANCE_AT_FIRST);
  for (const { from, to, amount } of booked) {
    expected[from] = (expected[from] ?? 0) - amount;
    expected[to] = (expected[to] ?? 0) + amount;
  }
  if (expected.join(' ') !== balances.join(' ')) {
    findings.add(
      "books don't match",
      `${place(end)}: ${balances.join(' ')}, the transfers give ${expected.join(' ')}`,
    );
  }
  for (const operation of operations) {
    if (operation.f !== 'transfer') continue;
    const transfer = operation.value as Transfer;
    const isThere = byId.delete(transfer.id);
    if (isBooked(operation) && !isThere)
      findings.add('lost transfer', `${place(operation)}: ${transfer.id} at ${end.node}`);
    const refused = operation.outcome === 'fail' || operation.result === false;
    if (refused && isThere) {
      findings.add(
        'refused and booked',
        `${place(operation)}: ${transfer.id} (${operation.error}) at ${end.node}`,
      );
    }
  }
  for (const id of byId.keys()) findings.add('from nowhere', `transfer ${id} at ${end.node}`);
}

function isBooked({ f, outcome, result }: Operation): boolean {
  return f === 'transfer' && outcome === 'ok' && result === true;
}

/** In an ascending or any other list: how many are at most `limit`. */
function countUpTo(times: readonly number[], limit: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function place({ f, process, node, startMs, endMs }: Operation): string {
  return `${f} of process ${process} at ${node}, ${Math.round(startMs)}–${Math.round(endMs)} ms`;
}

import assert from 'node:assert/strict';
import { decodeMembers, type LogEntry } from '../../src/index.ts';

/** Sees everything that happens on all nodes, and fails at the first step that breaks a promise. */
export class Checker {
  readonly #leaders = new Map<number, string>();
  /** The newest committed list. */
  #members: { lsn: number; members: readonly string[] };
  /** `lsn:term` → what stands there and before it. */
  readonly #entries = new Map<string, string>();
  /** What was applied by whoever was first; index = LSN - 1. */
  readonly committed: { term: number; payload: string }[] = [];
  /** LSN → payload of proposals that were answered with OK. */
  readonly acknowledged = new Map<number, string>();
  readonly counts = {
    elections: 0,
    applied: 0,
    acknowledged: 0,
    reads: 0,
    unknown: 0,
    crashes: 0,
    transfers: 0,
    wipes: 0,
    damages: 0,
    joins: 0,
    truncations: 0,
    installs: 0,
    membersAdded: 0,
    membersRemoved: 0,
    fullDisks: 0,
  };

  constructor(members: readonly string[]) {
    this.#members = { lsn: 0, members };
  }

  /** Election safety: one leader a term. Leader completeness: it has everything that was ever committed. */
  leads(
    server: string,
    term: number,
    log: { baseLsn: number; termAt: (lsn: number) => number | undefined },
  ): void {
    const other = this.#leaders.get(term);
    assert.ok(other === undefined || other === server, `term ${term} is led by ${other} and ${server}`);
    if (other !== undefined) return;
    this.#leaders.set(term, server);
    this.counts.elections += 1;
    for (const [index, entry] of this.committed.entries()) {
      if (index + 1 < log.baseLsn) continue;
      assert.equal(
        log.termAt(index + 1),
        entry.term,
        `${server} leads term ${term} without committed entry ${index + 1}`,
      );
    }
  }

  /** Log matching: an entry of the same LSN and term is the same everywhere, and so is the one before it. */
  appended(server: string, entry: LogEntry, previousTerm: number): void {
    const key = `${entry.lsn}:${entry.term}`;
    const value = `${previousTerm} ${text(entry)}`;
    const known = this.#entries.get(key);
    assert.ok(known === undefined || known === value, `${server} has ${value} at ${key}, others ${known}`);
    this.#entries.set(key, value);
  }

  /** State machine safety: everybody applies the same entries. */
  applied(server: string, entry: LogEntry): void {
    const known = this.committed[entry.lsn - 1];
    const mine = { term: entry.term, payload: text(entry) };
    if (known === undefined) {
      assert.equal(entry.lsn, this.committed.length + 1, `${server} applies ${entry.lsn} too early`);
      this.committed.push(mine);
    } else {
      assert.deepEqual(mine, known, `${server} applies another entry ${entry.lsn} than others did`);
    }
    this.counts.applied += 1;
  }

  /** A change of members is committed; told by each node that applies it. */
  changed(entry: LogEntry): void {
    const members = decodeMembers(entry.payload);
    const before = this.#members;
    if (before.lsn >= entry.lsn) return;
    this.#members = { lsn: entry.lsn, members };
    const added = members.filter((member) => !before.members.includes(member));
    const removed = before.members.filter((member) => !members.includes(member));
    assert.equal(added.length + removed.length, 1, `entry ${entry.lsn} changes more than one member`);
    this.counts.membersAdded += added.length;
    this.counts.membersRemoved += removed.length;
  }

  /** A snapshot is of what everybody applied. */
  installed(server: string, lsn: number, term: number): void {
    assert.equal(
      term,
      this.committed[lsn - 1]?.term,
      `${server} installed a snapshot of another entry ${lsn}`,
    );
    this.counts.installs += 1;
  }

  acknowledge(lsn: number, payload: string): void {
    this.acknowledged.set(lsn, payload);
    this.counts.acknowledged += 1;
  }

  /** A node that serves has applied whatever was acknowledged before, by anybody. */
  reads(server: string, appliedLsn: number): void {
    const newest = Math.max(0, ...this.acknowledged.keys());
    assert.ok(
      appliedLsn >= newest,
      `${server} serves a stale read: applied ${appliedLsn}, acknowledged ${newest}`,
    );
    this.counts.reads += 1;
  }

  end(): void {
    for (const [lsn, payload] of this.acknowledged) {
      assert.equal(this.committed[lsn - 1]?.payload, payload, `acknowledged entry ${lsn} is lost`);
    }
  }
}

function text(entry: LogEntry): string {
  return `${entry.kind} ${new TextDecoder().decode(entry.payload)}`;
}

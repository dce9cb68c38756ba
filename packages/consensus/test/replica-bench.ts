import {
  defaultTimings,
  type Envelope,
  type Input,
  type LogEntry,
  type Message,
  makeEntry,
  type Output,
  Replica,
  type ReplicaOptions,
} from '../src/index.ts';
import { SimulatedDisk } from './simulation/simulated-disk.ts';

/** One replica under test, with a disk that is as quick as thought, or waits for a word. */
export class Bench {
  readonly disk: SimulatedDisk;
  readonly sent: Envelope[] = [];
  applyLsn = 0;
  nowMs: number;
  wakeAtMs = 0;
  /** false: what is to be persisted stays in `unsynced`, and what waits for it in `held`. */
  quickDisk = true;
  unsynced: NonNullable<Output['persist']>[] = [];
  held: Envelope[] = [];
  replica: Replica;
  readonly #options: Partial<ReplicaOptions> & { self: string };

  constructor(options: Partial<ReplicaOptions> & { self: string; nowMs?: number; disk?: SimulatedDisk }) {
    const { nowMs = 0, disk = new SimulatedDisk(), ...rest } = options;
    this.disk = disk;
    this.nowMs = nowMs;
    this.#options = rest;
    this.replica = this.#boot(1);
  }

  /** Another process on the same disk. */
  restart(): void {
    this.unsynced = [];
    this.held = [];
    this.replica = this.#boot(2);
  }

  give(input: Input): Output {
    const output = this.replica.step(input, { ms: this.nowMs, scn: BigInt(Math.floor(this.nowMs)) });
    this.sent.push(...output.announce);
    if (output.persist !== undefined) this.unsynced.push(output.persist);
    this.held.push(...output.send);
    this.applyLsn = output.applyLsn;
    this.wakeAtMs = output.wakeAtMs;
    if (this.quickDisk) this.sync();
    return output;
  }

  /** The fsync is done. */
  sync(): void {
    const persists = this.unsynced;
    this.unsynced = [];
    for (const persist of persists) this.disk.write(persist);
    this.sent.push(...this.held);
    this.held = [];
    const last = persists.flatMap((persist) => persist.entries).at(-1);
    if (last !== undefined) this.give({ kind: 'persisted', lsn: last.lsn, term: last.term });
  }

  hear(from: string, message: Message): Output {
    return this.give({ kind: 'message', from, message });
  }

  tickAfter(ms: number): Output {
    this.nowMs += ms;
    return this.give({ kind: 'tick' });
  }

  propose(...texts: string[]): Output {
    return this.give({ kind: 'propose', payloads: texts.map((text) => new TextEncoder().encode(text)) });
  }

  /** Takes what was sent so far, to anybody or to this one. */
  take(to?: string): Message[] {
    const taken = this.sent.filter((envelope) => to === undefined || envelope.to === to);
    const left = this.sent.filter((envelope) => !taken.includes(envelope));
    this.sent.splice(0, this.sent.length, ...left);
    return taken.map((envelope) => envelope.message);
  }

  /** The newest message of this kind. */
  newest<Kind extends Message['kind']>(kind: Kind, to: string): Extract<Message, { kind: Kind }> {
    const found = this.taken(kind, to).at(-1);
    if (found === undefined) throw new Error(`no ${kind} was sent to ${to}`);
    return found;
  }

  taken<Kind extends Message['kind']>(kind: Kind, to?: string): Extract<Message, { kind: Kind }>[] {
    return this.take(to).filter(
      (message): message is Extract<Message, { kind: Kind }> => message.kind === kind,
    );
  }

  #boot(incarnation: number): Replica {
    return new Replica({
      members: ['a', 'b', 'c'],
      timings: defaultTimings,
      seed: 1,
      incarnation,
      hardState: this.disk.hardState,
      appliedLsn: 0,
      reader: this.disk,
      startedAt: { ms: this.nowMs, scn: 0n },
      ...this.#options,
    });
  }
}

export type PushAnswer = Extract<Message, { kind: 'push-answer' }>;

/** Member `a`, elected in term 1 by `b`, its no-op entry (LSN 1) sent but acknowledged by nobody. */
export function electedLeader(options: Partial<ReplicaOptions> = {}): Bench {
  const bench = new Bench({ self: 'a', ...options });
  bench.give({ kind: 'tick' });
  elect(bench, 'b');
  return bench;
}

/** Answers the question a bench has just asked with yes, twice: the probe, then the vote. */
export function elect(bench: Bench, by: string): void {
  for (let turn = 0; turn < 2; turn++) {
    const question = bench.newest('prepare', by);
    bench.hear(by, yes(question));
  }
}

export function yes(question: { round: number; probe: boolean; term: number }): Message {
  return {
    kind: 'prepare-answer',
    term: question.probe ? question.term - 1 : question.term,
    round: question.round,
    probe: question.probe,
    granted: true,
    silent: false,
    incarnation: 99,
    vouched: false,
  };
}

export function accept(push: Extract<Message, { kind: 'push' }>): Message {
  return {
    kind: 'push-answer',
    term: push.term,
    accepted: true,
    lsn: push.previousLsn + push.entries.length,
    lsnTerm: 0,
    previousLsn: push.previousLsn,
    sentAtMs: push.sentAtMs,
    incarnation: 99,
    joined: true,
    stopping: false,
    full: false,
    lagging: false,
  };
}

export function push(
  fields: Partial<Extract<Message, { kind: 'push' }>>,
): Extract<Message, { kind: 'push' }> {
  return {
    kind: 'push',
    term: 1,
    previousLsn: 0,
    previousTerm: 0,
    committedLsn: 0,
    sentAtMs: 0,
    entries: [],
    ...fields,
  };
}

export function prepare(
  fields: Partial<Extract<Message, { kind: 'prepare' }>>,
): Extract<Message, { kind: 'prepare' }> {
  return {
    kind: 'prepare',
    term: 1,
    probe: false,
    transfer: false,
    lastLsn: 0,
    lastTerm: 0,
    round: 1,
    incarnation: 0,
    ...fields,
  };
}

export function entry(lsn: number, term: number, text = `${lsn}:${term}`): LogEntry {
  return makeEntry({ lsn, term, scn: BigInt(lsn), kind: 'data', payload: new TextEncoder().encode(text) });
}

/** Acknowledges whatever the leader sent to one follower, until it sends no more. */
export function acknowledgeAll(bench: Bench, from: string): void {
  for (let pushes = bench.taken('push', from); pushes.length > 0; pushes = bench.taken('push', from)) {
    for (const each of pushes) bench.hear(from, accept(each));
  }
}

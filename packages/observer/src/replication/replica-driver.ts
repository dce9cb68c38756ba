import type { Envelope, Input, Output, Persist, Replica, ReplicaView } from '@sealane/consensus';
import type { Environment } from './environment.ts';
import type { LogStore } from './log-store.ts';
import { memberListOf } from './member-lists.ts';
import type { Meta } from './meta-file.ts';
import type { MetaStore } from './meta-store.ts';
import { ended, PersistQueue } from './persist-queue.ts';
import { WakeTimer } from './wake-timer.ts';

export interface ReplicaDriverEffects {
  send(envelope: Envelope): void;
  /** The replica has changed; nothing of its output is carried out yet. */
  stepped(input: Input, output: Output): void;
  /** Everything up to here may be applied. */
  advance(lsn: number): void;
  /** An input and all that it led to in this turn are done. */
  settled(): void;
  /** The disk is free again. */
  written(): void;
  /** It has no room. Fulfilled when it is time to try again; false: never. */
  refused(): Promise<boolean>;
  failed(error: unknown): void;
}

/**
 * Gives a replica one input at a time and carries its output out in the promised order: announce, persist, send,
 * apply. An input that comes up while another one is handled waits for its turn.
 */
export class ReplicaDriver {
  readonly #environment: Environment;
  readonly #replica: Replica;
  readonly #store: LogStore;
  readonly #meta: MetaStore;
  readonly #effects: ReplicaDriverEffects;
  readonly #persists: PersistQueue;
  readonly #timer: WakeTimer;
  readonly #inputs: Input[] = [];
  #applyLsn = 0;
  #stepping = false;
  #stopped = false;

  constructor(parts: {
    environment: Environment;
    replica: Replica;
    store: LogStore;
    meta: MetaStore;
    effects: ReplicaDriverEffects;
  }) {
    this.#environment = parts.environment;
    this.#timer = new WakeTimer(parts.environment, () => this.input({ kind: 'tick' }));
    this.#replica = parts.replica;
    this.#store = parts.store;
    this.#meta = parts.meta;
    this.#effects = parts.effects;
    this.#persists = new PersistQueue({
      write: (persist) => this.#write(persist),
      send: (envelope) => parts.effects.send(envelope),
      persisted: (last) => this.input({ kind: 'persisted', lsn: last.lsn, term: last.term }),
      written: () => this.#written(),
      refused: () => parts.effects.refused(),
      failed: (error) => parts.effects.failed(error),
    });
  }

  /** The disk is at work: what comes now can share the next fsync. */
  get writing(): boolean {
    return this.#persists.writing;
  }

  view(): ReplicaView {
    return this.#replica.view();
  }

  input(input: Input): void {
    if (this.#stopped) return;
    this.#inputs.push(input);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#step(next);
    } catch (error) {
      this.#effects.failed(error);
    } finally {
      this.#stepping = false;
    }
    this.#effects.settled();
  }

  /** Takes no more inputs. What is being written still reaches the disk: see idle. */
  stop(): void {
    this.#stopped = true;
    this.#timer.clear();
    this.#inputs.length = 0;
  }

  /**
   * Runs something that needs the disk for itself, behind what is to be written already.
   *
   * @throws what it throws, which is fatal; ObError OB_CANCELED after stop: then the disk is left to who closes it
   */
  exclusive(run: () => Promise<void>): Promise<void> {
    return this.#stopped ? Promise.reject(ended()) : this.#persists.exclusive(run);
  }

  /** Fulfilled once the disk has everything. */
  idle(): Promise<void> {
    return this.#persists.idle();
  }

  #step(input: Input): void {
    const now = this.#environment.now();
    const output = this.#replica.step(input, now);
    this.#effects.stepped(input, output);
    if (this.#stopped) return;
    for (const envelope of output.announce) this.#effects.send(envelope);
    const { persist, send } = output;
    if (persist !== undefined || send.length > 0) this.#persists.push({ persist, send });
    this.#applyLsn = output.applyLsn;
    if (!this.#acknowledgesFirst()) this.#effects.advance(output.applyLsn);
    if (!this.#stopped) this.#timer.set(output.wakeAtMs, now.ms);
  }

  /**
   * A follower applies when what it writes is acknowledged: the leader waits for the one, nobody for the other, and
   * both would want the processor at the same moment.
   */
  #acknowledgesFirst(): boolean {
    return this.#persists.writing && this.#replica.view().role === 'follower';
  }

  #written(): void {
    if (!this.#stopped) this.#effects.advance(this.#applyLsn);
    this.#effects.written();
  }

  /** The vote first: an entry of a term must not outlive the knowledge of that term. */
  async #write(persist: Persist): Promise<void> {
    const change = metaChange(this.#meta.current, persist);
    if (change !== undefined) await this.#meta.write(change);
    await this.#store.write(persist);
  }
}

/** What the meta file must say before this is written, if it doesn't already. */
function metaChange(known: Meta, persist: Persist): Partial<Meta> | undefined {
  const { hardState, truncateAfterLsn: cut = Number.POSITIVE_INFINITY, entries } = persist;
  const durableLsn = Math.min(known.durableLsn, cut);
  const firstLsn = entries[0]?.lsn ?? Number.POSITIVE_INFINITY;
  const kept = known.memberLists.filter(({ lsn }) => lsn <= cut && lsn < firstLsn);
  const added = entries.map(memberListOf).filter((list) => list !== undefined);
  const sameLists = added.length === 0 && kept.length === known.memberLists.length;
  if (hardState === undefined && durableLsn === known.durableLsn && sameLists) return undefined;
  const memberLists = sameLists ? known.memberLists : [...kept, ...added];
  return { hardState: hardState ?? known.hardState, durableLsn, memberLists };
}

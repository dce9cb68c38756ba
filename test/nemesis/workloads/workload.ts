import type { WorkloadName } from '../history.ts';
import type { Session } from './session.ts';

export interface Invocation {
  readonly f: string;
  readonly value: unknown;
}

/** What clients do, and nothing about whether it is right: that is the checkers' part. */
export interface Workload {
  readonly name: WorkloadName;
  /** Makes its tables. */
  setUp(session: Session): Promise<void>;
  next(): Invocation;
  /**
   * Does it over this session.
   *
   * @returns the value of the operation's end
   * @throws whatever the client threw; `session.mayHaveTakenEffect` tells what that means
   */
  perform(session: Session, invocation: Invocation): Promise<unknown>;
  /** What is read through each node once the faults are over. */
  finalReads(): readonly Invocation[];
}

export type Random = () => number;

/** @returns an integer from 0 to `below` - 1 */
export function pick(random: Random, below: number): number {
  return Math.floor(random() * below);
}

export function oneOf<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[pick(random, items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

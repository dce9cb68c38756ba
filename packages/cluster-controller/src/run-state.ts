import type { Server } from './cluster-view.ts';
import type { Before } from './goal.ts';
import type { RollState } from './step.ts';

/** What a run knows besides what it sees: plan.ts decides on this and on the view, and on nothing else. */
export interface RunState {
  /** What the journal knows; undefined when no roll was begun. */
  readonly roll: RollState | undefined;
  /** What this run has asked for already (parameters, starts): it is waited for, not asked again. */
  readonly asked: ReadonlySet<string>;
  /** The processes in which nodes came back; a node that had its turn and runs as another one, or not at all, is dead. */
  readonly back: ReadonlyMap<Server, string>;
  /** No further node is taken in hand: the one in hand comes back, and that is the end of this run. */
  readonly stopping: boolean;
  /** How long the first node of a roll is watched before the second is touched. */
  readonly soakMs: number;
  /** The one node whose own state keeps nobody from restarting it. */
  readonly override?: Server | undefined;
  /** How this run, or the one that it resumes, found the cluster. */
  readonly before: Before | undefined;
}

export const freshRun: RunState = {
  roll: undefined,
  asked: new Set(),
  back: new Map(),
  stopping: false,
  soakMs: 0,
  before: undefined,
};

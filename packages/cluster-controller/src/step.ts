import type { LinkMode, Server, WatchedParameter } from './cluster-view.ts';

/** One thing to do. A step is safe to do again: a controller that was killed may do it twice. */
export type Step =
  | SetParameter
  | { readonly kind: 'begin-roll'; readonly mode: LinkMode | undefined; readonly nodes: readonly RollNode[] }
  | { readonly kind: 'begin-node'; readonly server: Server }
  | {
      readonly kind: 'switch-leader';
      readonly tenantId: number;
      readonly lsId: number;
      readonly from: Server;
      readonly to: Server;
    }
  | { readonly kind: 'stop-server'; readonly server: Server }
  | { readonly kind: 'minor-freeze'; readonly server: Server }
  | { readonly kind: 'stop-process'; readonly server: Server }
  | { readonly kind: 'start-process'; readonly server: Server }
  | { readonly kind: 'start-server'; readonly server: Server }
  | { readonly kind: 'end-node'; readonly server: Server }
  | { readonly kind: 'end-roll' };

export interface SetParameter {
  readonly kind: 'set-parameter';
  readonly name: WatchedParameter;
  readonly value: string;
  /** What it is set back to when not every node takes it up. */
  readonly was: string;
}

/** A node as it was when the roll began: what has to be another process afterwards. */
export interface RollNode {
  readonly server: Server;
  readonly instance: string;
}

/** What the journal knows about the roll that was begun last. */
export interface RollState {
  readonly goal: string;
  readonly mode: LinkMode | undefined;
  readonly nodes: readonly RollNode[];
  /** The node that is being restarted. */
  readonly current: Server | undefined;
  /** True once the current node's memory was written out. */
  readonly frozen: boolean;
  readonly finished: readonly Server[];
  readonly ended: boolean;
}

/** What to do next, or why nothing may be done. */
export type Decision =
  | {
      readonly kind: 'step';
      readonly step: Step;
      /** How many readings in a row must lead to this same decision before it is carried out. */
      readonly readings: number;
    }
  | Wait
  | { readonly kind: 'refuse'; readonly reasons: readonly string[] }
  /** What was asked for did not happen and asking again would not help. */
  | { readonly kind: 'fail'; readonly server: Server; readonly reason: string }
  | { readonly kind: 'done'; readonly readings: number };

export interface Wait {
  readonly kind: 'wait';
  /** What is waited for, the same for as long as it is the same wait: the deadline counts from when it first shows. */
  readonly key: string;
  /** For people: what is missing now, by name. */
  readonly for: string;
  readonly timeoutMs: number;
  /** After the deadline: `refuse` when going on would be unsafe, `fail` when something did not come. */
  readonly onTimeout: 'refuse' | 'fail';
  /** Takes back what this run had asked for and not every node took up. */
  readonly undo?: SetParameter;
}

/** A wait that fails when its time is over. */
export function waitFor(key: string, what: string, timeoutMs: number): Wait {
  return { kind: 'wait', key, for: what, timeoutMs, onTimeout: 'fail' };
}

/** How a run remembers what it asked for, so that it waits for the effect and does not ask again. */
export function askedKey(kind: Step['kind'], what: string): string {
  return `${kind} ${what}`;
}

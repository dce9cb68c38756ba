import type { LinkMode, Server, WatchedParameter } from './cluster-view.ts';
import type { GateName, Steadiness } from './gates.ts';

/** One thing to do. A step is safe to do again: a controller that was killed may do it twice. */
export type Step =
  | SetParameter
  | SetProxy
  | RequireTls
  | { readonly kind: 'begin-roll'; readonly mode: LinkMode | undefined; readonly nodes: readonly RollNode[] }
  | { readonly kind: 'begin-node'; readonly server: Server }
  | {
      readonly kind: 'switch-leader';
      readonly tenantId: number;
      readonly lsId: number;
      readonly from: Server;
      readonly to: Server;
    }
  /** The server opens anew the links that it has dialled. */
  | { readonly kind: 'renew-links'; readonly server: Server }
  | { readonly kind: 'stop-server'; readonly server: Server }
  | { readonly kind: 'minor-freeze'; readonly server: Server }
  | { readonly kind: 'stop-process'; readonly server: Server }
  | { readonly kind: 'start-process'; readonly server: Server }
  | { readonly kind: 'start-server'; readonly server: Server }
  /** The node in hand is let go of before its process was stopped. */
  | { readonly kind: 'release-node'; readonly server: Server }
  | { readonly kind: 'end-node'; readonly server: Server }
  /** The canary has stayed well for the time of the soak. */
  | { readonly kind: 'end-soak'; readonly server: Server }
  | { readonly kind: 'end-roll' };

export interface SetParameter {
  readonly kind: 'set-parameter';
  readonly name: WatchedParameter;
  readonly value: string;
  /** What it is set back to when not every node takes it up. */
  readonly was: string;
}

export interface SetProxy {
  readonly kind: 'set-proxy';
  /** The proxy's name. */
  readonly proxy: string;
  readonly name: ProxyParameter;
  readonly value: string;
}

/** A tenant's require_secure_transport. */
export interface RequireTls {
  readonly kind: 'require-tls';
  readonly tenant: string;
  readonly on: boolean;
}

export type ProxyParameter = 'enable_server_ssl' | 'enable_client_ssl';

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
  /** True once the first node has stayed well for the time of the soak. */
  readonly soaked: boolean;
  readonly ended: boolean;
}

/** What to do next, or why nothing may be done. */
export type Decision =
  | {
      readonly kind: 'step';
      readonly step: Step;
      /** Equal readings over a time that must lead to this same decision before it is carried out. */
      readonly steadiness: Steadiness;
      /** Why so long, where it is long enough for people to ask. */
      readonly meanwhile?: string;
    }
  | Wait
  | { readonly kind: 'refuse'; readonly reasons: readonly string[] }
  /** What was asked for did not happen and asking again would not help. */
  | { readonly kind: 'fail'; readonly server: Server; readonly reason: string }
  /** Somebody asked for a stop, and no node is down or stopped by our hand. */
  | { readonly kind: 'stopped'; readonly steadiness: Steadiness }
  | { readonly kind: 'done'; readonly steadiness: Steadiness };

export interface Wait {
  readonly kind: 'wait';
  /** Its deadline is in gates.ts. */
  readonly gate: GateName;
  /** What it is about, where the same gate is met more than once: the deadline begins anew with another one. */
  readonly about: string;
  /** For people: what is missing now, by name. */
  readonly for: string;
  /** Takes back what this run had asked for and not every node took up. */
  readonly undo?: SetParameter;
}

export function waitFor(gate: GateName, what: string, about = ''): Wait {
  return { kind: 'wait', gate, about, for: what };
}

/** How a run remembers what it asked for, so that it waits for the effect and does not ask again. */
export function askedKey(kind: Step['kind'], what: string): string {
  return `${kind} ${what}`;
}

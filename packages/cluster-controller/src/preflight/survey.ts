import type { ClusterView, Server, TlsRow } from '../cluster-view.ts';
import { readClusterLease } from '../lease/cluster-lease.ts';
import { isGone, thisHolder } from '../lease/holder.ts';
import type { LeaseRow } from '../lease/lease-table.ts';
import type { SqlAccess } from '../sql-access.ts';
import {
  type Member,
  membersOf,
  type Target,
  type TargetProxy,
  type WalletFiles,
} from '../targets/target.ts';
import { type NodeFacts, readNodeFacts } from './node-facts.ts';
import { type LockedOut, readLockedOut } from './readiness.ts';
import type { ToolWallet } from './tool-wallets.ts';

/** Everything a preflight judges, read at one time. Plain data: the findings are functions of nothing else. */
export interface Survey {
  readonly view: ClusterView;
  /** Of the nodes that answered. */
  readonly facts: ReadonlyMap<Server, NodeFacts>;
  readonly proxies: readonly TargetProxy[];
  /** Of nodes and proxies. */
  readonly wallets: ReadonlyMap<Member, WalletReading>;
  /** Certificates of tools and clients that are to go on getting in. */
  readonly tools: readonly ToolWallet[];
  /** PEM of the CAs that clients of this target trust; undefined when there is no such file. */
  readonly clientCa: string | undefined;
  /** Who has come in clear; the reason instead when the view can't be asked. */
  readonly lockedOut: readonly LockedOut[] | { readonly unread: string };
  /** Another controller that holds the cluster's lease. */
  readonly otherController: LeaseRow | undefined;
  /** By the clock of the machine that looks. */
  readonly now: Date;
}

/** What lies in a wallet; the reason instead when it can't be read. */
export type WalletReading = WalletFiles | { readonly unread: string };

export interface SurveySources {
  readonly target: Target;
  readonly sql: SqlAccess;
  readonly tools?: readonly ToolWallet[];
}

/** Asks and reads; changes nothing. What can't be read is in the survey with the reason. */
export async function survey({ target, sql, tools = [] }: SurveySources, view: ClusterView): Promise<Survey> {
  const [facts, wallets] = await Promise.all([readNodeFacts(view, sql), readWallets(target)]);
  // A connection takes one statement at a time.
  const lockedOut = await readLockedOut(view, sql);
  const otherController = await readOtherController(target, sql);
  const { proxies, ca } = target;
  return { view, facts, proxies, wallets, tools, clientCa: ca, lockedOut, otherController, now: new Date() };
}

/** One of this machine that is gone counts for nothing: its lease can be had at once. */
async function readOtherController(target: Target, sql: SqlAccess): Promise<LeaseRow | undefined> {
  try {
    const row = await readClusterLease({ servers: target.nodes.map(({ server }) => server), sql });
    return row === undefined || isGone(row, thisHolder()) ? undefined : row;
  } catch {
    return undefined; // No node answers: the look at the cluster says so.
  }
}

async function readWallets(target: Target): Promise<ReadonlyMap<Member, WalletReading>> {
  const readings = membersOf(target).map(async ({ member }): Promise<[Member, WalletReading]> => {
    try {
      return [member, await target.walletOf(member)];
    } catch (error) {
      return [member, { unread: error instanceof Error ? error.message : String(error) }];
    }
  });
  return new Map(await Promise.all(readings));
}

/** A process that shows a certificate: how the others know it, and what is known of it. */
export interface Participant {
  readonly name: string;
  readonly kind: 'node' | 'proxy';
  /** That its certificate must name. */
  readonly address: string;
  readonly files: WalletReading;
  /** By its own clock. */
  readonly now: Date;
  readonly settings: NodeFacts['settings'];
  /** What it has loaded; undefined where that can't be asked. */
  readonly loaded: TlsRow | undefined;
}

/** Nodes first, then proxies; whose wallet wasn't looked at is left out. */
export function participantsOf({ view, facts, proxies, wallets, now }: Survey): readonly Participant[] {
  const nodes = view.nodes.flatMap(({ name, server, answer }) => {
    const files = wallets.get(server);
    if (files === undefined) return [];
    const of = facts.get(server);
    const clock = new Date(now.getTime() + (of?.clock?.offsetMs ?? 0));
    const address = server.split(':')[0] ?? '';
    const known = { name, kind: 'node', address, files, now: clock } as const;
    return [{ ...known, settings: of?.settings ?? {}, loaded: answer?.tls }];
  });
  const others = proxies.flatMap(({ name, identity }) => {
    const files = wallets.get(name);
    if (files === undefined) return [];
    return [{ name, kind: 'proxy', address: identity, files, now, settings: {}, loaded: undefined } as const];
  });
  return [...nodes, ...others];
}

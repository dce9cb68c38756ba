import type { ClusterView, Server } from '../cluster-view.ts';
import type { SqlAccess } from '../sql-access.ts';
import type { Target, WalletFiles } from '../targets/target.ts';
import { type NodeFacts, readNodeFacts } from './node-facts.ts';
import { type LockedOut, readLockedOut } from './readiness.ts';
import type { ToolWallet } from './tool-wallets.ts';

/** Everything a preflight judges, read at one time. Plain data: the findings are functions of nothing else. */
export interface Survey {
  readonly view: ClusterView;
  /** Of the nodes that answered. */
  readonly facts: ReadonlyMap<Server, NodeFacts>;
  readonly wallets: ReadonlyMap<Server, WalletReading>;
  /** Certificates of tools and clients that are to go on getting in. */
  readonly tools: readonly ToolWallet[];
  /** PEM of the CAs that clients of this target trust; undefined when there is no such file. */
  readonly clientCa: string | undefined;
  /** Who has come in clear; the reason instead when the view can't be asked. */
  readonly lockedOut: readonly LockedOut[] | { readonly unread: string };
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
  return { view, facts, wallets, tools, clientCa: target.ca, lockedOut, now: new Date() };
}

export async function readWallets(target: Target): Promise<ReadonlyMap<Server, WalletReading>> {
  const readings = target.nodes.map(async ({ server }): Promise<[Server, WalletReading]> => {
    try {
      return [server, await target.walletOf(server)];
    } catch (error) {
      return [server, { unread: error instanceof Error ? error.message : String(error) }];
    }
  });
  return new Map(await Promise.all(readings));
}

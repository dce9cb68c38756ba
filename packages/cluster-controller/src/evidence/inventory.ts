import { type LedgerDumps, LINK_COLUMNS, type LinkColumn } from '../link-rows.ts';

/** Which protocols and suites are in use, and where. Pure. */

export interface SuiteInUse {
  /** RPC, SQL, PROXY … */
  readonly kind: string;
  readonly mode: string;
  /** Null in clear. */
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly key_exchange: string | null;
  /** Ends of links, as each ledger has its own. */
  readonly live: number;
  readonly closed: number;
  /** Names of the programs that have some. */
  readonly nodes: readonly string[];
}

/** One row for each kind, mode, protocol, suite and key exchange that any ledger shows, the most used first. */
export function suitesInUse(dumps: LedgerDumps): readonly SuiteInUse[] {
  const found = new Map<string, { row: SuiteInUse; live: number; closed: number; nodes: Set<string> }>();
  for (const { node, links } of dumps.ledgers) {
    for (const link of links) {
      const row = {
        kind: cell(link, 'KIND') ?? '',
        mode: cell(link, 'MODE') ?? '',
        protocol: cell(link, 'PROTOCOL'),
        cipher: cell(link, 'CIPHER'),
        key_exchange: cell(link, 'KEY_EXCHANGE'),
      };
      const key = JSON.stringify(row);
      const entry = found.get(key) ?? {
        row: { ...row, live: 0, closed: 0, nodes: [] },
        live: 0,
        closed: 0,
        nodes: new Set(),
      };
      if (cell(link, 'CLOSED_AT') === null) entry.live += 1;
      else entry.closed += 1;
      entry.nodes.add(node);
      found.set(key, entry);
    }
  }
  return [...found.values()]
    .map(({ row, live, closed, nodes }) => ({ ...row, live, closed, nodes: [...nodes].toSorted() }))
    .toSorted((a, b) => b.live - a.live || b.closed - a.closed || a.kind.localeCompare(b.kind));
}

/** A column of a row that is in the order of LINK_COLUMNS. */
export function cell(row: readonly (string | null)[], column: LinkColumn): string | null {
  return row[LINK_COLUMNS.indexOf(column)] ?? null;
}

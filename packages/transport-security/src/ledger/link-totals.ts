import { type LedgerRow, timestampText } from './ledger-row.ts';
import type { LinkKind, LinkSnapshot } from './link-ledger.ts';

const byteColumns = [
  'negotiationBytesIn',
  'negotiationBytesOut',
  'clearBytesIn',
  'clearBytesOut',
  'encryptedBytesIn',
  'encryptedBytesOut',
] as const;

interface Totals {
  bytes: readonly number[];
  /** Milliseconds since 1970. */
  lastClearAt: number | undefined;
}

interface Forgotten extends Totals {
  count: number;
}

/**
 * What a ledger knows of all links since it began, those it has forgotten included: without it, nobody could say that no
 * byte went in clear.
 */
export class LinkTotals {
  readonly #since: number;
  readonly #forgotten = new Map<LinkKind, Forgotten>();

  /** @param since  milliseconds since 1970 at which the ledger began @param kinds  that have a row in any case */
  constructor(since: number, kinds: readonly LinkKind[]) {
    this.#since = since;
    for (const kind of kinds) this.#of(kind);
  }

  /** A closed link that is dropped from the ledger. What strangers said makes nothing unprovable. */
  forget(link: LinkSnapshot, stranger: boolean): void {
    const totals = this.#of(link.kind);
    totals.count += 1;
    totals.bytes = sum([totals.bytes, bytesOf(link)]);
    if (!stranger) totals.lastClearAt = latest([totals.lastClearAt, link.lastClearAt]);
  }

  /** Rows of V$OB_LINK_SUMMARY after SVR_IP and SVR_PORT. @param links  those that the ledger has */
  rows(links: readonly LinkSnapshot[]): readonly LedgerRow[] {
    for (const { kind } of links) this.#of(kind);
    return [...this.#forgotten].map(([kind, forgotten]) => this.#row(kind, forgotten, links));
  }

  #row(kind: LinkKind, forgotten: Forgotten, all: readonly LinkSnapshot[]): LedgerRow {
    const links = all.filter((link) => link.kind === kind);
    const live = links.filter((link) => link.closedAt === undefined).length;
    return [
      kind,
      timestampText(this.#since),
      live,
      links.length - live,
      forgotten.count,
      ...sum([forgotten.bytes, ...links.map(bytesOf)]),
      timestampText(latest([forgotten.lastClearAt, ...links.map((link) => link.lastClearAt)])),
      timestampText(forgotten.lastClearAt),
    ];
  }

  #of(kind: LinkKind): Forgotten {
    const known = this.#forgotten.get(kind);
    if (known !== undefined) return known;
    const fresh: Forgotten = { count: 0, bytes: byteColumns.map(() => 0), lastClearAt: undefined };
    this.#forgotten.set(kind, fresh);
    return fresh;
  }
}

function bytesOf(link: LinkSnapshot): readonly number[] {
  return byteColumns.map((name) => link[name]);
}

function sum(figures: readonly (readonly number[])[]): readonly number[] {
  return byteColumns.map((_, at) => figures.reduce((total, each) => total + (each[at] ?? 0), 0));
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

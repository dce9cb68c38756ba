import { Histogram, type HistogramSample, Tally } from '@sealane/metrics';

/** The kinds of statements that are told apart, as OceanBase's statistics tell them apart. */
export const statementKinds = ['select', 'insert', 'replace', 'update', 'delete', 'other'] as const;
export type StatementKind = (typeof statementKinds)[number];

/** One statement of a client, when its answer is known: for rows that come in pieces, when the first are there. */
export interface FinishedStatement {
  readonly tenantId: number;
  /** The parser's word for it. */
  readonly kind: string;
  readonly tookMs: number;
  /** What the client was told; undefined when all went well. */
  readonly errno: number | undefined;
}

/** Statements of one tenant's clients on this node, since its start. */
export interface TenantStatements {
  readonly kinds: Readonly<Record<StatementKind, { count: number; timeUs: number }>>;
  /** Failures, by the error number that clients saw. */
  readonly failures: Tally;
}

/** Counts what clients asked this node, wherever it was executed. The node's own statements are not among them. */
export class StatementFigures {
  readonly #tenants = new Map<number, TenantStatements>();
  readonly #latencies = new Map(statementKinds.map((kind) => [kind, new Histogram()] as const));

  finished({ tenantId, kind, tookMs, errno }: FinishedStatement): void {
    const known = kindOf(kind);
    const { kinds, failures } = this.#of(tenantId);
    kinds[known].count += 1;
    kinds[known].timeUs += tookMs * 1_000;
    if (errno !== undefined) failures.add(String(errno));
    this.#latencies.get(known)?.observe(tookMs / 1_000);
  }

  /** Undefined for a tenant whose clients asked nothing yet. */
  tenant(tenantId: number): TenantStatements | undefined {
    return this.#tenants.get(tenantId);
  }

  /** Seconds. */
  latencies(): readonly HistogramSample[] {
    return [...this.#latencies].map(([kind, histogram]) => histogram.sample({ kind }));
  }

  forget(tenantId: number): void {
    this.#tenants.delete(tenantId);
  }

  #of(tenantId: number): TenantStatements {
    const known = this.#tenants.get(tenantId);
    if (known !== undefined) return known;
    const none = () => ({ count: 0, timeUs: 0 });
    const fresh = {
      kinds: {
        select: none(),
        insert: none(),
        replace: none(),
        update: none(),
        delete: none(),
        other: none(),
      },
      failures: new Tally(),
    };
    this.#tenants.set(tenantId, fresh);
    return fresh;
  }
}

function kindOf(kind: string): StatementKind {
  return statementKinds.find((each) => each === kind) ?? 'other';
}

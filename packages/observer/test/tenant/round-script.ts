import fc from 'fast-check';

/** What the table "d.t" (k, v) holds, by a model that knows nothing of SQLite. */
export type Rows = Map<number, number>;

export interface Operation {
  readonly sql: string;
  /** Changes the rows. @returns how many it changed, or that a key is there already */
  model(rows: Rows): number | 'duplicate';
}

const key = fc.integer({ min: 1, max: 4 });

const operations: fc.Arbitrary<Operation> = fc.oneof(
  // Keys run out soon: a duplicate tells of somebody else's row.
  fc.integer({ min: 1, max: 12 }).map((k) => ({
    sql: `INSERT INTO "d.t" VALUES (${k}, 0)`,
    model: (rows: Rows) => {
      if (rows.has(k)) return 'duplicate';
      rows.set(k, 0);
      return 1;
    },
  })),
  key.map((k) => ({
    sql: `UPDATE "d.t" SET v = v + 1 WHERE k <= ${k}`,
    model: (rows: Rows) => {
      const hit = [...rows.keys()].filter((each) => each <= k);
      for (const each of hit) rows.set(each, (rows.get(each) ?? 0) + 1);
      return hit.length;
    },
  })),
  key.map((k) => ({
    sql: `DELETE FROM "d.t" WHERE k = ${k}`,
    model: (rows: Rows) => (rows.delete(k) ? 1 : 0),
  })),
);

/** What a client does. */
export type Client =
  | { readonly kind: 'single'; readonly operation: Operation; readonly foreignKeys: boolean }
  | { readonly kind: 'explicit'; readonly operations: readonly Operation[]; readonly rolledBack: boolean }
  | { readonly kind: 'ddl' }
  /** SQLite itself rolls back, as for a full disk. */
  | { readonly kind: 'disk' };

/** What happens next: to clients, to the log, or to both. */
export type Step =
  | { readonly kind: 'client'; readonly client: Client }
  | { readonly kind: 'append' | 'commit'; readonly count: number }
  | { readonly kind: 'refuse' | 'give-up' | 'members' | 'elect' | 'foreign' | 'pause' }
  | { readonly kind: 'depose'; readonly kept: number };

const single = fc.record({
  kind: fc.constant('single' as const),
  operation: operations,
  foreignKeys: fc.constantFrom(true, true, true, false),
});
const explicit = fc.record({
  kind: fc.constant('explicit' as const),
  operations: fc.array(operations, { minLength: 1, maxLength: 3 }),
  rolledBack: fc.constantFrom(false, false, true),
});
const count = fc.integer({ min: 1, max: 4 });
const client = fc.oneof(
  { arbitrary: single, weight: 16 },
  { arbitrary: explicit, weight: 3 },
  { arbitrary: fc.constant({ kind: 'ddl' as const }), weight: 1 },
  { arbitrary: fc.constant({ kind: 'disk' as const }), weight: 2 },
);
export const steps: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: client.map((each) => ({ kind: 'client' as const, client: each })), weight: 20 },
  { arbitrary: count.map((each) => ({ kind: 'append' as const, count: each })), weight: 6 },
  { arbitrary: count.map((each) => ({ kind: 'commit' as const, count: each })), weight: 5 },
  { arbitrary: fc.constant({ kind: 'pause' as const }), weight: 4 },
  { arbitrary: fc.constantFrom('refuse', 'give-up', 'members').map((kind) => ({ kind })), weight: 1 },
  { arbitrary: fc.nat(4).map((kept) => ({ kind: 'depose' as const, kept })), weight: 1 },
  { arbitrary: fc.constantFrom('elect', 'elect', 'elect', 'foreign').map((kind) => ({ kind })), weight: 3 },
) as fc.Arbitrary<Step>;

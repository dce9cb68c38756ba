import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sqliteAggregates, sqliteFunctions } from '@sealane/sql';
import { type CommittedEntry, openTenantDatabase, type TenantDatabase } from '@sealane/storage';
import type { LogPiece, LogSource } from './log-source.ts';
import type { TenantFacts } from './metadata.ts';
import { isBefore, wholeEntry } from './position.ts';
import type { Position } from './record.ts';
import type { TablePatterns } from './table-patterns.ts';
import { Tables } from './tables.ts';
import { type Transaction, TransactionReader } from './transactions.ts';

export interface TenantFollowerOptions {
  readonly tenant: TenantFacts;
  readonly source: Pick<LogSource, 'follow'>;
  readonly patterns: TablePatterns;
  /** Of all tenants' copies. */
  readonly directory: string;
  /** Transactions up to here have been told before. */
  readonly start: Position;
}

/** What came, and up to when nothing is missing. */
export interface FollowedPiece {
  readonly transactions: readonly Transaction[];
  /** Microseconds since 1970; 0 where nobody could say. */
  readonly safeTimeUs: number;
  readonly position: Position;
}

/**
 * Follows one tenant with a copy of its tables, since the log tells of an update no more than what it changed. What was told of an
 * entry is in the copy only after whoever listens asks for more: killed in between, it is told again.
 */
export class TenantFollower {
  readonly #options: TenantFollowerOptions;
  readonly #copy: TenantDatabase;
  readonly #reader: TransactionReader;
  readonly #timesUs = new Map<number, number>();

  constructor(options: TenantFollowerOptions) {
    const { tenant, patterns } = options;
    this.#options = options;
    this.#copy = openCopy(options);
    this.#reader = new TransactionReader({
      tenantId: tenant.id,
      tenant: tenant.name,
      tables: new Tables(this.#copy.reader()),
      wantsTable: (database, table) => patterns.wants(tenant.name, database, table),
      commitTimeUs: (lsn) => this.#timesUs.get(lsn) ?? 0,
    });
  }

  /** @throws ObError OB_ENTRY_NOT_EXIST: the log doesn't reach back to where the copy ends */
  async *pieces(): AsyncGenerator<FollowedPiece> {
    try {
      for await (const piece of this.#options.source.follow(this.#copy.appliedLsn))
        yield* this.#carryOut(piece);
    } finally {
      this.#copy.close();
    }
  }

  *#carryOut({ entries, safeTimeUs }: LogPiece): Generator<FollowedPiece> {
    this.#timesUs.clear();
    for (const { lsn, scn } of entries) this.#timesUs.set(lsn, Number(scn / 1000n));
    const committed = entries.map(
      (entry): CommittedEntry => ({ lsn: entry.lsn, record: entry.kind === 'data' ? entry.payload : noData }),
    );
    const pending = this.#copy.applyPending(committed, this.#reader);
    let done = false;
    try {
      yield { transactions: this.#news(), safeTimeUs, position: this.#position(entries.at(-1)?.lsn) };
      done = true;
    } finally {
      if (done) pending.commit();
      else pending.rollback();
    }
  }

  #news(): readonly Transaction[] {
    const { start } = this.#options;
    return this.#reader.take().filter(({ position }) => isBefore(start, position));
  }

  /** Behind everything of an entry. */
  #position(lastLsn: number | undefined): Position {
    const { start, tenant } = this.#options;
    const lsn = lastLsn ?? this.#copy.appliedLsn;
    return lsn > start.lsn ? { tenantId: tenant.id, lsn, ordinal: wholeEntry } : start;
  }
}

/**
 * A copy that is ahead of where to start, or has an entry of which something is still to be told, tells nothing of what lies between:
 * it is made anew, from the beginning of the log.
 */
function openCopy({ directory, tenant, start }: TenantFollowerOptions): TenantDatabase {
  const folder = join(directory, `tenant_${tenant.id}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'copy.db');
  const options = { file, functions: sqliteFunctions, aggregates: sqliteAggregates };
  const copy = openTenantDatabase(options);
  const { appliedLsn } = copy;
  if (appliedLsn < start.lsn || (appliedLsn === start.lsn && start.ordinal === wholeEntry)) return copy;
  copy.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  return openTenantDatabase(options);
}

const noData = new Uint8Array();

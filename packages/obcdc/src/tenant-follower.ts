import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isObError } from '@sealane/errors';
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
  readonly source: Pick<LogSource, 'follow' | 'snapshot'>;
  readonly patterns: TablePatterns;
  /** Of all tenants' copies. */
  readonly directory: string;
  /** Transactions up to here have been told before. */
  readonly start: Position;
  /** Nobody asked for this very place: a little later does as well. */
  readonly startsNow: boolean;
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
  readonly #tables: Tables;
  readonly #copy: TenantDatabase;
  readonly #reader: TransactionReader;
  #start: Position;
  readonly #timesUs = new Map<number, number>();

  constructor(options: TenantFollowerOptions) {
    const { tenant, patterns } = options;
    this.#options = options;
    this.#start = options.start;
    this.#copy = openCopy(options);
    this.#tables = new Tables(this.#copy.reader());
    this.#reader = new TransactionReader({
      tenantId: tenant.id,
      tenant: tenant.name,
      tables: this.#tables,
      wantsTable: (database, table) => patterns.wants(tenant.name, database, table),
      commitTimeUs: (lsn) => this.#timesUs.get(lsn) ?? 0,
    });
  }

  /** @throws ObError OB_ENTRY_NOT_EXIST: the log doesn't reach back to where to start, or to where the copy ends */
  async *pieces(): AsyncGenerator<FollowedPiece> {
    try {
      yield* this.#follow();
    } catch (error) {
      if (!isObError(error, 'OB_ENTRY_NOT_EXIST') || this.#copy.appliedLsn > 0) throw error;
      await this.#beginWithSnapshot(error);
      yield* this.#follow();
    } finally {
      this.#copy.close();
    }
  }

  async *#follow(): AsyncGenerator<FollowedPiece> {
    for await (const piece of this.#options.source.follow(this.#copy.appliedLsn))
      yield* this.#carryOut(piece);
  }

  /** The log doesn't begin with the tenant any more. What lies between the start and the snapshot can't be told. */
  async #beginWithSnapshot(cause: Error): Promise<void> {
    const { source, startsNow, tenant } = this.#options;
    const fetched = `${this.#copy.file}.fetched`;
    const lsn = await source.snapshot(fetched);
    if (lsn > this.#start.lsn && !startsNow) throw cause;
    this.#copy.replaceWith(fetched);
    this.#tables.refresh(this.#copy.reader());
    if (lsn > this.#start.lsn) this.#start = { tenantId: tenant.id, lsn, ordinal: wholeEntry };
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
    return this.#reader.take().filter(({ position }) => isBefore(this.#start, position));
  }

  /** Behind everything of an entry. */
  #position(lastLsn: number | undefined): Position {
    const lsn = lastLsn ?? this.#copy.appliedLsn;
    const tenantId = this.#options.tenant.id;
    return lsn > this.#start.lsn ? { tenantId, lsn, ordinal: wholeEntry } : this.#start;
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

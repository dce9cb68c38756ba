import { isObError, ObError } from '@sealane/errors';
import type { Catalog, CellValue, StoredStatement } from '@sealane/sql';
import {
  encodeLogRecord,
  type LogRecord,
  type TenantDatabase,
  type WriteTransaction,
} from '@sealane/storage';
import type { Logger } from '../logger.ts';
import type { SqlEngine } from '../session/sql-engine.ts';
import { AppliedWaiters } from './applied-waiters.ts';
import { AutoIncrement } from './auto-increment.ts';
import { GlobalVariables, variableSchema, variableTable } from './global-variables.ts';
import type { AppliedEntry, RoleReport, TenantLog, TenantLogHooks } from './tenant-log.ts';

export interface TenantNodeOptions {
  readonly tenantId: number;
  readonly tenant: string;
  /** This node's address. */
  readonly self: string;
  readonly database: TenantDatabase;
  readonly engine: Pick<SqlEngine, 'catalogQuery' | 'buildCatalog' | 'initialStatements' | 'variableDefault'>;
  /** Makes the log stream; it may call the hooks from its start on. */
  openLog(hooks: TenantLogHooks): TenantLog;
  readonly logger: Logger;
}

/** A write transaction whose entry is in the log, and may or may not be committed. */
interface PendingCommit {
  readonly write: WriteTransaction;
  readonly record: LogRecord;
  readonly term: number;
  /** Called once its fate is known, whatever it is. */
  readonly settled: () => void;
}

/** One tenant on this node: its database, its log, and what is derived from both. */
export class TenantNode {
  readonly tenantId: number;
  readonly tenant: string;
  readonly self: string;
  readonly database: TenantDatabase;
  readonly log: TenantLog;
  readonly autoIncrement = new AutoIncrement();
  readonly #options: TenantNodeOptions;
  readonly #variables = new GlobalVariables();
  readonly #waiters = new AppliedWaiters();
  readonly #deposedListeners = new Set<() => void>();
  #catalog: Catalog;
  #open: WriteTransaction | undefined;
  #pending: PendingCommit | undefined;
  /** The term in which this node leads. */
  #ledTerm: number | undefined;
  #bootstrapping = false;

  constructor(options: TenantNodeOptions) {
    this.#options = options;
    this.tenantId = options.tenantId;
    this.tenant = options.tenant;
    this.self = options.self;
    this.database = options.database;
    this.#catalog = this.#readCatalog();
    if (this.#isBootstrapped()) this.#variables.load(this.database.reader());
    this.log = options.openLog({
      appliedLsn: this.database.appliedLsn,
      apply: (entry) => this.#apply(entry),
      onRoleChange: (report) => this.#onRoleChange(report),
    });
  }

  catalog(): Catalog {
    return this.#catalog;
  }

  /** @returns the tenant's value, or the one that is delivered; undefined if there is no such variable */
  globalVariable(name: string): CellValue | undefined {
    const stored = this.#variables.get(name);
    return stored === undefined ? this.#options.engine.variableDefault(name) : stored;
  }

  /** True on the leader, once everything older than its term is applied and the tenant has a catalog. */
  get serving(): boolean {
    return this.log.role().serving && this.#isBootstrapped();
  }

  /** @throws ObError OB_NOT_MASTER unless this node serves; nothing was done */
  mustServe(): void {
    if (this.serving) return;
    const { leader } = this.log.role();
    throw new ObError('OB_NOT_MASTER', [], { details: { tenantId: this.tenantId, leader } });
  }

  /** Called when this node can't go on with what it executes: it has rolled back already. */
  onDeposed(listener: () => void): void {
    this.#deposedListeners.add(listener);
  }

  /** Fulfilled when the entry is applied here. @throws ObError OB_TIMEOUT */
  async waitApplied(lsn: number, timeoutMs: number): Promise<void> {
    if (this.database.appliedLsn >= lsn) return;
    await this.#waiters.wait(lsn, timeoutMs);
  }

  /** Opens the write transaction of the tenant. Only the holder of the writer's place may call it. */
  begin(options: { readonly foreignKeys: boolean; readonly recorded: boolean }): WriteTransaction {
    this.mustServe();
    this.#open = this.database.begin(options);
    return this.#open;
  }

  /**
   * Commits on a majority, then here. The writer's place is given up by `release` when the fate of the
   * entry is known, which may be after this has thrown OB_TRANS_UNKNOWN: what executes next must see it.
   *
   * @throws ObError OB_NOT_MASTER and others: rolled back, it will never be; OB_TRANS_UNKNOWN
   */
  async commit(write: WriteTransaction, record: LogRecord, release: () => void): Promise<number> {
    if (this.#open !== write) {
      release();
      throw new ObError('OB_NOT_MASTER', [], { details: { leader: this.log.role().leader } });
    }
    const pending: PendingCommit = { write, record, term: this.log.role().term, settled: release };
    this.#open = undefined;
    this.#pending = pending;
    try {
      const { lsn } = await this.log.propose(encodeLogRecord(record));
      return lsn;
    } catch (error) {
      if (!isObError(error, 'OB_TRANS_UNKNOWN')) this.#abandon(pending);
      throw error;
    }
  }

  /** Undoes an open write transaction; its place must be given up by the caller. */
  rollback(write: WriteTransaction): void {
    if (this.#open === write) this.#open = undefined;
    write.rollback();
  }

  #apply(entry: AppliedEntry): void {
    const pending = this.#pending;
    if (pending !== undefined && entry.payload.length > 0) this.#applyPending(pending, entry);
    else this.#applyForeign(entry);
    this.#waiters.applied(entry.lsn);
  }

  #applyPending(pending: PendingCommit, { lsn, term }: AppliedEntry): void {
    // One writer, and a role change rolls back first: the next entry can only be the pending one.
    if (term !== pending.term)
      throw new Error(`entry ${lsn} of term ${term} came while one of ${pending.term} waits`);
    this.#pending = undefined;
    pending.write.commit(lsn);
    const { record } = pending;
    const variables = record.kind === 'changes' && Buffer.from(record.changeset).includes(variableTable);
    this.#refresh(record.kind === 'statements', variables);
    pending.settled();
  }

  #applyForeign({ lsn, payload }: AppliedEntry): void {
    const { schemaChanged, tables } = this.database.apply(lsn, payload);
    this.#refresh(schemaChanged, tables.has(variableTable));
  }

  #refresh(schema: boolean, variables: boolean): void {
    if (schema) this.#catalog = this.#readCatalog();
    if ((schema || variables) && this.#isBootstrapped()) this.#variables.load(this.database.reader());
  }

  #onRoleChange({ role, term, serving }: RoleReport): void {
    const leads = role === 'LEADER';
    // Elected again in another term is deposed in the old one.
    if (this.#ledTerm !== undefined && !(leads && term === this.#ledTerm)) this.#depose();
    this.#ledTerm = leads ? term : undefined;
    if (serving && !this.#isBootstrapped()) void this.#bootstrap();
  }

  /** Everything that this node executed ahead of the log is undone, before anything else is applied. */
  #depose(): void {
    this.#open?.rollback();
    this.#open = undefined;
    const pending = this.#pending;
    if (pending !== undefined) this.#abandon(pending);
    this.autoIncrement.forgetAll();
    for (const listener of this.#deposedListeners) listener();
  }

  #abandon(pending: PendingCommit): void {
    if (this.#pending !== pending) return;
    this.#pending = undefined;
    pending.write.rollback();
    pending.settled();
  }

  /** The first leader of a new tenant gives it its catalog. */
  async #bootstrap(): Promise<void> {
    if (this.#bootstrapping) return;
    this.#bootstrapping = true;
    const statements: readonly StoredStatement[] = [
      ...this.#options.engine.initialStatements(),
      variableSchema,
    ];
    try {
      await this.log.propose(encodeLogRecord({ kind: 'statements', statements }));
    } catch (error) {
      // Whoever leads next tries again, if it didn't come through.
      this.#options.logger.warn(
        { tenantId: this.tenantId, error: String(error) },
        'the tenant has no catalog yet',
      );
    } finally {
      this.#bootstrapping = false;
    }
  }

  #isBootstrapped(): boolean {
    return this.#catalog.version > 0;
  }

  /** Version 0 stands for "not there yet"; otherwise it is the LSN up to which it was read. */
  #readCatalog(): Catalog {
    const { engine } = this.#options;
    const reader = this.database.reader();
    const isThere = reader.all("SELECT 1 FROM sqlite_schema WHERE name = '__catalog'").length > 0;
    if (!isThere) return engine.buildCatalog([], 0);
    return engine.buildCatalog(reader.all(engine.catalogQuery), this.database.appliedLsn);
  }
}

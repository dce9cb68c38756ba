import { setImmediate as immediate } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import type { Catalog, CellValue, StoredStatement } from '@sealane/sql';
import {
  type CommittedEntry,
  type DatabaseDigest,
  encodeLogRecord,
  type LogRecord,
  type TenantDatabase,
  type WriteTransaction,
} from '@sealane/storage';
import type { Logger } from '../logger.ts';
import type { SqlEngine } from '../session/sql-engine.ts';
import { deadlineAfter, remainingMs } from '../wait.ts';
import { AppliedWaiters } from './applied-waiters.ts';
import { AutoIncrement } from './auto-increment.ts';
import type { JoinOptions, RoundBounds, WriteOptions } from './commit-round.ts';
import { CommitRounds } from './commit-rounds.ts';
import { GlobalVariables, variableSchema, variableTable } from './global-variables.ts';
import { LsnStops } from './lsn-stops.ts';
import { RoleChanges } from './role-changes.ts';
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
  /** Called after entries with data came into the file, whoever proposed them; of a round they come together. */
  onCommitted?(): void;
  /** For tests: others than the usual ones. */
  readonly roundBounds?: Partial<RoundBounds>;
  readonly logger: Logger;
}

/** One tenant on this node: its database, its log, and what is derived from both. */
export class TenantNode {
  readonly tenantId: number;
  readonly tenant: string;
  readonly self: string;
  readonly database: TenantDatabase;
  readonly log: TenantLog;
  readonly autoIncrement = new AutoIncrement();
  readonly roleChanges = new RoleChanges();
  readonly #options: TenantNodeOptions;
  readonly #variables: GlobalVariables;
  readonly #waiters = new AppliedWaiters();
  readonly #stops = new LsnStops();
  readonly #deposedListeners = new Set<() => void>();
  readonly #freeListeners = new Set<() => void>();
  readonly #rounds: CommitRounds;
  #catalog: Catalog;
  /** The last entry without data that came while something was executed; the file's LSN follows with the next one's. */
  #skippedLsn = 0;
  /** The file came from another node with everything up to here. */
  #installedLsn = 0;
  /** The term in which this node leads. */
  #ledTerm: number | undefined;
  #bootstrapping = false;

  constructor(options: TenantNodeOptions) {
    this.#options = options;
    this.tenantId = options.tenantId;
    this.tenant = options.tenant;
    this.self = options.self;
    this.database = options.database;
    this.#variables = new GlobalVariables((name) => options.engine.variableDefault(name));
    this.#catalog = this.#readCatalog();
    if (this.#isBootstrapped()) this.#variables.load(this.database.reader());
    this.#rounds = new CommitRounds({
      database: this.database,
      propose: (payload, order) => this.log.propose(payload, order),
      term: () => this.log.role().term,
      committed: (records) => this.#committed(records),
      free: () => this.#freed(),
      notMaster: () => this.#notMaster(),
      bounds: options.roundBounds,
    });
    this.database.onReplaced(() => this.#replaced());
    this.log = options.openLog({
      appliedLsn: this.database.appliedLsn,
      apply: (entry) => this.#apply([entry]),
      applyAll: (entries) => this.#apply(entries),
      onRoleChange: (report) => this.#onRoleChange(report),
    });
  }

  catalog(): Catalog {
    return this.#catalog;
  }

  /** @returns the tenant's value, or the one that is delivered; undefined if there is no such variable */
  globalVariable(name: string): CellValue | undefined {
    return this.#variables.get(name);
  }

  /** Another object once a tenant's value of a variable may have changed. */
  get globals(): object {
    return this.#variables.stamp;
  }

  /** Bytes of a client's packet: `max_allowed_packet`, where it was set. */
  get packetSizeMax(): number | undefined {
    const value = this.globalVariable('max_allowed_packet');
    return value === undefined || value === null ? undefined : Number(value);
  }

  /** Transactions that this node has committed as leader, since its start. */
  get commitCount(): number {
    return this.#rounds.committedCount;
  }

  /** True on the leader, once everything older than its term is applied and the tenant has a catalog. */
  get serving(): boolean {
    return this.log.role().serving && this.#isBootstrapped();
  }

  /**
   * Whom statements are to go to. @returns undefined if there is nobody, or if it is this node and doesn't serve yet: who is elected
   * has to apply what came before.
   */
  servingLeader(): string | undefined {
    const { leader, serving } = this.log.role();
    return leader !== this.self || (serving && this.#isBootstrapped()) ? leader : undefined;
  }

  /** @throws ObError OB_NOT_MASTER unless this node serves; nothing was done */
  mustServe(): void {
    if (this.serving) return;
    throw this.#notMaster();
  }

  /**
   * Fulfilled as soon as this node serves, or doesn't lead, or after the time. Elected is not yet serving: it has to apply
   * what came before; who hands over has still to hear who leads.
   */
  async untilServing(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const deadline = deadlineAfter(timeoutMs);
    for (;;) {
      const { count } = this.roleChanges;
      const leftMs = remainingMs(deadline);
      if (this.serving || this.log.role().role !== 'LEADER' || leftMs === 0 || signal?.aborted) return;
      await this.roleChanges.after(count, Math.min(leftMs, leaseCheckMs), signal);
    }
  }

  /** Called when this node can't go on with what it executes: it has rolled back already. */
  onDeposed(listener: () => void): void {
    this.#deposedListeners.add(listener);
  }

  /** Called when another transaction may `begin`: ask `admits`. */
  onFree(listener: () => void): void {
    this.#freeListeners.add(listener);
  }

  /** Fulfilled when the file has the entry. @throws ObError OB_TIMEOUT */
  async waitApplied(lsn: number, timeoutMs: number): Promise<void> {
    if (this.database.appliedLsn >= lsn) return;
    await this.#waiters.wait(lsn, timeoutMs);
  }

  /**
   * What the tables come to right behind an entry, while what follows goes on.
   *
   * @throws ObError OB_STATE_NOT_MATCH: the file is behind it already; OB_TIMEOUT
   */
  async digestAt(lsn: number, timeoutMs: number): Promise<DatabaseDigest> {
    const { appliedLsn } = this.database;
    const steps = await this.#stops.at(lsn, { appliedLsn, timeoutMs }, () => {
      const begun = this.database.digestSteps();
      begun.next();
      return begun;
    });
    const deadline = deadlineAfter(timeoutMs);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await immediate();
      if (remainingMs(deadline) > 0) continue;
      steps.return({ digest: '', tables: [] });
      throw new ObError('OB_TIMEOUT', [], { message: 'Timeout: the tables were not read through in time' });
    }
  }

  /** Whether a transaction may begin now, if nobody else executes one. */
  admits(options: JoinOptions): boolean {
    return this.#rounds.admits(options);
  }

  /**
   * Opens a write transaction, on top of others whose fate isn't known. Only the holder of the writer's place may call
   * it, and only where `admits` says so.
   * @throws ObError OB_NOT_MASTER
   */
  begin(options: WriteOptions): WriteTransaction {
    this.mustServe();
    return this.#rounds.begin(options);
  }

  /**
   * Commits on a majority, then here. The next one may begin as soon as this returns its promise.
   *
   * @throws ObError OB_TRANS_UNKNOWN; anything else: it will never be
   */
  commit(write: WriteTransaction, record: LogRecord): Promise<number> {
    return this.#rounds.commit(write, record);
  }

  /** Undoes a write transaction, if it isn't over already. */
  rollback(write: WriteTransaction): void {
    this.#rounds.rollback(write);
  }

  /**
   * Undoes a write transaction that has an answer: fulfilled once everything that it saw is committed.
   * @throws ObError OB_NOT_MASTER: some of that was undone, and the answer is of no use
   */
  conclude(write: WriteTransaction): Promise<void> {
    return this.#rounds.conclude(write);
  }

  #apply(entries: readonly AppliedEntry[]): void {
    const foreign: CommittedEntry[] = [];
    for (const entry of entries) {
      // It was on its way when the file was replaced by one that has it.
      if (entry.lsn <= this.#installedLsn) continue;
      const isData = entry.kind === 'data';
      if (!this.#rounds.busy) foreign.push({ lsn: entry.lsn, record: isData ? entry.payload : noData });
      // What executes goes on: such an entry changes no row.
      else if (!isData) this.#skippedLsn = entry.lsn;
      else this.#rounds.apply(entry);
    }
    if (foreign.length > 0) this.#applyForeign(foreign);
  }

  #applyForeign(entries: readonly CommittedEntry[]): void {
    for (const run of this.#stops.split(entries)) {
      const { schemaChanged, tables } = this.database.applyAll(run);
      this.#refresh(schemaChanged, tables.has(variableTable));
      this.#reached();
    }
    if (entries.some(({ record }) => record.length > 0)) this.#options.onCommitted?.();
  }

  #reached(): void {
    const { appliedLsn } = this.database;
    this.#waiters.applied(appliedLsn);
    this.#stops.reached(appliedLsn);
  }

  /** Another node's file is in the place of this one's: nothing that was read before counts. */
  #replaced(): void {
    this.#installedLsn = this.database.appliedLsn;
    this.#skippedLsn = 0;
    this.autoIncrement.forgetAll();
    this.#refresh(true, true);
    this.#waiters.applied(this.#installedLsn);
    this.#options.onCommitted?.();
  }

  /** Entries of this node's own rounds are in the file. */
  #committed(records: readonly LogRecord[]): void {
    const schema = records.some(({ kind }) => kind === 'statements');
    this.#refresh(schema, records.some(changesVariables));
    this.#reached();
    this.#options.onCommitted?.();
  }

  #freed(): void {
    if (!this.#rounds.busy && this.#skippedLsn > this.database.appliedLsn) {
      this.#applyForeign([{ lsn: this.#skippedLsn, record: noData }]);
    }
    for (const listener of this.#freeListeners) listener();
  }

  #notMaster(): ObError {
    const { leader } = this.log.role();
    return new ObError('OB_NOT_MASTER', [], { details: { tenantId: this.tenantId, leader } });
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
    this.roleChanges.happened();
  }

  /** Everything that this node executed ahead of the log is undone, before anything else is applied. */
  #depose(): void {
    this.#rounds.depose();
    this.autoIncrement.forgetAll();
    for (const listener of this.#deposedListeners) listener();
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

const noData = new Uint8Array();
/** That a lease runs again is in shared memory, and nobody says so. */
const leaseCheckMs = 20;

/** Rows of the variables' table are among the changes, or something that looks like it. */
function changesVariables(record: LogRecord): boolean {
  if (record.kind !== 'changes') return false;
  const { buffer, byteOffset, byteLength } = record.changeset;
  return Buffer.from(buffer, byteOffset, byteLength).includes(variableTableBytes);
}

const variableTableBytes = Buffer.from(variableTable);

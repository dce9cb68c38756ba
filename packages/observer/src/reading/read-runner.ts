import type {
  CellValue,
  ExecutionContext,
  QueryPlan,
  SessionState,
  SqlHandle,
  StatementResult,
} from '@sealane/sql';
import { nodeVariableNames } from '../session/node-variables.ts';
import type { TenantNode } from '../tenant/tenant-node.ts';
import { copyState } from '../transaction/requests.ts';
import type { StatementServices } from '../transaction/services.ts';
import { executionContext, StatementWarnings } from '../transaction/statement-context.ts';
import { clientError } from '../transaction/statement-effects.ts';
import type { GatheredRows } from '../transaction/statement-plan.ts';
import type { ReadJob, ReadWarnings } from './read-job.ts';
import type { ReadAnswer, ReadLimits } from './reader-child.ts';
import type { PinnedReader } from './reader-pool.ts';
import { TooLongHere, watchStatement } from './statement-watch.ts';
import { TableSizes } from './table-sizes.ts';
import { type Weight, weigh } from './weigh.ts';

/** One statement that reads. */
export interface Read {
  readonly plan: QueryPlan;
  readonly text: string;
  readonly parameters: readonly CellValue[];
  /** Is changed as the statement says; where rows follow, at their end. */
  readonly state: SessionState;
  readonly warnings: StatementWarnings;
  readonly gathered: GatheredRows;
  readonly handle: SqlHandle;
  /** Any committed state will do that is no older than this moment's: then it may run in another process. */
  readonly movable: boolean;
  readonly limits: ReadLimits;
}

/** What a read came to, and the state that it saw where that isn't the node's own. */
export interface ReadOutcome {
  readonly result: StatementResult;
  readonly appliedLsn?: number;
}

/** Runs a tenant's reads: short ones here, long ones in a reader process, where they hold up nobody. */
export class ReadRunner {
  readonly #node: TenantNode;
  readonly #services: StatementServices;
  readonly #sizes: TableSizes;
  /** Plans that took too long here before, and until when that counts. */
  readonly #slow = new WeakMap<QueryPlan, number>();

  constructor(node: TenantNode, services: StatementServices) {
    this.#node = node;
    this.#services = services;
    this.#sizes = new TableSizes(() => node.database.reader());
  }

  /** @throws ObError */
  async run(read: Read): Promise<ReadOutcome> {
    const { plan, gathered, handle, limits, movable } = read;
    const { readers } = this.#services;
    limits.signal.throwIfAborted();
    gathered.fill(handle);
    const weight = this.#weigh(read);
    // Watching would cost more than what is watched.
    if (weight === 'short') return { result: this.#runHere(read, undefined) };
    if (!movable || readers === undefined) return { result: this.#runHere(read, this.#watch(read)) };
    if (weight === 'unclear') {
      const tried = this.#try(read);
      if (tried !== undefined) return tried;
      this.#slow.set(plan, performance.now() + slowMs);
    }
    return outcomeOf(await readers.read(this.#job(read), limits), read);
  }

  /** A process for all reads of a transaction, if it is worth one: `read` is the first. */
  pinFor(read: Read, onlyReads: boolean): PinnedReader | undefined {
    const { readers } = this.#services;
    if (readers === undefined) return undefined;
    read.gathered.fill(read.handle);
    return onlyReads || this.#weigh(read) === 'long' ? readers.pin() : undefined;
  }

  /** @throws ObError OB_TRANS_KILLED when the state that the transaction saw is gone */
  async runPinned(read: Read, pinned: PinnedReader): Promise<ReadOutcome> {
    return outcomeOf(await pinned.read(this.#job(read), read.limits), read);
  }

  #weigh(read: Read): Weight {
    const { plan } = read;
    if (plan.steps === undefined) return 'short';
    return weigh(plan.steps(this.#context(read)), (table) => this.#sizes.rows(table));
  }

  /** @returns undefined when it takes too long here: then nothing has happened */
  #try(read: Read): ReadOutcome | undefined {
    const tried = { ...read, state: copyState(read.state), warnings: new StatementWarnings() };
    try {
      const wasSlow = (this.#slow.get(read.plan) ?? 0) > performance.now();
      const result = this.#runHere(tried, this.#watch(read, wasSlow ? budgetOfSlowMs : budgetMs));
      Object.assign(read.state, tried.state);
      addWarnings(read.warnings, tried.warnings);
      return { result };
    } catch (error) {
      if (error instanceof TooLongHere) return undefined;
      addWarnings(read.warnings, tried.warnings);
      throw error;
    }
  }

  #watch({ state, limits }: Read, budgetMs?: number): () => void {
    const { timeoutMs, timeoutError } = limits;
    const deadlineMs = performance.now() + timeoutMs;
    return watchStatement({ deadlineMs, timeoutError, killed: this.#services.kills?.watch(state), budgetMs });
  }

  #runHere(read: Read, checkpoint: (() => void) | undefined): StatementResult {
    const context = this.#context(read, checkpoint);
    try {
      return read.plan.run(context);
    } catch (error) {
      throw error instanceof TooLongHere ? error : clientError(error, this.#services.engine, context);
    }
  }

  #job({ text, parameters, state, gathered }: Read): ReadJob {
    const { tenantId, database } = this.#node;
    const nodeVariables = nodeVariableNames.map((name) => [name, this.#services.nodeVariable(name) ?? null]);
    return {
      tenantId,
      file: database.file,
      stateNumber: 0,
      text,
      parameters,
      state,
      nowUs: BigInt(Date.now()) * 1000n,
      nodeVariables: Object.fromEntries(nodeVariables.filter(([, value]) => value !== null)),
      virtualTables: gathered.tables,
    };
  }

  #context({ handle, state, parameters, warnings }: Read, checkpoint?: () => void): ExecutionContext {
    const run = { handle, state, parameters, warnings };
    return executionContext(
      this.#node,
      this.#services,
      checkpoint === undefined ? run : { ...run, checkpoint },
    );
  }
}

function outcomeOf(answer: ReadAnswer, { state, warnings }: Read): ReadOutcome {
  if (answer.kind === 'whole') {
    const { done } = answer;
    Object.assign(state, done.state);
    addWarnings(warnings, done.warnings);
    return { result: done.result, appliedLsn: done.appliedLsn };
  }
  const { columns, rows } = answer;
  const rest = answer.rest((done) => Object.assign(state, done.state));
  return { result: { kind: 'rows', columns, rows, rest } };
}

function addWarnings(into: StatementWarnings, { kept, count }: ReadWarnings): void {
  for (const { level, errno, message } of kept) into.add(level, errno, message);
  into.count += count - kept.length;
}

/** What a read may take here before it is moved: others wait as long. */
const budgetMs = 20;
/** The same for a plan that was moved before. Not moved at once: with other values it may read a single row. */
const budgetOfSlowMs = 5;
/** How long that counts. */
const slowMs = 60_000;

import { statSync } from 'node:fs';
import { ObError } from '@sealane/errors';
import type { Catalog, CellValue, Plan, QueryPlan, StatementResult } from '@sealane/sql';
import { openTenantReader, type TenantReader } from '@sealane/storage';
import type { SqlFunctions } from '../session/sql-binding.ts';
import type { SqlEngine } from '../session/sql-engine.ts';
import { AutoIncrement } from '../tenant/auto-increment.ts';
import { GlobalVariables } from '../tenant/global-variables.ts';
import type { TenantView } from '../transaction/services.ts';
import { executionContext, planEnvironment, StatementWarnings } from '../transaction/statement-context.ts';
import { clientError, noteResult } from '../transaction/statement-effects.ts';
import { pieces } from '../transaction/wire.ts';
import type { FromReader, ReadJob } from './read-job.ts';

/** Runs reads on handles of its own: the part of a reader process that knows SQL. */
export class Reader {
  readonly #engine: SqlEngine;
  readonly #functions: SqlFunctions;
  readonly #tenants = new Map<string, ReadTenant>();
  #stateNumber = 0;

  constructor(engine: SqlEngine, functions: SqlFunctions) {
    this.#engine = engine;
    this.#functions = functions;
  }

  /** The answer in pieces. Rows are read as they are asked for. Never throws. */
  *read(job: ReadJob): Generator<FromReader, undefined> {
    const warnings = new StatementWarnings();
    try {
      const tenant = this.#tenant(job);
      try {
        yield* this.#answer(job, tenant, warnings);
      } finally {
        if (job.stateNumber === 0) tenant.handle.end();
      }
    } catch (thrown) {
      const { name, message } = clientError(thrown, this.#engine);
      yield { kind: 'failed', error: [name, message], warnings };
    }
    return undefined;
  }

  /** Lets go of what was kept for the reads of one transaction. */
  forget(): void {
    for (const { handle } of this.#tenants.values()) handle.end();
    this.#stateNumber = 0;
  }

  *#answer(job: ReadJob, tenant: ReadTenant, warnings: StatementWarnings): Generator<FromReader> {
    const { state, parameters, nowUs, virtualTables } = job;
    const { handle } = tenant;
    if (job.stateNumber !== this.#stateNumber) handle.end();
    this.#stateNumber = job.stateNumber;
    const appliedLsn = handle.begin();
    const services = {
      virtualTables: virtualTables.map(({ definition }) => definition),
      nodeVariable: (name: string) => job.nodeVariables[name],
    };
    const view = tenant.at(appliedLsn);
    for (const { definition, rows } of virtualTables) {
      this.#engine.fillVirtualTable(handle, definition, rows, state);
    }
    const environment = planEnvironment(view, services, state);
    const parsed = this.#engine.parseOne(job.text, String(environment.variable('sql_mode', 'session') ?? ''));
    const plan = readPlan(this.#engine.plan(parsed, environment));
    const context = {
      ...executionContext(view, services, { handle, state, parameters, warnings, nowUs }),
      sleep: waitHere,
    };
    const result = yield* streamed(plan, context);
    // The stream has counted all rows; here are the last ones.
    const { foundRows } = state;
    noteResult(state, parsed, result, warnings);
    if (plan.stream !== undefined) state.foundRows = foundRows;
    yield { kind: 'done', result, state, warnings, appliedLsn };
  }

  /** Opened again when another file lies in its place: a snapshot from the leader was installed. */
  #tenant({ tenantId, file }: ReadJob): ReadTenant {
    const inode = statSync(file, { bigint: true }).ino;
    const known = this.#tenants.get(file);
    if (known?.inode === inode) return known;
    known?.handle.close();
    const opened = new ReadTenant(
      tenantId,
      inode,
      openTenantReader({ file, ...this.#functions }),
      this.#engine,
    );
    this.#tenants.set(file, opened);
    return opened;
  }
}

/** Between planning here and there, somebody's DDL made another kind of statement of this one. */
function readPlan(plan: Plan): QueryPlan {
  if (plan.kind === 'query' && !plan.locking) return plan;
  throw new ObError('OB_TABLE_DEFINITION_CHANGED');
}

/** @returns the whole result where it is one piece; otherwise its last rows */
function* streamed(
  plan: QueryPlan,
  context: Parameters<QueryPlan['run']>[0],
): Generator<FromReader, StatementResult> {
  const stream = plan.stream?.(context);
  if (stream === undefined) return plan.run(context);
  const { columns } = stream;
  let last: readonly (readonly CellValue[])[] | undefined;
  let begun = false;
  for (const rows of pieces(stream.rows)) {
    if (last !== undefined) {
      yield begun ? { kind: 'rows', rows: last } : { kind: 'begun', columns, rows: last };
      begun = true;
    }
    last = rows;
  }
  const rows = last ?? [];
  return { kind: 'rows', columns, rows };
}

/** This process has nobody else to serve. */
function waitHere(seconds: number): bigint {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
  return 0n;
}

/** A tenant's file, and its catalog and variables at one state. */
class ReadTenant {
  readonly inode: bigint;
  readonly handle: TenantReader;
  readonly #tenantId: number;
  readonly #engine: SqlEngine;
  #view: TenantView | undefined;
  #viewLsn = -1;

  constructor(tenantId: number, inode: bigint, handle: TenantReader, engine: SqlEngine) {
    this.inode = inode;
    this.handle = handle;
    this.#tenantId = tenantId;
    this.#engine = engine;
  }

  /** Any entry may have changed the catalog: it is read anew after each, which takes a millisecond or two. */
  at(lsn: number): TenantView {
    if (this.#view !== undefined && this.#viewLsn === lsn) return this.#view;
    const catalog: Catalog = this.#engine.buildCatalog(this.handle.all(this.#engine.catalogQuery), lsn);
    const variables = new GlobalVariables((name) => this.#engine.variableDefault(name));
    variables.load(this.handle);
    this.#view = {
      tenantId: this.#tenantId,
      catalog: () => catalog,
      globalVariable: (name) => variables.get(name),
      globals: variables.stamp,
      autoIncrement: new AutoIncrement(),
      database: { reader: () => this.handle },
    };
    this.#viewLsn = lsn;
    return this.#view;
  }
}

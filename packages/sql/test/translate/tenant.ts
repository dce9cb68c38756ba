import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Catalog } from '../../src/catalog.ts';
import { buildCatalog, catalogQuery, initialStatements } from '../../src/catalog-rows.ts';
import { parseScript } from '../../src/parser/script.ts';
import type { ExecutionContext, Plan, PlanEnvironment } from '../../src/plan.ts';
import { planStatement } from '../../src/planner.ts';
import type { StatementResult } from '../../src/result.ts';
import type { SessionState } from '../../src/session-state.ts';
import { sqliteAggregates, sqliteFunctions } from '../../src/translate/function-table.ts';
import type { CellValue, SqlHandle, SqlValue } from '../../src/values.ts';

/** A tenant in memory: SQLite with our functions, a catalog, one session. For tests of the translator. */
export class Tenant implements SqlHandle {
  readonly database = new DatabaseSync(':memory:');
  readonly session: SessionState;
  readonly variables: Record<string, CellValue>;
  catalog: Catalog;
  nowUs = 1_700_000_000_123_456n;
  checkpoint: () => void = () => {};
  #version = 1;
  readonly #statements = new Map<string, StatementSync>();
  readonly #keys = new Map<string, bigint>();

  constructor() {
    registerFunctions(this.database);
    this.database.exec('PRAGMA foreign_keys = ON');
    for (const { sql, binds } of initialStatements()) this.run(sql, binds);
    this.catalog = buildCatalog(this.all(catalogQuery), this.#version);
    this.session = {
      connectionId: 7,
      tenantId: 1002,
      tenant: 'test',
      user: 'root',
      clientHost: '127.0.0.1',
      accountHost: '%',
      database: 'test',
      variables: {},
      userVariables: {},
      lastInsertId: 0n,
      rowCount: 0n,
      foundRows: 0n,
      warnings: [],
    };
    this.variables = {
      sql_mode: 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO',
      time_zone: '+00:00',
      collation_connection: 'utf8mb4_general_ci',
      character_set_connection: 'utf8mb4',
      div_precision_increment: 4n,
      group_concat_max_len: 1024n,
      auto_increment_increment: 1n,
      autocommit: 1n,
      version: '5.7.25-OceanBase-v4.3',
      foreign_key_checks: 1n,
    };
  }

  all(sql: string, binds: readonly SqlValue[] = []): SqlValue[][] {
    return this.#prepare(sql).all(...(binds as SQLInputValue[])) as unknown as SqlValue[][];
  }

  run(sql: string, binds: readonly SqlValue[] = []): { changes: number } {
    return { changes: Number(this.#prepare(sql).run(...(binds as SQLInputValue[])).changes) };
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get environment(): PlanEnvironment {
    return {
      catalog: this.catalog,
      session: this.session,
      virtualTable: () => undefined,
      virtualTables: () => [],
      variable: (name) => this.session.variables[name] ?? this.variables[name],
    };
  }

  context(parameters: readonly CellValue[] = []): ExecutionContext {
    return {
      handle: this,
      catalog: this.catalog,
      session: this.session,
      parameters,
      nowUs: this.nowUs,
      variable: (name) => this.session.variables[name] ?? this.variables[name],
      nextAutoIncrement: (database, table, count) => this.#takeKeys(`${database}.${table}`, BigInt(count)),
      observeAutoIncrement: (database, table, value) => {
        const key = `${database}.${table}`;
        if (value >= (this.#keys.get(key) ?? 1n)) this.#keys.set(key, value + 1n);
      },
      warn: (level, errno, message) => this.session.warnings.push({ level, errno, message }),
      checkpoint: () => this.checkpoint(),
    };
  }

  #takeKeys(table: string, count: bigint): bigint {
    const first = this.#keys.get(table) ?? 1n;
    this.#keys.set(table, first + count);
    return first;
  }

  plan(text: string): Plan {
    const [parsed] = parseScript(text);
    if (parsed === undefined) throw new Error('no statement');
    return planStatement(parsed.statement, parsed.text, this.environment, parsed.parameterCount);
  }

  /** Runs each statement of a script; @returns the last answer */
  query(script: string, parameters: readonly CellValue[] = []): StatementResult {
    let result: StatementResult = { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
    for (const { statement, text, parameterCount } of parseScript(script)) {
      this.session.warnings = [];
      const plan = planStatement(statement, text, this.environment, parameterCount);
      result = this.#runPlan(plan, parameters);
    }
    return result;
  }

  #runPlan(plan: Plan, parameters: readonly CellValue[]): StatementResult {
    switch (plan.kind) {
      case 'query':
        return plan.run(this.context(parameters));
      case 'dml':
        return this.#atomically(() => plan.run(this.context(parameters)));
      case 'set':
        plan.run(this.context(parameters));
        return { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
      case 'ddl': {
        const { statements, then, result } = plan.compile(this.context(parameters));
        for (const { sql, binds } of statements) this.run(sql, binds);
        this.#version += 1;
        this.#statements.clear();
        this.catalog = buildCatalog(this.all(catalogQuery), this.#version);
        return then === undefined ? result : then.run(this.context(parameters));
      }
      default:
        throw new Error(`no ${plan.kind} here`);
    }
  }

  #atomically<Result>(body: () => Result): Result {
    this.database.exec('SAVEPOINT s');
    try {
      const result = body();
      this.database.exec('RELEASE s');
      return result;
    } catch (error) {
      this.database.exec('ROLLBACK TO s; RELEASE s');
      throw error;
    }
  }
}

export function registerFunctions(database: DatabaseSync): void {
  for (const { name, deterministic, call } of sqliteFunctions) {
    database.function(name, { deterministic, varargs: true, useBigIntArguments: true }, call as never);
  }
  for (const { name, start, step, inverse, result } of sqliteAggregates) {
    const options = { start, step, result, varargs: true, useBigIntArguments: true };
    database.aggregate(name, (inverse === undefined ? options : { ...options, inverse }) as never);
  }
}

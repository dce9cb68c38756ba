import { DatabaseSync } from 'node:sqlite';
import { isObError } from '@sealane/errors';
import type { ParsedStatement } from '../src/ast.ts';
import type { Catalog } from '../src/catalog.ts';
import { buildCatalog, catalogQuery, initialStatements } from '../src/catalog-rows.ts';
import { withExecution } from '../src/functions/execution-scope.ts';
import { informationSchemaRows } from '../src/information-schema/rows.ts';
import { informationSchemaTables } from '../src/information-schema/tables.ts';
import { parseScript } from '../src/parser/script.ts';
import type { DdlPlan, ExecutionContext, Plan, PlanEnvironment } from '../src/plan.ts';
import { planStatement, selectPlanner } from '../src/planner.ts';
import type { StatementResult } from '../src/result.ts';
import type { SessionState } from '../src/session-state.ts';
import { sqliteAggregates, sqliteFunctions } from '../src/translate/function-table.ts';
import { sqliteColumn } from '../src/types/sqlite-column.ts';
import type { CellValue, SqlHandle, SqlValue } from '../src/values.ts';
import { findVariable } from '../src/variables/system-variables.ts';
import type { VirtualTableDefinition } from '../src/virtual-table.ts';

/** A tenant in memory: one SQLite handle, one session, no replication. Statements run as the observer runs them. */
export class TestTenant {
  readonly database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  readonly globals: Record<string, CellValue> = {};
  readonly session: SessionState = {
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
  /** Every SQLite statement of DDL, in order. */
  readonly stored: string[] = [];
  #catalog: Catalog;
  #version = 1;
  #nextKeys = new Map<string, bigint>();

  constructor() {
    for (const { name, deterministic, call } of sqliteFunctions) {
      const options = { deterministic, useBigIntArguments: true, varargs: true };
      this.database.function(name, options, call as (...args: unknown[]) => SqlValue);
    }
    for (const { name, start, step, result } of sqliteAggregates) {
      const options = { start, step, result, useBigIntArguments: true, varargs: true };
      this.database.aggregate(name, options as unknown as Parameters<DatabaseSync['aggregate']>[1]);
    }
    for (const { sql, binds } of initialStatements()) this.handle.run(sql, binds);
    this.#catalog = this.#readCatalog();
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  readonly handle: SqlHandle = {
    all: (sql, binds = []) => {
      const statement = this.database.prepare(sql);
      statement.setReturnArrays(true);
      statement.setReadBigInts(true);
      return statement.all(...binds) as unknown as SqlValue[][];
    },
    run: (sql, binds = []) => ({ changes: Number(this.database.prepare(sql).run(...binds).changes) }),
  };

  /** Runs a script. @returns the last answer */
  run(script: string, parameters: readonly CellValue[] = []): StatementResult {
    let last: StatementResult = { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
    const sqlMode = String(this.variable('sql_mode', 'session'));
    for (const parsed of parseScript(script, { sqlMode })) last = this.#runOne(parsed, parameters);
    return last;
  }

  rows(script: string): readonly (readonly CellValue[])[] {
    const result = this.run(script);
    return result.kind === 'rows' ? result.rows : [];
  }

  /** @returns `errno message` of the error that the script ends with, or what it answered instead */
  failure(script: string): string {
    try {
      this.run(script);
      return 'no error';
    } catch (error) {
      if (!isObError(error)) throw error;
      return `${error.errno} ${error.message}`;
    }
  }

  /** The rows of a table as SQLite keeps them, without the hidden key. */
  storedRows(table: string): SqlValue[][] {
    return this.handle.all(`SELECT * FROM "test.${table}"`);
  }

  insert(table: string, ...rows: readonly (readonly SqlValue[])[]): void {
    for (const row of rows) {
      const hidden = this.database
        .prepare(`SELECT count(*) AS n FROM pragma_table_info('test.${table}') WHERE name = '__pk_increment'`)
        .get()?.['n'];
      const marks = [...row.map(() => '?'), ...(hidden === 1 ? ['NULL'] : [])];
      this.handle.run(`INSERT INTO "test.${table}" VALUES (${marks.join(', ')})`, row);
    }
  }

  variable(name: string, scope: 'session' | 'global'): CellValue | undefined {
    const own = scope === 'session' ? this.session.variables[name] : undefined;
    return own ?? this.globals[name] ?? findVariable(name)?.default;
  }

  environment(): PlanEnvironment {
    return {
      catalog: this.#catalog,
      session: this.session,
      virtualTable: (database, name) =>
        informationSchemaTables.find(
          (table) => table.database === database && table.name === name.toUpperCase(),
        ),
      virtualTables: () => informationSchemaTables,
      variable: (name, scope) => this.variable(name, scope),
    };
  }

  context(parameters: readonly CellValue[] = []): ExecutionContext {
    return {
      handle: this.handle,
      catalog: this.#catalog,
      session: this.session,
      parameters,
      nowUs: 1_700_000_000_123_456n,
      variable: (name, scope) => this.variable(name, scope),
      nextAutoIncrement: (database, table, count) => {
        const key = `${database}.${table}`;
        const first = this.#nextKeys.get(key) ?? 1n;
        this.#nextKeys.set(key, first + BigInt(count));
        return first;
      },
      observeAutoIncrement: (database, table, value) => {
        const key = `${database}.${table}`;
        if (value >= (this.#nextKeys.get(key) ?? 1n)) this.#nextKeys.set(key, value + 1n);
      },
      warn: (level, errno, message) => {
        this.session.warnings.push({ level, errno, message });
      },
    };
  }

  plan({ statement, text, parameterCount }: ParsedStatement): Plan {
    return planStatement(statement, text, this.environment(), parameterCount);
  }

  #runOne(parsed: ParsedStatement, parameters: readonly CellValue[]): StatementResult {
    const plan = this.plan(parsed);
    const context = this.context(parameters);
    if (parsed.statement.kind !== 'show') this.session.warnings = [];
    switch (plan.kind) {
      case 'ddl': {
        this.database.exec('BEGIN');
        try {
          const result = this.#define(plan, context);
          this.database.exec('COMMIT');
          return result;
        } catch (error) {
          this.database.exec('ROLLBACK');
          this.#catalog = this.#readCatalog();
          throw error;
        }
      }
      case 'query':
      case 'dml':
        this.#fill(plan.virtualTables);
        return withExecution(context, () => plan.run(context));
      case 'set': {
        this.#fill(plan.virtualTables);
        const { global } = withExecution(context, () => plan.run(context));
        for (const { name, value } of global) this.globals[name] = value;
        return { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
      }
      default:
        return { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: JSON.stringify(plan, bigintAsText) };
    }
  }

  #define(plan: DdlPlan, context: ExecutionContext): StatementResult {
    const compiled = plan.compile(context);
    for (const { sql, binds } of compiled.statements) {
      this.stored.push(sql);
      this.handle.run(sql, binds);
    }
    this.#version += 1;
    this.#catalog = this.#readCatalog();
    const after = compiled.then;
    if (after === undefined) return compiled.result;
    return withExecution(this.context(), () => after.run(this.context()));
  }

  #fill(tables: readonly VirtualTableDefinition[]): void {
    for (const table of tables) {
      const name = `temp."${table.database}.${table.name}"`;
      const columns = table.columns.map((column) => `"${column.name}" ${sqliteColumn(column.type)}`);
      this.handle.run(`DROP TABLE IF EXISTS ${name}`);
      this.handle.run(`CREATE TEMP TABLE "${table.database}.${table.name}" (${columns.join(', ')})`);
      const rows = informationSchemaRows(table.name, {
        catalog: this.#catalog,
        session: this.session,
        virtualTables: () => informationSchemaTables,
        variable: (variable, scope) => this.variable(variable, scope),
        viewColumns: (view) => selectPlanner.resultColumns(view.text, this.environment()),
      });
      for (const row of rows ?? []) {
        this.handle.run(`INSERT INTO ${name} VALUES (${row.map(() => '?').join(', ')})`, row);
      }
    }
  }

  #readCatalog(): Catalog {
    return buildCatalog(this.handle.all(catalogQuery), this.#version);
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

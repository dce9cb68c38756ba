import { isObError, ObError } from '@sealane/errors';
import type { CellValue, ResultColumn, SessionState, StatementResult } from '@sealane/sql';
import { clientError } from '../transaction/statement-effects.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { SessionContext } from './session-context.ts';
import type { SessionServices } from './session-services.ts';
import type { ParsedText } from './sql-engine.ts';
import { allowHere, planHere, runStatement, type SessionActions } from './statement-runner.ts';
import { rollbackTransaction } from './transaction-control.ts';
import { releaseUserLocks } from './user-lock-calls.ts';

export interface StatementOutcome {
  readonly result: StatementResult;
  readonly warningCount: number;
  /** Another statement of the same text follows. */
  readonly more: boolean;
}

export interface SessionOptions {
  readonly state: SessionState;
  readonly services: SessionServices;
  /** Affected rows count the rows found, not those changed. */
  readonly foundRows: boolean;
  /** Whether results may come with rows that follow. Otherwise they are whole. */
  readonly streams?: boolean;
}

/** One client's session: one command at a time. */
export class SqlSession {
  readonly #context: SessionContext;
  readonly #prepared = new PreparedStatements();
  readonly #foundRows: boolean;
  /** What RESET CONNECTION goes back to. */
  readonly #initialVariables: Readonly<Record<string, CellValue>>;
  readonly #actions: SessionActions = {
    use: (database) => this.#use(database),
    prepareNamed: (name, text) => {
      this.#prepared.forgetNamed(name);
      this.#prepared.setNamed(name, this.#parseOne(text));
    },
    executeNamed: async (name, values) => {
      const named = this.#prepared.named(name);
      if (values.length !== named.parameterCount) throw wrongParameters();
      if (named.statement.kind === 'execute') throw new ObError('OB_ER_UNSUPPORTED_PS');
      return runStatement(this.#context, named, values, this.#actions);
    },
    deallocate: (name) => this.#prepared.removeNamed(name),
    letGo: () => {
      this.#ended = new ObError('OB_SESSION_KILLED');
    },
  };
  #running: { readonly text: string; readonly startedAtMs: number } | undefined;
  #ended: ObError | undefined;

  constructor({ state, services, foundRows, streams = false }: SessionOptions) {
    this.#context = new SessionContext(state, services, streams);
    this.#foundRows = foundRows;
    this.#initialVariables = { ...state.variables };
  }

  get state(): SessionState {
    return this.#context.state;
  }

  get inTransaction(): boolean {
    return this.#context.transaction !== undefined;
  }

  /** By its number among the session's: it is open, and not undone yet. */
  holdsTransaction(id: number): boolean {
    const { transaction } = this.#context;
    return transaction?.id === id && !transaction.aborted;
  }

  get autocommit(): boolean {
    return this.#context.autocommit;
  }

  /** For the process list; times of `Date.now()`. */
  get running(): { readonly text: string; readonly startedAtMs: number } | undefined {
    return this.#running;
  }

  /** One outcome for each statement of the text. @throws ObError at the one that fails */
  async *query(
    text: string,
    { multiStatements } = { multiStatements: true },
  ): AsyncIterable<StatementOutcome> {
    const statements = this.#statements(text, multiStatements)[Symbol.iterator]();
    let current = this.#next(statements);
    while (current !== undefined) {
      if (current instanceof ObError) throw this.#failBeforeRun(current);
      const following = this.#next(statements);
      yield await this.#run(current, [], following !== undefined);
      current = following;
    }
  }

  async prepare(
    text: string,
  ): Promise<{ id: number; parameterCount: number; columns: readonly ResultColumn[] }> {
    this.#context.beginStatement();
    try {
      const parsed = this.#parseOne(text);
      const columns = await this.#columnsOf(parsed);
      return { id: this.#prepared.add(parsed), parameterCount: parsed.parameterCount, columns };
    } catch (error) {
      throw clientError(error, this.#context.services.engine);
    }
  }

  execute(id: number, parameters: readonly CellValue[]): Promise<StatementOutcome> {
    try {
      const parsed = this.#prepared.get(id);
      if (parameters.length !== parsed.parameterCount) throw wrongParameters();
      return this.#run(parsed, parameters, false);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  closePrepared(id: number): void {
    this.#prepared.remove(id);
  }

  async useDatabase(name: string): Promise<void> {
    this.#context.beginStatement();
    await this.#use(name.toLowerCase());
  }

  /** COM_FIELD_LIST: the columns of a table whose names match a LIKE pattern; '' matches all. */
  async fieldList(table: string, wildcard: string): Promise<readonly ResultColumn[]> {
    const quoted = `\`${table.replaceAll('`', '``')}\``;
    this.#context.beginStatement();
    try {
      const columns = await this.#columnsOf(this.#parseOne(`SELECT * FROM ${quoted}`));
      const pattern = likePattern(wildcard);
      return columns.filter(({ name }) => pattern.test(name));
    } catch (error) {
      throw clientError(error, this.#context.services.engine);
    }
  }

  /** COM_RESET_CONNECTION: as after the login, but for the default database. */
  async reset(): Promise<void> {
    await this.#rollback();
    this.#prepared.clear();
    const { state } = this.#context;
    Object.assign(state, {
      variables: { ...this.#initialVariables },
      userVariables: {},
      lastInsertId: 0n,
      rowCount: 0n,
      foundRows: 0n,
      warnings: [],
    });
  }

  /** Ends what runs now with 1317; with `connection` everything that comes after is refused. */
  kill(what: 'query' | 'connection'): void {
    if (what === 'connection') this.#ended = new ObError('OB_SESSION_KILLED');
    const { executingServer, key, runtime } = this.#context;
    this.#context.abort(new ObError('OB_ERR_QUERY_INTERRUPTED'));
    // What waits at the leader is told; it answers with the same error.
    if (executingServer !== undefined) void runtime.access.kill(executingServer, key, 'query');
  }

  async close(): Promise<void> {
    this.#ended ??= new ObError('OB_SESSION_KILLED');
    this.#prepared.clear();
    await this.#rollback();
  }

  async #run(parsed: ParsedText, parameters: readonly CellValue[], more: boolean): Promise<StatementOutcome> {
    if (this.#ended !== undefined) throw this.#ended;
    this.#context.beginStatement();
    this.#running = { text: parsed.text, startedAtMs: Date.now() };
    const beganAtMs = performance.now();
    let errno: number | undefined;
    try {
      const result = this.#counted(await runStatement(this.#context, parsed, parameters, this.#actions));
      return { result, warningCount: this.#context.state.warnings.length, more };
    } catch (error) {
      errno = toldErrno(error);
      throw error;
    } finally {
      this.#running = undefined;
      this.#finished(parsed.statement.kind, performance.now() - beganAtMs, errno);
    }
  }

  #finished(kind: string, tookMs: number, errno: number | undefined): void {
    const { state, services } = this.#context;
    if (state.internal === true) return;
    services.statements?.finished({ tenantId: state.tenantId, kind, tookMs, errno });
  }

  /** @throws ObError 1044, 1049 */
  async #use(database: string): Promise<void> {
    const { node } = this.#context.runtime;
    if (node.catalog().database(database) === undefined) await this.#context.catchUp();
    if (node.catalog().database(database) === undefined) {
      throw this.#mayUse(database) ?? new ObError('OB_ERR_BAD_DATABASE', [database]);
    }
    let refused = this.#mayUse(database);
    if (refused !== undefined && !node.serving) {
      await this.#context.catchUp();
      refused = this.#mayUse(database);
    }
    if (refused !== undefined) throw refused;
    this.#context.state.database = database;
  }

  /** @returns why it may not use the database by default */
  #mayUse(database: string): ObError | undefined {
    const { services, runtime, state } = this.#context;
    try {
      services.privileges?.allowDatabase(database, runtime.node, state);
      return undefined;
    } catch (error) {
      if (isObError(error)) return error;
      throw error;
    }
  }

  /** None for what answers no rows. */
  async #columnsOf(parsed: ParsedText): Promise<readonly ResultColumn[]> {
    const plan = await planHere(this.#context, parsed);
    // Names of columns are told to those only who may use them.
    await allowHere(this.#context, parsed, plan);
    return this.#context.services.engine.columnsOf(plan);
  }

  #statements(text: string, multiStatements: boolean): Iterable<ParsedText> {
    const { engine } = this.#context.services;
    const { sqlMode } = this.#context;
    return multiStatements
      ? engine.parse(text, sqlMode)
      : onlyStatement(() => engine.parseOne(text, sqlMode));
  }

  /** A syntax error belongs to the statement that has it: those before it run. */
  #next(statements: Iterator<ParsedText>): ParsedText | ObError | undefined {
    try {
      const next = statements.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      return clientError(error, this.#context.services.engine);
    }
  }

  #failBeforeRun(error: ObError): ObError {
    const { errno, message } = error;
    this.#context.state.warnings = [{ level: 'Error', errno, message }];
    this.#finished('other', 0, errno);
    return this.#ended ?? error;
  }

  #parseOne(text: string): ParsedText {
    return this.#context.services.engine.parseOne(text, this.#context.sqlMode);
  }

  #counted(result: StatementResult): StatementResult {
    if (!this.#foundRows || result.kind !== 'ok' || result.info === '') return result;
    const matched = /^Rows matched: (\d+)/.exec(result.info)?.[1];
    if (matched === undefined) return result;
    this.#context.state.rowCount = BigInt(matched);
    return { ...result, affectedRows: BigInt(matched) };
  }

  async #rollback(): Promise<void> {
    this.#context.beginStatement();
    await releaseUserLocks(this.#context);
    await rollbackTransaction(this.#context);
  }
}

/** What isn't one of ours shows as "Internal error". */
function toldErrno(error: unknown): number {
  return (isObError(error) ? error : new ObError('OB_ERR_UNEXPECTED')).errno;
}

function* onlyStatement(parse: () => ParsedText): Generator<ParsedText> {
  yield parse();
}

function likePattern(wildcard: string): RegExp {
  if (wildcard === '') return /^/;
  const source = wildcard
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/%/g, '.*')
    .replace(/_/g, '.');
  return new RegExp(`^${source}$`, 'is');
}

function wrongParameters(): ObError {
  return new ObError('OB_INVALID_ARGUMENT', ['EXECUTE']);
}

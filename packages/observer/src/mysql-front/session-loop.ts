import { isObError, ObError } from '@sealane/errors';
import type {
  CellValue,
  Column,
  Command,
  CommandName,
  Ok,
  Outcome,
  ServerConnection,
  ServerEvent,
} from '@sealane/mysql-protocol';
import type { Logger } from '../logger.ts';
import type { ByteChannel } from './byte-channel.ts';
import type { FrontLimits } from './limits.ts';
import type { LoggedIn } from './login.ts';
import type { FollowingRows, SqlSession, StatementOutcome, StatementResult } from './ports.ts';
import type { Process, ProcessList } from './process-list.ts';
import { charsetsOf, SessionTracking, statusFlags } from './session-tracking.ts';

export interface SessionLoopOptions {
  readonly connection: ServerConnection;
  readonly channel: ByteChannel;
  readonly limits: FrontLimits;
  readonly processes: ProcessList;
  readonly logger: Logger;
  /** COM_CHANGE_USER: checks the new login, closes the old session, and opens another. */
  readonly changeUser: (command: Extract<Command, { name: 'COM_CHANGE_USER' }>) => Promise<LoggedIn>;
  /** The process row of the session that logged in last. */
  readonly process: () => Process;
  /** Whether the connection shall end when the command is answered: it was killed, or the server stops. */
  readonly ending: () => boolean;
  /** The client is a proxy: it is told of everything that changes in the session. */
  readonly fromProxy: boolean;
}

/** Why a connection ended. */
export type CloseReason = 'quit' | 'client gone' | 'idle too long' | 'killed or stopping';

/** Takes a session's commands one after the other and answers each of them, until the client quits. */
export class SessionLoop {
  readonly #options: SessionLoopOptions;
  #session: SqlSession;
  #tracking: SessionTracking;
  readonly #prepared = new Set<number>();
  /** Whose character sets the connection uses. */
  #variables: SqlSession['state']['variables'] | undefined;

  constructor(session: SqlSession, options: SessionLoopOptions) {
    this.#options = options;
    this.#session = session;
    this.#tracking = new SessionTracking(session, options.fromProxy);
  }

  /** @throws ObError what ends the connection: the protocol broken, a client that doesn't read */
  async run(): Promise<CloseReason> {
    const { connection, channel, processes } = this.#options;
    while (!this.#options.ending()) {
      this.#useCharsets();
      let event: ServerEvent | undefined;
      try {
        event = await channel.nextEvent(this.#idleTimeoutMs());
      } catch (error) {
        if (isIdle(error)) return 'idle too long';
        throw error;
      }
      if (event === undefined) return this.#options.ending() ? 'killed or stopping' : 'client gone';
      processes.asked();
      if (event.kind === 'invalid') connection.error(event.error);
      else if (event.kind !== 'command') throw new ObError('ER_MALFORMED_PACKET');
      else if (event.command.name === 'COM_QUIT') return 'quit';
      else await this.#answer(event.command);
      const taken = channel.flush();
      if (taken !== undefined) await taken;
    }
    return 'killed or stopping';
  }

  #useCharsets(): void {
    const { variables } = this.#session.state;
    if (variables === this.#variables) return;
    this.#variables = variables;
    this.#options.connection.useCharsets(charsetsOf(this.#session));
  }

  #idleTimeoutMs(): number {
    const seconds = Number(this.#session.state.variables['wait_timeout'] ?? Number.NaN);
    return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : this.#options.limits.idleTimeoutMs;
  }

  async #answer(command: Command): Promise<void> {
    this.#options.process().begin(processCommand[command.name] ?? command.name, statementOf(command));
    try {
      if (command.name === 'COM_STMT_EXECUTE') {
        const answer = await this.#session.execute(command.statementId, command.parameters);
        if (answer.result.kind === 'ok') this.#writeOk(answer.result, answer);
        else await this.#write(answer, 'binary');
      } else await this.#dispatch(command);
    } catch (error) {
      if (this.#options.channel.gone) throw error;
      this.#refuse(error, command.name);
    } finally {
      this.#options.process().rest();
    }
  }

  #refuse(error: unknown, command: CommandName): void {
    if (!isObError(error))
      this.#options.logger.error({ err: error, command }, 'internal error in a statement');
    if (endsConnection(error) || command === 'COM_CHANGE_USER') throw error;
    this.#options.connection.error(error);
  }

  #dispatch(
    command: Exclude<Command, { name: 'COM_QUIT' | 'COM_STMT_EXECUTE' }> | { readonly name: 'COM_QUIT' },
  ): Promise<void> | undefined {
    const { connection, processes } = this.#options;
    switch (command.name) {
      case 'COM_QUERY':
        return this.#query(command.text, connection.multiStatements);
      case 'COM_STMT_PREPARE':
        return this.#prepare(command.text);
      case 'COM_STMT_CLOSE':
        if (this.#prepared.delete(command.statementId)) this.#session.closePrepared(command.statementId);
        return undefined;
      case 'COM_INIT_DB':
        return this.#useDatabase(command.database);
      case 'COM_FIELD_LIST':
        return this.#fieldList(command.table, command.wildcard);
      case 'COM_PING':
      case 'COM_STMT_RESET':
        this.#ok({});
        return undefined;
      case 'COM_STATISTICS':
        connection.text(processes.statistics());
        return undefined;
      case 'COM_PROCESS_INFO':
        return this.#query('SHOW PROCESSLIST', false);
      case 'COM_PROCESS_KILL':
        return this.#query(`KILL ${command.connectionId}`, false);
      case 'COM_SET_OPTION':
        connection.multiStatements = command.multiStatements;
        connection.endOfRows(this.#outcome());
        return undefined;
      case 'COM_RESET_CONNECTION':
        return this.#reset();
      case 'COM_CHANGE_USER':
        return this.#changeUser(command);
      case 'COM_STMT_FETCH':
        throw new ObError('ER_STMT_HAS_NO_OPEN_CURSOR', [command.statementId]);
      case 'COM_QUIT':
        return undefined;
    }
  }

  async #useDatabase(database: string): Promise<void> {
    await this.#session.useDatabase(database);
    this.#ok({});
  }

  async #fieldList(table: string, wildcard: string): Promise<void> {
    const columns = await this.#session.fieldList(table, wildcard);
    this.#options.connection.fieldList(columns, this.#outcome());
  }

  async #reset(): Promise<void> {
    await this.#session.reset();
    this.#forget();
    this.#ok({});
  }

  async #query(text: string, multiStatements: boolean): Promise<void> {
    let answered = false;
    for await (const outcome of this.#session.query(text, { multiStatements })) {
      await this.#write(outcome, 'text');
      answered = true;
    }
    if (!answered) throw new ObError('OB_ERR_EMPTY_QUERY');
  }

  async #prepare(text: string): Promise<void> {
    const { connection, limits } = this.#options;
    if (this.#prepared.size >= limits.preparedStatementsMax) {
      throw new ObError('ER_MAX_PREPARED_STMT_COUNT_REACHED', [limits.preparedStatementsMax]);
    }
    const statement = await this.#session.prepare(text);
    if (statement.parameterCount > parametersMax) {
      this.#session.closePrepared(statement.id);
      throw new ObError('OB_ERR_PS_TOO_MANY_PARAM');
    }
    this.#prepared.add(statement.id);
    connection.prepared(statement, this.#outcome());
  }

  /** Writes rows no faster than the client takes them. */
  async #write(answer: StatementOutcome, form: 'text' | 'binary'): Promise<void> {
    try {
      await this.#writeResult(answer, form);
    } finally {
      if (answer.result.kind === 'rows') answer.result.rest?.cancel();
    }
  }

  async #writeResult(answer: StatementOutcome, form: 'text' | 'binary'): Promise<void> {
    const { result, warningCount, more } = answer;
    if (result.kind === 'ok') return this.#writeOk(result, answer);
    const { connection, channel } = this.#options;
    const outcome = { status: statusFlags(this.#session, more), warningCount };
    connection.columns(settledColumns(result), outcome);
    await this.#rows(result.rows, form);
    if (result.rest !== undefined) await this.#followingRows(result.rest, form);
    connection.endOfRows({ ...outcome, changes: this.#tracking.changes(this.#session) });
    await channel.flushWhenFull();
  }

  #writeOk(
    { affectedRows, lastInsertId, info }: Extract<StatementResult, { kind: 'ok' }>,
    { warningCount, more }: StatementOutcome,
  ): void {
    this.#ok({ affectedRows, lastInsertId, info, warningCount }, more);
  }

  async #rows(rows: readonly (readonly CellValue[])[], form: 'text' | 'binary'): Promise<void> {
    const { connection, channel } = this.#options;
    for (const row of rows) {
      if (form === 'text') connection.textRow(row);
      else connection.binaryRow(row);
      await channel.flushWhenFull();
    }
  }

  async #followingRows(rest: FollowingRows, form: 'text' | 'binary'): Promise<void> {
    for await (const rows of rest) await this.#rows(rows, form);
  }

  async #changeUser(command: Extract<Command, { name: 'COM_CHANGE_USER' }>): Promise<void> {
    const { session } = await this.#options.changeUser(command);
    this.#session = session;
    this.#tracking = new SessionTracking(session, this.#options.fromProxy);
    this.#forget();
    this.#options.connection.admit({ status: statusFlags(session) });
  }

  #forget(): void {
    this.#prepared.clear();
    this.#options.connection.forgetPrepared();
  }

  #ok(ok: Partial<Ok>, more = false): void {
    const changes = this.#tracking.changes(this.#session);
    this.#options.connection.ok({ status: statusFlags(this.#session, more), changes, ...ok });
  }

  #outcome(): Outcome {
    return { status: statusFlags(this.#session), warningCount: 0 };
  }
}

/** Their count is 16 bits wide. */
const parametersMax = 0xffff;

/** A column of type NULL has no place for a value: where there are values nevertheless, they are text. */
function settledColumns({ columns, rows }: Extract<StatementResult, { kind: 'rows' }>): readonly Column[] {
  if (!columns.some(({ type }) => type.name === 'null')) return columns;
  return columns.map((column, index) => {
    const holdsValues = column.type.name === 'null' && rows.some((row) => (row[index] ?? null) !== null);
    return holdsValues ? { ...column, type: { name: 'varchar', length: 0 } } : column;
  });
}

/** Nothing has come of another command. */
function isIdle(error: unknown): boolean {
  return isObError(error, 'ER_NET_READ_INTERRUPTED') && error.details['begun'] === false;
}

/** These say that the session itself is over. */
function endsConnection(error: unknown): boolean {
  return isObError(error, 'OB_SESSION_KILLED') || isObError(error, 'OB_ERR_SESSION_INTERRUPTED');
}

function statementOf(command: Command): string | undefined {
  return command.name === 'COM_QUERY' || command.name === 'COM_STMT_PREPARE' ? command.text : undefined;
}

/** MySQL's words for the column COMMAND of the process list. */
const processCommand: Readonly<Partial<Record<CommandName, string>>> = {
  COM_QUERY: 'Query',
  COM_STMT_PREPARE: 'Prepare',
  COM_STMT_EXECUTE: 'Execute',
  COM_STMT_CLOSE: 'Close stmt',
  COM_STMT_RESET: 'Reset stmt',
  COM_STMT_FETCH: 'Fetch',
  COM_INIT_DB: 'Init DB',
  COM_FIELD_LIST: 'Field List',
  COM_PING: 'Ping',
  COM_STATISTICS: 'Statistics',
  COM_PROCESS_INFO: 'Processlist',
  COM_PROCESS_KILL: 'Kill',
  COM_SET_OPTION: 'Set option',
  COM_RESET_CONNECTION: 'Reset Connection',
  COM_CHANGE_USER: 'Change user',
};

import type { Socket } from 'node:net';
import { ObError } from '@sealane/errors';
import {
  agreedObCapabilities,
  type CellValue,
  type Column,
  type Command,
  capabilityVariable,
  obCapability,
  ServerConnection,
  type SessionChange,
  serverStatus,
} from '@sealane/mysql-protocol';
import type { FakeServer } from './fake-cluster.ts';

/** What a statement of the little language answers. */
type Answer =
  | { readonly kind: 'ok'; readonly affectedRows?: bigint; readonly lastInsertId?: bigint }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly CellValue[])[] };

const done: Answer = { kind: 'ok' };

/**
 * One session of a fake server. It understands just enough:
 *
 *   INSERT INTO t VALUES (n)      counts that n was executed; committed at once or with its transaction
 *   CREATE TABLE tn (n)           commits what is open, then itself as n
 *   SELECT n, STATE()             n, and all that the session is made of
 *   SELECT n, ROWS(m)             m rows of n
 *   SELECT ?, STATE()             prepared
 *   SELECT FOUND_ROWS(), n        rows of the last SELECT
 *   GET_LOCK, RELEASE_ALL_LOCKS, SET @x = n, SET sql_mode = '…' or DEFAULT, USE, BEGIN, COMMIT, ROLLBACK,
 *   PREPARE s FROM 'n', EXECUTE s, KILL [QUERY] id, several separated by ;
 */
export class FakeSession {
  readonly connectionId: number;
  readonly #server: FakeServer;
  readonly #socket: Socket;
  readonly #connection: ServerConnection;
  #user = '';
  #fromProxy = false;
  #database: string | undefined;
  #variables = new Map<string, string>();
  #told = new Map<string, string>();
  #named = new Map<string, string>();
  #prepared = new Map<number, string>();
  #lastPrepared = 0;
  /** Ids that an open transaction has written. */
  #transaction: number[] | undefined;
  #transactionLost = false;
  #foundRows = 0;
  #locked = false;

  constructor(server: FakeServer, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
    this.connectionId = server.cluster.nextConnectionId();
    this.#connection = new ServerConnection({
      connectionId: this.connectionId,
      scramble: Buffer.alloc(20, 'x'),
      serverVersion: '5.7.25',
      tls: false,
      maxAllowedPacket: 64 * 1024 * 1024,
    });
    this.#connection.greet();
    socket.write(this.#connection.take());
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
  }

  /** Its server leads no more. */
  loseTransaction(): void {
    if (this.#transaction !== undefined) this.#transactionLost = true;
  }

  /** KILL: an idle one of a proxy says goodbye, as ours do. */
  kill(): void {
    if (this.#fromProxy) this.#connection.error(new ObError('OB_SESSION_KILLED'));
    this.#socket.end(this.#connection.take());
  }

  #received(chunk: Buffer): void {
    this.#connection.receive(chunk);
    for (let event = this.#connection.next(); event !== undefined; event = this.#connection.next()) {
      if (event.kind === 'login') this.#admit(event.response);
      else if (event.kind === 'command') {
        if (!this.#command(event.command)) return;
      } else this.#connection.error(new ObError('OB_NOT_SUPPORTED', [event.kind]));
      this.#socket.write(this.#connection.take());
    }
  }

  #admit(login: {
    user: string;
    database: string | undefined;
    attributes: ReadonlyMap<string, string>;
  }): void {
    this.#user = login.user;
    this.#database = login.database;
    this.#fromProxy = login.attributes.get('__proxy_connection_id') !== undefined;
    const agreed = agreedObCapabilities(login.attributes) ?? 0n;
    this.#connection.admit({
      status: this.#status(),
      changes: [{ kind: 'variable', name: capabilityVariable, value: String(agreed) }],
    });
    this.#socket.write(this.#connection.take());
    if ((agreed & obCapability.OB_PROTOCOL_V2) !== 0n) this.#connection.beginOb20();
  }

  /** @returns whether the server is still there */
  #command(command: Command): boolean {
    if (command.name === 'COM_QUIT') {
      this.#socket.end();
      return false;
    }
    const { cluster } = this.#server;
    const fate = this.#isClients(command) ? cluster.weather.fateOf(this.#server) : 'lives';
    if (fate === 'dies before') {
      void this.#server.die();
      return false;
    }
    try {
      this.#answer(command);
    } catch (error) {
      this.#connection.error(error);
    }
    if (fate === 'lives') {
      const { onTheWay } = cluster.weather;
      if (onTheWay !== undefined && this.#isClients(command))
        this.#socket.write(onTheWay(this.#connection.take()));
      return true;
    }
    const bytes = this.#connection.take();
    const part = fate === 'dies within' ? cluster.weather.partOf(bytes.length) : 0;
    if (part === 0) void this.#server.die();
    else this.#socket.write(bytes.subarray(0, part), () => void this.#server.die());
    return false;
  }

  /** Of a client's own: the proxy's make a session, or read the topology. */
  #isClients(command: Command): boolean {
    if (!this.#fromProxy) return false;
    return command.name === 'COM_QUERY' || command.name === 'COM_STMT_EXECUTE';
  }

  #answer(command: Command): void {
    switch (command.name) {
      case 'COM_QUERY':
        this.#query(command.text);
        return;
      case 'COM_STMT_PREPARE': {
        this.#lastPrepared += 3;
        this.#prepared.set(this.#lastPrepared, command.text);
        const parameterCount = command.text.split('?').length - 1;
        this.#connection.prepared(
          { id: this.#lastPrepared, parameterCount, columns: [] },
          { status: this.#status(), warningCount: 0 },
        );
        return;
      }
      case 'COM_STMT_EXECUTE': {
        const text = this.#prepared.get(command.statementId);
        if (text === undefined)
          throw new ObError('OB_EER_UNKNOWN_STMT_HANDLER', [command.statementId, 'mysqld_stmt_execute']);
        this.#write(this.#run(text, command.parameters), false, 'binary');
        return;
      }
      case 'COM_STMT_CLOSE':
        this.#prepared.delete(command.statementId);
        return;
      case 'COM_INIT_DB':
        this.#database = command.database;
        break;
      case 'COM_SET_OPTION':
        this.#connection.multiStatements = command.multiStatements;
        this.#connection.endOfRows({ status: this.#status(), warningCount: 0 });
        return;
      case 'COM_STATISTICS':
        this.#connection.text('Uptime: 1');
        return;
      case 'COM_PROCESS_KILL':
        this.#kill(command.connectionId);
        break;
      case 'COM_RESET_CONNECTION':
        this.#reset();
        break;
      default:
    }
    this.#write(done, false, 'text');
  }

  #query(text: string): void {
    const statements = text.split(';').filter((each) => each.trim() !== '');
    if (statements.length > 1 && !this.#connection.multiStatements)
      throw new ObError('OB_ERR_PARSER_SYNTAX', [';', 1]);
    for (const [index, statement] of statements.entries())
      this.#write(this.#run(statement.trim(), []), index + 1 < statements.length, 'text');
  }

  #run(text: string, parameters: readonly CellValue[]): Answer {
    const word = /^\S+/.exec(text)?.[0]?.toUpperCase() ?? '';
    if (text.includes('DBA_OB_SERVERS')) return { kind: 'rows', rows: this.#server.cluster.serverRows() };
    if (text.includes('CDB_OB_LS_LOCATIONS'))
      return { kind: 'rows', rows: this.#server.cluster.locationRows() };
    if (this.#transactionLost && word !== 'ROLLBACK') throw new ObError('OB_TRANS_KILLED');
    switch (word) {
      case 'INSERT':
        this.#mustLead();
        return this.#insert(numberIn(text));
      case 'CREATE':
        this.#mustLead();
        this.#commit();
        return this.#insert(numberIn(text));
      case 'SELECT':
        return this.#select(text, parameters);
      case 'BEGIN':
        this.#mustLead();
        this.#commit();
        this.#transaction = [];
        return done;
      case 'COMMIT':
        this.#commit();
        return done;
      case 'ROLLBACK':
        this.#transaction = undefined;
        this.#transactionLost = false;
        return done;
      default:
        return this.#ofSession(word, text);
    }
  }

  #ofSession(word: string, text: string): Answer {
    switch (word) {
      case 'SET':
        this.#set(text.slice(4));
        return done;
      case 'USE':
        this.#database = text.slice(4);
        return done;
      case 'PREPARE':
        this.#named.set('s', /'(.*)'/.exec(text)?.[1] ?? '');
        return done;
      case 'EXECUTE': {
        const kept = this.#named.get('s');
        if (kept === undefined) throw new ObError('OB_EER_UNKNOWN_STMT_HANDLER', ['s', 'EXECUTE']);
        return { kind: 'rows', rows: [[kept]] };
      }
      case 'KILL':
        this.#kill(numberIn(text));
        return done;
      default:
        throw new ObError('OB_ERR_PARSER_SYNTAX', [text, 1]);
    }
  }

  #insert(id: number): Answer {
    const { executed, committed } = this.#server.cluster.store;
    executed.set(id, (executed.get(id) ?? 0) + 1);
    if (this.#transaction === undefined) committed.set(id, (committed.get(id) ?? 0) + 1);
    else this.#transaction.push(id);
    this.#variables.set('last_insert_id', String(id));
    return { kind: 'ok', affectedRows: 1n, lastInsertId: BigInt(id) };
  }

  #select(text: string, parameters: readonly CellValue[]): Answer {
    if (!text.includes('WEAK') && !text.includes('FOUND_ROWS(')) this.#mustLead();
    if (text.includes('GET_LOCK(')) this.#locked = true;
    if (text.includes('RELEASE_ALL_LOCKS(')) this.#locked = false;
    if (text.includes('FOUND_ROWS(')) return { kind: 'rows', rows: [[String(this.#foundRows)]] };
    const first = text.includes('?') ? String(parameters[0]) : String(numberIn(text));
    const count = Number(/ROWS\((\d+)\)/.exec(text)?.[1] ?? 1);
    const rows = Array.from({ length: count }, () => [first, this.#made()]);
    this.#foundRows = count;
    return { kind: 'rows', rows };
  }

  /** All that the session is made of, in words. */
  #made(): string {
    const variables = [...this.#variables].sort().map(([name, value]) => `${name}=${value}`);
    const held = `${this.#locked ? 'locked' : ''} ${this.#transaction?.join('+') ?? '-'}`;
    return `${this.#user} ${this.#database} ${variables.join(',')} ${held}`;
  }

  #set(assignments: string): void {
    if (assignments.startsWith('_weak_read')) return;
    for (const assignment of assignments.split(', ')) {
      const [name = '', value = ''] = assignment.split(' = ');
      if (value === 'DEFAULT') this.#variables.delete(name);
      else this.#variables.set(name, value.replace(/^'(.*)'$/, '$1'));
    }
  }

  /** A follower asks the leader in its stead where the session can't go there. */
  #mustLead(): void {
    const stays = this.#locked || this.#transaction !== undefined;
    if (!this.#server.leads && !stays) throw new ObError('OB_NOT_MASTER');
  }

  #commit(): void {
    const { committed } = this.#server.cluster.store;
    for (const id of this.#transaction ?? []) committed.set(id, (committed.get(id) ?? 0) + 1);
    this.#transaction = undefined;
  }

  #kill(connectionId: number): void {
    const session = this.#server.cluster.session(connectionId);
    if (session === undefined) throw new ObError('OB_UNKNOWN_CONNECTION', [connectionId]);
    session.kill();
  }

  #reset(): void {
    this.#variables.clear();
    this.#named.clear();
    this.#prepared.clear();
    this.#transaction = undefined;
    this.#transactionLost = false;
    this.#locked = false;
    this.#told.clear();
  }

  #status(more = false): number {
    const transaction = this.#transaction === undefined ? 0 : serverStatus.IN_TRANSACTION;
    return serverStatus.AUTOCOMMIT | transaction | (more ? serverStatus.MORE_RESULTS_EXIST : 0);
  }

  #write(answer: Answer, more: boolean, form: 'text' | 'binary'): void {
    const outcome = { status: this.#status(more), warningCount: 0 };
    if (answer.kind === 'ok') {
      const { affectedRows = 0n, lastInsertId = 0n } = answer;
      this.#connection.ok({ ...outcome, affectedRows, lastInsertId, changes: this.#changes() });
      return;
    }
    const columns = answer.rows[0]?.map((_, index) => column(`c${index}`)) ?? [column('c0')];
    this.#connection.columns(columns, outcome);
    for (const row of answer.rows)
      if (form === 'text') this.#connection.textRow(row);
      else this.#connection.binaryRow(row);
    this.#connection.endOfRows({ ...outcome, changes: this.#changes() });
  }

  /** What changed since it was told last, as servers tell it to proxies. */
  #changes(): SessionChange[] {
    const changes: SessionChange[] = [];
    const now = new Map([...this.#variables, ['database', this.#database ?? '']]);
    for (const [name, value] of now) {
      if (this.#told.get(name) === value) continue;
      changes.push(
        name === 'database' ? { kind: 'database', name: value } : { kind: 'variable', name, value },
      );
    }
    for (const name of this.#told.keys())
      if (!now.has(name)) changes.push({ kind: 'variable', name: '__default', value: name });
    this.#told = now;
    return changes;
  }
}

function column(name: string): Column {
  const type = { name: 'varchar', length: 200 } as const;
  return { database: '', table: '', originalTable: '', name, originalName: name, type, nullable: true };
}

function numberIn(text: string): number {
  return Number(/\d+/.exec(text)?.[0] ?? 0);
}

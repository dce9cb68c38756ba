import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { type ConnectionOptions, createSecureContext, TLSSocket } from 'node:tls';
import { ObError } from '@sealane/errors';
import {
  type CellValue,
  type Column,
  type ColumnType,
  nativePasswordHash,
  nativePasswordMatches,
  nativePasswordPlugin,
} from '@sealane/mysql-protocol';
import type {
  FrontPorts,
  LinkTraffic,
  PreparedStatement,
  QueryOptions,
  SecureInbound,
  SessionRequest,
  SqlSession,
  StatementOutcome,
  StatementResult,
  TlsFacts,
} from '../../src/mysql-front/index.ts';

/** A column of the made-up table, with the value of its one row. */
export interface FakeColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: CellValue;
}

export function column(name: string, type: ColumnType, table = 't'): Column {
  return { database: 'test', table, originalTable: table, name, originalName: name, type, nullable: true };
}

/** One of each type, as the SQL engine would hand the cells over. */
export const everyType: readonly FakeColumn[] = [
  { name: 'c_tinyint', type: { name: 'tinyint' }, value: -128n },
  { name: 'c_bool', type: { name: 'tinyint', length: 1 }, value: 1n },
  { name: 'c_smallint', type: { name: 'smallint' }, value: -32768n },
  { name: 'c_mediumint', type: { name: 'mediumint' }, value: -8388608n },
  { name: 'c_int', type: { name: 'int' }, value: 2147483647n },
  { name: 'c_uint', type: { name: 'int', unsigned: true }, value: 4294967295n },
  { name: 'c_bigint', type: { name: 'bigint' }, value: -9223372036854775808n },
  { name: 'c_ubigint', type: { name: 'bigint', unsigned: true }, value: 18446744073709551615n },
  { name: 'c_zerofill', type: { name: 'int', length: 8, unsigned: true, zerofill: true }, value: 42n },
  { name: 'c_decimal', type: { name: 'decimal', length: 20, decimals: 5 }, value: '-12345678901234.56789' },
  { name: 'c_float', type: { name: 'float' }, value: 1.5 },
  { name: 'c_double', type: { name: 'double' }, value: 1e100 },
  { name: 'c_bit', type: { name: 'bit', length: 9 }, value: Uint8Array.of(1, 3) },
  { name: 'c_year', type: { name: 'year' }, value: 2026n },
  { name: 'c_date', type: { name: 'date' }, value: '2026-11-24' },
  { name: 'c_time', type: { name: 'time', decimals: 3 }, value: '-101:02:03.256' },
  { name: 'c_datetime', type: { name: 'datetime', decimals: 6 }, value: '2026-11-24 07:44:04.123456' },
  { name: 'c_timestamp', type: { name: 'timestamp' }, value: '2026-11-24 07:44:04' },
  { name: 'c_char', type: { name: 'char', length: 10 }, value: 'chär' },
  { name: 'c_varchar', type: { name: 'varchar', length: 100 }, value: 'grüße 你好 😀' },
  { name: 'c_text', type: { name: 'text' }, value: 'x'.repeat(300) },
  { name: 'c_binary', type: { name: 'binary', length: 4 }, value: Uint8Array.of(0, 255, 254, 1) },
  { name: 'c_blob', type: { name: 'blob' }, value: Uint8Array.from({ length: 256 }, (_, index) => index) },
  { name: 'c_enum', type: { name: 'enum', members: ['red', 'green'] }, value: 'green' },
  { name: 'c_set', type: { name: 'set', members: ['a', 'b', 'c'] }, value: 'a,c' },
  { name: 'c_json', type: { name: 'json' }, value: '{"a": [1, 2, "ü"]}' },
  { name: 'c_null', type: { name: 'varchar', length: 10 }, value: null },
];

export interface FakeServer {
  readonly ports: FrontPorts;
  readonly log: {
    readonly level: string;
    readonly fields: Record<string, unknown>;
    readonly message: string;
  }[];
  readonly links: { traffic: () => LinkTraffic; tls?: TlsFacts; fromProxy?: boolean; closed?: string }[];
  readonly sessions: FakeSession[];
  state: 'starting' | 'serving' | 'stopping';
  secureInbound: SecureInbound | undefined;
}

const passwords = new Map<string, string>([
  ['root@sys', ''],
  ['root@test', 'secret'],
  ['app@test', 'pass wörd'],
]);

/** Accounts, sessions and a ledger in memory. */
export function fakeServer(): FakeServer {
  const server: FakeServer = {
    log: [],
    links: [],
    sessions: [],
    state: 'serving',
    secureInbound: undefined,
    ports: {
      accounts: {
        async authenticate({ tenant, tenantId, user, clientHost, exchange }) {
          const { scramble } = exchange;
          const native = exchange.plugin === '' || exchange.plugin === nativePasswordPlugin;
          const response = native ? exchange.response : await exchange.switchTo(nativePasswordPlugin);
          const password = passwords.get(`${user}@${tenant}`);
          const kept = password === undefined ? undefined : nativePasswordHash(password);
          if (kept === undefined || !nativePasswordMatches(kept, { scramble, response })) {
            const reason = tenantId === undefined ? 'no such tenant' : 'password is wrong';
            const said = response.length > 0 ? 'YES' : 'NO';
            throw new ObError('OB_PASSWORD_WRONG', [user, clientHost, said], { details: { reason } });
          }
          const superUser = user === 'root' && tenant === 'sys';
          return { user, host: '%', superUser, passwordExpired: false, release: () => undefined };
        },
      },
      tenants: {
        find: (name) =>
          [
            { tenantId: 1, name: 'sys' },
            { tenantId: 1002, name: 'test' },
          ].find((t) => t.name === name),
      },
      sessions: {
        async open(request) {
          if (request.database === 'nowhere') throw new ObError('OB_ERR_BAD_DATABASE', ['nowhere']);
          const session = new FakeSession(request);
          server.sessions.push(session);
          return session;
        },
      },
      ledger: {
        open({ traffic }) {
          const link: FakeServer['links'][number] = { traffic };
          server.links.push(link);
          return {
            encrypted(tls) {
              link.tls = tls;
            },
            fromProxy() {
              link.fromProxy = true;
            },
            close(reason) {
              link.closed = reason;
            },
          };
        },
      },
      tls: () => server.secureInbound,
      serverState: () => server.state,
      cluster: { name: 'obcluster', id: 1 },
      logger: {
        debug: (fields, message) => server.log.push({ level: 'debug', fields: { ...fields }, message }),
        info: (fields, message) => server.log.push({ level: 'info', fields: { ...fields }, message }),
        warn: (fields, message) => server.log.push({ level: 'warn', fields: { ...fields }, message }),
        error: (fields, message) => server.log.push({ level: 'error', fields: { ...fields }, message }),
      },
    },
  };
  return server;
}

/** Upgrades with a server certificate, as transport-security does. */
export function secureWith(context: ConnectionOptions): SecureInbound {
  return (socket) =>
    new Promise((resolve, reject) => {
      const secured = new TLSSocket(socket as Socket, {
        isServer: true,
        secureContext: createSecureContext(context),
        requestCert: true,
        rejectUnauthorized: false,
      });
      secured.once('error', reject);
      secured.once('secure', () => {
        const tls = { protocol: secured.getProtocol() ?? '', cipher: secured.getCipher().name };
        resolve({ socket: secured, tls });
      });
    });
}

/** Answers a handful of statements; knows just enough to be told apart from an echo. */
export class FakeSession implements SqlSession {
  readonly request: SessionRequest;
  readonly statements: string[] = [];
  readonly executed: (readonly CellValue[])[] = [];
  readonly state: {
    database: string | undefined;
    variables: Record<string, CellValue>;
    userVariables: Record<string, CellValue>;
    lastInsertId: bigint;
  };
  readonly #prepared = new Map<number, string>();
  inTransaction = false;
  autocommit = true;
  closed = false;
  #nextId = 1;
  #interrupt: ((error: ObError) => void) | undefined;

  constructor(request: SessionRequest) {
    this.request = request;
    this.state = { database: request.database, variables: {}, userVariables: {}, lastInsertId: 0n };
  }

  /** Like a session's: never changed in place. */
  #set(changes: Record<string, CellValue>): void {
    this.state.variables = { ...this.state.variables, ...changes };
  }

  async *query(text: string, { multiStatements }: QueryOptions): AsyncIterable<StatementOutcome> {
    const parts = text.split(';').filter((part) => part.trim() !== '');
    if (parts.length > 1 && !multiStatements) throw new ObError('OB_ERR_PARSER_SYNTAX', [parts[1] ?? '', 1]);
    for (const [index, part] of parts.entries()) {
      this.statements.push(part);
      yield { result: await this.#run(part.trim(), []), warningCount: 0, more: index < parts.length - 1 };
    }
  }

  async prepare(text: string): Promise<PreparedStatement> {
    if (/^bad/i.test(text)) throw new ObError('OB_ERR_PARSER_SYNTAX', [text, 1]);
    const id = this.#nextId++;
    this.#prepared.set(id, text);
    const parameterCount = [...text.matchAll(/\?/g)].length;
    const columns = /^select every/i.test(text) ? everyType.map(({ name, type }) => column(name, type)) : [];
    return { id, parameterCount, columns };
  }

  async execute(id: number, parameters: readonly CellValue[]): Promise<StatementOutcome> {
    const text = this.#prepared.get(id);
    if (text === undefined) throw new ObError('OB_EER_UNKNOWN_STMT_HANDLER', [id, 'mysqld_stmt_execute']);
    this.executed.push(parameters);
    return { result: await this.#run(text, parameters), warningCount: 0, more: false };
  }

  closePrepared(id: number): void {
    this.#prepared.delete(id);
  }

  get preparedCount(): number {
    return this.#prepared.size;
  }

  async useDatabase(name: string): Promise<void> {
    if (name === 'nowhere') throw new ObError('OB_ERR_BAD_DATABASE', [name]);
    this.state.database = name;
  }

  async fieldList(table: string): Promise<readonly Column[]> {
    if (table !== 't') throw new ObError('OB_TABLE_NOT_EXIST', ['test', table]);
    return everyType.map(({ name, type }) => column(name, type));
  }

  async reset(): Promise<void> {
    this.#prepared.clear();
    this.inTransaction = false;
    this.state.variables = {};
  }

  holdsTransaction(): boolean {
    return this.inTransaction;
  }

  kill(what: 'query' | 'connection'): void {
    this.#interrupt?.(
      new ObError(what === 'query' ? 'OB_ERR_QUERY_INTERRUPTED' : 'OB_ERR_SESSION_INTERRUPTED'),
    );
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  async #run(text: string, parameters: readonly CellValue[]): Promise<StatementResult> {
    const lower = text.toLowerCase();
    if (lower.startsWith('use ')) {
      await this.useDatabase(text.slice(4).replace(/[`;]/g, '').trim());
      return ok();
    }
    if (lower === 'select every') {
      const columns = everyType.map(({ name, type }) => column(name, type));
      return { kind: 'rows', columns, rows: [everyType.map(({ value }) => value)] };
    }
    if (lower === 'select sleep') return this.#sleep();
    if (lower.startsWith('select many ')) return many(Number(lower.slice(12)));
    if (lower.startsWith('select big '))
      return single('big', { name: 'longtext' }, 'x'.repeat(Number(lower.slice(11))));
    if (lower.startsWith('select digest '))
      return single('digest', { name: 'varchar', length: 64 }, digest(text.slice(14)));
    if (lower === 'select null-typed') return single('x', { name: 'null' }, 'a value after all');
    if (lower === 'select ?') return single('?', { name: 'varchar', length: 100 }, parameters[0] ?? null);
    if (lower.includes('@@max_allowed_packet'))
      return single('@@max_allowed_packet', { name: 'bigint' }, 16777216n);
    if (lower.includes('@@version_comment'))
      return single('@@version_comment', { name: 'varchar', length: 60 }, 'Sealane');
    if (lower.includes('database()'))
      return single('DATABASE()', { name: 'varchar', length: 64 }, this.state.database ?? null);
    if (lower.includes('user()')) {
      return single(
        'USER()',
        { name: 'varchar', length: 64 },
        `${this.request.user}@${this.request.clientHost}`,
      );
    }
    if (lower === 'begin' || lower === 'start transaction') this.inTransaction = true;
    if (lower === 'commit' || lower === 'rollback') this.inTransaction = false;
    if (lower.startsWith('set autocommit')) this.autocommit = lower.endsWith('1');
    if (lower.startsWith('set time_zone')) this.#set({ time_zone: '+08:00' });
    const names = /^set names (\w+)$/.exec(lower)?.[1];
    if (names !== undefined) {
      this.#set({ character_set_client: names, character_set_results: names });
    }
    if (lower.startsWith('set sql_mode')) this.#set({ sql_mode: 'ANSI,NO_BACKSLASH_ESCAPES' });
    if (lower.startsWith('set wait_timeout')) this.#set({ wait_timeout: 0.05 });
    if (lower.startsWith('insert'))
      return {
        kind: 'ok',
        affectedRows: 3n,
        lastInsertId: 7n,
        info: 'Records: 3  Duplicates: 0  Warnings: 0',
      };
    if (lower.startsWith('select bug')) throw new TypeError('a bug of ours');
    if (lower.startsWith('select nothing'))
      throw new ObError('OB_ERR_BAD_FIELD_ERROR', ['nothing', 'field list']);
    return ok();
  }

  #sleep(): Promise<StatementResult> {
    return new Promise((_resolve, reject) => {
      this.#interrupt = reject;
    });
  }
}

function ok(): StatementResult {
  return { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
}

function single(name: string, type: ColumnType, value: CellValue): StatementResult {
  return { kind: 'rows', columns: [column(name, type, '')], rows: [[value]] };
}

function many(count: number): StatementResult {
  const columns = [column('n', { name: 'int' }), column('text', { name: 'varchar', length: 100 })];
  const rows = Array.from({ length: count }, (_, index): CellValue[] => [BigInt(index), `row ${index}`]);
  return { kind: 'rows', columns, rows };
}

/** Of a statement's text, so that a test sees that every byte arrived. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

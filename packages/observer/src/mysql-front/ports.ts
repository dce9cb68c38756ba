import type { CellValue, Column } from '@sealane/mysql-protocol';
import type { LoginAttempt } from '../accounts/login-audit.ts';
import type { AcceptedLogin } from '../accounts/login-summary.ts';
import type { Logger } from '../logger.ts';

/** What the front needs of others; observer.ts hands implementations over. */
export interface FrontPorts {
  readonly accounts: Accounts;
  readonly tenants: Tenants;
  readonly sessions: SessionFactory;
  readonly ledger: SqlLinks;
  /** Whether TLS is on, asked at each accept; undefined `secureInbound` means off. */
  readonly tls: () => SecureInbound | undefined;
  readonly serverState: () => ServerState;
  /** The tenant's require_secure_transport: no login in clear. */
  readonly requiresTls?: (tenantId: number) => boolean;
  /** The tenant's max_allowed_packet, asked at each login; the limit of the listener where it is left out. */
  readonly maxAllowedPacket?: (tenantId: number) => number | undefined;
  readonly cluster: { readonly name: string; readonly id: number };
  readonly logger: Logger;
  /** The plugin that greetings name; mysql_native_password where it is left out. */
  readonly greetingPlugin?: () => string;
  /** From accept to the end of login, asked at each accept; the limit of the listener where it is left out. */
  readonly loginTimeoutMs?: () => number;
  readonly audit?: LoginBook;
}

/** Where logins are written down. */
export interface LoginBook {
  attempted(attempt: LoginAttempt): void;
  accepted(login: AcceptedLogin): void;
}

/** `starting`: only the sys tenant gets in (8001); `stopping`: nobody (8002). */
export type ServerState = 'starting' | 'serving' | 'stopping';

/** A socket as the front uses it: node's sockets and TLS sockets are of this shape. */
export interface FrontSocket {
  readonly destroyed: boolean;
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  pause(): unknown;
  resume(): unknown;
  /** Puts bytes back in front of what is read next. */
  unshift(bytes: Uint8Array): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'drain' | 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off(event: 'drain' | 'end' | 'close', listener: () => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Answers a client's wish for TLS on the very socket. Bytes that were put back with `unshift` are the first of TLS.
 *
 * @throws ObError when the handshake fails; the socket is destroyed then
 */
export type SecureInbound = (socket: FrontSocket) => Promise<SecuredSocket>;

export interface SecuredSocket {
  readonly socket: FrontSocket;
  readonly tls: TlsFacts;
}

/** What is known of an encrypted connection and of the certificate its client showed. */
export interface TlsFacts {
  /** `TLSv1.3` */
  readonly protocol: string;
  /** OpenSSL's name. */
  readonly cipher: string;
  readonly keyExchange?: string;
  /** The client's certificate; undefined when it showed none. */
  readonly peer?: PeerCertificate;
}

export interface PeerCertificate {
  /** Whether its chain leads to our CA and it is valid now. */
  readonly verified: boolean;
  /** `OK`, or OpenSSL's code: `CERT_HAS_EXPIRED`. */
  readonly verifyResult?: string;
  /** One-line names in certificate order: `/C=CN/O=Org/CN=client1`. */
  readonly subject: string;
  readonly issuer: string;
  readonly commonName: string | undefined;
  /** `DNS:app, IP Address:10.0.0.9`; empty when there is none. */
  readonly subjectAltName?: string;
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The link ledger, as far as SQL connections go. */
export interface SqlLinks {
  open(facts: SqlLinkFacts): SqlLink;
}

export interface SqlLinkFacts {
  readonly kind: 'SQL';
  readonly direction: 'IN';
  readonly localAddress: string;
  readonly peerAddress: string;
  readonly connectionId: number;
  /** Live figures, to be asked whenever a row is shown; they stay after the link closed. */
  traffic(): LinkTraffic;
}

export interface LinkTraffic {
  /** The greeting, and the client's request for TLS. */
  readonly negotiationBytesIn: number;
  readonly negotiationBytesOut: number;
  readonly clearBytesIn: number;
  readonly clearBytesOut: number;
  readonly encryptedBytesIn: number;
  readonly encryptedBytesOut: number;
  /** Milliseconds since 1970, of the last byte in clear. */
  readonly lastClearAt: number | undefined;
}

export interface SqlLink {
  encrypted(tls: TlsFacts): void;
  /** The client is a proxy by its own word. */
  fromProxy(): void;
  close(reason: string): void;
}

export interface Tenant {
  readonly tenantId: number;
  /** In the spelling it was created with. */
  readonly name: string;
  /** By ALTER TENANT LOCK: nobody logs in. */
  readonly locked?: boolean;
}

export interface Tenants {
  find(name: string): Tenant | undefined;
}

export interface Accounts {
  /**
   * Matches user and client, checks lock, password, TLS requirement and what else bars the way, in OceanBase's order.
   *
   * @throws ObError OB_PASSWORD_WRONG, OB_ERR_USER_IS_LOCKED …; details say for the log which part failed
   */
  authenticate(request: AuthenticationRequest): Promise<Account>;
}

export interface AuthenticationRequest {
  readonly tenant: string;
  /** Undefined for a tenant that isn't there: refused like any other, and not sooner. */
  readonly tenantId: number | undefined;
  readonly user: string;
  /** The client's address. */
  readonly clientHost: string;
  readonly exchange: AuthExchange;
  readonly tls: TlsFacts | undefined;
  /** The client can change its password after a login with one that has expired. */
  readonly canHandleExpiredPasswords: boolean;
}

/** The conversation with a client about its password. */
export interface AuthExchange {
  readonly scramble: Uint8Array;
  /** The plugin that the greeting named. */
  readonly greeted: string;
  /** The plugin that the client used at once; empty when it named none. */
  readonly plugin: string;
  /** What it said at once. */
  readonly response: Uint8Array;
  /** Whether it knows of plugins at all. */
  readonly canSwitch: boolean;
  /** Whether it is encrypted. */
  readonly secured: boolean;
  /** Whether the client is still there. */
  readonly alive: boolean;
  /** Lets the client begin again with another plugin. @throws ObError ER_NET_READ_INTERRUPTED, ER_HANDSHAKE_ERROR */
  switchTo(plugin: string): Promise<Uint8Array>;
  /** Says more in the plugin's own words, and waits for the answer. @throws ObError as switchTo */
  ask(data: Uint8Array): Promise<Uint8Array>;
  tell(data: Uint8Array): void;
}

export interface Account {
  readonly user: string;
  /** The host part of the account that matched: `%`. */
  readonly host: string;
  /** May get in where others are too many. */
  readonly superUser: boolean;
  /** Nothing but a new password can be set. */
  readonly passwordExpired: boolean;
  /** To be called once, when its session is over or didn't come to be: the account may have others then. */
  release(): void;
}

export interface SessionFactory {
  /** @throws ObError OB_ERR_BAD_DATABASE, OB_ERR_NO_DB_PRIVILEGE */
  open(request: SessionRequest): Promise<SqlSession>;
}

export interface SessionRequest {
  readonly connectionId: number;
  readonly tenantId: number;
  readonly tenant: string;
  readonly user: string;
  readonly clientHost: string;
  /** Host part of the account that matched. */
  readonly accountHost: string;
  readonly database?: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Affected rows count the rows found: the client asked for it (FOUND_ROWS). */
  readonly foundRows: boolean;
  readonly ignoreSpace: boolean;
  readonly interactive: boolean;
  /** Number of the collation the client named in its login, such as 45. */
  readonly charset: number;
  /** The front takes `rest` of a result. */
  readonly streams: true;
  readonly passwordExpired: boolean;
  readonly tls: TlsFacts | undefined;
}

export interface QueryOptions {
  /** Whether the text may hold several statements. */
  readonly multiStatements: boolean;
}

/** One session, one command at a time. */
export interface SqlSession {
  readonly state: SessionFacts;
  readonly inTransaction: boolean;
  readonly autocommit: boolean;
  /** Whether this is its open transaction, and not lost yet. */
  holdsTransaction(id: number): boolean;
  /** One outcome for each statement of the text; throws ObError at the one that fails. */
  query(text: string, options: QueryOptions): AsyncIterable<StatementOutcome>;
  prepare(text: string): Promise<PreparedStatement>;
  execute(id: number, parameters: readonly CellValue[]): Promise<StatementOutcome>;
  closePrepared(id: number): void;
  useDatabase(name: string): Promise<void>;
  fieldList(table: string, wildcard: string): Promise<readonly Column[]>;
  /** COM_RESET_CONNECTION. */
  reset(): Promise<void>;
  /** Ends what runs now with OB_ERR_QUERY_INTERRUPTED. */
  kill(what: 'query' | 'connection'): void;
  /** Rolls back and lets go of everything. */
  close(): Promise<void>;
}

/** The part of a session's state that the front looks at. */
export interface SessionFacts {
  readonly lastInsertId: bigint;
  readonly userVariables: Readonly<Record<string, CellValue>>;
  readonly database: string | undefined;
  /** Another object whenever one of them has changed. */
  readonly variables: Readonly<Record<string, CellValue>>;
}

export interface PreparedStatement {
  readonly id: number;
  readonly parameterCount: number;
  readonly columns: readonly Column[];
}

export interface StatementOutcome {
  readonly result: StatementResult;
  readonly warningCount: number;
  /** Another statement of the same text follows. */
  readonly more: boolean;
}

export interface FollowingRows extends AsyncIterable<readonly (readonly CellValue[])[]> {
  cancel(): void;
}

export type StatementResult =
  | {
      readonly kind: 'rows';
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly CellValue[])[];
      /** Rows that follow, read as fast as the client takes them. Must be taken to their end, or cancelled. */
      readonly rest?: FollowingRows;
    }
  | {
      readonly kind: 'ok';
      readonly affectedRows: bigint;
      readonly lastInsertId: bigint;
      readonly info: string;
    };

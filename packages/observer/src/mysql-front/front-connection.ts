import { isObError, ObError } from '@sealane/errors';
import {
  agreedObCapabilities,
  type Command,
  capabilityVariable,
  has,
  obCapability,
  type ServerConnection,
  type SessionChange,
} from '@sealane/mysql-protocol';
import { answeredScramble, isProxy } from './answered-scramble.ts';
import { ClientExchange } from './auth-exchange.ts';
import type { ByteChannel } from './byte-channel.ts';
import type { FrontLimits } from './limits.ts';
import { type ConnectionFacts, type Credentials, type LoggedIn, logIn } from './login.ts';
import { writeHandshakeDown } from './login-line.ts';
import type { FrontPorts, SecuredSocket, SecureInbound, SqlLink, TlsFacts } from './ports.ts';
import type { Process, ProcessList } from './process-list.ts';
import { SessionLoop } from './session-loop.ts';
import { statusFlags } from './session-tracking.ts';

export interface FrontConnectionOptions {
  readonly connectionId: number;
  readonly scramble: Uint8Array;
  /** The plugin that the greeting names. */
  readonly greeted: string;
  readonly clientHost: string;
  readonly clientPort: number;
  readonly connection: ServerConnection;
  readonly channel: ByteChannel;
  readonly link: SqlLink;
  readonly ports: FrontPorts;
  readonly limits: FrontLimits;
  readonly processes: ProcessList;
  /** Decided at the accept: what is offered to this client. */
  readonly secureInbound: SecureInbound | undefined;
  /** Whether one more session is one too many. */
  readonly full: () => boolean;
  /** The login is accepted, the first time. */
  readonly authenticated: () => void;
  /** TLS begins: bytes after the clear ones counted so far, but for these, are encrypted. */
  readonly upgraded: (clearBytesTakenBack: number) => void;
  readonly now: () => number;
}

/** The first byte of a TLS record that holds a handshake message. */
const tlsHandshakeRecord = 0x16;

/** One client from its greeting to its end: login, commands, close. */
export class FrontConnection {
  readonly #options: FrontConnectionOptions;
  #loggedIn: LoggedIn | undefined;
  #process: Process | undefined;
  #tls: TlsFacts | undefined;
  #giveUpHandshake: (() => void) | undefined;
  #ending = false;
  #over = false;

  constructor(options: FrontConnectionOptions) {
    this.#options = options;
    options.channel.onGone = () => this.#loggedIn?.session.kill('connection');
  }

  get connectionId(): number {
    return this.#options.connectionId;
  }

  /** Runs to the end of the connection. Never throws. */
  async run(): Promise<void> {
    const { channel, connection } = this.#options;
    let reason: string;
    try {
      reason = (await this.#logIn()) ? await this.#loop() : 'client gone';
    } catch (error) {
      reason = reasonOf(error);
      if (!channel.gone) connection.error(error);
      if (!isObError(error))
        this.#options.ports.logger.error({ err: error, sessid: this.connectionId }, 'internal error');
    }
    this.#over = true;
    channel.close();
    await this.#closeSession();
    this.#options.link.close(reason);
    this.#options.ports.logger.info({ ...this.#place(), reason }, 'connection close');
  }

  /** Ends what runs now; with `connection`, the connection as well. */
  kill(what: 'query' | 'connection'): void {
    if (what === 'connection') {
      if (this.#isProxys && this.#process?.busy === false) this.#sayKilled();
      this.end();
      setTimeout(() => this.destroy(), killGraceMs).unref();
    }
    this.#loggedIn?.session.kill(what);
  }

  /** A proxy would go on for its client, over another connection. */
  #sayKilled(): void {
    this.#options.connection.error(new ObError('OB_SESSION_KILLED'));
    this.#ending = true;
    this.#options.channel.close();
  }

  get #isProxys(): boolean {
    return isProxy(this.#process?.facts.attributes);
  }

  /** Lets a running command finish, then closes; an idle connection is closed now. */
  end(): void {
    if (this.#over || this.#ending) return;
    this.#ending = true;
    if (this.#process?.busy !== true) this.destroy();
  }

  /** Closes without another word. */
  destroy(): void {
    if (this.#over) return;
    this.#ending = true;
    this.#options.channel.destroy();
    this.#giveUpHandshake?.();
  }

  /** @returns whether a session is open; false when the client went away */
  async #logIn(): Promise<boolean> {
    const { connection, channel, now } = this.#options;
    const deadline = now() + this.#loginTimeoutMs();
    connection.greet();
    await channel.flush();
    let event = await channel.nextEvent(deadline - now(), { whole: true });
    if (event?.kind === 'tls-request') {
      await this.#secure(deadline);
      event = await channel.nextEvent(deadline - now(), { whole: true });
    }
    if (event === undefined) return false;
    if (event.kind !== 'login') throw handshakeError(`${event.kind} instead of a login`);
    const { user, ...rest } = event.response;
    await this.#admit({ loginName: user, ...rest }, deadline);
    const { tenant, session } = this.#loggedIn as LoggedIn;
    const maxAllowedPacket = this.#options.ports.maxAllowedPacket?.(tenant.tenantId);
    const agreed = agreedObCapabilities(event.response.attributes);
    const hears = agreed !== undefined && has(connection.capabilities, 'SESSION_TRACK');
    const changes: SessionChange[] = hears
      ? [{ kind: 'variable', name: capabilityVariable, value: String(agreed) }]
      : [];
    connection.admit({ status: statusFlags(session), changes }, maxAllowedPacket);
    await channel.flush();
    if (hears && (agreed & obCapability.OB_PROTOCOL_V2) !== 0n) connection.beginOb20();
    return true;
  }

  async #admit(credentials: Credentials, deadline: number): Promise<LoggedIn> {
    const { ports, full, processes, clientHost, clientPort } = this.#options;
    const before = this.#loggedIn;
    const facts = { ...this.#facts(), full: before === undefined && full() };
    const loggedIn = await logIn(ports, credentials, facts, this.#exchange(credentials, deadline));
    if (before !== undefined) await this.#closeSession();
    this.#loggedIn = loggedIn;
    if (before === undefined) this.#options.authenticated();
    if (isProxy(credentials.attributes)) this.#options.link.fromProxy();
    const { account, tenant } = loggedIn;
    this.#process = processes.add({
      connectionId: this.connectionId,
      user: account.user,
      tenant: tenant.name,
      tenantId: tenant.tenantId,
      host: `${clientHost}:${clientPort}`,
      tls: this.#tls,
      attributes: credentials.attributes,
      database: () => this.#loggedIn?.session.state.database,
      holdsTransaction: (id) => this.#loggedIn?.session.holdsTransaction(id) === true,
      kill: (what) => this.kill(what),
    });
    if (this.#options.channel.gone) loggedIn.session.kill('connection');
    return loggedIn;
  }

  async #secure(deadline: number): Promise<void> {
    const { connection, channel, secureInbound, link, now } = this.#options;
    if (secureInbound === undefined) throw handshakeError('TLS asked for, and no context is loaded');
    const rest = connection.takeRest();
    if (rest.length > 0 && rest[0] !== tlsHandshakeRecord) {
      throw handshakeError(`${rest.length} bytes in clear text behind the TLS request`);
    }
    const socket = channel.detach();
    this.#options.upgraded(rest.length);
    if (rest.length > 0) socket.unshift(rest);
    const secured = await this.#handshake(secureInbound(socket), deadline - now()).catch((error: unknown) => {
      writeHandshakeDown(this.#options.ports, this.#facts(), error);
      throw error;
    });
    this.#tls = secured.tls;
    channel.attach(secured.socket);
    link.encrypted(secured.tls);
    connection.secured();
  }

  /** @throws ObError ER_NET_READ_INTERRUPTED when the time is up or the connection shall end */
  async #handshake(securing: Promise<SecuredSocket>, timeoutMs: number): Promise<SecuredSocket> {
    const { promise, reject } = Promise.withResolvers<never>();
    const giveUp = (what: string): void => {
      reject(new ObError('ER_NET_READ_INTERRUPTED', [], { details: { what } }));
      this.#options.channel.destroy();
    };
    const timer = setTimeout(() => giveUp('no TLS handshake in time'), Math.max(1, timeoutMs));
    this.#giveUpHandshake = () => giveUp('closed during the TLS handshake');
    try {
      return await Promise.race([securing, promise]);
    } finally {
      clearTimeout(timer);
      this.#giveUpHandshake = undefined;
    }
  }

  #exchange(credentials: Credentials, deadline: number): ClientExchange {
    const { connection, channel, greeted, now } = this.#options;
    const scramble = answeredScramble(credentials, this.#options);
    const secured = this.#tls !== undefined;
    const said = { plugin: credentials.plugin, response: credentials.authResponse };
    return new ClientExchange({ connection, channel, scramble, greeted, secured, deadline, now, ...said });
  }

  async #loop(): Promise<string> {
    const { connection, channel, limits, processes, ports } = this.#options;
    const loop = new SessionLoop(this.#session(), {
      connection,
      channel,
      limits,
      processes,
      logger: ports.logger,
      changeUser: (command) => this.#changeUser(command),
      process: () => this.#process as Process,
      ending: () => this.#ending,
      fromProxy: this.#isProxys,
    });
    return loop.run();
  }

  #changeUser({ changeUser }: Extract<Command, { name: 'COM_CHANGE_USER' }>): Promise<LoggedIn> {
    const { user, charset, ...rest } = changeUser;
    // Most clients tell of themselves at their login only.
    const known = this.#process?.facts.attributes ?? rest.attributes;
    const attributes = rest.attributes.size === 0 ? known : rest.attributes;
    const credentials = { loginName: user, charset: charset ?? defaultCharset, ...rest, attributes };
    return this.#admit(credentials, this.#options.now() + this.#loginTimeoutMs());
  }

  async #closeSession(): Promise<void> {
    const loggedIn = this.#loggedIn;
    if (loggedIn === undefined) return;
    this.#loggedIn = undefined;
    this.#options.processes.remove(this.connectionId);
    try {
      await inTime(loggedIn.session.close(), closeSessionMs);
    } catch (error) {
      this.#options.ports.logger.warn({ err: error, sessid: this.connectionId }, 'could not close a session');
    } finally {
      loggedIn.account.release();
    }
  }

  #loginTimeoutMs(): number {
    const { ports, limits } = this.#options;
    return ports.loginTimeoutMs?.() ?? limits.loginTimeoutMs;
  }

  #session(): LoggedIn['session'] {
    return (this.#loggedIn as LoggedIn).session;
  }

  #facts(): ConnectionFacts {
    const { connectionId, clientHost, clientPort, scramble, connection } = this.#options;
    const { capabilities } = connection;
    return { connectionId, clientHost, clientPort, scramble, tls: this.#tls, capabilities };
  }

  #place(): object {
    const { clientHost, clientPort } = this.#options;
    return {
      sessid: this.connectionId,
      direct_client_ip: `${clientHost}:${clientPort}`,
      use_ssl: this.#tls !== undefined,
    };
  }
}

/** A killed connection gets this long to tell its client. */
const killGraceMs = 1_000;
/** A session rolls back and lets go; who takes longer is left to itself. */
const closeSessionMs = 10_000;

/** @throws ObError OB_TIMEOUT */
async function inTime(work: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new ObError('OB_TIMEOUT')), timeoutMs);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

/** utf8mb4_general_ci, for a COM_CHANGE_USER that names none. */
const defaultCharset = 45;

function handshakeError(what: string): ObError {
  return new ObError('ER_HANDSHAKE_ERROR', [], { details: { what } });
}

function reasonOf(error: unknown): string {
  if (!isObError(error)) return 'internal error';
  const what = error.details['what'] ?? error.details['reason'];
  return what === undefined ? error.name : `${error.name}: ${String(what)}`;
}

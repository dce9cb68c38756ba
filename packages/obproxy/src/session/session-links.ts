import { ObError } from '@sealane/errors';
import { commandCode, type ResponsePiece } from '@sealane/mysql-protocol';
import type { ServerLink, ServerLinkListener } from '../server/server-link.ts';
import { isElsewhere } from './elsewhere.ts';
import type { PreparedStatements } from './prepared-statements.ts';
import { runOn } from './run-on.ts';
import type { SessionState } from './session-state.ts';
import { type CommandKind, commandKind } from './statement-kind.ts';

/** Where a session's statements go. */
export interface SessionRouter {
  keeps(server: string, tenant: string, weak: boolean): boolean;
  pick(tenant: string, weak: boolean): Promise<string>;
  failed(server: string, tenant: string, reason: string): void;
  succeeded(server: string): void;
  moved(tenant: string): void;
  /** Reads anew who leads; not more often than makes sense. */
  refresh(): Promise<void>;
  /** How long a statement is held while nobody can take it. */
  readonly holdMs: number;
}

/** A command on its way to a server. */
export interface Need {
  readonly command: Uint8Array;
  readonly kind: CommandKind;
}

export interface SessionLinksOptions {
  /** Name of the tenant. */
  readonly tenant: string;
  readonly router: SessionRouter;
  readonly state: SessionState;
  readonly statements: PreparedStatements;
  /** The server that let the client in. */
  readonly first: ServerLink;
  /** Whether a link made now would be as this one is. */
  isCurrent(link: ServerLink): boolean;
  /** Logs in at a server as this client. @throws ObError */
  connect(server: string): Promise<ServerLink>;
  /** Who hears of a link's answers. */
  listener(link: ServerLink): ServerLinkListener;
}

/** A link, and how much of the session its server has. */
interface Held {
  readonly link: ServerLink;
  version: number;
  /** Nobody has told what the last answer has changed: ask before the link is left. */
  untold: boolean;
}

/**
 * The servers that have a client's session: the one that leads its tenant, and, where the client reads weakly, another one
 * beside it. Each is made what the session is before a statement goes there.
 */
export class SessionLinks {
  readonly #options: SessionLinksOptions;
  #strong: Held | undefined;
  #weak: Held | undefined;
  /** The link on which the last statement ran. */
  #last: ServerLink | undefined;
  /** The weak link's server has read nothing that is older than what the session has seen. */
  #weakIsCurrent = true;
  #readsWeakly = false;
  #pinned = false;
  #closed = false;

  constructor(options: SessionLinksOptions) {
    this.#options = options;
    const { state, first } = options;
    this.#strong = this.#hold(first, state.version);
  }

  /** The session holds something on its server that can't be made anew. */
  get pinned(): boolean {
    return this.#pinned;
  }

  set pinned(pinned: boolean) {
    this.#pinned = pinned;
  }

  /** All that are open, the leader's first. */
  get all(): readonly ServerLink[] {
    return [this.#strong, this.#weak].flatMap((held) => (held?.link.usable === true ? [held.link] : []));
  }

  /** Whether the server is there that an open transaction, or a lock, would be on. */
  get holding(): boolean {
    return this.#strong?.link.usable === true;
  }

  /** One of them would be made otherwise today, and nothing keeps the session on it. */
  get outdated(): boolean {
    return (
      (this.#isOutdated(this.#strong) || this.#isOutdated(this.#weak)) &&
      !this.#options.state.inTransaction &&
      !this.#pinned
    );
  }

  /** @returns whether it is the one that what pins the session is on */
  isPinnedTo(link: ServerLink): boolean {
    return this.#pinned && this.#strong?.link === link;
  }

  /** @returns whether it is one of these */
  holds(link: ServerLink): boolean {
    return this.#strong?.link === link || this.#weak?.link === link;
  }

  /** @returns the link that can take the command as it is; undefined: `settle` first */
  ready(need: Need): ServerLink | undefined {
    if (need.kind.asksOfLast !== undefined) return undefined;
    const held = this.#wantsFollower(need) ? this.#weak : this.#strong;
    if (held === undefined || !held.link.usable) return undefined;
    if (held.version !== this.#options.state.version || !this.#stays(held, need)) return undefined;
    if (held === this.#weak && !this.#weakIsCurrent) return undefined;
    return this.#options.statements.missingOn(held.link, need.command) === undefined ? held.link : undefined;
  }

  /** A server for the command, with this session on it. @throws ObError when there is none in time */
  async settle(need: Need): Promise<ServerLink> {
    const { router, tenant, state } = this.#options;
    const deadline = performance.now() + router.holdMs;
    for (;;) {
      const place = this.#placeOf(need);
      const held = place !== undefined && this.#stays(place, need) ? place : await this.#move(need);
      try {
        await this.#makeSame(held, need);
        return held.link;
      } catch (error) {
        const holds = state.inTransaction || this.#pinned;
        if (held.link.usable || holds || performance.now() >= deadline) throw error;
        router.failed(held.link.server, tenant, String(error));
      }
    }
  }

  /** The command was sent there. */
  sent(link: ServerLink): void {
    this.#last = link;
    if (this.#weak?.link !== link) this.#weakIsCurrent = false;
  }

  /** @param told  whether the answer's end said what has changed */
  answered(link: ServerLink, told: boolean): void {
    const held = this.#heldBy(link);
    if (held === undefined) return;
    // What this statement changed is on the server that has run it.
    held.version = this.#options.state.version;
    held.untold = !told;
  }

  /** What a server hasn't told of itself is asked for. */
  async ask(link: ServerLink): Promise<void> {
    const held = this.#heldBy(link);
    if (held === undefined || !held.untold || !link.usable) return;
    await runOn(link, ping, (piece) => this.#observe(piece)).catch(() => undefined);
    held.untold = false;
    held.version = this.#options.state.version;
    link.listen(this.#options.listener(link));
  }

  /** The server lets go of what the session holds there; none of it is needed any more. */
  async forget(): Promise<void> {
    const link = this.#strong?.link;
    if (link?.usable !== true || !(this.#options.state.inTransaction || this.#pinned)) return;
    await runOn(link, reset, ignored).catch(() => undefined);
  }

  /** The leader's link is replaced, another is let go, where they would be made otherwise today. @throws ObError */
  async renew(): Promise<void> {
    if (!this.outdated) return;
    if (this.#weak !== undefined && this.#isOutdated(this.#weak)) await this.#leave(this.#weak);
    await this.settle({ command: ping, kind: commandKind(ping) });
  }

  /** It is broken, or goes elsewhere. */
  drop(link: ServerLink): void {
    if (this.#strong?.link === link) this.#strong = undefined;
    if (this.#weak?.link === link) this.#weak = undefined;
    link.close();
  }

  /** This one is like new; another would still have what the session was. */
  keepOnly(link: ServerLink): void {
    this.#pinned = false;
    for (const other of this.all) if (other !== link) this.drop(other);
  }

  close(): void {
    this.#closed = true;
    for (const link of this.all) link.close();
    this.#strong = undefined;
    this.#weak = undefined;
  }

  #isOutdated(held: Held | undefined): boolean {
    return held?.link.usable === true && !this.#options.isCurrent(held.link);
  }

  #heldBy(link: ServerLink): Held | undefined {
    return this.#strong?.link === link ? this.#strong : this.#weak?.link === link ? this.#weak : undefined;
  }

  #wantsFollower({ kind }: Need): boolean {
    const { state } = this.#options;
    if (!kind.reads || state.inTransaction || !state.autocommit || this.#pinned) return false;
    const weak = kind.weak || state.readsWeakly;
    this.#readsWeakly ||= weak;
    return weak;
  }

  /** Where the command belongs as things are. @throws ObError where only a server that is gone could answer */
  #placeOf(need: Need): Held | undefined {
    const { asksOfLast } = need.kind;
    if (asksOfLast !== undefined && this.#last !== undefined) {
      const held = this.#heldBy(this.#last);
      if (held?.link.usable === true) return held;
      if (asksOfLast === 'counts') throw lastIsGone();
    }
    const held = this.#wantsFollower(need) ? this.#weak : this.#strong;
    return held?.link.usable === true ? held : undefined;
  }

  #stays(held: Held, need: Need): boolean {
    const { state, router, tenant, isCurrent } = this.#options;
    if (state.inTransaction || this.#pinned) return true;
    if (need.kind.asksOfLast !== undefined && held.link === this.#last) return true;
    return isCurrent(held.link) && router.keeps(held.link.server, tenant, held === this.#weak);
  }

  async #move(need: Need): Promise<Held> {
    const { router, tenant } = this.#options;
    const weak = this.#wantsFollower(need);
    const before = weak ? this.#weak : this.#strong;
    if (before !== undefined) await this.#leave(before);
    const deadline = performance.now() + router.holdMs;
    for (;;) {
      const server = await router.pick(tenant, weak);
      // One server that can take either is enough.
      if (weak && this.#strong?.link.server === server && this.#strong.link.usable) return this.#strong;
      try {
        return await this.#connect(server, weak);
      } catch (error) {
        if (this.#closed || !isElsewhere(error) || performance.now() >= deadline) throw error;
        router.failed(server, tenant, String(error));
        await router.refresh();
      }
    }
  }

  async #connect(server: string, weak: boolean): Promise<Held> {
    const link = await this.#options.connect(server);
    if (this.#closed) {
      link.close();
      throw new ObError('OB_CONNECT_ERROR', [], { message: 'Connect error: the client is gone' });
    }
    this.#options.router.succeeded(server);
    const held = this.#hold(link, -1);
    if (weak) {
      this.#weak = held;
      this.#weakIsCurrent = this.#last === undefined;
    } else this.#strong = held;
    return held;
  }

  #hold(link: ServerLink, version: number): Held {
    link.listen(this.#options.listener(link));
    return { link, version, untold: false };
  }

  async #leave(held: Held): Promise<void> {
    await this.ask(held.link);
    this.drop(held.link);
  }

  /** Makes the server's session this one. */
  async #makeSame(held: Held, need: Need): Promise<void> {
    const { state, statements } = this.#options;
    const { link } = held;
    const isNew = held.version === -1;
    if (held.version !== state.version) await this.#replay(held);
    const reads = held === this.#weak ? !this.#weakIsCurrent : isNew && this.#readsWeakly;
    if (reads) await runOn(link, catchUp, ignored).catch(unlessLost(link));
    if (held === this.#weak) this.#weakIsCurrent = true;
    const missing = statements.missingOn(link, need.command);
    if (missing !== undefined) {
      await runOn(link, prepareCommand(missing.text), (piece) => {
        if (piece.kind === 'prepared') statements.preparedOn(missing.id, link, piece.statement.statementId);
      });
    }
    link.listen(this.#options.listener(link));
  }

  async #replay(held: Held): Promise<void> {
    const { state } = this.#options;
    const { version } = state;
    for (const { command, mayFail } of state.replay()) {
      const done = runOn(held.link, command, ignored);
      await (mayFail ? done.catch(unlessLost(held.link)) : done);
    }
    held.version = version;
  }

  #observe(piece: ResponsePiece): void {
    if (piece.kind === 'ok') this.#options.state.observe(piece.ok);
  }
}

const ping = Buffer.of(commandCode.COM_PING);
const reset = Buffer.of(commandCode.COM_RESET_CONNECTION);
const catchUp = Buffer.concat([
  Buffer.of(commandCode.COM_QUERY),
  Buffer.from('SET _weak_read_catches_up = 1', 'ascii'),
]);

/** What the server tells while it is told. */
function ignored(): void {}

/** Its answer doesn't matter, but for the link's end. A server of another make doesn't know our variable. */
function unlessLost(link: ServerLink): (error: unknown) => void {
  return (error) => {
    if (!link.usable) throw error;
  };
}

function prepareCommand(text: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(commandCode.COM_STMT_PREPARE), text]);
}

function lastIsGone(): ObError {
  return new ObError('OB_ERR_SESSION_INTERRUPTED', [], {
    message:
      'Session interrupted: the server that ran the last statement is gone, and its counts with it; run that statement again',
  });
}

import { isObError } from '@sealane/errors';
import { Histogram, Tally } from '@sealane/metrics';

/** Why a statement was sent again: its server served the tenant no more, or was lost before it had answered. */
export type AgainReason = 'moved' | 'lost';

/** What became of the clients' statements, counted since the start. */
export class ProxyFigures {
  /** By the server's `ip:sql_port`. */
  readonly routed = new Tally(256);
  readonly again = new Tally();
  /** By the error number that the client was told; those of a server and the proxy's own. */
  readonly serverErrors = new Tally();
  readonly ownErrors = new Tally();
  /** 0: it got in. */
  readonly logins = new Tally();
  /** How long statements and logins were held while nobody could take them, in seconds. */
  readonly held = new Histogram();
  /** Links to servers that a session has made after its first. */
  movedCount = 0;

  routedTo(server: string): void {
    this.routed.add(server);
  }

  sentAgain(reason: AgainReason): void {
    this.again.add(reason);
  }

  heldFor(ms: number): void {
    this.held.observe(ms / 1_000);
  }

  failedBy(origin: 'server' | 'proxy', error: unknown): void {
    (origin === 'server' ? this.serverErrors : this.ownErrors).add(errnoOf(error));
  }

  loggedIn(failure?: unknown): void {
    this.logins.add(failure === undefined ? '0' : errnoOf(failure));
  }
}

/** A server's error comes as a packet, our own as an ObError. */
function errnoOf(error: unknown): string {
  if (isObError(error)) return String(error.errno);
  const { errno } = error as { errno?: unknown };
  return typeof errno === 'number' ? String(errno) : 'internal';
}

import type { ChangeUser, Ob20Link } from '@sealane/mysql-protocol';
import type { ProxyFigures } from '../metrics/proxy-figures.ts';
import type { ServerLink, ServerStream } from '../server/server-link.ts';
import type { SessionDirectory } from './session-directory.ts';
import type { SessionRouter } from './session-links.ts';

/** Who a session's client is, and how its servers are reached. */
export interface Admitted {
  /** Name of the tenant. */
  readonly tenant: string;
  readonly user: string;
  readonly database: string | undefined;
  /** The server that let the client in. */
  readonly link: ServerLink;
  /** Logs in at a server as this client. @throws ObError */
  connect(server: string): Promise<ServerLink>;
}

export interface ProxySessionOptions extends Admitted {
  /** The number that the client was greeted with. */
  readonly id: number;
  readonly client: ServerStream;
  /** Bytes of the client behind its login. */
  readonly rest: Uint8Array;
  /** Those agreed with the client. */
  readonly capabilities: number;
  readonly packetSizeMax: number;
  /** Where the client and the proxy speak the OceanBase 2.0 protocol. */
  readonly frames: Ob20Link | undefined;
  readonly router: SessionRouter;
  readonly sessions: SessionDirectory;
  /** Of a transaction whose server is gone; else the connection is closed, as the original does. */
  tellsOfLoss(): boolean;
  readonly figures: ProxyFigures;
  /** Whether a link made now would be as this one is: plain or encrypted. */
  isCurrent(link: ServerLink): boolean;
  /**
   * COM_CHANGE_USER: logs the same client in as somebody else.
   *
   * @param ask  what a server asks of the client about its password; undefined where no answer is due
   * @throws ObError what the client is told, before it is let go
   */
  changeUser(
    request: ChangeUser,
    ask: (payload: Uint8Array) => Promise<Uint8Array | undefined>,
  ): Promise<Admitted>;
  closed(reason: string): void;
}

/** A session as its proxy's administrator sees it. */
export interface SessionFacts {
  readonly id: number;
  readonly tenant: string;
  readonly user: string;
  readonly database: string | undefined;
  readonly inTransaction: boolean;
  readonly pinned: boolean;
  /** A command is under way, or none. */
  readonly state: 'MCS_ACTIVE_READER' | 'MCS_KEEP_ALIVE';
  /** Commands so far. */
  readonly commandCount: number;
  readonly links: readonly ServerLink[];
  /** Those that it has changed, values as SQL. */
  readonly variables: readonly (readonly [string, string])[];
}

import type { ServerLink } from '../server/server-link.ts';
import type { CommandKind } from './statement-kind.ts';

/** A command of the client that isn't answered yet. */
export interface Running {
  readonly command: Uint8Array;
  readonly kind: CommandKind;
  /** Where it has gone; undefined while it waits for a server. */
  link: ServerLink | undefined;
  /** Something of the answer has gone to the client. */
  begun: boolean;
  /** When it was to be sent again for the first time. */
  againSinceMs: number | undefined;
}

import { isObError, ObError } from '@sealane/errors';
import type { ProcessList } from '../mysql-front/index.ts';

export interface KillerOptions {
  readonly processes: Pick<ProcessList, 'kill' | 'rows'>;
  /** The other servers of the cluster. */
  others(): readonly string[];
  /** Asks another node to end a connection of its own. @returns whether it had one */
  ask(server: string, request: KillRequest): Promise<boolean>;
}

export interface KillRequest {
  readonly connectionId: number;
  readonly what: 'query' | 'connection';
  /** Whose sessions are meant; undefined: any tenant's. */
  readonly tenantId: number | undefined;
  /** Whose alone, by his account's name; undefined: anybody's. */
  readonly owner: string | undefined;
}

/** Who asks: without SUPER he may end his own sessions only. */
export interface Killer {
  readonly tenantId: number;
  readonly owner: string | undefined;
}

/** KILL: ids are unique in the cluster, and whoever has the connection ends it. */
export class ConnectionKiller {
  readonly #options: KillerOptions;

  constructor(options: KillerOptions) {
    this.#options = options;
  }

  /**
   * @throws ObError OB_UNKNOWN_CONNECTION where no node that can be reached has it; OB_ERR_KILL_DENIED where it is
   *   somebody else's
   */
  async kill(connectionId: bigint, what: KillRequest['what'], by: Killer): Promise<void> {
    const { others, ask } = this.#options;
    const mayAll = by.tenantId === sysTenantId && by.owner === undefined;
    const tenantId = mayAll ? undefined : by.tenantId;
    const request = { connectionId: Number(connectionId), what, tenantId, owner: by.owner };
    if (this.serve(request)) return;
    const answers = await Promise.all(others().map((server) => ask(server, request).catch(unlessDenied)));
    if (!answers.includes(true)) throw new ObError('OB_UNKNOWN_CONNECTION', [connectionId]);
  }

  /** Ends a connection of this node. @returns whether there is one. @throws ObError OB_ERR_KILL_DENIED */
  serve({ connectionId, what, tenantId, owner }: KillRequest): boolean {
    const { processes } = this.#options;
    const row = processes.rows().find((each) => each.connectionId === connectionId);
    if (row === undefined || (tenantId !== undefined && tenantId !== row.tenantId)) return false;
    if (owner !== undefined && owner !== row.user) throw new ObError('OB_ERR_KILL_DENIED', [connectionId]);
    processes.kill(connectionId, what);
    return true;
  }
}

/** A server that can't be reached has nothing to say. */
function unlessDenied(error: unknown): false {
  if (isObError(error, 'OB_ERR_KILL_DENIED')) throw error;
  return false;
}

const sysTenantId = 1;

/** The sys tenant sees everybody's sessions; others see their own. */
export function sees(viewer: { readonly tenantId: number }, tenantId: number): boolean {
  return viewer.tenantId === sysTenantId || viewer.tenantId === tenantId;
}

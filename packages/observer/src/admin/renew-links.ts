import { isObError, ObError } from '@sealane/errors';
import type { InternalSql } from '../cluster/ports.ts';
import { readServers, rowName } from '../cluster/server-table.ts';
import type { LinkRenewal } from '../peers.ts';

export interface RenewLinksOptions {
  readonly sql: InternalSql;
  /**
   * Has a server replace the links that it has dialled, under parameters no older than this node's.
   *
   * @throws ObError when it can't be asked
   */
  renewLinks(server: string): Promise<readonly LinkRenewal[]>;
}

/**
 * RENEW RPC LINKS: all the links that the named servers (without names: all servers) have dialled, each replaced
 * before it ends. All are tried before a failure is told; what failed keeps its old link.
 *
 * @throws ObError OB_INVALID_ARGUMENT for a server that is none of the cluster's; OB_CONNECT_ERROR that names each link
 */
export async function renewLinks(names: readonly string[], options: RenewLinksOptions): Promise<void> {
  const known = readServers(options.sql).map(rowName);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new ObError('OB_INVALID_ARGUMENT', [], {
      message: `Incorrect arguments to server: ${unknown.join(', ')} is none of this cluster, which has ${known.join(', ')}`,
    });
  }
  const servers = names.length === 0 ? known : names;
  const failures = (await Promise.all(servers.map((server) => failuresOf(server, options)))).flat();
  if (failures.length === 0) return;
  throw new ObError('OB_CONNECT_ERROR', [], {
    message: `not renewed, the old links stay: ${failures.join('; ')}`,
    details: { failures },
  });
}

async function failuresOf(server: string, options: RenewLinksOptions): Promise<readonly string[]> {
  try {
    const renewals = await options.renewLinks(server);
    return renewals.flatMap(({ server: peer, failure }) =>
      failure === undefined ? [] : [`${server} to ${peer}: ${failure}`],
    );
  } catch (error) {
    return [`those of ${server}: ${isObError(error) ? error.message : String(error)}`];
  }
}

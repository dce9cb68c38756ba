import { nodePcodes } from '../rpc-front/pcodes.ts';
import type { SessionKey } from './requests.ts';

/** Calls to other servers, as the keepalive needs them. */
export interface KeepaliveMesh {
  call(server: string, pcode: number, body: unknown, options: { timeoutMs: number }): Promise<unknown>;
}

/** Asked again soon. */
const timeoutMs = 3_000;

/**
 * Asks a server which of its sessions still exist.
 *
 * @throws ObError when it doesn't answer
 */
export async function existingSessions(
  mesh: KeepaliveMesh,
  server: string,
  sessions: readonly SessionKey[],
): Promise<readonly SessionKey[]> {
  const answers = [...Map.groupBy(sessions, ({ incarnation }) => incarnation)].map(
    async ([incarnation, asked]) => {
      const body = { incarnation, connectionIds: asked.map(({ connectionId }) => connectionId) };
      const answer = await mesh.call(server, nodePcodes.transactionKeepalive, body, { timeoutMs });
      const known = new Set(Array.isArray(answer) ? answer : []);
      return asked.filter(({ connectionId }) => known.has(connectionId));
    },
  );
  return (await Promise.all(answers)).flat();
}

import { nodePcodes } from '../rpc-front/pcodes.ts';
import type { Claim } from './requests.ts';

/** Calls to other servers, as the keepalive needs them. */
export interface KeepaliveMesh {
  call(server: string, pcode: number, body: unknown, options: { timeoutMs: number }): Promise<unknown>;
}

/** Asked again soon. */
const timeoutMs = 3_000;

/**
 * Asks a server for which of these its sessions still stand.
 *
 * @throws ObError when it doesn't answer
 */
export async function standingClaims(
  mesh: KeepaliveMesh,
  server: string,
  claims: readonly Claim[],
): Promise<readonly Claim[]> {
  const answers = [...Map.groupBy(claims, ({ key }) => key.incarnation)].map(async ([incarnation, asked]) => {
    const body = {
      incarnation,
      connectionIds: asked.map(({ key }) => key.connectionId),
      transactionIds: asked.map(({ transactionId }) => transactionId),
    };
    const answer = await mesh.call(server, nodePcodes.transactionKeepalive, body, { timeoutMs });
    const positions = new Set(Array.isArray(answer) ? answer : []);
    return asked.filter((_claim, position) => positions.has(position));
  });
  return (await Promise.all(answers)).flat();
}

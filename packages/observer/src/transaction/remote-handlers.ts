import { ObError } from '@sealane/errors';
import type { LeaderExecutor } from './leader-executor.ts';
import { type MeshHandler, type MeshRequest, statementPcodes } from './mesh.ts';
import {
  decodeControlRequest,
  decodeKill,
  decodeStatementRequest,
  encodeControlAnswer,
  encodeStatementAnswer,
} from './wire.ts';

/** Handlers for the RPC listener, by packet code: statements that other nodes forward to this one. */
export function statementHandlers(
  executorOf: (tenantId: number) => LeaderExecutor | undefined,
): ReadonlyMap<number, MeshHandler> {
  const executor = ({ tenantId }: MeshRequest): LeaderExecutor => {
    const found = executorOf(tenantId);
    if (found === undefined) throw new ObError('OB_TENANT_NOT_IN_SERVER');
    return found;
  };
  return new Map<number, MeshHandler>([
    [statementPcodes.remoteExecute, (request) => executeForwarded(executor(request), request.body)],
    [
      statementPcodes.remoteSyncExecute,
      async (request) =>
        encodeControlAnswer(await executor(request).control(decodeControlRequest(request.body))),
    ],
    [
      statementPcodes.killSession,
      async (request) => {
        const { key, what } = decodeKill(request.body);
        executor(request).kill(key, what);
        return [];
      },
    ],
  ]);
}

async function* executeForwarded(executor: LeaderExecutor, body: unknown): AsyncIterable<unknown> {
  yield* encodeStatementAnswer(await executor.execute(decodeStatementRequest(body)));
}

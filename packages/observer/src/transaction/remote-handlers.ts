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
    [statementPcodes.remoteExecute, (request) => executeForwarded(executor(request), request)],
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

async function* executeForwarded(
  executor: LeaderExecutor,
  { body, waitedMs }: MeshRequest,
): AsyncIterable<unknown> {
  const request = decodeStatementRequest(body);
  const timeoutMs = request.timeoutMs - waitedMs;
  if (timeoutMs <= 0) throw tooLate(waitedMs);
  yield* encodeStatementAnswer(await executor.execute({ ...request, timeoutMs }));
}

/** Whoever asked has given up: executed now, it would take effect behind the back of its session. */
function tooLate(waitedMs: number): ObError {
  return new ObError('OB_TIMEOUT', [], {
    message: `Timeout: the leader was busy for ${Math.round(waitedMs)} ms; nothing was executed`,
    details: { sent: false },
  });
}

import t from 'tap';
import type { LeaderExecutor } from '../../src/transaction/leader-executor.ts';
import { statementPcodes } from '../../src/transaction/mesh.ts';
import { statementHandlers } from '../../src/transaction/remote-handlers.ts';
import type { StatementRequest } from '../../src/transaction/requests.ts';
import { encodeStatementRequest } from '../../src/transaction/wire.ts';
import { sessionState } from '../session/session-state.ts';

const state = sessionState({ connectionId: 3, clientHost: '::1' });

t.test(
  'what a forwarded statement waited is gone from its time, and an abandoned one is not begun',
  async (t) => {
    const executed: number[] = [];
    const execute = async ({ timeoutMs }: StatementRequest) => {
      executed.push(timeoutMs);
      const result = { kind: 'ok', affectedRows: 1n, lastInsertId: 0n, info: '' };
      return {
        state,
        outcome: { kind: 'done', result, warningCount: 0 },
        transaction: 'none',
        appliedLsn: 1,
      };
    };
    const handlers = statementHandlers(() => ({ execute }) as unknown as LeaderExecutor);
    const body = encodeStatementRequest({
      key: { origin: '127.0.0.1:2882', incarnation: 7, connectionId: 3 },
      state,
      text: 'INSERT INTO a VALUES (1)',
      parameters: [],
      transaction: undefined,
      timeoutMs: 1_000,
    });
    const forward = async (waitedMs: number): Promise<void> => {
      const handler = handlers.get(statementPcodes.remoteExecute);
      const pieces = handler?.({
        from: '127.0.0.1:2882',
        tenantId: 1002,
        body,
        waitedMs,
        identity: 'observer',
        remoteAddress: '127.0.0.1:40000',
      });
      for await (const _piece of pieces as AsyncIterable<unknown>);
    };

    await forward(400);
    t.same(executed, [600]);
    await t.rejects(forward(1_000), { name: 'OB_TIMEOUT', details: { sent: false } });
    t.same(executed, [600]);
  },
);

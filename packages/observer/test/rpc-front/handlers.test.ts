import { isObError } from '@sealane/errors';
import t from 'tap';
import type { ForwardedHandler } from '../../src/log-thread/request-server.ts';
import { type HandlerOptions, registerHandlers } from '../../src/rpc-front/handlers.ts';

const handlers = new Map<number, ForwardedHandler>();
const served: unknown[] = [];
registerHandlers({ handle: (pcode, handler) => void handlers.set(pcode, handler) }, {
  serveAdmin: async (action: unknown) => {
    served.push(action);
    return { lsn: 1 };
  },
  tenants: { byId: () => ({ executor: undefined }) },
  serverCame: () => undefined,
  viewRows: async () => [],
  freeze: async () => undefined,
  copies: { handlers: () => new Map() },
  kill: () => true,
  stands: () => true,
} as unknown as HandlerOptions);

t.test('an action of RootService is one of the table, not of its prototype', async (t) => {
  const ask = (body: unknown): unknown => handlers.get(0x11c)?.({ body } as Parameters<ForwardedHandler>[0]);
  await ask({ name: 'minor-freeze' });
  t.same(served, [{ name: 'minor-freeze' }]);
  for (const name of ['toString', 'constructor', '__proto__', 'nothing', 7, undefined]) {
    t.throws(() => ask({ name }), { name: 'OB_RPC_PACKET_INVALID' }, String(name));
  }
  t.equal(served.length, 1);
});

t.test('a body of any shape is refused as such by every handler that looks into it', async (t) => {
  for (const [pcode, handler] of handlers) {
    for (const body of [null, undefined, 1, 'x', [], {}, { connectionIds: [null] }]) {
      try {
        await handler({ body, tenantId: 1, waitedMs: 0 } as Parameters<ForwardedHandler>[0]);
      } catch (error) {
        t.ok(isObError(error), `0x${pcode.toString(16)}: ${String(error)}`);
      }
    }
  }
});

import { ObError } from '@sealane/errors';
import { pcodes, type SetConfigRequest, type ViewAnswer } from '@sealane/ob-rpc';
import type { VirtualRows } from '@sealane/sql';
import { type RootServiceAction, rootServicePcodes } from '../admin/admin-executor.ts';
import type { ForwardedHandler } from '../log-thread/request-server.ts';
import type { LinkRenewal } from '../peers.ts';
import type { KillRequest } from '../session/connection-killer.ts';
import type { TenantCopies } from '../snapshot/tenant-copies.ts';
import type { Tenants } from '../tenant/tenants.ts';
import { statementHandlers } from '../transaction/remote-handlers.ts';
import { field, nodePcodes } from './pcodes.ts';

export interface HandlerOptions {
  readonly tenants: Tenants;
  serveAdmin(action: RootServiceAction): Promise<{ lsn: number }>;
  renewLinks(configVersion: number): Promise<readonly LinkRenewal[]>;
  serverCame(): void;
  viewRows(viewName: string): Promise<VirtualRows>;
  readView(viewName: string): Promise<ViewAnswer>;
  /** @throws ObError as ALTER SYSTEM SET does */
  setConfig(request: SetConfigRequest): void;
  kill(request: KillRequest): boolean;
  /** Whether a session of this node, started as `incarnation`, stands for a transaction of it; 0: for itself. */
  stands(incarnation: number, connectionId: number, transactionId: number): boolean;
  freeze(tenantId: number | undefined): Promise<void>;
  readonly copies: TenantCopies;
}

/** Whoever hands over requests of other nodes; `LogThread` does. */
export interface Requests {
  handle(pcode: number, handler: ForwardedHandler): void;
}

/** One handler for each packet code that the SQL thread answers; the others are the log thread's. */
export function registerHandlers(requests: Requests, options: HandlerOptions): void {
  for (const [pcode, handler] of statementHandlers((tenantId) => options.tenants.byId(tenantId).executor)) {
    requests.handle(pcode, handler);
  }
  for (const pcode of new Set<number>(Object.values(rootServicePcodes))) {
    requests.handle(pcode, ({ body }) => options.serveAdmin(adminAction(body)));
  }
  for (const [pcode, handler] of options.copies.handlers()) requests.handle(pcode, handler);
  requests.handle(nodePcodes.renewLease, () => options.serverCame());
  requests.handle(nodePcodes.viewRows, ({ body }) => options.viewRows(field(body, 'view', 'string')));
  requests.handle(pcodes.VIEW_READ, ({ body }) => options.readView(field(body, 'view', 'string')));
  requests.handle(pcodes.REPLICA_DIGEST, ({ tenantId, body }) => {
    const [lsn, timeoutMs] = [field(body, 'lsn', 'number'), field(body, 'timeoutMs', 'number')];
    return options.tenants.byId(tenantId).node.digestAt(lsn, timeoutMs);
  });
  requests.handle(pcodes.SET_CONFIG, ({ body }) =>
    options.setConfig({ name: field(body, 'name', 'string'), value: field(body, 'value', 'string') }),
  );
  requests.handle(nodePcodes.killConnection, ({ body }) =>
    options.kill({
      connectionId: field(body, 'connectionId', 'number'),
      what: field(body, 'what', 'string') === 'connection' ? 'connection' : 'query',
      tenantId: optionalNumber(body, 'tenantId'),
      owner: optionalText(body, 'owner'),
    }),
  );
  requests.handle(nodePcodes.minorFreeze, ({ body }) => options.freeze(optionalNumber(body, 'tenantId')));
  requests.handle(nodePcodes.renewLinks, ({ body }) =>
    options.renewLinks(field(body, 'configVersion', 'number')),
  );
  requests.handle(nodePcodes.transactionKeepalive, ({ body }) => {
    const incarnation = field(body, 'incarnation', 'number');
    const transactionIds = numbersIn(body, 'transactionIds');
    const stand = numbersIn(body, 'connectionIds').map((id, position) =>
      options.stands(incarnation, id, transactionIds[position] ?? 0),
    );
    return [...stand.keys()].filter((position) => stand[position]);
  });
}

function optionalText(body: unknown, name: string): string | undefined {
  const value = (body as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : undefined;
}

function optionalNumber(body: unknown, name: string): number | undefined {
  const value = (body as Record<string, unknown> | null)?.[name];
  return typeof value === 'number' ? value : undefined;
}

function numbersIn(body: unknown, name: string): number[] {
  const value = (body as Record<string, unknown> | null)?.[name];
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return value;
  throw new ObError('OB_RPC_PACKET_INVALID', [], { message: `RPC packet is invalid: ${name} is no list` });
}

function adminAction(body: unknown): RootServiceAction {
  const name = field(body, 'name', 'string');
  if (Object.hasOwn(rootServicePcodes, name)) return body as RootServiceAction;
  throw new ObError('OB_RPC_PACKET_INVALID', [], { message: `RPC packet is invalid: no action ${name}` });
}

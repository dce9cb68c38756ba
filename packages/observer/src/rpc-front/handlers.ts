import { ObError } from '@sealane/errors';
import type { AdminAction, VirtualRows } from '@sealane/sql';
import { rootServicePcodes } from '../admin/admin-executor.ts';
import type { HeartbeatReport } from '../cluster/server-manager.ts';
import { decodeMessage, messagePcodes } from '../replication/index.ts';
import type { KillRequest } from '../session/connection-killer.ts';
import type { Tenants } from '../tenant/tenants.ts';
import { statementHandlers } from '../transaction/remote-handlers.ts';
import type { RpcListener } from './listener.ts';

/** Calls between nodes that aren't the log's or a statement's. Numbers are OceanBase's packet codes. */
export const nodePcodes = {
  /** A server tells RootService that it serves. */
  renewLease: 0x102,
  heartbeat: 0x152,
  /** To the leader of a log stream: hand it to another server. Body: { tenantId, to }. */
  switchLeader: 0x20b,
  /** Ends a connection of the node. Body: { connectionId, what, tenantId }; the answer says whether it had it. */
  killConnection: 0x50a,
  /** Rows of one of the node's own views. */
  viewRows: 0x524,
  /** A leader asks the origin of transactions that it holds. Body: { incarnation, connectionIds }; answer: those that exist. */
  transactionKeepalive: 0x65a,
  minorFreeze: 0x904,
} as const;

export interface HandlerOptions {
  readonly tenants: Tenants;
  serveAdmin(action: AdminAction): Promise<{ lsn: number }>;
  ownReport(): HeartbeatReport;
  serverCame(): void;
  viewRows(viewName: string): Promise<VirtualRows>;
  kill(request: KillRequest): boolean;
  freeze(tenantId: number | undefined): void;
  /** Of this node's clients, by the numbers of their connections: those that are still there. */
  existingConnections(incarnation: number, connectionIds: readonly number[]): readonly number[];
}

/** Gives the RPC port its handlers: one for each packet code that a node answers. */
export function registerHandlers(listener: RpcListener, options: HandlerOptions): void {
  for (const pcode of Object.values(messagePcodes)) {
    listener.handle(pcode, ({ from, tenantId, body }) => {
      if (from !== undefined)
        options.tenants.byId(tenantId).stream.receive(from, decodeMessage(pcode, body).message);
    });
  }
  for (const [pcode, handler] of statementHandlers((tenantId) => options.tenants.byId(tenantId).executor)) {
    listener.handle(pcode, handler);
  }
  for (const pcode of new Set<number>(Object.values(rootServicePcodes))) {
    listener.handle(pcode, ({ body }) => options.serveAdmin(adminAction(body)));
  }
  listener.handle(nodePcodes.heartbeat, () => options.ownReport());
  listener.handle(nodePcodes.renewLease, () => options.serverCame());
  listener.handle(nodePcodes.viewRows, ({ body }) => options.viewRows(field(body, 'view', 'string')));
  listener.handle(nodePcodes.killConnection, ({ body }) =>
    options.kill({
      connectionId: field(body, 'connectionId', 'number'),
      what: field(body, 'what', 'string') === 'connection' ? 'connection' : 'query',
      tenantId: optionalNumber(body, 'tenantId'),
    }),
  );
  listener.handle(nodePcodes.minorFreeze, ({ body }) => options.freeze(optionalNumber(body, 'tenantId')));
  listener.handle(nodePcodes.transactionKeepalive, ({ body }) => {
    const incarnation = field(body, 'incarnation', 'number');
    return options.existingConnections(incarnation, numbersIn(body, 'connectionIds'));
  });
  listener.handle(nodePcodes.switchLeader, ({ body }) =>
    options.tenants.byId(field(body, 'tenantId', 'number')).stream.transferTo(field(body, 'to', 'string')),
  );
}

interface FieldTypes {
  readonly string: string;
  readonly number: number;
}

function field<Type extends keyof FieldTypes>(body: unknown, name: string, type: Type): FieldTypes[Type] {
  const value = (body as Record<string, unknown> | null)?.[name];
  if (typeof value === type) return value as FieldTypes[Type];
  throw new ObError('OB_RPC_PACKET_INVALID', [], { message: `RPC packet is invalid: ${name} is no ${type}` });
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

function adminAction(body: unknown): AdminAction {
  const name = field(body, 'name', 'string');
  if (name in rootServicePcodes) return body as AdminAction;
  throw new ObError('OB_RPC_PACKET_INVALID', [], { message: `RPC packet is invalid: no action ${name}` });
}

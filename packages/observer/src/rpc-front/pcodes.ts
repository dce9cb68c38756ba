import { ObError } from '@sealane/errors';

/** Calls between nodes that the log thread answers by itself. Numbers are OceanBase's packet codes. */
export const logThreadPcodes = {
  heartbeat: 0x152,
  /** To the leader of a log stream: hand it to another server. Body: { tenantId, to }. */
  switchLeader: 0x20b,
  /** To the leader of a log stream: LOG_CONFIG_CHANGE_CMD. Body: { tenantId, add } or { tenantId, remove }. */
  changeMembers: 0x150f,
} as const;

/** Calls between nodes that aren't the log's or a statement's. Numbers are OceanBase's packet codes. */
export const nodePcodes = {
  ...logThreadPcodes,
  /** A server tells RootService that it serves. */
  renewLease: 0x102,
  /** Ends a connection of the node. Body: { connectionId, what, tenantId }; the answer says whether it had it. */
  killConnection: 0x50a,
  /** Rows of one of the node's own views. */
  viewRows: 0x524,
  /**
   * A leader asks the origin of transactions that it holds. Body: { incarnation, connectionIds, transactionIds }, as long as
   * each other, 0 for a session as such; answer: the positions of those that stand.
   */
  transactionKeepalive: 0x65a,
  minorFreeze: 0x904,
  /** Replace the links that you have dialled. Body: { configVersion }, to be had first; answer: LinkRenewal[]. */
  renewLinks: 0xff08,
} as const;

/** @throws ObError OB_RPC_PACKET_INVALID */
export function switchLeaderBody(body: unknown): { readonly tenantId: number; readonly to: string } {
  return { tenantId: field(body, 'tenantId', 'number'), to: field(body, 'to', 'string') };
}

/** @throws ObError OB_RPC_PACKET_INVALID */
export function changeMembersBody(body: unknown): {
  readonly tenantId: number;
  readonly add?: string;
  readonly remove?: string;
} {
  const tenantId = field(body, 'tenantId', 'number');
  const adds = typeof (body as { add?: unknown } | null)?.add === 'string';
  return adds
    ? { tenantId, add: field(body, 'add', 'string') }
    : { tenantId, remove: field(body, 'remove', 'string') };
}

interface FieldTypes {
  readonly string: string;
  readonly number: number;
}

/** @throws ObError OB_RPC_PACKET_INVALID */
export function field<Type extends keyof FieldTypes>(
  body: unknown,
  name: string,
  type: Type,
): FieldTypes[Type] {
  const value = (body as Record<string, unknown> | null)?.[name];
  if (typeof value === type) return value as FieldTypes[Type];
  throw new ObError('OB_RPC_PACKET_INVALID', [], { message: `RPC packet is invalid: ${name} is no ${type}` });
}

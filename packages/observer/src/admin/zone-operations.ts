import { ObError } from '@sealane/errors';
import type { AdminAction } from '@sealane/sql';
import { eventStatement } from '../cluster/event-history.ts';
import { readServers, readZones, rowName } from '../cluster/server-table.ts';
import { type ServerOperationOptions, startServers, stopServers } from './server-operations.ts';

type ZoneAction = Extract<AdminAction, { readonly name: 'zone' }>;

/**
 * ADD, DELETE, START, STOP, FORCE STOP and ISOLATE ZONE. A new zone is INACTIVE until it is started.
 *
 * @throws ObError OB_ENTRY_EXIST; OB_ZONE_INFO_NOT_EXIST; OB_ERR_ZONE_NOT_EMPTY; what STOP and START SERVER throw
 */
export async function zoneOperation(
  { operation, zone }: ZoneAction,
  options: ServerOperationOptions,
): Promise<void> {
  const isKnown = readZones(options.sql).some((row) => row.zone === zone);
  if (operation === 'add') {
    if (isKnown) throw new ObError('OB_ENTRY_EXIST', [], { details: { zone } });
    return change(zone, operation, options, {
      text: `INSERT INTO oceanbase.__all_zone (zone, status, gmt_create, gmt_modified) VALUES (?, 'INACTIVE', NOW(6), NOW(6))`,
      parameters: [zone],
    });
  }
  if (!isKnown) throw new ObError('OB_ZONE_INFO_NOT_EXIST', [zone]);
  switch (operation) {
    case 'delete':
      return deleteZone(zone, options);
    case 'start':
      await startServers(serversOf(zone, options), options);
      return setStatus(zone, operation, 'ACTIVE', options);
    case 'alter':
      throw new ObError('OB_NOT_SUPPORTED', ['ALTER ZONE']);
    default:
      await stopServers(serversOf(zone, options), operation, options);
      return setStatus(zone, operation, 'INACTIVE', options);
  }
}

async function deleteZone(zone: string, options: ServerOperationOptions): Promise<void> {
  const servers = serversOf(zone, options);
  const aliveCount = servers.filter((server) => options.alive(server)).length;
  if (servers.length > 0) {
    throw new ObError('OB_ERR_ZONE_NOT_EMPTY', [aliveCount, servers.length - aliveCount]);
  }
  await change(zone, 'delete', options, {
    text: 'DELETE FROM oceanbase.__all_zone WHERE zone = ?',
    parameters: [zone],
  });
}

async function setStatus(
  zone: string,
  operation: string,
  status: string,
  options: ServerOperationOptions,
): Promise<void> {
  await change(zone, operation, options, {
    text: 'UPDATE oceanbase.__all_zone SET status = ?, gmt_modified = NOW(6) WHERE zone = ?',
    parameters: [status, zone],
  });
}

async function change(
  zone: string,
  operation: string,
  { sql, self }: ServerOperationOptions,
  statement: { readonly text: string; readonly parameters: readonly string[] },
): Promise<void> {
  const event = `${operation.replaceAll('-', '_')}_zone`;
  await sql.transaction([
    statement,
    eventStatement(self, { module: 'zone', event, facts: [['zone', zone]] }),
  ]);
}

function serversOf(zone: string, { sql }: ServerOperationOptions): string[] {
  return readServers(sql)
    .filter((row) => row.zone === zone)
    .map(rowName);
}

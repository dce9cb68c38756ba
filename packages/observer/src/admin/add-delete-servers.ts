import { ObError } from '@sealane/errors';
import { eventStatement } from '../cluster/event-history.ts';
import type { StreamGroup } from '../cluster/membership.ts';
import type { InternalSql } from '../cluster/ports.ts';
import { type HeartbeatReport, insertServer } from '../cluster/server-manager.ts';
import { readServers, readZones, rowName, type ServerRow } from '../cluster/server-table.ts';

export interface AddDeleteOptions {
  readonly self: { readonly ip: string; readonly rpcPort: number };
  readonly sql: InternalSql;
  alive(server: string): boolean;
  groups(): Promise<readonly StreamGroup[]>;
  streams(): readonly { readonly tenantId: number; readonly lsId: number }[];
  /** Dials a server that isn't in the table, and asks how it is. @throws ObError when it doesn't answer */
  askNewServer(server: string): Promise<HeartbeatReport>;
  ownReport(): HeartbeatReport;
  /** Has the table looked at again now. */
  serversChanged(): void;
}

/** Members vote; more than this only slows every commit. */
const serversMax = 7;

/**
 * ADD SERVER: a running, empty server gets its row. It joins the log streams afterwards, in the background.
 *
 * @param zone  what the statement says; undefined: whatever the server says
 * @throws ObError OB_ENTRY_EXIST; OB_SERVER_ZONE_NOT_MATCH; OB_ZONE_INFO_NOT_EXIST, OB_ZONE_NOT_ACTIVE;
 *   OB_SERVER_NOT_ALIVE; OB_OP_NOT_ALLOW for one that isn't empty, or one too many; OB_INVALID_ARGUMENT
 */
export async function addServers(
  names: readonly string[],
  zone: string | undefined,
  options: AddDeleteOptions,
): Promise<void> {
  for (const name of names) await addServer(name, zone, options);
}

async function addServer(name: string, zone: string | undefined, options: AddDeleteOptions): Promise<void> {
  const address = parseAddress(name);
  const known = readServers(options.sql);
  if (known.some((row) => rowName(row) === name)) {
    throw new ObError('OB_ENTRY_EXIST', [], { details: { server: name } });
  }
  if (known.length >= serversMax) throw new ObError('OB_OP_NOT_ALLOW', [`more than ${serversMax} servers`]);
  const report = await options.askNewServer(name).catch((cause: unknown) => {
    throw new ObError('OB_SERVER_NOT_ALIVE', [], {
      message: `server is not alive: ${name} doesn't answer (${String(cause)}); start it with all servers in its list first`,
      cause,
    });
  });
  if (zone !== undefined && zone !== report.zone) {
    throw new ObError('OB_SERVER_ZONE_NOT_MATCH', [], { details: { server: name, zone: report.zone } });
  }
  checkZone(report.zone, options.sql);
  if (report.electionTimings !== options.ownReport().electionTimings)
    throw new ObError('OB_OP_NOT_ALLOW', [`add server ${name} with other _election_timings`]);
  if (!report.empty) throw new ObError('OB_OP_NOT_ALLOW', [`add non-empty server ${name}`]);
  const id = known.reduce((most, row) => Math.max(most, row.id), 0) + 1;
  await options.sql.transaction([
    insertServer({ ...address, sqlPort: report.sqlPort }, report, id),
    eventStatement(options.self, {
      module: 'server',
      event: 'add_server',
      facts: [
        ['server', name],
        ['zone', report.zone],
      ],
    }),
  ]);
  options.serversChanged();
}

/**
 * DELETE SERVER: marks it; it leaves the log streams in the background, and then its row goes.
 *
 * @throws ObError OB_SERVER_NOT_IN_WHITE_LIST, OB_SERVER_ALREADY_DELETED, OB_SERVER_ZONE_NOT_MATCH;
 *   OB_OP_NOT_ALLOW while a log stream has no leader; OB_DELETE_SERVER_NOT_ALLOWED when those that stay have no majority
 */
export async function deleteServers(
  names: readonly string[],
  zone: string | undefined,
  options: AddDeleteOptions,
): Promise<void> {
  const rows = named(names, zone, options.sql);
  if (rows.some((row) => row.status === 'DELETING')) throw new ObError('OB_SERVER_ALREADY_DELETED');
  await checkRemaining(new Set(names), options);
  await setStatus(rows, () => 'DELETING', 'delete_server', options);
}

/** @throws ObError OB_SERVER_NOT_IN_WHITE_LIST, OB_SERVER_NOT_DELETING, OB_SERVER_ZONE_NOT_MATCH */
export async function cancelDeleteServers(
  names: readonly string[],
  zone: string | undefined,
  options: AddDeleteOptions,
): Promise<void> {
  const rows = named(names, zone, options.sql);
  if (rows.some((row) => row.status !== 'DELETING')) throw new ObError('OB_SERVER_NOT_DELETING');
  const status = (row: ServerRow): string => (options.alive(rowName(row)) ? 'ACTIVE' : 'INACTIVE');
  await setStatus(rows, status, 'cancel_delete_server', options);
}

/** Those that stay, and answer, must be a majority of those that stay. */
async function checkRemaining(leaving: ReadonlySet<string>, options: AddDeleteOptions): Promise<void> {
  const rows = readServers(options.sql);
  const deleting = new Set(rows.filter((row) => row.status === 'DELETING').map(rowName));
  const groups = await options.groups();
  for (const { tenantId, lsId } of options.streams()) {
    const group = groups.find((each) => each.tenantId === tenantId && each.lsId === lsId);
    if (group === undefined) {
      throw new ObError('OB_OP_NOT_ALLOW', [`Tenant(${tenantId}) LS(${lsId}) has no leader, delete server`]);
    }
    const left = group.members.filter((server) => !leaving.has(server) && !deleting.has(server));
    const alive = left.filter((server) => options.alive(server) && !group.degraded.includes(server));
    if (left.length > 0 && alive.length > left.length / 2) continue;
    throw new ObError('OB_DELETE_SERVER_NOT_ALLOWED', [], {
      message: `delete server not allowed: Tenant(${tenantId}) LS(${lsId}) has no enough valid paxos member after delete server`,
    });
  }
}

function named(names: readonly string[], zone: string | undefined, sql: InternalSql): ServerRow[] {
  const known = readServers(sql);
  return names.map((name) => {
    const row = known.find((each) => rowName(each) === name);
    if (row === undefined)
      throw new ObError('OB_SERVER_NOT_IN_WHITE_LIST', [], { details: { server: name } });
    if (zone !== undefined && zone !== row.zone) throw new ObError('OB_SERVER_ZONE_NOT_MATCH');
    return row;
  });
}

async function setStatus(
  rows: readonly ServerRow[],
  status: (row: ServerRow) => string,
  event: string,
  options: AddDeleteOptions,
): Promise<void> {
  await options.sql.transaction(
    rows.flatMap((row) => [
      {
        text: 'UPDATE oceanbase.__all_server SET status = ?, gmt_modified = NOW(6) WHERE svr_ip = ? AND svr_port = ?',
        parameters: [status(row), row.svrIp, row.svrPort],
      },
      eventStatement(options.self, {
        module: 'server',
        event,
        facts: [
          ['server', rowName(row)],
          ['zone', row.zone],
        ],
      }),
    ]),
  );
  options.serversChanged();
}

function checkZone(zone: string, sql: InternalSql): void {
  const row = readZones(sql).find((each) => each.zone === zone);
  if (row === undefined) throw new ObError('OB_ZONE_INFO_NOT_EXIST', [zone]);
  if (row.status !== 'ACTIVE') throw new ObError('OB_ZONE_NOT_ACTIVE', [], { details: { zone } });
}

function parseAddress(name: string): { ip: string; rpcPort: number } {
  const match = /^(.+):(\d{1,5})$/.exec(name);
  const rpcPort = Number(match?.[2]);
  if (match?.[1] === undefined || rpcPort < 1 || rpcPort > 65_535) {
    throw new ObError('OB_INVALID_ARGUMENT', ['server']);
  }
  return { ip: match[1], rpcPort };
}

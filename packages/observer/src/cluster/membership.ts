import type { Logger } from '../logger.ts';
import { eventStatement, type RootServiceEvent } from './event-history.ts';
import type { InternalSql } from './ports.ts';
import { readServers, rowName, type ServerRow } from './server-table.ts';

/** What a log stream's leader says of its group. */
export interface StreamGroup {
  readonly tenantId: number;
  readonly lsId: number;
  readonly leader: string;
  readonly members: readonly string[];
  /** Members that count for nothing at present: their disks lack what they once knew. */
  readonly degraded: readonly string[];
  /** On their way to become members. */
  readonly learners: readonly string[];
}

/** One step for one log stream; a group changes by one server at a time. */
export type GroupChange =
  | { readonly kind: 'add' | 'remove'; readonly server: string }
  /** The leader itself is to go: another one must lead first. */
  | { readonly kind: 'hand-over'; readonly server: string; readonly to: string };

export interface MembershipOptions {
  readonly self: { readonly ip: string; readonly rpcPort: number };
  readonly sql: InternalSql;
  /** Every log stream that has a leader that answers. */
  groups(): Promise<readonly StreamGroup[]>;
  streams(): readonly { readonly tenantId: number; readonly lsId: number }[];
  alive(server: string): boolean;
  /** Asks the leader of a stream. @throws ObError of the refusal */
  change(group: StreamGroup, change: GroupChange): Promise<void>;
  readonly logger: Logger;
}

/**
 * Makes the groups of the log streams what `__all_server` says, step by step, on the RootService leader: a server that
 * was added joins every group, one that is being deleted leaves them all, and then its row goes. Whoever leads next
 * goes on, as everything it needs is in the table and in the groups.
 */
export class Membership {
  readonly #options: MembershipOptions;
  /** Servers that were asked into a group by this node, to tell when they are in. */
  readonly #joining = new Set<string>();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** One round: at most one step for each log stream. */
  async round(): Promise<void> {
    const rows = readServers(this.#options.sql);
    if (rows.length === 0) return;
    const groups = await this.#options.groups();
    for (const group of groups) await this.#advance(group, rows);
    for (const row of rows.filter(({ status }) => status === 'DELETING')) await this.#finish(row, groups);
  }

  async #advance(group: StreamGroup, rows: readonly ServerRow[]): Promise<void> {
    await this.#noteJoined(group);
    const change = nextChange(group, rows, this.#options.alive);
    if (change === undefined) return;
    const { tenantId, lsId } = group;
    try {
      await this.#options.change(group, change);
    } catch (error) {
      this.#options.logger.info({ tenantId, lsId, ...change, error: String(error) }, 'members: not now');
      return;
    }
    this.#options.logger.info({ tenantId, lsId, ...change }, 'members: a change is under way');
    if (change.kind === 'hand-over') return;
    if (change.kind === 'add') this.#joining.add(keyOf(group, change.server));
    const event = change.kind === 'add' ? 'start_add_ls_replica' : 'start_remove_ls_paxos_replica';
    await this.#record(event, group, change.server);
  }

  async #noteJoined(group: StreamGroup): Promise<void> {
    for (const server of group.members) {
      if (this.#joining.delete(keyOf(group, server)))
        await this.#record('finish_add_ls_replica', group, server);
    }
  }

  /** Nobody needs the server any more. */
  async #finish(row: ServerRow, groups: readonly StreamGroup[]): Promise<void> {
    const { sql, self, streams } = this.#options;
    const server = rowName(row);
    const known = streams().every(({ tenantId, lsId }) =>
      groups.some((group) => group.tenantId === tenantId && group.lsId === lsId),
    );
    if (!known || groups.some(({ members, learners }) => [...members, ...learners].includes(server))) return;
    await sql.transaction([
      {
        text: 'DELETE FROM oceanbase.__all_server WHERE svr_ip = ? AND svr_port = ?',
        parameters: [row.svrIp, row.svrPort],
      },
      eventStatement(self, { module: 'server', event: 'finish_delete_server', facts: [['server', server]] }),
    ]);
  }

  async #record(event: string, { tenantId, lsId, leader }: StreamGroup, server: string): Promise<void> {
    const told: RootServiceEvent = {
      module: 'disaster_recovery',
      event,
      facts: [
        ['tenant_id', tenantId],
        ['ls_id', lsId],
        ['leader', leader],
        ['replica', server],
      ],
    };
    const { text, parameters } = eventStatement(this.#options.self, told);
    await this.#options.sql.execute(text, parameters);
  }
}

/** Additions first: a dead server's successor comes before the dead one goes. */
export function nextChange(
  group: StreamGroup,
  rows: readonly ServerRow[],
  alive: (server: string) => boolean,
): GroupChange | undefined {
  const { members, learners, leader } = group;
  const added = rows.find(
    (row) =>
      row.status === 'ACTIVE' &&
      alive(rowName(row)) &&
      !members.includes(rowName(row)) &&
      !learners.includes(rowName(row)),
  );
  if (added !== undefined) return { kind: 'add', server: rowName(added) };
  const wanted = new Map(rows.map((row) => [rowName(row), row.status]));
  const leaving = [...learners, ...members].find((server) => wanted.get(server) === 'DELETING');
  // Who is on its way in comes first: a group changes by one server at a time.
  if (leaving === undefined || learners.some((server) => server !== leaving)) return undefined;
  if (leaving !== leader) return { kind: 'remove', server: leaving };
  const to = members.find((server) => server !== leaving && wanted.get(server) === 'ACTIVE' && alive(server));
  return to === undefined ? undefined : { kind: 'hand-over', server: leaving, to };
}

function keyOf({ tenantId, lsId }: StreamGroup, server: string): string {
  return `${tenantId}/${lsId} ${server}`;
}

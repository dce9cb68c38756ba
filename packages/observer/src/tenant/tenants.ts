import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { openTenantDatabase } from '@sealane/storage';
import type { HostedStreamFacts } from '../log-thread/messages.ts';
import type { StreamClient } from '../log-thread/stream-client.ts';
import type { Logger } from '../logger.ts';
import type { DiskEvent, RoleReport } from '../replication/index.ts';
import type { TenantRuntime } from '../session/session-services.ts';
import type { SqlFunctions } from '../session/sql-binding.ts';
import type { SqlEngine } from '../session/sql-engine.ts';
import type { SnapshotRequest } from '../snapshot/replica-rebuild.ts';
import {
  forgetDecision,
  recoverInstallation,
  type TenantFiles,
  tenantFiles,
} from '../snapshot/snapshot-install.ts';
import { LeaderAccess } from '../transaction/leader-access.ts';
import { LeaderExecutor } from '../transaction/leader-executor.ts';
import type { Mesh } from '../transaction/mesh.ts';
import type { StatementServices } from '../transaction/services.ts';
import { asObError } from '../transaction/statement-effects.ts';
import { deadlineAfter, waitUntil } from '../wait.ts';
import { checkAccountColumns } from './account-columns.ts';
import type { TenantLogHooks } from './tenant-log.ts';
import { TenantNode } from './tenant-node.ts';
import {
  firstTenantId,
  maxUsedTenantId,
  readTenants,
  sysTenantId,
  type TenantIdentity,
  type TenantRow,
} from './tenant-table.ts';

export interface TenantsOptions {
  readonly self: string;
  readonly storeDirectory: string;
  readonly engine: SqlEngine;
  readonly functions: SqlFunctions;
  readonly services: StatementServices;
  readonly mesh: Mesh;
  /** The servers that the cluster begins with. */
  readonly servers: readonly string[];
  readonly logThread: TenantStreams;
  readonly logger: Logger;
  /** Called after entries came into the tenant's file, whoever proposed them. */
  committed(tenant: TenantIdentity): void;
  roleChanged(tenant: TenantIdentity, report: RoleReport): void;
  /** The tenant's log needs a snapshot of another node. */
  install(tenant: TenantIdentity, request: SnapshotRequest): void;
  /** Something about the disk of the tenant's log. */
  diskEvent(tenant: TenantIdentity, event: DiskEvent): void;
  /** A tenant that came after the start is here. */
  opened(tenant: HostedTenant): void;
  /** A tenant was dropped: its sessions end, and nothing uses its files any more when this is fulfilled. */
  closing(tenant: HostedTenant): Promise<void>;
}

/** Where the tenants' logs are. */
export interface TenantStreams {
  openStream(facts: HostedStreamFacts, hooks: TenantLogHooks): StreamClient;
  startStream(tenantId: number): Promise<void>;
  closeStream(tenantId: number, reason: ObError): Promise<void>;
}

/** One tenant of this node with its parts. */
export interface HostedTenant extends TenantRuntime {
  readonly identity: TenantIdentity;
  readonly stream: StreamClient;
  readonly files: TenantFiles;
}

/**
 * The tenants of this node: their files, log streams, and what executes statements for them. Which they are says
 * `__all_tenant` of the sys tenant: `follow` after each change of it.
 */
export class Tenants {
  readonly #options: TenantsOptions;
  readonly #byId = new Map<number, HostedTenant>();
  #rows: readonly TenantRow[];
  #started = false;
  #following: Promise<void> | undefined;
  #again = false;

  constructor(options: TenantsOptions) {
    this.#options = options;
    this.#byId.set(sysTenantId, openTenant({ id: sysTenantId, name: 'sys', lsId: 1, members: [] }, options));
    this.#rows = this.#readRows();
    removeDropped(options.storeDirectory, this.#rows, this.sys.node.database.reader());
    for (const row of this.#rows)
      if (row.id !== sysTenantId) this.#byId.set(row.id, openTenant(row, options));
  }

  all(): readonly HostedTenant[] {
    return [...this.#byId.values()];
  }

  /** The list of tenants as this node has it. */
  get rows(): readonly TenantRow[] {
    return this.#rows;
  }

  /** Their log streams, whether or not this node has opened them yet. */
  streamAddresses(): readonly { readonly tenantId: number; readonly lsId: number }[] {
    return this.#rows.map(({ id, lsId }) => ({ tenantId: id, lsId }));
  }

  /** @throws ObError OB_TENANT_NOT_IN_SERVER */
  byId(tenantId: number): HostedTenant {
    const tenant = this.#byId.get(tenantId);
    if (tenant === undefined) throw new ObError('OB_TENANT_NOT_IN_SERVER');
    return tenant;
  }

  /** A tenant that takes logins here, without regard to case. */
  find(
    name: string,
  ): { readonly tenantId: number; readonly name: string; readonly locked: boolean } | undefined {
    const row = this.#rows.find((each) => each.name === name.toLowerCase());
    if (row?.status !== 'NORMAL' || !this.has(row.id)) return undefined;
    return { tenantId: row.id, name: row.name, locked: row.locked };
  }

  /** Whether the tenant is open here, with its catalog. */
  has(tenantId: number): boolean {
    return (this.#byId.get(tenantId)?.node.catalog().version ?? 0) > 0;
  }

  get sys(): HostedTenant {
    return this.byId(1);
  }

  /** Gives leadership away, where somebody can take it, while statements still run and find the new leader. */
  async handOver(): Promise<void> {
    const deadline = deadlineAfter(handOverMs);
    await Promise.all(
      this.all().map(async ({ stream }) => {
        stream.setPriority({ stopping: true });
        await waitUntil(() => isFreeToGo(stream), deadline, handOverPollMs);
      }),
    );
  }

  /** The logs begin where installed snapshots end. */
  started(): void {
    for (const { files } of this.all()) forgetDecision(files);
    this.#started = true;
    this.follow();
  }

  /** Opens and closes tenants until they are those of the list. What fails is tried again with the next change. */
  follow(): void {
    this.#rows = this.#readRows();
    if (!this.#started) return;
    if (this.#following !== undefined) {
      this.#again = true;
      return;
    }
    this.#following = this.#followRows().finally(() => {
      this.#following = undefined;
      if (this.#again) this.follow();
      this.#again = false;
    });
  }

  /** Nothing is opened or dropped any more. */
  async close(): Promise<void> {
    this.#started = false;
    await this.#following;
    for (const { node } of this.all()) node.database.close();
  }

  async #followRows(): Promise<void> {
    const dropped = this.all().filter(({ identity }) => this.#rows.every(({ id }) => id !== identity.id));
    const created = this.#rows.filter(({ id }) => !this.#byId.has(id));
    const { logger } = this.#options;
    for (const tenant of dropped)
      await this.#drop(tenant).catch((error: unknown) =>
        logger.error({ tenant: tenant.identity.name, error: String(error) }, 'a tenant was not dropped'),
      );
    for (const row of created)
      await this.#create(row).catch((error: unknown) =>
        logger.error({ tenant: row.name, error: String(error) }, 'a tenant was not opened'),
      );
  }

  async #create(row: TenantRow): Promise<void> {
    const { logThread, opened, logger } = this.#options;
    const tenant = openTenant(row, this.#options);
    try {
      await logThread.startStream(row.id);
    } catch (error) {
      await logThread.closeStream(row.id, asObError(error)).catch(() => undefined);
      tenant.node.database.close();
      throw error;
    }
    forgetDecision(tenant.files);
    this.#byId.set(row.id, tenant);
    opened(tenant);
    logger.info({ tenant_id: row.id, tenant: row.name }, 'a tenant was opened');
  }

  async #drop(tenant: HostedTenant): Promise<void> {
    const { id, name } = tenant.identity;
    this.#byId.delete(id);
    await this.#options.closing(tenant);
    await this.#options.logThread.closeStream(id, new ObError('OB_TENANT_NOT_EXIST', [name]));
    tenant.node.database.close();
    rmSync(tenant.files.directory, { recursive: true, force: true });
    this.#options.logger.info({ tenant_id: id, tenant: name }, 'a tenant was dropped');
  }

  #readRows(): readonly TenantRow[] {
    return readTenants(this.sys.node.database.reader());
  }
}

const handOverMs = 2_500;
const handOverPollMs = 10;

/** Another one leads, or nobody could. */
async function isFreeToGo(stream: StreamClient): Promise<boolean> {
  const { role, leader } = stream.role();
  if (role === 'FOLLOWER') return leader !== undefined;
  const { followers } = await stream.status();
  return followers.every((follower) => !follower.alive || !follower.joined || follower.stopping);
}

/** Where a tenant's files lie: the initial ones' under their names, the others' under numbers that no other ever has. */
function directoryName({ id, name }: Pick<TenantIdentity, 'id' | 'name'>): string {
  return id <= firstTenantId ? name : `tenant-${id}`;
}

/** Files of tenants that were dropped while this node was down, or in the middle of it. */
function removeDropped(
  storeDirectory: string,
  rows: readonly TenantRow[],
  sys: Parameters<typeof maxUsedTenantId>[0],
): void {
  const maxUsed = maxUsedTenantId(sys);
  for (const name of readdirSync(storeDirectory)) {
    const id = name === 'test' ? firstTenantId : Number(/^tenant-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (id <= maxUsed && rows.every((row) => row.id !== id))
      rmSync(join(storeDirectory, name), { recursive: true, force: true });
  }
}

/** Of the writer and of the readers; a tenant on a laptop is small, and three nodes share its memory. */
const cacheSizeKib = 8_192;

function openTenant(
  { id, name, lsId, members }: TenantIdentity & Pick<TenantRow, 'members'>,
  options: TenantsOptions,
): HostedTenant {
  const { self, engine, functions, services, mesh, logger, logThread, servers } = options;
  const identity: TenantIdentity = { id, name, lsId };
  const files = tenantFiles(options.storeDirectory, directoryName(identity));
  const facts: HostedStreamFacts = {
    tenantId: id,
    lsId,
    directory: files.log,
    members: members.length === 0 ? servers : members,
  };
  const installed = recoverInstallation(files);
  const database = openTenantDatabase({ file: files.database, ...functions, cacheSizeKib });
  try {
    checkAccountColumns(database.reader(), files.database);
  } catch (error) {
    database.close();
    throw error;
  }
  let stream: StreamClient | undefined;
  const node = new TenantNode({
    tenantId: identity.id,
    tenant: identity.name,
    self,
    database,
    engine,
    logger,
    onCommitted: () => options.committed(identity),
    openLog: (hooks) => {
      stream = logThread.openStream(facts, {
        ...hooks,
        installed,
        onRoleChange: (report) => {
          hooks.onRoleChange(report);
          options.roleChanged(identity, report);
        },
        install: (request) => options.install(identity, request),
        onDiskEvent: (event) => options.diskEvent(identity, event),
      });
      return stream;
    },
  });
  if (stream === undefined) throw new TypeError('the tenant opened no log stream');
  const executor = new LeaderExecutor(node, services);
  return { identity, node, stream, files, executor, access: new LeaderAccess({ node, executor, mesh }) };
}

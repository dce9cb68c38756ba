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
import { deadlineAfter, waitUntil } from '../wait.ts';
import type { TenantLogHooks } from './tenant-log.ts';
import { TenantNode } from './tenant-node.ts';

/** A tenant, and the one log stream that carries its changes. */
export interface TenantIdentity {
  readonly id: number;
  readonly name: string;
  readonly lsId: number;
}

/** Tenants that every cluster has from the start. Numbers as in OceanBase: sys is 1, users' tenants begin at 1002. */
export const initialTenants: readonly TenantIdentity[] = [
  { id: 1, name: 'sys', lsId: 1 },
  { id: 1002, name: 'test', lsId: 1001 },
];

export interface TenantsOptions {
  readonly self: string;
  readonly storeDirectory: string;
  readonly engine: SqlEngine;
  readonly functions: SqlFunctions;
  readonly services: StatementServices;
  readonly mesh: Mesh;
  /** Gives a tenant its log. */
  openStream(tenantId: number, hooks: TenantLogHooks): StreamClient;
  readonly logger: Logger;
  /** Called after entries came into the tenant's file, whoever proposed them. */
  committed(tenant: TenantIdentity): void;
  roleChanged(tenant: TenantIdentity, report: RoleReport): void;
  /** The tenant's log needs a snapshot of another node. */
  install(tenant: TenantIdentity, request: SnapshotRequest): void;
  /** Something about the disk of the tenant's log. */
  diskEvent(tenant: TenantIdentity, event: DiskEvent): void;
}

/** One tenant of this node with its parts. */
export interface HostedTenant extends TenantRuntime {
  readonly identity: TenantIdentity;
  readonly stream: StreamClient;
  readonly files: TenantFiles;
}

/** The tenants of this node: their files, log streams, and what executes statements for them. */
export class Tenants {
  readonly #byId = new Map<number, HostedTenant>();

  constructor(options: TenantsOptions) {
    for (const identity of initialTenants) this.#byId.set(identity.id, openTenant(identity, options));
  }

  all(): readonly HostedTenant[] {
    return [...this.#byId.values()];
  }

  /** @throws ObError OB_TENANT_NOT_IN_SERVER */
  byId(tenantId: number): HostedTenant {
    const tenant = this.#byId.get(tenantId);
    if (tenant === undefined) throw new ObError('OB_TENANT_NOT_IN_SERVER');
    return tenant;
  }

  find(name: string): { readonly tenantId: number; readonly name: string } | undefined {
    const tenant = this.all().find(({ identity }) => identity.name === name.toLowerCase());
    return tenant === undefined ? undefined : { tenantId: tenant.identity.id, name: tenant.identity.name };
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
  }

  close(): void {
    for (const { node } of this.all()) node.database.close();
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

/** The log streams of all tenants, for whoever keeps their files. */
export function streamFacts(storeDirectory: string): readonly HostedStreamFacts[] {
  return initialTenants.map((identity) => ({
    tenantId: identity.id,
    lsId: identity.lsId,
    directory: tenantFiles(storeDirectory, identity.name).log,
  }));
}

/** Of the writer and of the readers; a tenant on a laptop is small, and three nodes share its memory. */
const cacheSizeKib = 8_192;

function openTenant(identity: TenantIdentity, options: TenantsOptions): HostedTenant {
  const { self, engine, functions, services, mesh, logger } = options;
  const files = tenantFiles(options.storeDirectory, identity.name);
  const installed = recoverInstallation(files);
  const database = openTenantDatabase({ file: files.database, ...functions, cacheSizeKib });
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
      stream = options.openStream(identity.id, {
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

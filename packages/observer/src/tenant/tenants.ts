import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ObError, ObError as ObErrorClass } from '@sealane/errors';
import { openTenantDatabase } from '@sealane/storage';
import type { Logger } from '../logger.ts';
import { encodeMessage, LogStream, messagePcodes } from '../replication/index.ts';
import type { TenantRuntime } from '../session/session-services.ts';
import type { SqlFunctions } from '../session/sql-binding.ts';
import type { SqlEngine } from '../session/sql-engine.ts';
import { LeaderAccess } from '../transaction/leader-access.ts';
import { LeaderExecutor } from '../transaction/leader-executor.ts';
import type { Mesh } from '../transaction/mesh.ts';
import type { StatementServices } from '../transaction/services.ts';
import { deadlineAfter, waitUntil } from '../wait.ts';
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
  /** All servers; the first is preferred as leader. */
  readonly members: readonly string[];
  readonly storeDirectory: string;
  readonly engine: SqlEngine;
  readonly functions: SqlFunctions;
  readonly services: StatementServices;
  readonly mesh: Mesh & {
    post(server: string, pcode: number, body: unknown, options: { tenantId: number }): boolean;
  };
  readonly logger: Logger;
  /** Called after entries came into the tenant's file, whoever proposed them. */
  committed(tenant: TenantIdentity): void;
  roleChanged(tenant: TenantIdentity): void;
  failed(error: ObError): void;
}

/** One tenant of this node with its parts. */
export interface HostedTenant extends TenantRuntime {
  readonly identity: TenantIdentity;
  readonly stream: LogStream;
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
    if (tenant === undefined) throw new ObErrorClass('OB_TENANT_NOT_IN_SERVER');
    return tenant;
  }

  find(name: string): { readonly tenantId: number; readonly name: string } | undefined {
    const tenant = this.all().find(({ identity }) => identity.name === name.toLowerCase());
    return tenant === undefined ? undefined : { tenantId: tenant.identity.id, name: tenant.identity.name };
  }

  get sys(): HostedTenant {
    return this.byId(1);
  }

  async start(): Promise<void> {
    await Promise.all(this.all().map(({ stream }) => stream.start()));
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

  async stop(): Promise<void> {
    await Promise.all(this.all().map(({ stream }) => stream.stop()));
  }

  close(): void {
    for (const { node } of this.all()) node.database.close();
  }
}

const handOverMs = 2_500;
const handOverPollMs = 10;

/** Another one leads, or nobody could. */
function isFreeToGo(stream: LogStream): boolean {
  const { role, leader } = stream.role();
  if (role === 'FOLLOWER') return leader !== undefined;
  return stream
    .status()
    .followers.every((follower) => !follower.alive || !follower.joined || follower.stopping);
}

/** Of the writer and of the readers; a tenant on a laptop is small, and three nodes share its memory. */
const cacheSizeKib = 8_192;

function openTenant(identity: TenantIdentity, options: TenantsOptions): HostedTenant {
  const { self, members, engine, functions, services, mesh, logger } = options;
  const directory = join(options.storeDirectory, identity.name);
  mkdirSync(join(directory, 'log'), { recursive: true });
  const database = openTenantDatabase({ file: join(directory, 'data.sqlite'), ...functions, cacheSizeKib });
  let stream: LogStream | undefined;
  const node = new TenantNode({
    tenantId: identity.id,
    tenant: identity.name,
    self,
    database,
    engine,
    logger,
    onCommitted: () => options.committed(identity),
    openLog: (hooks) => {
      stream = new LogStream({
        tenantId: identity.id,
        lsId: identity.lsId,
        self,
        members,
        directory: join(directory, 'log'),
        appliedLsn: hooks.appliedLsn,
        send: (to, message) => {
          mesh.post(to, messagePcodes[message.kind], encodeMessage(identity.lsId, message), {
            tenantId: identity.id,
          });
        },
        apply: (entry) => hooks.apply(entry),
        onRoleChange: (report) => {
          hooks.onRoleChange(report);
          options.roleChanged(identity);
        },
        onFatal: (error) => options.failed(error),
        logger,
      });
      return stream;
    },
  });
  if (stream === undefined) throw new TypeError('the tenant opened no log stream');
  const executor = new LeaderExecutor(node, services);
  return { identity, node, stream, executor, access: new LeaderAccess({ node, executor, mesh }) };
}

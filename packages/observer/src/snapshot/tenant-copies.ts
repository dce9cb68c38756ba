import { ObError } from '@sealane/errors';
import type { StreamClient } from '../log-thread/stream-client.ts';
import type { Logger } from '../logger.ts';
import type { TenantNode } from '../tenant/tenant-node.ts';
import type { Mesh, MeshHandler, MeshRequest } from '../transaction/mesh.ts';
import { type FreezeFacts, type LogBounds, LogKeeper } from './log-keeper.ts';
import { type RebuildFacts, ReplicaRebuild, type SnapshotRequest } from './replica-rebuild.ts';
import type { TenantFiles } from './snapshot-install.ts';
import { SnapshotSource } from './snapshot-source.ts';
import { closeRequest, openAnswerBody, openRequest, readRequest, snapshotPcodes } from './snapshot-wire.ts';

/** One tenant of this node, as far as its file and its log as wholes go. */
export interface CopiedTenant {
  readonly identity: { readonly id: number };
  readonly node: Pick<TenantNode, 'database'>;
  readonly stream: Pick<
    StreamClient,
    'position' | 'resetTo' | 'installFailed' | 'role' | 'status' | 'truncateBefore'
  >;
  readonly files: TenantFiles;
}

export interface TenantCopiesOptions {
  readonly tenants: readonly CopiedTenant[];
  readonly mesh: Pick<Mesh, 'call'> & { readonly servers: readonly string[] };
  /** Of a tenant's log. */
  bounds(tenantId: number): LogBounds;
  bytesPerSecondMax(): number;
  readonly logger: Logger;
  /** A file is neither the old one nor the new one: the node must end. */
  failed(error: ObError): void;
  rebuilt(facts: RebuildFacts): void;
  frozen(facts: FreezeFacts): void;
}

interface Copies {
  readonly source: SnapshotSource;
  readonly rebuild: ReplicaRebuild;
  readonly keeper: LogKeeper;
}

/** The copies of all tenants' files: those made for other nodes, those fetched from them, and the log behind the file. */
export class TenantCopies {
  readonly #options: TenantCopiesOptions;
  readonly #byId: Map<number, Copies>;
  #started = false;

  constructor(options: TenantCopiesOptions) {
    this.#options = options;
    this.#byId = new Map(options.tenants.map((tenant) => [tenant.identity.id, copiesOf(tenant, options)]));
  }

  start(): void {
    this.#started = true;
    for (const { keeper } of this.#byId.values()) keeper.start();
  }

  async stop(): Promise<void> {
    this.#started = false;
    await Promise.all([...this.#byId.values()].map(stopCopies));
  }

  /** A tenant came. */
  add(tenant: CopiedTenant): void {
    const copies = copiesOf(tenant, this.#options);
    this.#byId.set(tenant.identity.id, copies);
    if (this.#started) copies.keeper.start();
  }

  /** A tenant goes: nothing uses its files any more. */
  async remove(tenantId: number): Promise<void> {
    const copies = this.#of(tenantId);
    this.#byId.delete(tenantId);
    await stopCopies(copies);
  }

  /** The tenant's log can't go on without a snapshot. */
  install(tenantId: number, request: SnapshotRequest): void {
    this.#of(tenantId).rebuild.request(request);
  }

  /** MINOR FREEZE; of all tenants when none is named. */
  async freeze(tenantId: number | undefined): Promise<void> {
    const chosen = tenantId === undefined ? [...this.#byId.values()] : [this.#of(tenantId)];
    await Promise.all(chosen.map(({ keeper }) => keeper.freeze()));
  }

  /** What other nodes ask for: a handler for each packet code. */
  handlers(): ReadonlyMap<number, MeshHandler> {
    return new Map<number, MeshHandler>([
      [
        snapshotPcodes.open,
        async ({ tenantId, body, ...who }) =>
          openAnswerBody(this.#of(tenantId).source.open(openRequest(body), this.#reader(who))),
      ],
      [
        snapshotPcodes.read,
        async ({ tenantId, body, ...who }) =>
          this.#of(tenantId).source.read(readRequest(body), this.#reader(who)),
      ],
      [
        snapshotPcodes.close,
        async ({ tenantId, body, ...who }) =>
          this.#of(tenantId).source.close(closeRequest(body).id, this.#reader(who)),
      ],
    ]);
  }

  /** All of a tenant's data go to servers of the cluster only, and to change feeds that were let in. */
  #reader({
    from,
    identity,
    remoteAddress,
  }: Pick<MeshRequest, 'from' | 'identity' | 'remoteAddress'>): string {
    if (from === undefined && identity === 'obcdc') return `${identity} ${remoteAddress}`;
    if (from !== undefined && this.#options.mesh.servers.includes(from)) return from;
    throw new ObError('OB_SERVER_NOT_IN_WHITE_LIST', [], { details: { server: from } });
  }

  #of(tenantId: number): Copies {
    const copies = this.#byId.get(tenantId);
    if (copies === undefined) throw new ObError('OB_TENANT_NOT_IN_SERVER');
    return copies;
  }
}

async function stopCopies({ keeper, source, rebuild }: Copies): Promise<void> {
  keeper.stop();
  await Promise.all([source.stop(), rebuild.stop()]);
}

function copiesOf({ identity, node, stream, files }: CopiedTenant, options: TenantCopiesOptions): Copies {
  const { mesh, logger, bytesPerSecondMax } = options;
  const tenantId = identity.id;
  const { database } = node;
  const appliedLsn = (): number => database.appliedLsn;
  const source = new SnapshotSource({
    tenantId,
    file: files.database,
    directory: files.outgoing,
    appliedLsn,
    position: (lsn) => stream.position(lsn),
    bytesPerSecondMax,
    logger,
  });
  const rebuild = new ReplicaRebuild({
    tenantId,
    files,
    mesh,
    log: {
      resetTo: (position) => stream.resetTo(position),
      installFailed: () => stream.installFailed(),
      mayInstall: () => stream.role().role !== 'LEADER',
    },
    appliedLsn,
    replace: (copy) => database.replaceWith(copy),
    bytesPerSecondMax,
    logger,
    failed: options.failed,
    ended: options.rebuilt,
  });
  const keeper = new LogKeeper({
    tenantId,
    file: files.database,
    appliedLsn,
    log: stream,
    holdLsn: () => source.holdLsn,
    rebuilding: () => rebuild.running,
    bounds: () => options.bounds(tenantId),
    logger,
    frozen: options.frozen,
  });
  return { source, rebuild, keeper };
}

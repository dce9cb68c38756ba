import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import type { CellValue, Plan } from '@sealane/sql';
import { openTenantDatabase, type TenantDatabaseOptions } from '@sealane/storage';
import type { Test } from 'tap';
import { StatementCache } from '../../src/mysql-front/index.ts';
import { SessionFactory } from '../../src/session/session-factory.ts';
import type { SessionServices, TenantRuntime } from '../../src/session/session-services.ts';
import type { SqlEngine } from '../../src/session/sql-engine.ts';
import type { SqlSession } from '../../src/session/sql-session.ts';
import { TenantNode } from '../../src/tenant/tenant-node.ts';
import { LeaderAccess } from '../../src/transaction/leader-access.ts';
import { LeaderExecutor } from '../../src/transaction/leader-executor.ts';
import type { Mesh, MeshHandler } from '../../src/transaction/mesh.ts';
import { statementHandlers } from '../../src/transaction/remote-handlers.ts';
import { MemoryLogCluster } from '../tenant/memory-log.ts';
import { sqliteEngine, virtualTable } from './sqlite-engine.ts';

export const servers = ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3'] as const;

export interface Node {
  readonly server: string;
  readonly node: TenantNode;
  readonly runtime: TenantRuntime;
  readonly sessions: SessionFactory;
}

/** Calls between nodes in one process. A test cuts links, or loses answers. */
export class MemoryMesh {
  readonly handlers = new Map<string, ReadonlyMap<number, MeshHandler>>();
  readonly cut = new Set<string>();
  readonly losesAnswers = new Set<string>();
  /** Takes calls and never answers, as a stopped process does. */
  readonly stopped = new Set<string>();
  calls = 0;

  of(self: string): Mesh {
    return {
      call: async (server, pcode, body, { tenantId }) => {
        const answer = await this.#handler(
          server,
          pcode,
        )({
          from: self,
          tenantId,
          body: structuredClone(body),
          waitedMs: 0,
          identity: 'observer',
          remoteAddress: '127.0.0.1:40000',
        });
        this.#answering(server);
        return structuredClone(answer);
      },
      stream: (server, pcode, body, { tenantId }) =>
        this.#pieces(self, server, pcode, structuredClone(body), tenantId),
    };
  }

  async *#pieces(from: string, server: string, pcode: number, body: unknown, tenantId: number) {
    const answer = this.#handler(
      server,
      pcode,
    )({ from, tenantId, body, waitedMs: 0, identity: 'observer', remoteAddress: '127.0.0.1:40000' });
    const pieces = (answer instanceof Promise ? await answer : answer) as AsyncIterable<unknown>;
    for await (const piece of pieces) {
      this.#answering(server);
      yield structuredClone(piece);
    }
  }

  #handler(server: string, pcode: number): MeshHandler {
    this.calls++;
    if (this.stopped.has(server)) return () => new Promise(() => {});
    const handler = this.cut.has(server) ? undefined : this.handlers.get(server)?.get(pcode);
    if (handler === undefined) throw new ObError('OB_RPC_POST_ERROR', [], { details: { sent: false } });
    return handler;
  }

  #answering(server: string): void {
    if (this.losesAnswers.has(server))
      throw new ObError('OB_RPC_SEND_ERROR', [], { details: { sent: true } });
  }
}

export interface Cluster {
  readonly log: MemoryLogCluster;
  readonly mesh: MemoryMesh;
  readonly nodes: readonly [Node, Node, Node];
  session(
    index: number,
    options?: {
      readonly foundRows?: boolean;
      readonly database?: string;
      readonly charset?: number;
      readonly internal?: boolean;
    },
  ): Promise<SqlSession>;
}

/** Three nodes of one tenant; the first leads, and the table "d.t" (id, v) is there. */
export async function openCluster(t: Test): Promise<Cluster> {
  const cluster = await openClusterWith(t, { engine: sqliteEngine, functions: [], aggregates: [] });
  await run(await cluster.session(0), 'create TABLE "d.t" (id INTEGER PRIMARY KEY, v TEXT)');
  return cluster;
}

export interface ClusterSql {
  readonly engine: SqlEngine;
  readonly functions: TenantDatabaseOptions['functions'];
  readonly aggregates: TenantDatabaseOptions['aggregates'];
}

/** Three nodes of a new tenant; the first leads. */
export async function openClusterWith(t: Test, sql: ClusterSql): Promise<Cluster> {
  const directory = t.testdir();
  const log = new MemoryLogCluster();
  const mesh = new MemoryMesh();
  const nodes = servers.map((server, index) =>
    openNode(server, join(directory, `${index}.db`), log, mesh, sql),
  );
  t.teardown(() => {
    for (const { node } of nodes) node.database.close();
  });
  log.elect(servers[0]);
  let connectionId = 0;
  const cluster: Cluster = {
    log,
    mesh,
    nodes: nodes as unknown as Cluster['nodes'],
    session: async (index, options = {}) => {
      const session = await (nodes[index] as Node).sessions.open({
        connectionId: ++connectionId,
        tenantId: 1002,
        tenant: 'test',
        user: 'root',
        clientHost: '127.0.0.1',
        accountHost: '%',
        ...options,
      });
      t.teardown(() => session.close());
      return session;
    },
  };
  await until(() => cluster.nodes[0].node.serving);
  return cluster;
}

function openNode(
  server: string,
  file: string,
  log: MemoryLogCluster,
  mesh: MemoryMesh,
  { engine, functions, aggregates }: ClusterSql,
): Node {
  const database = openTenantDatabase({ file, functions, aggregates });
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const node = new TenantNode({
    tenantId: 1002,
    tenant: 'test',
    self: server,
    database,
    engine,
    openLog: (hooks) => log.join(server, hooks),
    logger,
    // A test decides what executes on top of what, not the speed of the machine.
    roundBounds: { ageMaxMs: 60_000, gatherMs: 0 },
  });
  const services: SessionServices = {
    engine,
    virtualTables: [virtualTable, ...engine.informationSchema],
    virtualRows: async () => [[server]],
    nodeVariable: (name) => (name === 'hostname' ? server : undefined),
    planCache: new StatementCache<Plan>({ textSizeMax: 1_000_000, countMax: 100 }),
    logger,
    self: server,
    incarnation: 1,
    tenant: () => runtime,
    admin: { execute: async () => ({ kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' }) },
    kill: async () => {},
  };
  const executor = new LeaderExecutor(node, services);
  const runtime = { node, executor, access: new LeaderAccess({ node, executor, mesh: mesh.of(server) }) };
  mesh.handlers.set(
    server,
    statementHandlers((tenantId) => (tenantId === 1002 ? executor : undefined)),
  );
  return { server, node, runtime, sessions: new SessionFactory(services) };
}

/** Runs a text. @returns the rows of its last statement, or the count of changed rows */
export async function run(
  session: SqlSession,
  text: string,
): Promise<readonly (readonly CellValue[])[] | bigint> {
  let last: readonly (readonly CellValue[])[] | bigint = 0n;
  for await (const { result } of session.query(text)) {
    last = result.kind === 'rows' ? result.rows : result.affectedRows;
  }
  return last;
}

/** @returns the error's name; 'none' if the text runs */
export async function failure(session: SqlSession, text: string): Promise<string> {
  try {
    await run(session, text);
    return 'none';
  } catch (error) {
    return error instanceof ObError ? error.name : `no ObError: ${String(error)}`;
  }
}

export async function until(condition: () => boolean, timeoutMs = 2000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
    await delay(2);
  }
}

/** True once all three databases hold the same. */
export function equalCopies({ nodes }: Cluster): boolean {
  const digests = new Set(nodes.map(({ node }) => node.database.digest().digest));
  return digests.size === 1;
}

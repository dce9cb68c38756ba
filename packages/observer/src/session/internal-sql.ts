import type { CellValue, SqlValue } from '@sealane/sql';
import type { InternalSql } from '../cluster/ports.ts';
import type { TenantNode } from '../tenant/tenant-node.ts';
import type { SessionFactory } from './session-factory.ts';
import type { SqlSession } from './sql-session.ts';

/** Ids of clients' connections have their highest bit set; those of the node's own sessions don't. */
const internalIdMax = 2 ** 31 - 1;

/** The node's own SQL on a tenant, as its root, through sessions like a client's: they find the leader by themselves. */
export class TenantSql implements InternalSql {
  readonly #sessions: SessionFactory;
  readonly #node: TenantNode;
  #lastId = 0;

  constructor(sessions: SessionFactory, node: TenantNode) {
    this.#sessions = sessions;
    this.#node = node;
  }

  async execute(text: string, parameters: readonly CellValue[] = []): Promise<void> {
    await this.#within((session) => run(session, text, parameters));
  }

  async transaction(
    statements: readonly { readonly text: string; readonly parameters: readonly CellValue[] }[],
  ): Promise<void> {
    await this.#within(async (session) => {
      await run(session, 'BEGIN', []);
      for (const { text, parameters } of statements) await run(session, text, parameters);
      await run(session, 'COMMIT', []);
    });
  }

  local(table: string, sql: string): SqlValue[][] {
    const isThere = this.#node.catalog().relation('oceanbase', table) !== undefined;
    return isThere ? this.#node.database.reader().all(sql) : [];
  }

  async #within(body: (session: SqlSession) => Promise<void>): Promise<void> {
    this.#lastId = (this.#lastId % internalIdMax) + 1;
    const session = await this.#sessions.open({
      connectionId: this.#lastId,
      tenantId: this.#node.tenantId,
      tenant: this.#node.tenant,
      user: 'root',
      clientHost: '127.0.0.1',
      accountHost: '%',
      internal: true,
    });
    try {
      await body(session);
    } finally {
      await session.close();
    }
  }
}

async function run(session: SqlSession, text: string, parameters: readonly CellValue[]): Promise<void> {
  const { id } = await session.prepare(text);
  await session.execute(id, parameters);
}

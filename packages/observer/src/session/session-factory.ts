import type { Account, CellValue, SessionState } from '@sealane/sql';
import { isOn } from '../transaction/session-limits.ts';
import type { SessionServices } from './session-services.ts';
import { SqlSession } from './sql-session.ts';

/** What is known of a client after its login. */
export interface SessionRequest {
  readonly connectionId: number;
  readonly tenantId: number;
  readonly tenant: string;
  readonly user: string;
  readonly clientHost: string;
  /** Host part of the account that matched. */
  readonly accountHost: string;
  readonly database?: string;
  readonly attributes?: ReadonlyMap<string, string>;
  /** Affected rows count the rows found (CLIENT_FOUND_ROWS). */
  readonly foundRows?: boolean;
  /** Idles as long as interactive_timeout says (CLIENT_INTERACTIVE). */
  readonly interactive?: boolean;
  /** Number of the collation that the client named, such as 45. */
  readonly charset?: number;
  /** Takes rows in pieces while they are read: `RowsResult.rest`. */
  readonly streams?: boolean;
  /** Nothing but another password is allowed. */
  readonly passwordExpired?: boolean;
  /** A session of the node itself. */
  readonly internal?: boolean;
}

export class SessionFactory {
  readonly #services: SessionServices;

  constructor(services: SessionServices) {
    this.#services = services;
  }

  /** @throws ObError 1049 for a database that isn't there */
  async open(request: SessionRequest): Promise<SqlSession> {
    const session = new SqlSession({
      state: this.#initialState(request),
      services: this.#services,
      foundRows: request.foundRows ?? false,
      streams: request.streams ?? false,
    });
    if (request.database !== undefined && request.database !== '') {
      await session.useDatabase(request.database);
    }
    return session;
  }

  #initialState(request: SessionRequest): SessionState {
    const { connectionId, tenantId, tenant, user, clientHost, accountHost } = request;
    return {
      connectionId,
      tenantId,
      tenant,
      user,
      clientHost,
      accountHost,
      ...(request.internal === true ? { internal: true } : { activeRoles: this.#loginRoles(request) }),
      passwordExpired: request.passwordExpired ?? false,
      database: undefined,
      variables: this.#initialVariables(request),
      userVariables: {},
      lastInsertId: 0n,
      rowCount: 0n,
      foundRows: 0n,
      warnings: [],
    };
  }

  #loginRoles({ tenantId, user, accountHost: host }: SessionRequest): readonly Account[] {
    const { node } = this.#services.tenant(tenantId);
    const all = isOn(node.globalVariable('activate_all_roles_on_login') ?? 0n);
    return this.#services.engine.loginRoles(node.database.reader(), { user, host }, all);
  }

  #initialVariables({ tenantId, charset, interactive }: SessionRequest): Record<string, CellValue> {
    const variables = {
      ...(charset === undefined ? {} : this.#services.engine.loginVariables(charset)),
    };
    if (interactive !== true) return variables;
    const timeout = this.#services.tenant(tenantId).node.globalVariable('interactive_timeout');
    return timeout === undefined ? variables : { ...variables, wait_timeout: timeout };
  }
}

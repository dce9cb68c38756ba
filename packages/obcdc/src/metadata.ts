import { ObError } from '@sealane/errors';
import { type ByteStream, ClientSession } from '@sealane/mysql-protocol';
import type { TransportSecurity } from '@sealane/transport-security';
import { type ObcdcConfig, parseServerList, type ServerEndpoint } from './config.ts';
import { dial } from './dialer.ts';

export interface TenantFacts {
  readonly id: number;
  readonly name: string;
}

/** What is asked over SQL, as sys: who is there. */
export class Metadata {
  readonly #config: ObcdcConfig;
  readonly #security: TransportSecurity | undefined;
  #servers: readonly ServerEndpoint[] | undefined;
  #wasOn = false;

  constructor(config: ObcdcConfig, security: TransportSecurity | undefined) {
    this.#config = config;
    this.#security = security;
  }

  /** Of users; sys is nobody's business. @throws ObError OB_CONNECT_ERROR, OB_PASSWORD_WRONG … */
  async tenants(): Promise<readonly TenantFacts[]> {
    const rows = await this.#query(
      "SELECT TENANT_ID, TENANT_NAME FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_TYPE = 'USER' AND STATUS = 'NORMAL'",
    );
    return rows.map(([id, name]) => ({ id: Number(id), name: String(name) }));
  }

  /** Whoever answers names all of them. @throws ObError as `tenants` */
  async servers(): Promise<readonly ServerEndpoint[]> {
    const rows = await this.#query('SELECT SVR_IP, SVR_PORT, SQL_PORT FROM oceanbase.DBA_OB_SERVERS');
    this.#servers = rows.map(([ip, rpcPort, sqlPort]) => ({
      ip: String(ip),
      rpcPort: Number(rpcPort),
      sqlPort: Number(sqlPort),
    }));
    return this.#servers;
  }

  /** Whether every server says that it speaks TLS, or has said so before. @throws ObError as `tenants` */
  async tlsIsOn(): Promise<boolean> {
    const rows = await this.#query(
      "SELECT VALUE FROM oceanbase.GV$OB_PARAMETERS WHERE NAME = 'ssl_client_authentication'",
    );
    this.#wasOn ||= rows.length > 0 && rows.every(([value]) => value?.toLowerCase() === 'true');
    return this.#wasOn;
  }

  async #query(text: string): Promise<readonly (readonly (string | null)[])[]> {
    const failures: string[] = [];
    for (const server of await this.#known()) {
      try {
        const session = await this.#logIn(server);
        const { rows } = await session.query(text).finally(() => session.close());
        return rows;
      } catch (error) {
        failures.push(`${server.ip}:${server.sqlPort}: ${error instanceof Error ? error.message : error}`);
      }
    }
    throw new ObError('OB_CONNECT_ERROR', [], {
      message: `no server answers as ${this.#config.cluster_user}: ${failures.join('; ')}`,
    });
  }

  async #known(): Promise<readonly ServerEndpoint[]> {
    this.#servers ??= parseServerList(this.#config.rootserver_list || (await this.#fetchList()));
    if (this.#servers.length > 0) return this.#servers;
    throw new ObError('OB_INVALID_CONFIG', [], {
      message: "nobody to ask: give rootserver_list='ip:rpc_port:sql_port;…', or cluster_url",
    });
  }

  async #fetchList(): Promise<string> {
    const { cluster_url: url, rs_sql_connect_timeout_sec: seconds } = this.#config;
    if (url === '') return '';
    const response = await fetch(url, { signal: AbortSignal.timeout(seconds * 1000) });
    const body: unknown = await response.json();
    return listInAnswer(body, url);
  }

  /** With AUTO the SQL port may not offer it yet; what it has offered once is asked for ever after. */
  #tls(): 'required' | 'preferred' {
    return this.#config.rpc_client_authentication_method === 'AUTO' && !this.#wasOn
      ? 'preferred'
      : 'required';
  }

  async #logIn({ ip, sqlPort }: ServerEndpoint): Promise<ClientSession> {
    const { cluster_user, cluster_password, rs_sql_connect_timeout_sec, rs_sql_query_timeout_sec } =
      this.#config;
    const socket = await dial(ip, sqlPort, rs_sql_connect_timeout_sec * 1000);
    const security = this.#security;
    return ClientSession.open(socket, {
      user: cluster_user,
      password: cluster_password,
      timeoutMs: rs_sql_query_timeout_sec * 1000,
      attributes: new Map([['program_name', 'obcdc']]),
      ...(security === undefined
        ? { tls: 'off' as const }
        : {
            tls: this.#tls(),
            secure: async (): Promise<ByteStream> =>
              (await security.secureOutbound(socket, { host: ip })).stream,
          }),
    });
  }
}

/** A config service's answer: `{ Data: { RsList: [{ address: 'ip:rpc_port', sql_port }] } }`. */
function listInAnswer(body: unknown, url: string): string {
  const list = (body as { Data?: { RsList?: unknown } } | null)?.Data?.RsList;
  if (!Array.isArray(list)) {
    throw new ObError('OB_INVALID_CONFIG', [], { message: `${url} answered without a list Data.RsList` });
  }
  return list.map(({ address, sql_port: sqlPort }) => `${address}:${sqlPort}`).join(';');
}
